"""What a notebook shows to be read: what to do, how much, who should take care, what comes next.

Every function returns a card made from the data and computed from it; none of them holds an
amount of its own. An unknown section or exercise raises UnknownName, with what was meant.
"""

from collections.abc import Iterable, Iterator

from backcare_nb.course.library import Library
from backcare_nb.course.models import EVERYONE, Advice, Band, Exercise, Section, Step, VersionName
from backcare_nb.custom import folder
from backcare_nb.custom.library import library
from backcare_nb.html.card import (
    Card,
    Node,
    group,
    h,
    image,
    label,
    numbered,
    para,
    points,
    strong,
    table,
)
from backcare_nb.html.picture import thumbnail
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import VERSION_LABELS, Options, amount_settings
from backcare_nb.sessions.phases import step_words, words_on_leaving
from backcare_nb.sessions.timeline import Timeline, count_noun, duration_in_words, fill_sides
from backcare_nb.sessions.transitions import LYING, end_position

WAY_OUT_LABEL = "To come out:"

# A section


def overview() -> Card:
    """The sections, each with a picture, what it is for, and its minutes as computed."""
    heads = ("", "Section", "What it is", "Easier", "As taught")
    return Card("overview", (table(heads, map(_overview_row, library().sections)),))


def _overview_row(section: Section) -> tuple[Node | str, ...]:
    page = f"{section.number:02d}_{section.id}.ipynb"
    own = section.id == folder.FOLDER_NAME  # has no page of its own
    link = section.title if own else h("a", section.title, href=page)
    lasts = (
        f"{section_minutes(section, version)}\N{NO-BREAK SPACE}min"
        for version in ("easier", "source")
    )
    return (exercise_thumbnail(section.exercises[0]), h("strong", link), section.summary, *lasts)


def opening(section: str) -> Card:
    """What a section asks for: what is done, its minutes, what is needed, and who takes care.

    ``section`` is its id, such as "relax_the_back". Raises UnknownName.
    """
    chosen = library().section(section)
    parts = (
        group("part", label("What you will do"), points(chosen.will_do)),
        group("part", label("What you need"), points(chosen.needs)),
        group("part", label("How long it takes"), points(_durations(chosen))),
    )
    return Card("opening", (group("columns", *parts), combined_cautions(chosen.exercises)))


def _durations(section: Section) -> Iterator[str]:
    """The minutes of each version of a section that lasts another time than the one before."""
    told = 0
    for version, name in VERSION_LABELS.items():
        lasts = section_minutes(section, version)
        if lasts != told:
            yield f"{name}: about {count_noun(lasts, 'minute')}"
        told = lasts
    for exercise in section.exercises:
        if exercise.apart:
            yield f"{exercise.title} is for another time, and not counted"


def combined_cautions(exercises: Iterable[Exercise], source: Library | None = None) -> Node:
    """Who should take care in some exercises, each with those that concern them."""
    safety = (source or library()).safety
    chosen = list(exercises)
    every = [(caution, each.title) for each in chosen for caution in each.cautions]
    concerned: dict[str, list[str]] = {}
    for caution, title in sorted(every, key=lambda pair: pair[0].whom != EVERYONE):
        concerned.setdefault(safety.conditions[caution.whom], []).append(title)
    return group(
        "care",
        label("Take care"),
        para("If one of these is yours, read its line beside the exercise before you begin it."),
        points(
            (strong(f"{whom}: "), ", ".join(titles)) if len(chosen) > 1 else whom
            for whom, titles in concerned.items()
        ),
        para(safety.stop.what),
    )


def recap(section: str) -> Card:
    """What a section held: its exercises with their amounts, and how to get up from it.

    ``section`` is its id, such as "relax_the_back". Raises UnknownName.
    """
    chosen = library().section(section)
    rows = [
        (exercise_thumbnail(exercise), strong(exercise.title), _recalled(exercise))
        for exercise in chosen.exercises
    ]
    rising = library().safety.rising
    last = (para(strong(f"{rising.title}. "), rising.what),) if _ends_lying(chosen) else ()
    return Card("recap", (table(("", "Exercise", "How much"), rows), *last))


def _recalled(exercise: Exercise) -> str:
    return (
        f"{describe_amounts(exercise)}, at another time"
        if exercise.apart
        else describe_amounts(exercise)
    )


def section_minutes(section: Section, version: VersionName) -> int:
    """The whole minutes of a section's session, words and changes of side included."""
    taught, options = library(), Options(version=version)
    ways = taught.safety.ways
    return rounded_minutes(
        timeline.compile_session(section.session, options, rise=taught.rise, ways=ways)
    )


def rounded_minutes(session: Timeline) -> int:
    """The minutes of a session, to be told: a short one has 1."""
    return max(1, round(session.total / timeline.MINUTE_MS))


def _ends_lying(section: Section) -> bool:
    return end_position(section.session[-1]) in LYING


# An exercise


def about(exercise: str) -> Card:
    """Why an exercise is done, and how, step by step.

    ``exercise`` is its id, such as "knee_rolls". Raises UnknownName.
    """
    chosen = library().exercise(exercise)
    lines = [fill_sides(chosen.setup, chosen.first), *map(_told, step_texts(chosen))]
    much = describe_amounts(chosen)
    told = {describe_amount(step) for step in chosen.steps}
    last = () if much in told else (para(strong("In all: "), f"{much}."),)
    name = _small(f"Also called: {chosen.common_name}")
    return Card("about", (name, para(chosen.why), label("How to do it"), numbered(lines), *last))


def step_texts(exercise: Exercise) -> Iterator[tuple[str, str, str, str]]:
    """Each step on the first side, and the way to the other: title, words, amount and way out."""
    side = exercise.first
    for step in exercise.steps:
        out = fill_sides(getattr(step, "out", None) or "", side)
        yield (
            fill_sides(step.title, side),
            fill_sides(step_words(step), side),
            describe_amount(step),
            out,
        )
    if exercise.sides:
        other = "right" if side == "left" else "left"
        yield (
            "Change sides",
            f"{_across(exercise, other)} Then the same on the {other}.".lstrip(),
            "",
            "",
        )


def _across(exercise: Exercise, other: str) -> str:
    """How one goes to the other side, where no step has told it."""
    last = exercise.steps[-1]
    if exercise.between:
        return fill_sides(exercise.between.say, other)
    return "" if getattr(last, "out", None) else words_on_leaving(last, exercise.first)


def _told(step: tuple[str, str, str, str]) -> tuple[Node | str, ...]:
    title, words, much, out = step
    amount = (" ", h("em", f"{capitalize_first(much)}.")) if much else ()
    return strong(f"{title}. "), words, *amount, f" {WAY_OUT_LABEL} {out}" if out else ""


def take_care(exercise: str) -> Card:
    """Who should take care in an exercise, what to do about it, and when to stop.

    ``exercise`` is its id, such as "knee_rolls". Raises UnknownName.
    """
    return Card("take-care", (exercise_cautions(library().exercise(exercise)),))


def exercise_cautions(exercise: Exercise, source: Library | None = None) -> Node:
    """The cautions of an exercise, and when to stop it."""
    names = (source or library()).safety.conditions
    cautions = [
        (strong(f"{names[caution.whom]}: "), fill_sides(caution.what, exercise.first))
        for caution in exercise.cautions
    ]
    stop = para(fill_sides(exercise.stop, exercise.first))
    return group("care", label("Take care"), points(cautions), stop)


def versions(exercise: str) -> Card:
    """The easier and the harder version of an exercise beside the one that is taught.

    ``exercise`` is its id, such as "knee_rolls". Raises UnknownName.
    """
    chosen = library().exercise(exercise)
    parts = [_version(chosen, version) for version in VERSION_LABELS]
    return Card("versions", (group("columns", *parts),))


def _version(exercise: Exercise, version: VersionName) -> Node:
    """A version with its picture, its amounts, and how to ask for it."""
    if version == "harder" and exercise.harder is None:
        return group("part", label("Harder"), para(exercise.no_harder or "There is none."))
    chosen = exercise.version(version)
    change = None if version == "source" else getattr(exercise, version)
    words = (para(strong(f"{change.title}. "), change.what),) if change else ()
    asked = "" if version == "source" else f', version="{version}"'
    call = h("code", f'play("{exercise.id}"{asked})')
    name = group("name", label(VERSION_LABELS[version]), _small(describe_amounts(chosen)))
    new = version == "source" or _telling(chosen) != _telling(exercise)
    picture = (exercise_thumbnail(chosen),) if new else ()
    return group("part", name, *picture, *words, _small(_ranges(chosen)), para(call))


def _ranges(exercise: Exercise) -> str:
    """What a learner may choose, with its limits."""
    ranges = [
        f"{each.amount.min:g} to {each.amount.max:g} {each.words}"
        for each in amount_settings(exercise)
    ]
    return f"Yours to choose: {', '.join(ranges)}." if ranges else ""


def describe_amounts(exercise: Exercise) -> str:
    """How much of an exercise is done, in words: "6 seconds, 5 times on each side"."""
    told = ", then ".join(describe_amount(step) for step in exercise.steps if step.do != "move")
    rounds = exercise.rounds.default if exercise.rounds else 1
    again = f"{', ' if told else ''}{count_noun(rounds, 'time')}" if rounds > 1 else ""
    return f"{told}{again}{' on each side' if exercise.sides else ''}"


def describe_amount(step: Step) -> str:
    """How much of a step is done, in words; nothing for a movement, which takes its time."""
    match step.do:
        case "hold":
            return duration_in_words(round(step.seconds.default * timeline.SECOND_MS))
        case "repeat":
            each = duration_in_words(round(step.tempo.default * timeline.SECOND_MS))
            return f"{count_noun(step.times.default, 'time')}, {each} for each"
        case "breathe":
            lasts = duration_in_words(round(step.minutes.default * timeline.MINUTE_MS))
            return f"{lasts}, about {step.rate.default:g} breaths a minute"
    return ""


# What everyone should know


def safety() -> Card:
    """The safety page: when to see a doctor, when to stop, and how to judge by a number."""
    page = library().safety
    urgent = [group("care", *_advice(advice)) for advice in page.urgent]
    quiet = (page.net, page.active, page.stop)
    emergency = [group("care", *_advice(advice)) for advice in (page.emergency, page.neck)]
    rest = (page.holding, page.breathing, page.rising, *page.care)
    return Card(
        "safety",
        (
            *_advice(page.education),
            *urgent,
            *_all(quiet),
            *emergency,
            *_scale(),
            *_all(rest),
        ),
    )


def _all(advices: tuple[Advice, ...]) -> Iterator[Node]:
    for advice in advices:
        yield from _advice(advice)


def _advice(advice: Advice) -> Iterator[Node]:
    yield h("h3", advice.title)
    yield para(advice.what)
    if advice.signs:
        yield points(advice.signs)
    if advice.source:
        yield _source(advice.source)


def _scale() -> Iterator[Node]:
    scale = library().safety.scale
    yield h("h3", "A number from 0 to 10")
    yield para(scale.what)
    yield table(("It is", "Then", "What to do"), map(_band, scale.bands))
    yield para(scale.change)
    if scale.source:
        yield _source(scale.source)


def _band(band: Band) -> tuple[Node | str, ...]:
    return f"{band.lowest} to {band.highest}", strong(band.title), band.what


def _source(words: str) -> Node:
    return _small(f"Source: {words}")


def _small(words: str) -> Node:
    return h("p", words, **{"class": "small"})


# Pictures and words


def exercise_thumbnail(exercise: Exercise) -> Node:
    """The posture an exercise is about, small."""
    side = exercise.first if exercise.sides else None
    small = thumbnail(_telling(exercise), side, own=exercise.own_figures)
    return image(small.svg(), small.alt)


def _telling(exercise: Exercise) -> str:
    """The posture that tells an exercise from others: where it stays, or where a motion leads."""
    steps = [step for step in exercise.steps if step.do != "move"]
    if not steps:
        way = _way(exercise.steps[-1].motion, exercise)
        return way[len(way) // 2]
    held, motion = getattr(steps[0], "posture", None), getattr(steps[0], "motion", None)
    led = getattr(steps[0], "loop", None) or motion
    return held if held and (motion or not led) else _way(led, exercise)[-1]


def _way(motion: str, exercise: Exercise) -> tuple[str, ...]:
    """The postures that a motion of an exercise goes through."""
    from backcare_nb.posture.table import posture_table

    stops = posture_table(exercise.own_figures).motion_spec(motion).through
    return tuple(name.removeprefix("other ") for name in stops)


def capitalize_first(words: str) -> str:
    """Words with a capital at their beginning."""
    return words[:1].upper() + words[1:]
