"""What a notebook shows to be read: what to do, how much, who should take care, what comes next.

Every function for a notebook returns a card made from the data and computed from it; none of them
holds an amount of its own. An unknown section or exercise raises UnknownName, with what was meant.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from backcare_nb.course.fields import LYING_POSITIONS, TextWithCitations, fill_sides
from backcare_nb.course.library import Library
from backcare_nb.course.models import (
    ANYONE_CONDITION,
    Advice,
    Caution,
    Exercise,
    Frequency,
    Safety,
    Section,
    VersionName,
)
from backcare_nb.custom import folder
from backcare_nb.custom.library import current_library
from backcare_nb.html.amount_words import (
    capitalize_first,
    describe_amount,
    describe_amounts,
    describe_amounts_unless_same_as_step,
)
from backcare_nb.html.card import (
    Card,
    ListItem,
    Node,
    bold_line,
    bullet_list,
    details,
    div,
    foldable_part,
    h,
    para,
    small_line,
    strong,
    svg_image,
    table,
)
from backcare_nb.html.exercise_figures import SENTENCE_SPLIT_PATTERN, show
from backcare_nb.html.picture import (
    Picture,
    first_side,
    picture_of_common_mistake,
    picture_of_felt_sites,
    thumbnail,
    typical_posture,
)
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, VERSION_LABELS, Options, amount_settings
from backcare_nb.sessions.phases import MINUTE_MS, sentence_on_leaving, step_words
from backcare_nb.sessions.timeline import (
    Timeline,
    format_count_with_noun,
    frequency_in_words,
    join_with_and,
)
from backcare_nb.sessions.transitions import find_transition

NON_SECTION_NOTEBOOKS = (
    ("06_teach_a_class", "Teach a class"),
    ("07_my_practice", "My practice"),
    ("08_add_an_exercise", "Make my own exercise"),
)
COME_OUT_LABEL = "To come out:"
CHANGE_SIDES_TITLE = "Change sides"
MAX_SHORT_WHY_LETTERS = 160  # two lines beside a picture
VERBS_BY_POSITION = {
    "supine": "lie on your back",
    "prone": "lie on your stomach",
    "kneeling": "kneel",
    "sitting": "sit",
    "standing": "stand",
}


# A section


def overview() -> Card:
    """The sections, each with a picture, its minutes and its Start, and what else there is."""
    tiles = [_section_tile_node(section) for section in current_library().sections]
    pages = NON_SECTION_NOTEBOOKS
    others = [h("a", words, href=f"{page}.ipynb", class_="start") for page, words in pages]
    return Card("overview", (div("tiles", *tiles), div("others", *others)))


def _section_tile_node(section: Section) -> Node:
    """A section as something to press; an own one has no page, and its line instead."""
    easier, taught = (section_minutes(section, version) for version in ("easier", "source"))
    minutes = f"{easier} min" if easier == taught else f"{easier} min, as taught {taught}"
    picture = exercise_thumbnail_node(section.exercises[0], "tile-picture")
    told = (picture, bold_line(section.title), small_line(minutes))
    if section.id == folder.EXERCISES_FOLDER_NAME:
        return div("tile", *told, h("code", f'session("{section.id}")'))
    page = f"{section.number:02d}_{section.id}.ipynb"
    start = h("a", "Start", href=page, class_="start", aria_label=f"Start: {section.title}")
    return div("tile", *told, start)


def opening(section: str) -> Card:
    """What a section asks for: what is needed, its minutes, and who takes care; the rest is folded.

    ``section`` is its id, such as "relax_the_back". Raises UnknownName.
    """
    chosen, rule = current_library().section(section), current_library().safety.going_on
    names: dict[int, list[str]] = {}
    for version, name in VERSION_LABELS.items():
        if version == "harder" and not any(e.harder for e in chosen.session_exercises):
            continue
        names.setdefault(section_minutes(chosen, version), []).append(name.lower())
    # "easier about 22 minutes, as taught 30, harder 35"
    (shortest, first), *longer = sorted(names.items())
    durations = [f"{join_with_and(first)} about {format_count_with_noun(shortest, 'minute')}"]
    durations += [f"{join_with_and(same)} {minutes}" for minutes, same in longer]
    apart = (exercise.title for exercise in chosen.exercises if exercise.apart)
    later = [f"{e} is for another time; its minutes are not in the total above" for e in apart]
    doses = _frequency_nodes(chosen.often) if chosen.often else []
    care = cautions_with_positions_and_rise_node(chosen.exercises)
    parts = (
        para(
            *(strong("You need: "), f"{'; '.join(map(lower_first, chosen.needs))}. "),
            *(strong("It takes: "), f"{', '.join(durations)}."),
        ),
        foldable_part("Who should take care, and when to stop", care),
        foldable_part("What you will do", bullet_list([*chosen.will_do, *later])),
        foldable_part("How often, and when to do more", *doses, *cited_paragraph_nodes(rule.what)),
    )
    return Card("opening", parts)


def cautions_with_positions_and_rise_node(
    exercises: Iterable[Exercise], source: Library | None = None
) -> Node:
    """Who should take care in some exercises, in lying down for them and in getting up."""
    chosen = list(exercises)
    around = _position_and_rise_caution_nodes(chosen, (source or current_library()).safety)
    return cautions_with_exercises_node(chosen, source, around)


def cautions_with_exercises_node(
    exercises: Iterable[Exercise], source: Library | None = None, more: Iterable[Node] = ()
) -> Node:
    """Who should take care in some exercises, each with those that concern them, and ``more``."""
    safety = (source or current_library()).safety
    chosen = list(exercises)
    concerned: dict[tuple[str, ...], list[str]] = {}
    everyone: tuple[Node, ...] = ()
    for whom in safety.conditions:
        titles = tuple(e.title for e in chosen if any(whom in c.whom for c in e.cautions))
        if whom != ANYONE_CONDITION:
            concerned.setdefault(titles, []).append(whom)
        elif titles:
            beside = f" beside {join_with_and(titles)}" if len(chosen) > 1 else ""
            words = f"read the first line{beside}, before you begin it."
            everyone = (para(strong(f"{safety.conditions_in_words([ANYONE_CONDITION])}: "), words),)
    concerned.pop((), None)
    lines: list[ListItem] = []
    for titles, conditions in concerned.items():
        name = safety.conditions_in_words(conditions)
        where = "all of them" if len(titles) == len(chosen) else ", ".join(titles)
        lines.append((strong(f"{name}: "), where) if len(chosen) > 1 else name)
    return div(
        "care",
        bold_line("Take care"),
        *everyone,
        para(
            "If one of these is yours, read its line beside the exercise before you begin it, and"
            " do what it says: leave the exercise out, or do the easier version only, until a"
            " doctor or physiotherapist tells you to go on."
        ),
        bullet_list(lines),
        *more,
        *cited_paragraph_nodes(safety.stop.what, source),
    )


def _position_and_rise_caution_nodes(
    exercises: Sequence[Exercise], safety: Safety
) -> Iterator[Node]:
    """What the positions of some exercises ask, and getting up where none of them tells it."""
    positions = {exercise.position for exercise in exercises}
    for position, name in VERBS_BY_POSITION.items():
        asked = [c for c in safety.positions if c.position == position and position in positions]
        if asked:
            yield para(f"Whenever you {name}:")
            yield bullet_list(
                (strong(f"{safety.conditions_in_words(c.whom)}: "), c.what) for c in asked
            )
    chosen = {exercise.id: exercise.end_position for exercise in exercises}
    if safety.rise.id not in chosen and {*LYING_POSITIONS} & {*chosen.values()}:
        before = strong("Before you go down to the floor: ")
        yield para(before, timeline.SET_CHAIR_AND_HAVE_ROOM_SENTENCES)
        down = find_transition("standing", "supine", safety.ways)
        yield para(strong("To lie down: "), down.words if down else "")
        yield para(f"{safety.rise.title} from lying:")
        cautions = safety.rise.cautions
        yield bullet_list(
            (strong(f"{safety.conditions_in_words(c.whom)}: "), c.what) for c in cautions
        )


def recap(section: str) -> Card:
    """What a section held: its exercises with their amounts, how to get up, and where to go on.

    ``section`` is its id, such as "relax_the_back". Raises UnknownName.
    """
    chosen = current_library().section(section)
    rows = []
    for exercise in chosen.exercises:
        much = f"{describe_amounts(exercise)}{', at another time' if exercise.apart else ''}"
        rows.append((strong(exercise.title), much))
    rising = current_library().safety.rising
    ends_lying = chosen.session_exercises[-1].end_position in LYING_POSITIONS
    head = strong(f"{rising.title}. ")
    last = cited_paragraph_nodes(rising.what, None, head) if ends_lying else []
    amounts = table(("Exercise", "How much"), rows)
    listed = foldable_part("What this section held, and how much", amounts)
    start = h("a", "start", href="00_start_here.ipynb")
    further = para("Keep what does you good, and leave the rest. Back to the ", start)
    by_number = {section.number: section for section in current_library().sections}
    if after := by_number.get(chosen.number + 1):
        link = h("a", after.title, href=f"{after.number:02d}_{after.id}.ipynb")
        further = para(strong("Next: "), link, ", or back to the ", start)
    return Card("recap", (listed, *last, further))


def section_minutes(section: Section, version: VersionName) -> int:
    """The whole minutes of a section's session, words and changes of side included."""
    taught, options, done = current_library(), Options(version=version), section.session_exercises
    ways = taught.safety.ways
    return rounded_minutes(timeline.compile_session(done, options, rise=taught.rise, ways=ways))


def rounded_minutes(session: Timeline) -> int:
    """The minutes of a session, to be told: a short one has 1."""
    return max(1, round(session.total / MINUTE_MS))


# An exercise


class StepText(NamedTuple):
    """A step in words; ``amount`` and ``way_out`` are empty where there is none."""

    title: str
    words: str
    amount: str = ""
    way_out: str = ""


def about(exercise: str) -> Card:
    """Why an exercise is done, how, step by step, and what to notice in doing it.

    To read it up by itself: exercise() has it folded below its player. ``exercise`` is its id, such
    as "knee_rolls". Raises UnknownName.
    """
    chosen = current_library().exercise(exercise)
    lines: list[ListItem] = [fill_sides(chosen.setup, chosen.first)]
    for step in step_texts(chosen):
        amount = (" ", h("em", f"{capitalize_first(step.amount)}.")) if step.amount else ()
        way_out = f" {COME_OUT_LABEL} {step.way_out}" if step.way_out else ""
        lines.append((strong(f"{step.title}. "), step.words, *amount, way_out))
    total = describe_amounts_unless_same_as_step(chosen)
    last = (para(strong("In all: "), f"{total}."),) if total else ()
    steps = (bold_line("How to do it"), bullet_list(lines, ordered=True), *last)
    why, notes = common_name_and_why_nodes(chosen), felt_mistake_and_frequency_nodes(chosen)
    return Card("about", (*why, *steps, *notes))


def common_name_and_why_nodes(exercise: Exercise) -> tuple[Node, ...]:
    """Why an exercise is done, and what others call it."""
    return (
        small_line(f"Also called: {exercise.common_name}"),
        *cited_paragraph_nodes(exercise.why),
    )


def exercise_opening_card(chosen: Exercise) -> Card:
    """What exercise() begins with: its picture, in short why it is done, and who takes care."""
    name = h("h3", chosen.title, " ", h("span", describe_amounts(chosen), class_="small"))
    why = para(shorten_to_sentences(chosen.why, MAX_SHORT_WHY_LETTERS))
    words = div("words", name, why, exercise_cautions_node(chosen, folded=True))
    return Card("exercise", (exercise_thumbnail_node(chosen, "version"), words))


def exercise_details_card(chosen: Exercise, version: VersionName) -> Card:
    """What exercise() ends with, folded: its steps with figures, its other versions, and why."""
    kept = () if version == "source" else (small_line(VERSION_LABELS[version]),)
    figures = show(chosen, version=version).children
    texts = list(step_texts(chosen.version(version)))
    last = [para(strong(f"{COME_OUT_LABEL} "), text.way_out) for text in texts if text.way_out]
    other_side = (text for text in texts if text.title == CHANGE_SIDES_TITLE)
    last += (para(strong(f"{text.title}. "), text.words) for text in other_side)
    notes = felt_mistake_and_frequency_nodes(chosen)
    why = div("about", *common_name_and_why_nodes(chosen), *notes)
    parts = (
        foldable_part("Step by step", div("figures", *kept, *figures, *last)),
        foldable_part("Easier and harder", version_columns_node(chosen)),
        foldable_part("Why, and what to notice", why),
    )
    return Card("folds", parts)


def shorten_to_sentences(text: str, letters: int) -> str:
    """The first sentence of a text, and those after it that fit into so many letters."""
    shown, *more = SENTENCE_SPLIT_PATTERN.split(text)
    for sentence in more:
        if len(shown) + len(sentence) > letters:
            break
        shown += f" {sentence}"
    return shown


def felt_mistake_and_frequency_nodes(
    exercise: Exercise, source: Library | None = None
) -> list[Node]:
    """Where an exercise is felt, what often goes wrong, and how often it is done."""

    def small(picture: Picture | None) -> tuple[Node, ...]:
        return (svg_image(picture.markup, picture.alt, class_="thumbnail"),) if picture else ()

    parts = []
    if exercise.felt:
        words = para(fill_sides(exercise.felt.words, exercise.first))
        drawn = small(picture_of_felt_sites(exercise))
        parts.append(div("part", bold_line("Where to feel it"), *drawn, words))
    if exercise.mistakes:
        lines: list[ListItem] = []
        for mistake in exercise.mistakes:
            wrong, right = (fill_sides(w, exercise.first) for w in (mistake.words, mistake.instead))
            lines.append((strong(wrong), f" {right}"))
        drawn = small(picture_of_common_mistake(exercise))
        parts.append(div("part", bold_line("What often goes wrong"), *drawn, bullet_list(lines)))
    if often := exercise.often:  # a section's own words stand where the section begins
        sections = (source or current_library()).sections
        told = _frequency_nodes(often, source)
        if any(often == section.often for section in sections):
            told = [para(f"{capitalize_first(frequency_in_words(often))}.")]
        parts.append(div("part", bold_line("How often"), *told))
    return [div("columns", *parts)] if parts else []


def _frequency_nodes(often: Frequency, source: Library | None = None) -> list[Node]:
    head = strong(f"{capitalize_first(frequency_in_words(often))}. ")
    return cited_paragraph_nodes(often.what, source, head)


def step_texts(exercise: Exercise, options: Options = OPTIONS_AS_TAUGHT) -> Iterator[StepText]:
    """Each step on the first side, and the way to the other."""
    side = exercise.first
    for step in exercise.steps:
        said = (step.title, step_words(step), getattr(step, "out", None) or "")
        title, words, out = (fill_sides(text, side) for text in said)
        yield StepText(title, words, describe_amount(step, options), out)
    if len(exercise.sides_in_order) > 1:
        other = exercise.sides_in_order[1]
        if exercise.between:
            across = fill_sides(exercise.between.say, other)
        else:  # as it is said, where no step has told it
            across = "" if getattr(step, "out", None) else sentence_on_leaving(step, side)
        yield StepText(CHANGE_SIDES_TITLE, f"{across} Then the same on the {other}.".lstrip())


def take_care(exercise: str) -> Card:
    """Who should take care in an exercise, what to do about it, and when to stop.

    To read it aloud to a class, say: exercise() begins with it. ``exercise`` is its id, such as
    "knee_rolls". Raises UnknownName.
    """
    return Card("take-care", (exercise_cautions_node(current_library().exercise(exercise)),))


def exercise_cautions_node(
    exercise: Exercise, source: Library | None = None, *, folded: bool = False
) -> Node:
    """The cautions of an exercise, and when to stop it.

    Folded, whom they are for remains, and what is for everyone.
    """
    names_of = (source or current_library()).safety.conditions_in_words

    def listed(cautions: Iterable[Caution]) -> Node:
        lines: list[ListItem] = []
        for caution in cautions:
            whom, what = strong(f"{names_of(caution.whom)}: "), caution.what
            lines.append(
                (whom, fill_sides(what, exercise.first), *cited_source_nodes(what, source))
            )
        return bullet_list(lines)

    stop = para(fill_sides(exercise.stop, exercise.first))
    sources = cited_source_nodes(exercise.stop, source)
    if not folded:
        return div("care", bold_line("Take care"), listed(exercise.cautions), stop, *sources)
    for_all = [caution for caution in exercise.cautions if ANYONE_CONDITION in caution.whom]
    others = [caution for caution in exercise.cautions if caution not in for_all]
    names = h("span", f": {names_of(whom for caution in others for whom in caution.whom)}")
    line = h("summary", strong("Take care"), names)
    shown = [listed(for_all)] if for_all else []
    return div("care", *shown, h("details", line, listed(others), class_="fold"), stop, *sources)


def versions(exercise: str) -> Card:
    """The easier and the harder version of an exercise beside the one that is taught.

    To compare them by themselves: exercise() has them folded below its player. ``exercise`` is its
    id, such as "knee_rolls". Raises UnknownName.
    """
    return Card("versions", (version_columns_node(current_library().exercise(exercise)),))


def version_columns_node(exercise: Exercise) -> Node:
    """The versions of an exercise beside each other."""
    return div("columns", *(_version_node(exercise, version) for version in VERSION_LABELS))


def _version_node(exercise: Exercise, version: VersionName) -> Node:
    """A version with its picture, its amounts, and how to ask for it."""
    if version == "harder" and exercise.harder is None:
        why = cited_paragraph_nodes(exercise.no_harder or "There is none.")
        return div("part", bold_line("Harder"), *why)
    chosen = exercise.version(version)
    name = div("name", bold_line(VERSION_LABELS[version]), small_line(describe_amounts(chosen)))
    new = version == "source" or typical_posture(chosen) != typical_posture(exercise)
    picture = (exercise_thumbnail_node(chosen, "version"),) if new else ()
    change = None if version == "source" else getattr(exercise, version)
    words = cited_paragraph_nodes(change.what, None, strong(f"{change.title}. ")) if change else []
    settings = ((s.amount, s.words) for s in amount_settings(chosen))
    ranges = ", ".join(f"{amount.min:g} to {amount.max:g} {words}" for amount, words in settings)
    choice = small_line(f"Yours to choose: {ranges}." if ranges else "")
    asked = "" if version == "source" else f', version="{version}"'
    call = para(h("code", f'play("{exercise.id}"{asked})'))
    return div("part", name, *picture, *words, choice, call)


def exercise_thumbnail_node(exercise: Exercise, kind: str = "thumbnail") -> Node:
    """The posture an exercise is about, small; `kind` is its class: in a list, or of a version."""
    picture = thumbnail(typical_posture(exercise), first_side(exercise), own=exercise.own_figures)
    return svg_image(picture.markup, picture.alt, class_=kind)


def lower_first(words: str) -> str:
    """Words without a capital at their beginning."""
    return words[:1].lower() + words[1:]


# What everyone should know


def safety() -> Card:
    """Is this for you? In a few lines; folded below, when to see a doctor and when to stop."""
    return Card("safety", safety_check(current_library().safety.check))


def safety_check(check: Advice) -> tuple[Node, ...]:
    """What should be so before a first session, and the whole safety page, folded."""
    signs = h("ul", *(h("li", sign) for sign in check.signs), class_="checked")
    lead = para(strong(f"{check.title} "), check.what)
    page = foldable_part("The whole list, and when to stop", *safety_page_nodes())
    return (div("care check", lead, page, signs),)


def safety_page_nodes() -> tuple[Node, ...]:
    """When to see a doctor, when to stop, and how to judge by a number."""
    page, scale = current_library().safety, current_library().safety.scale
    bands = ((f"{b.lowest} to {b.highest}", strong(b.title), b.what) for b in scale.bands)
    rest = (page.going_on, page.holding, page.breathing, page.rising, *page.care)
    return (
        *_advice_nodes(page.education),
        *(div("care", *_advice_nodes(advice)) for advice in page.urgent),
        *_advice_nodes(page.net, page.active, page.stop),
        *(div("care", *_advice_nodes(advice)) for advice in (page.emergency, page.neck)),
        h("h3", "A number from 0 to 10"),
        para(scale.what),
        table(("It is", "Then", "What to do"), bands),
        *cited_paragraph_nodes(scale.change),
        *_advice_nodes(*rest),
    )


def _advice_nodes(*advices: Advice) -> Iterator[Node]:
    for advice in advices:
        yield h("h3", advice.title)
        yield para(advice.what)
        if advice.signs:
            yield bullet_list(advice.signs)
        yield from cited_source_nodes(advice.what)


# What stands behind the words


def cited_paragraph_nodes(text: str, source: Library | None = None, *head: Node) -> list[Node]:
    """A paragraph, begun with a head if there is one, and below it what it cites."""
    return [para(*head, text), *cited_source_nodes(text, source)]


def cited_source_nodes(text: str, source: Library | None = None) -> list[Node]:
    """What a text cites, folded away: what was found, how sure it is, and how it was read."""
    if not isinstance(text, TextWithCitations) or not text.references:
        return []
    known = (source or current_library()).references
    cited = [known[name] for name in text.references]
    said = ((e.source, f"{e.found} How sure: {e.certainty} Read: {e.read}.") for e in cited)
    listed = bullet_list((strong(f"{source}. "), found) for source, found in said)
    names = ", ".join(each.name for each in cited)
    return [details(f"{'Sources' if len(cited) > 1 else 'Source'}: {names}", listed)]
