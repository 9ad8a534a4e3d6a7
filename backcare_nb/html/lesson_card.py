"""A lesson as a card for its teacher: what is done, what to bring, to say, and to leave out."""

from collections.abc import Iterable, Iterator

from backcare_nb.html.card import Card, Node, group, h, label, para, points, strong, table
from backcare_nb.html.course_cards import describe_amounts, exercise_thumbnail, rounded_minutes
from backcare_nb.html.static_session import other_phase_kinds
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import duration_in_words, format_clock, join_words

ASK_ADVICE = (
    "Plan again with it, or tell that person what stands beside each exercise: some are to be left"
    " out, others done in the easier version."
)


def lesson_card(lesson: Lesson) -> Card:
    """The lesson to be read before the class, and to lead it from."""
    counted = join_words(other_phase_kinds(lesson.timeline, lesson.library.rise.id))
    needs = join_words([f"a {thing}" for thing in lesson.needs] or ["nothing but room to stand"])
    eased = [(part.exercise.title, _why_eased(part, lesson)) for part in lesson.parts if part.why]
    left_out = [(left.exercise.title, left.why) for left in lesson.left_out]
    parts = (
        h("h3", lesson.title),
        para(f"About {lesson_length(lesson)}, with everything: {counted}."),
        table(("", "Exercise", "How much", "Begins at"), _exercise_rows(lesson)),
        para(strong("Bring for each person: "), f"{needs}."),
        _read_aloud(lesson),
        *_by_reason("Made easier, and why", eased),
        *_by_reason("Left out, and why", left_out),
    )
    return Card("lesson", parts)


def lesson_length(lesson: Lesson) -> str:
    """How long a lesson is to last: as it was wished for, or to the minute."""
    return duration_in_words(
        round((lesson.minutes or rounded_minutes(lesson.timeline)) * MINUTE_MS)
    )


def _exercise_rows(lesson: Lesson) -> Iterator[tuple[Node | str, ...]]:
    phases = lesson.timeline.phases
    begins_ms = [phase.start_ms for phase in phases if phase.kind == "setup"]
    for part, begin_ms in zip(lesson.parts, begins_ms, strict=True):
        name, exercise = strong(part.exercise.title), part.exercise
        version = None if part.version == "source" else getattr(exercise, part.version)
        if version is not None:
            how = f" {VERSION_LABELS[part.version]}: {version.title}"
            name = h("span", name, h("span", how, class_="small"))
        amounts = describe_amounts(exercise, part.options)
        yield exercise_thumbnail(exercise), name, amounts, format_clock(begin_ms)
    if lesson.ends_lying:
        rise = lesson.rising
        seconds = timeline.exercise_length_ms(rise) // SECOND_MS
        calmly = f"In stages, {duration_in_words(seconds * SECOND_MS)}"
        begin_ms = next(phase.start_ms for phase in phases if phase.kind == "rise")
        yield exercise_thumbnail(rise), strong(rise.title), calmly, format_clock(begin_ms)


def _read_aloud(lesson: Lesson) -> Node:
    """The group's cautions, when to stop, and what nobody has named and a teacher should ask."""
    words: dict[str, list[str]] = {}
    for care in lesson.cautions_to_read:
        words.setdefault(care.whom, []).append(f"{', '.join(care.exercises)}: {care.what}")
    cautions = [(strong(f"{whom}. "), " ".join(lines)) for whom, lines in words.items()]
    ask = para(
        strong("Ask who has one of these: "),
        f"{'; '.join(lesson.conditions_to_ask_about)}. {ASK_ADVICE}",
    )
    return group(
        "care",
        label("Read aloud before you begin"),
        *([points(cautions)] if cautions else []),
        para(lesson.library.safety.stop.what),
        *([ask] if lesson.conditions_to_ask_about else []),
    )


def _why_eased(part: LessonItem, lesson: Lesson) -> str:
    """For whom it was made easier; where it was for nobody, the reason in a sentence."""
    concerned = [
        whom
        for caution in part.exercise.cautions
        for whom in caution.concerns(lesson.cautions)
        if caution.then != "say"
    ]
    names = lesson.library.safety.names_of(concerned)
    return f"For {names}." if names and part.version == "easier" else part.why


def _by_reason(title: str, reasons: Iterable[tuple[str, str]]) -> Iterator[Node]:
    """A list of exercises below its title, once for each reason; nothing where there is none."""
    exercises: dict[str, list[str]] = {}
    for exercise, why in reasons:
        exercises.setdefault(why, []).append(exercise)
    if exercises:
        yield label(title)
        yield points((strong(f"{', '.join(names)}. "), why) for why, names in exercises.items())
