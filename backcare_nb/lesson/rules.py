"""What a lesson keeps to, looked at in the lesson itself: planned, edited by hand, or opened.

The rules and their reasons are data (lessons.yaml). A plan keeps all of them; by hand a teacher may
break one, and is told which.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from backcare_nb.course.fields import LYING_POSITIONS, POSITIONS_OFF_THE_FLOOR
from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise, Hold, LessonRule, LessonRules, Move
from backcare_nb.lesson.amounts import find_amount_limits, work_ms
from backcare_nb.lesson.lesson import (
    LESSON_LENGTH_TOLERANCE_MS,
    POSITION_BEFORE_LESSON,
    Lesson,
    LessonItem,
    holds_same_postures,
    mark_exercises_spent_on_chair,
    rests_meanwhile,
)
from backcare_nb.sessions.options import Options
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import duration_in_words, join_with_and

# Who goes, as the beginning of a sentence, and the positions that he goes through.
PositionTrack = tuple[str, list[str]]


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a lesson breaks, by its name in the data, and how, in a sentence."""

    name: str
    what: str
    rule: LessonRule


def find_broken_rules(lesson: Lesson) -> tuple[BrokenRule, ...]:
    """Every rule that a lesson breaks."""
    rules = lesson.library.rules
    done, lengths = [p.exercise for p in lesson.chosen_parts], length_ms_by_exercise(lesson)
    tracks = list(
        position_tracks(lesson.chosen_parts, lesson.participant_conditions, lesson.library)
    )
    found = (
        ("enough", _describe_too_empty_or_full_lesson(lesson)),
        ("share", _describe_too_long_exercises(lesson, lengths)),
        ("amounts", _describe_amounts_over_limits(lesson)),
        ("in_step", _describe_longer_easier_versions(lesson)),
        ("calm", _describe_quiet_exercise_faults(lesson, lengths)),
        ("floor", _describe_excess_floor_transitions(tracks)),
        ("changes", _describe_excess_position_changes(done, tracks)),
        ("kneeling", _describe_excess_kneeling(lesson, lengths)),
        ("head_down", _describe_excess_head_down_time(lesson)),
        ("folds", (what for _, what in find_consecutive_folds(done, rules))),
        ("not_with", _describe_forbidden_exercises(lesson)),
        ("falls", (what for _, what in find_fall_risk_sequences(done, rules))),
        ("opposites", (what for _, what in find_exercises_without_opposite(done, rules))),
        ("turns", (what for _, what in find_excess_turning_exercises(done, rules))),
        ("once", _describe_postures_held_twice(lesson)),
        ("regions", _describe_regions_without_exercise(lesson)),
        ("resting", _describe_excess_rest_for_conditions(lesson, lengths)),
    )
    return tuple(
        BrokenRule(name, what, getattr(rules, name)) for name, whats in found for what in whats
    )


def max_exercise_ms(rules: LessonRules, total_ms: float) -> float:
    """Milliseconds that one exercise may take of a lesson that lasts so long."""
    short = total_ms <= rules.share.short_minutes * MINUTE_MS
    return total_ms * (rules.share.most_in_short if short else rules.share.most)


def max_kneeling_ms(
    rules: LessonRules, total_ms: float, asked: Collection[str], cautions: Collection[str]
) -> float:
    """The same for all that is done kneeling; where no other position was asked for, all of it."""
    limit = rules.kneeling
    halved = 0.5 if set(cautions) & set(limit.halved_for) else 1
    most = limit.most_minutes * MINUTE_MS * halved
    return most if set(asked) == {"kneeling"} else min(total_ms * limit.most * halved, most)


def max_head_down_ms(rules: LessonRules, total_ms: float) -> float:
    """The same for a head that is low."""
    limit = rules.head_down
    return min(total_ms * limit.most, limit.most_minutes * MINUTE_MS)


def max_only_breathing_ms(
    rules: LessonRules, total_ms: float, taught_ms: Sequence[int], minutes: float, late: float = 1
) -> float:
    """The same for all that quiet exercises, which are taught so long, breathe and do nothing.

    ``minutes`` are those that were asked for, and ``late`` the share of them that is left.
    """
    least_ms = len(taught_ms) * min_beginning_or_end_ms(rules, minutes)
    if total_ms < minutes * MINUTE_MS - LESSON_LENGTH_TOLERANCE_MS:  # nothing wants their time
        least_ms = max(least_ms, sum(taught_ms))
    return max(late * total_ms * rules.calm.most, least_ms)


def min_beginning_or_end_ms(rules: LessonRules, minutes: float) -> float:
    """Milliseconds of quiet with which a lesson of so many minutes begins, and ends, at least."""
    is_short = minutes < rules.calm.from_minutes
    return MINUTE_MS * (1 if is_short else rules.calm.least_minutes)


def has_enough_time_and_movement(lesson: Lesson) -> bool:
    """Whether a lesson fills enough of its time, and has enough to do in it.

    A section that was chosen, or a short lesson that is full, may have but one exercise in which
    one moves.
    """
    rules, wished_ms = lesson.library.rules, (lesson.minutes or 0) * MINUTE_MS
    moving = sum(not part.exercise.is_only_breathing for part in lesson.chosen_parts)
    is_short = wished_ms <= rules.share.short_minutes * MINUTE_MS
    is_full = lesson.timeline.total >= rules.enough.full_share * wished_ms
    one_does = lesson.wish.get("sections") or (is_short and is_full)
    least = 1 if one_does else rules.enough.least_moving
    least_ms = min(rules.enough.least_share * wished_ms, rules.enough.always_minutes * MINUTE_MS)
    return lesson.timeline.total >= least_ms and moving >= least


def max_exercises(rules: LessonRules, minutes: float) -> int:
    """How many exercises a lesson of so many minutes has, with its beginning and its end."""
    return max(rules.enough.fewest, round(minutes / rules.enough.minutes_for_each))


def head_down_ms(exercise: Exercise, options: Options, rules: LessonRules) -> int:
    """Milliseconds of an exercise for which the head is low."""
    turns = options.rounds_of(exercise) * (len(exercise.sides_in_order) or 1)
    low_ms = 0.0
    for step in exercise.steps:
        if isinstance(step, Hold) and step.posture in rules.head_down.postures:
            low_ms += options.amount_of(step, "seconds") * SECOND_MS
        if isinstance(step, Move) and step.motion in rules.head_down.motions:
            low_ms += step.seconds.default * SECOND_MS
    return round(turns * low_ms)


def felt_regions_of(exercise: Exercise, rules: LessonRules) -> frozenset[str]:
    """The regions of the body in which an exercise is felt."""
    felt = set(exercise.felt.sites) if exercise.felt else set()
    return frozenset(name for name, sites in rules.regions.sites.items() if felt & set(sites))


def find_fall_risk_sequences(
    exercises: Sequence[Exercise], rules: LessonRules
) -> Iterator[tuple[Exercise, str]]:
    """What should not follow what it follows, or be followed by what follows it, and why."""
    low = rules.head_down.postures
    for before, each, after in zip([None, *exercises], exercises, [*exercises[1:], None]):  # noqa: B905
        settled = before and before.end_position in POSITIONS_OFF_THE_FLOOR
        if each.id in rules.falls.not_first and not (
            settled and before and not before.is_only_breathing
        ):
            yield each, f"{each.title} comes with nothing gentle on the feet or a chair before it."
        last = each.steps[-1]
        hangs = each.position == "standing" and isinstance(last, Hold) and last.posture in low
        still = after and after.position == "standing" and after.is_only_breathing
        if hangs and after and (still or "neck" in felt_regions_of(after, rules)):
            yield each, f"{after.title} follows {each.title}, from which heads come up light."


def find_consecutive_folds(
    exercises: Sequence[Exercise], rules: LessonRules
) -> Iterator[tuple[Exercise, str]]:
    """Each fold that another follows, and that it does, in a sentence."""
    for each, after in pairwise(exercises):
        if {each.id, after.id} <= {*rules.folds.exercises}:
            yield each, f"{after.title} folds again after {each.title}."


def are_sitting_and_standing_grouped(exercises: Sequence[Exercise]) -> bool:
    """Whether what is done on a chair comes in one go, and so does what is done on the feet."""
    places = [
        each.position
        for each in exercises
        if {*each.positions_taken} in ({"standing"}, {"sitting"})
    ]
    return _count_position_changes(places) < max(1, len({*places}))


def find_exercises_without_opposite(
    exercises: Sequence[Exercise], rules: LessonRules
) -> Iterator[tuple[Exercise, str]]:
    """What goes one way, where nothing in the lesson goes the other, and that, in a sentence."""
    there = {each.id for each in exercises}
    for each in exercises:
        opposites = rules.opposites.by_exercise.get(each.id)
        if opposites and not there & {*opposites}:
            yield each, f"{each.title} bends one way, and nothing here goes the other."


def find_excess_turning_exercises(
    exercises: Sequence[Exercise], rules: LessonRules
) -> Iterator[tuple[Exercise, str]]:
    """Each turn that follows on too many others, and that it does, in a sentence."""
    on_end = 0
    for each in exercises:
        on_end = on_end + 1 if each.id in rules.turns.exercises else 0
        if on_end > rules.turns.most_on_end:
            yield each, f"{each.title} follows on other turns, with no ease between."


def length_ms_by_exercise(lesson: Lesson) -> dict[str, int]:
    """Milliseconds of each exercise of a lesson, by its id, with its words and its pauses.

    Without the way down to it in stages, which is slow for some.
    """
    lengths = dict.fromkeys((part.exercise.id for part in lesson.parts), 0)
    for phase in lesson.timeline.phases:
        is_way = phase.kind == "move" and not phase.step
        if phase.exercise in lengths and phase.kind != "rest" and not is_way:
            lengths[phase.exercise] += phase.duration_ms
    return lengths


def position_tracks(
    items: Sequence[LessonItem], cautions: Sequence[str], library: Library
) -> Iterator[PositionTrack]:
    """Who goes, and through which positions: the class, and everyone who takes it easier."""
    exercises = [item.exercise for item in items]
    tracks = [exercises, [item.easier or item.exercise for item in items]]
    for group in (*([c] for c in cautions), cautions):
        if group:
            tracks.append(
                [item.exercise_for_conditions(group, library) or item.exercise for item in items]
            )
    for track in tracks:
        stays = mark_exercises_spent_on_chair(exercises, track)
        done = [each for each, is_up in zip(track, stays, strict=True) if not is_up]
        who = "The class goes" if track is exercises else "Who takes it easier goes"
        yield who, [place for each in done for place in each.positions_taken]


def count_floor_transitions(places: Sequence[str]) -> int:
    """How often one goes down to the floor or up from it: a class stands before and after."""
    on_floor = [
        p not in POSITIONS_OFF_THE_FLOOR
        for p in (POSITION_BEFORE_LESSON, *places, POSITION_BEFORE_LESSON)
    ]
    return _count_position_changes(on_floor)


def allowed_minus_actual_position_changes(places: Sequence[str]) -> int:
    """How many more changes of position there might be; below none if there are too many."""
    return len(set(places)) + 1 - _count_position_changes(places)


def _count_position_changes(places: Sequence[object]) -> int:
    return sum(before != after for before, after in pairwise(places))


def _describe_too_empty_or_full_lesson(lesson: Lesson) -> Iterator[str]:
    if lesson.wish.get("exercises") or lesson.wish.get("alone"):
        return
    if not has_enough_time_and_movement(lesson):
        yield f"{duration_in_words(lesson.timeline.total)} with little in them are no lesson."
    most = max_exercises(lesson.library.rules, lesson.minutes or 0)
    if len(lesson.chosen_parts) > most:
        yield f"There are {len(lesson.chosen_parts)} exercises; {most} would leave time for each."


def _describe_too_long_exercises(lesson: Lesson, lengths: Mapping[str, int]) -> Iterator[str]:
    most = max_exercise_ms(lesson.library.rules, lesson.timeline.total)
    for part in lesson.chosen_parts:
        length = lengths[part.exercise.id]
        if length > most + SECOND_MS:
            yield (
                f"{part.exercise.title} takes {duration_in_words(length)} of"
                f" {duration_in_words(lesson.timeline.total)}; {duration_in_words(int(most))}"
                " would be its share."
            )


def _describe_amounts_over_limits(lesson: Lesson) -> Iterator[str]:
    for part in lesson.chosen_parts:
        taught = lesson.library.exercise(part.exercise.id)
        careful = bool(lesson.participant_conditions) or taught.id not in lesson.wish.get(
            "more", ()
        )
        limits = find_amount_limits(taught, part.version, careful)
        if limits.is_exceeded_by(part.exercise, part.options):
            bound = "is taught" if careful else "its harder version asks"
            if part.version != "source":
                bound = f"its {part.version} version should ask"
            yield f"{part.exercise.title} is more than {bound}."


def _describe_longer_easier_versions(lesson: Lesson) -> Iterator[str]:
    for part in lesson.chosen_parts:
        if part.easier is None or part.exercise.is_only_breathing:
            continue
        if work_ms(part.easier) > work_ms(part.exercise, part.options):
            yield f"{part.exercise.title} is over before its easier version is."


def _describe_quiet_exercise_faults(lesson: Lesson, lengths: Mapping[str, int]) -> Iterator[str]:
    first, *_, last = lesson.chosen_parts * 2
    for part, stage, what in ((first, "settle", "begin"), (last, "rest", "end")):
        if part.exercise.part != stage or not part.exercise.is_only_breathing:
            quiet = {"begin": "beginning", "end": "ending"}[what]
            yield f"It {what}s with {part.exercise.title}, which is no quiet {quiet}."
        elif part.exercise.position in LYING_POSITIONS:
            for condition in lesson.participant_conditions:
                if part.exercise_for_conditions([condition], lesson.library) is None:
                    yield f"{part.exercise.title} is not for everyone in the group."
        length = lengths[part.exercise.id]
        limit = lesson.library.rules.calm
        most = limit.most_minutes if part is first else limit.most_minutes_at_end
        if length > most * MINUTE_MS + SECOND_MS:
            yield f"{part.exercise.title} takes {duration_in_words(length)}."
    calm = [part for part in lesson.chosen_parts if part.exercise.is_only_breathing]
    rest_ms = sum(work_ms(part.exercise, part.options) for part in calm)
    minutes = lesson.minutes or 0
    taught_ms = [work_ms(part.exercise) for part in calm]
    most_ms = max_only_breathing_ms(lesson.library.rules, lesson.timeline.total, taught_ms, minutes)
    is_free = not lesson.wish.get("sections") and not lesson.wish.get("exercises")
    if is_free and rest_ms > most_ms + SECOND_MS:
        total = duration_in_words(lesson.timeline.total)
        yield f"One rests for {duration_in_words(rest_ms)} of {total}."


def _describe_excess_floor_transitions(tracks: Iterable[PositionTrack]) -> Iterator[str]:
    for who, places in tracks:
        if count_floor_transitions(places) > 2:
            yield f"{who} down to the floor, or up from it, more than once."
            return


def _describe_excess_position_changes(
    exercises: Sequence[Exercise], tracks: Iterable[PositionTrack]
) -> Iterator[str]:
    if not are_sitting_and_standing_grouped(exercises):
        yield "The class sits down and stands up more than once."
    for who, places in tracks:
        if allowed_minus_actual_position_changes(places) < 0:
            yield f"{who} from one position to another {_count_position_changes(places)} times."
            return


def _describe_excess_kneeling(lesson: Lesson, lengths: Mapping[str, int]) -> Iterator[str]:
    total = lesson.timeline.total
    exercises = [part.exercise for part in lesson.chosen_parts]
    asked = lesson.wish.get("positions") or [each.position for each in exercises]
    kneeling = sum(lengths[each.id] for each in exercises if each.position == "kneeling")
    most = max_kneeling_ms(lesson.library.rules, total, asked, lesson.participant_conditions)
    if kneeling > most + SECOND_MS:
        yield f"{duration_in_words(kneeling)} of {duration_in_words(total)} are spent kneeling."


def _describe_excess_head_down_time(lesson: Lesson) -> Iterator[str]:
    rules, total = lesson.library.rules, lesson.timeline.total
    low = sum(head_down_ms(p.exercise, p.options, rules) for p in lesson.chosen_parts)
    if low > max_head_down_ms(rules, total) + SECOND_MS:
        yield f"The head is low for {duration_in_words(low)} of {duration_in_words(total)}."


def _describe_forbidden_exercises(lesson: Lesson) -> Iterator[str]:
    against = lesson.library.rules.not_with.conditions_against
    for part in [] if lesson.wish.get("alone") else lesson.chosen_parts:
        if against(part.exercise.id, part.version, lesson.cautions):
            yield f"{part.exercise.title} is what somebody in the group must not do."


def _describe_postures_held_twice(lesson: Lesson) -> Iterator[str]:
    for one, other in combinations(lesson.chosen_parts, 2):
        if "harder" in (one.version, other.version) and holds_same_postures(
            one.exercise, other.exercise
        ):
            yield f"{one.exercise.title} and {other.exercise.title} are the same here."


def _describe_regions_without_exercise(lesson: Lesson) -> Iterator[str]:
    rules = lesson.library.rules
    if lesson.timeline.total < rules.regions.from_minutes * MINUTE_MS:
        return
    there = {r for part in lesson.chosen_parts for r in felt_regions_of(part.exercise, rules)}
    could = {
        r
        for left in lesson.left_out
        if left.for_time
        for r in felt_regions_of(left.exercise, rules)
    }
    if missing := sorted(could - there):
        yield f"Nothing is done for the {join_with_and(missing)}."


def _describe_excess_rest_for_conditions(
    lesson: Lesson, lengths: Mapping[str, int]
) -> Iterator[str]:
    rules = lesson.library.rules
    for condition in lesson.participant_conditions:
        rests = [
            part
            for part in lesson.chosen_parts
            if rests_meanwhile(
                part.exercise_for_conditions([condition], lesson.library), part.exercise
            )
        ]
        rests_ms = sum(lengths[part.exercise.id] for part in rests)
        if rests_ms > rules.resting.most * lesson.timeline.total + SECOND_MS:
            name = lesson.library.safety.conditions_in_words([condition])
            yield f"{name}: with this one rests for {duration_in_words(rests_ms)}."
