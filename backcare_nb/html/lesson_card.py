"""A lesson as a card for its teacher: what is done, what to bring, to say, and to leave out."""

from collections.abc import Iterable, Iterator

from backcare_nb.course.models import EVERYONE
from backcare_nb.html.amount_words import describe_amounts
from backcare_nb.html.card import Card, Node, details, group, h, label, para, points, strong, table
from backcare_nb.html.course_cards import exercise_thumbnail
from backcare_nb.html.static_session import other_phase_kinds
from backcare_nb.lesson.lesson import Lesson
from backcare_nb.lesson.rules import broken_rules
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import version_heading
from backcare_nb.sessions.phases import SECOND_MS
from backcare_nb.sessions.timeline import duration_in_words, format_clock, join_words

ASK_ADVICE = (
    "Give each a sheet (the handout has all of it), or read these out and ask for no answer: who"
    " has one of them takes the easier way, or leaves out what the sheet says."
)


def lesson_card(lesson: Lesson, *, with_rules: bool = False) -> Card:
    """The lesson to be read before the class, and to lead it from.

    Who has what stands folded away: it is for the teacher, and not for a wall. ``with_rules`` adds
    what every plan keeps to, and why.
    """
    counted = join_words(other_phase_kinds(lesson.timeline, lesson.library.rise.id))
    length = duration_in_words(lesson.told_length_ms)
    eased = [(part.exercise.title, part.why) for part in lesson.parts if part.why]
    left_out = [(left.exercise.title, left.why) for left in lesson.left_out]
    parts = (
        h("h3", lesson.title),
        para(f"About {length}, with everything: {counted}."),
        *map(para, lesson.told),
        *_broken(lesson),
        table(("", "Exercise", "How much", "Easier", "Begins at"), _exercise_rows(lesson)),
        para(strong("Bring for each person: "), f"{_things(lesson.needs)}."),
        *_bring_for_some(lesson),
        _say_first(lesson),
        *_for_the_teacher(lesson),
        *_by_reason("Not as it was wished for, and why", eased),
        *_by_reason("Left out, and why", left_out),
        *((details("What a lesson keeps to, and why", points(_rules(lesson))),) * with_rules),
    )
    return Card("lesson", parts)


def _things(names: Iterable[str]) -> str:
    return join_words([f"a {thing}" for thing in names] or ["nothing but room to stand"])


def _bring_for_some(lesson: Lesson) -> Iterator[Node]:
    """What is wanted besides, for those who take it easier."""
    if lesson.needs_easier:
        some = strong("For those who take it easier: ")
        yield para(some, f"{_things(lesson.needs_easier)}.")


def _broken(lesson: Lesson) -> Iterator[Node]:
    """The rules that a lesson breaks; a plan breaks none, but a teacher may."""
    broken = broken_rules(lesson)
    if broken:
        yield group(
            "care",
            label("Look at this again; it is for you to decide"),
            points((strong(f"{each.rule.title}. "), f"{each.what}") for each in broken),
        )


def _rules(lesson: Lesson) -> Iterator[tuple[Node | str, ...]]:
    for rule in lesson.library.rules.by_name.values():
        yield strong(f"{rule.title}. "), rule.why


def _exercise_rows(lesson: Lesson) -> Iterator[tuple[Node | str, ...]]:
    phases = lesson.timeline.phases
    begins_ms = [phase.start_ms for phase in phases if phase.kind == "setup"]
    for part, begin_ms in zip(lesson.parts, begins_ms, strict=True):
        name, exercise = strong(part.exercise.title), part.exercise
        version = None if part.version == "source" else getattr(exercise, part.version)
        if version is not None:
            how = f" {version_heading(part.version, version.title)}"
            name = h("span", name, h("span", how, class_="small"))
        amounts = describe_amounts(exercise, part.options)
        easier = f"{exercise.easier.title}: {exercise.easier.what}" if part.easier else ""
        note = h("span", f" {part.note}", class_="small")
        name = h("span", name, note) if part.note else name
        yield exercise_thumbnail(exercise), name, amounts, easier, format_clock(begin_ms)
    if lesson.ends_lying:
        rise = lesson.rising
        seconds = timeline.exercise_length_ms(rise) // SECOND_MS
        calmly = f"In stages, {duration_in_words(seconds * SECOND_MS)}"
        begin_ms = next(phase.start_ms for phase in phases if phase.kind == "rise")
        yield exercise_thumbnail(rise), strong(rise.title), calmly, "", format_clock(begin_ms)


def _say_first(lesson: Lesson) -> Node:
    """What is said to all before it begins; nobody's condition is in it."""
    everyone = [care for care in lesson.cautions_to_read if care.whom == _everyone(lesson)]
    lines = [f"{', '.join(care.exercises)}: {care.what}" for care in everyone]
    return group(
        "care",
        label("Say before you begin"),
        para(lesson.library.rules.say_first),
        *([points(lines)] if lines else []),
        para(lesson.library.safety.stop.what),
    )


def _for_the_teacher(lesson: Lesson) -> Iterator[Node]:
    """What is for the teacher alone: who does what, and what nobody has named."""
    words: dict[str, list[str]] = {}
    for care in lesson.cautions_to_read:
        if care.whom != _everyone(lesson):
            words.setdefault(care.whom, []).append(f"{', '.join(care.exercises)}: {care.what}")
    if words:
        lines = [(strong(f"{whom}. "), " ".join(lines)) for whom, lines in words.items()]
        meanwhile = [f"{title}: {done}." for title, done in lesson.done_meanwhile]
        yield details("For you alone: who had better do what", points(lines), *map(para, meanwhile))
    if lesson.conditions_to_ask_about:
        asked = f"{'; '.join(lesson.conditions_to_ask_about)}."
        yield details("Conditions to ask for, on paper", para(ASK_ADVICE), para(asked))


def _everyone(lesson: Lesson) -> str:
    return lesson.library.safety.names_of([EVERYONE])


def _by_reason(title: str, reasons: Iterable[tuple[str, str]]) -> Iterator[Node]:
    """A list of exercises below its title, once for each reason; nothing where there is none."""
    exercises: dict[str, list[str]] = {}
    for exercise, why in reasons:
        exercises.setdefault(why, []).append(exercise)
    if exercises:
        yield label(title)
        yield points((strong(f"{', '.join(names)}. "), why) for why, names in exercises.items())
