"""A lesson as a card for its teacher: what is done, what to bring, to say, and to leave out."""

from collections.abc import Iterator

from backcare_nb.course.models import Exercise
from backcare_nb.html import static_session
from backcare_nb.html.card import Card, Node, group, h, label, para, points, strong, table
from backcare_nb.html.course_cards import describe_amounts, exercise_thumbnail, rounded_minutes
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.timeline import SECOND_MS, duration_in_words, format_clock, join_words

HEADS = ("", "Exercise", "How much", "Begins at")


def card(lesson: Lesson) -> Card:
    """The lesson to be read before the class, and to lead it from."""
    parts = (
        h("h3", lesson.title),
        para(_lasting(lesson)),
        table(HEADS, _rows(lesson)),
        para(strong("Bring for each person: "), f"{_brought(lesson)}."),
        *_read_aloud(lesson),
        *_list("Made easier, and why", _eased(lesson)),
        *_list("Left out, and why", _left_out(lesson)),
    )
    return Card("lesson", parts)


def _lasting(lesson: Lesson) -> str:
    """About how long it is, and what is counted in it."""
    rise = lesson.library.rise.id
    beside = join_words(static_session.other_phase_names(lesson.timeline, rise))
    return f"About {minutes(lesson)}, with everything: {beside}."


def minutes(lesson: Lesson) -> str:
    """How long a lesson is to last: as it was wished for, or to the minute."""
    return duration_in_words(
        round((lesson.minutes or rounded_minutes(lesson.timeline)) * timeline.MINUTE_MS)
    )


def _rows(lesson: Lesson) -> Iterator[tuple[Node | str, ...]]:
    for part, begins in zip(lesson.parts, _beginnings(lesson), strict=True):
        yield (
            exercise_thumbnail(part.exercise),
            _name(part),
            describe_amounts(part.exercise),
            format_clock(begins),
        )
    if lesson.ends_lying:
        rise = lesson.rising
        begins = next(p.start for p in lesson.timeline.phases if p.kind == "rise")
        yield exercise_thumbnail(rise), strong(rise.title), _calmly(rise), format_clock(begins)


def _name(part: LessonItem) -> Node:
    """The exercise, and its version where it is not as taught."""
    name = strong(part.exercise.title)
    version = None if part.version == "source" else getattr(part.exercise, part.version)
    if version is None:
        return name
    how = f" {VERSION_LABELS[part.version]}: {version.title}"
    return h("span", name, h("span", how, **{"class": "small"}))


def _calmly(rise: Exercise) -> str:
    seconds = timeline.exercise_length_ms(rise) // SECOND_MS
    return f"In stages, {duration_in_words(seconds * SECOND_MS)}"


def _beginnings(lesson: Lesson) -> list[int]:
    """When the setup of each part begins, in milliseconds."""
    return [phase.start for phase in lesson.timeline.phases if phase.kind == "setup"]


def _read_aloud(lesson: Lesson) -> Iterator[Node]:
    safety = lesson.library.safety
    words: dict[str, list[str]] = {}
    for care in lesson.care:
        words.setdefault(care.whom, []).append(f"{', '.join(care.exercises)}: {care.what}")
    told = (points((strong(f"{whom}. "), " ".join(said)) for whom, said in words.items()),)
    yield group(
        "care",
        label("Read aloud before you begin"),
        *(told if words else ()),
        para(safety.stop.what),
        *_asked(lesson),
    )


def _asked(lesson: Lesson) -> Iterator[Node]:
    """What nobody has named, and a teacher should ask for."""
    if lesson.ask:
        then = (
            "Plan again with it, or tell that person what stands beside each exercise: some are to"
            " be left out, others done in the easier version."
        )
        yield para(strong("Ask who has one of these: "), f"{'; '.join(lesson.ask)}. {then}")


def _eased(lesson: Lesson) -> list[tuple[Node, str]]:
    """What was made easier, once for each reason."""
    reasons: dict[str, list[str]] = {}
    for part in lesson.parts:
        if part.why:
            reasons.setdefault(_why(part, lesson), []).append(part.exercise.title)
    return _by_reason(reasons)


def _why(part: LessonItem, lesson: Lesson) -> str:
    """For whom it was made easier; where it was for nobody, the reason in a sentence."""
    names = lesson.library.safety.conditions
    asked = [
        names[caution.whom]
        for caution in part.exercise.cautions
        if caution.whom in lesson.cautions and caution.then != "say"
    ]
    return f"For {'; '.join(asked)}." if asked and part.version == "easier" else part.why


def _left_out(lesson: Lesson) -> list[tuple[Node, str]]:
    """What was left out, once for each reason."""
    reasons: dict[str, list[str]] = {}
    for left in lesson.left_out:
        reasons.setdefault(left.why, []).append(left.exercise.title)
    return _by_reason(reasons)


def _by_reason(reasons: dict[str, list[str]]) -> list[tuple[Node, str]]:
    return [(strong(f"{', '.join(titles)}. "), why) for why, titles in reasons.items()]


def _list(title: str, items: list[tuple[Node, str]]) -> Iterator[Node]:
    if items:
        yield label(title)
        yield points(items)


def _brought(lesson: Lesson) -> str:
    """Things with their articles: a mat, a chair and a towel."""
    return join_words([f"a {thing}" for thing in lesson.needs] or ["nothing but room to stand"])
