"""A lesson as a card for its teacher: what is done, what to bring, to say, and to leave out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from backcare_nb.course.fields import (
    KNEELING_POSITION,
    LYING_POSITIONS,
    POSITIONS_OFF_THE_FLOOR,
    fill_sides,
)
from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise
from backcare_nb.html.amount_words import capitalize_first, describe_amount, describe_amounts
from backcare_nb.html.card import (
    Card,
    Node,
    bold_line,
    bullet_list,
    details,
    div,
    h,
    para,
    strong,
    table,
)
from backcare_nb.html.course_cards import exercise_thumbnail_node, lower_first
from backcare_nb.html.static_session import describe_non_work_phases
from backcare_nb.lesson.lesson import (
    Lesson,
    LessonItem,
    caution_actions_for_conditions,
    cautions_for_conditions,
    describe_easier_change,
    has_chair,
    mark_exercises_spent_on_chair,
)
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, Options, version_heading
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import duration_in_words, join_with_and

GIVE_CONDITIONS_SHEET_SENTENCE = (
    "Give each a sheet (the handout has all of it), and ask for no answer: who has one of these"
    " takes the easier way, or leaves out what the sheet says."
)
KEEP_PRIVATE_SENTENCE = (
    "Who had better do what stands apart, on the last page of your own sheet: keep that to"
    " yourself."
)
NO_CHAIR_FOR_FLOOR_SENTENCE = (
    "All get down to the floor and up with no chair: have one there, for whoever needs it."
)
AS_THE_OTHERS_SENTENCE = "As the others."
MINUTES_AND_30_SECONDS_PATTERN = re.compile(r"(\d+) minutes? 30 seconds")


def lesson_card(lesson: Lesson, *, with_rules: bool = False) -> Card:
    """The lesson to be read before the class, and to lead it from; nobody's condition is in it.

    ``with_rules`` adds what every plan keeps to, and why.
    """
    counted = join_with_and(describe_non_work_phases(lesson.timeline, lesson.library.rise.id))
    length = duration_in_words(lesson.stated_length_ms)
    eased = [(part.exercise.title, part.why) for part in lesson.parts if part.why]
    rules = ((strong(f"{rule.title}. "), rule.why) for rule in lesson.library.rules.in_order)
    parts = (
        h("h3", lesson.title),
        para(f"About {length}, with everything: {counted}. Your first words are not in it."),
        *map(para, lesson.told),
        *_broken_rule_nodes(lesson),
        table(("", "Exercise", "How much", "Another way", "Begins at"), _exercise_rows(lesson)),
        para(instructions_for_early_finishers(lesson)),
        *map(para, describe_things_to_bring(lesson)),
        div("care", bold_line("Say before you begin"), para(lesson.library.rules.say_first)),
        *_conditions_on_paper_nodes(lesson),
        *_exercises_by_reason_nodes("Done in another way here, and why", eased),
        *_left_out_nodes(lesson),
        *([details("What a lesson keeps to, and why", bullet_list(rules))] * with_rules),
    )
    return Card("lesson", parts)


def describe_things_to_bring(lesson: Lesson) -> Iterator[str]:
    """What to lay out before a class begins: for each, for some, and for all together."""
    sheet = (
        ["a sheet"] if lesson.conditions_to_ask_in_words and not lesson.wish.get("alone") else []
    )
    own = sheet + [each.thing for each in lesson.at_hand if not each.shared]
    some = [each.thing for each in lesson.extra_at_hand_for_easier if not each.shared]
    shared = [e.thing for e in (*lesson.at_hand, *lesson.extra_at_hand_for_easier) if e.shared]
    yield f"Lay out for each: {join_with_and(own or ['nothing but room to stand'])}."
    if some:
        yield f"For some, also: {join_with_and(some)}."
    if shared:
        yield f"For all together: {join_with_and(shared)}."
    is_low = any(part.exercise.position not in POSITIONS_OFF_THE_FLOOR for part in lesson.parts)
    if is_low and not has_chair(lesson.wish.get("props")):
        yield NO_CHAIR_FOR_FLOOR_SENTENCE


def instructions_for_early_finishers(lesson: Lesson) -> str:
    """What those do who are done before the others, or want it easier than the easier version."""
    rules = lesson.library.rules
    eased = any(part.version == "easier" for part in lesson.chosen_parts)
    return f"{rules.until_the_others} {rules.easier_still if eased else ''}".strip()


def _broken_rule_nodes(lesson: Lesson) -> Iterator[Node]:
    """The rules that a lesson breaks; a plan breaks none, but a teacher may."""
    broken = find_broken_rules(lesson)
    if broken:
        yield div(
            "care",
            bold_line("Look at this again; it is for you to decide"),
            bullet_list((strong(f"{each.rule.title}. "), f"{each.what}") for each in broken),
        )


def _exercise_rows(lesson: Lesson) -> Iterator[tuple[Node | str, ...]]:
    for row in lesson_rows(lesson):
        exercise, begins = row.part.exercise, f"{format_half_minutes(row.start_ms)} min"
        eased = row.part.version == "easier" and exercise.id != lesson.rise_exercise.id
        how = fill_sides(" ".join(exercise.short_cues), exercise.first) if eased else ""
        words = filter(None, (row.told[0] if eased else "", how, *row.told[eased:], row.part.note))
        told = (h("span", f" {each}", class_="small") for each in words)
        name = h("span", strong(exercise.title), *told)
        yield exercise_thumbnail_node(exercise), name, row.amount, row.other_way, begins


class LessonRow(NamedTuple):
    """A line of a lesson's order: what is done, how much of it, and how else, and from when."""

    part: LessonItem
    start_ms: int
    amount: str
    other_way: str
    told: tuple[str, ...]


def lesson_rows(lesson: Lesson) -> Iterator[LessonRow]:
    """The lesson in its order, getting up among it; with what is to be said to all as it begins."""
    rising = (
        [LessonItem(lesson.rise_exercise, lesson.rise_exercise.version_name)]
        if lesson.ends_lying
        else []
    )
    rises, phases = ("rise", lesson.rise_exercise.id), lesson.timeline.phases
    starts = [p.start_ms for p in phases if p.kind == "setup" or (p.kind, p.exercise) == rises]
    for part, start_ms in zip((*lesson.parts, *rising), starts, strict=True):
        exercise = part.exercise
        version = exercise.harder if part.version == "harder" else exercise.easier
        told = []
        if version is not None and part.version != "source":
            told = [f"{version_heading(part.version, version.title)}."]
            told += [version.what] if part.version == "harder" else []
        told += [
            f"Say now: {caution.what}"
            for caution in part.exercise_without_private_cautions().cautions
        ]
        if exercise.id == lesson.rise_exercise.id:
            lasts = format_half_minutes(timeline.exercise_length_ms(exercise))
            amount = f"In stages, {lasts} min, words and pauses in it"
            told = [f"Say now: {' '.join(step.all_words for step in exercise.steps)}"]
        else:
            amount = describe_amounts_by_step(exercise, part.options)
        words = tuple(fill_sides(each, exercise.first) for each in told)
        yield LessonRow(
            part, start_ms, amount, describe_alternatives_beside_group(part, lesson), words
        )


def describe_amounts_by_step(exercise: Exercise, options: Options) -> str:
    """How much of an exercise is done, each part of it by its name where it has several."""
    steps = [step for step in exercise.steps if step.do != "move"]
    told = "; ".join(f"{step.title}: {describe_amount(step, options)}" for step in steps)
    if len(steps) < 2:
        told = capitalize_first(describe_amounts(exercise, options)) or "Once"
    return MINUTES_AND_30_SECONDS_PATTERN.sub(r"\1½ minutes", told)


def describe_alternatives_beside_group(
    part: LessonItem, lesson: Lesson, *, brief: bool = False
) -> str:
    """How else an exercise may be done beside the others, and what those do who leave it out."""
    more = lesson.meanwhile_lines(part)
    if brief:
        rules = lesson.library.rules
        more = tuple(
            e for e in more if e not in (rules.resting.on_one_side, rules.sits_out.goes_on)
        )
    words = " ".join((_describe_alternative_version(part, lesson, brief=brief), *more))
    return fill_sides(words.strip(), part.exercise.first)


def _describe_alternative_version(part: LessonItem, lesson: Lesson, *, brief: bool) -> str:
    """How else an exercise may be done beside the others, in no more than their time."""
    exercise = part.exercise
    easier = f"Easier, {lower_first(exercise.easier.title)}: {describe_easier_change(exercise)}"
    if brief:
        easier = f"Easier: {lower_first(exercise.easier.title)}."
    if exercise.id == lesson.rise_exercise.id:
        if part.version == "easier":
            return "Without the chair, for whom it suits."
        props = lesson.wish.get("props")
        return easier if props is None or {*exercise.easier.needs} <= {*props} else ""
    taught = lesson.library.exercise(exercise.id)
    if part.version == "easier":
        same = taught.position == exercise.position and not exercise.is_only_breathing
        taught_too = "As taught, for whom it suits, and for as long as the others."
        return ("Or as taught." if brief else taught_too) if same else ""
    if part.easier is None:
        return lesson.describe_easing_without_props(part)
    if part.version == "harder":
        if brief:
            return f"Or as taught. {easier}"
        ordinary = capitalize_first(describe_amounts_by_step(taught, OPTIONS_AS_TAUGHT))
        return f"Ordinary: as taught, {lower_first(ordinary)}. {easier}"
    return easier


def format_half_minutes(milliseconds: int) -> str:
    """Minutes to the nearest half, as one says them: 6½."""
    halves = round(milliseconds / (MINUTE_MS / 2))
    whole, half = divmod(halves, 2)
    return f"{whole or ''}½" if half else str(whole)


def _conditions_on_paper_nodes(lesson: Lesson) -> Iterator[Node]:
    """The list that is given out, whoever has named what."""
    if lesson.conditions_to_ask_in_words:
        listed = f"{'; '.join(lesson.conditions_to_ask_in_words)}."
        alone = [para(KEEP_PRIVATE_SENTENCE)] if lesson.cautions else []
        yield details(
            "Conditions, on paper",
            para(GIVE_CONDITIONS_SHEET_SENTENCE),
            para(listed),
            *alone,
        )


def teacher_instructions_by_condition(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """For the teacher alone: each condition that was named, and what one does with it."""
    library = lesson.library
    for condition in lesson.cautions:
        name = library.safety.conditions_in_words([condition])
        found: dict[str, list[str]] = {}
        if condition not in lesson.participant_conditions:
            for part in lesson.parts:
                what = _instruction_until_doctor_agrees(part, condition, library)
                found.setdefault(what, []).append(part.exercise.title)
            yield name, f"{library.rules.sits_out.what} {_join_by_exercises(found)}"
            continue
        suits = (
            _describe_suitable_exercises(condition, library) if lesson.is_not_for(condition) else ""
        )
        theirs = [
            part.exercise_for_conditions([condition], library) or part.exercise
            for part in lesson.parts
        ]
        are_up = mark_exercises_spent_on_chair([part.exercise for part in lesson.parts], theirs)
        for part, is_up in zip(lesson.parts, are_up, strict=True):
            what = instruction_for_condition(part, condition, library)
            if is_up:
                what = library.rules.floor.stays_up
            if what:
                found.setdefault(what, []).append(part.exercise.title)
        yield name, f"{_join_by_exercises(found) or AS_THE_OTHERS_SENTENCE} {suits}".rstrip()


def _join_by_exercises(found: Mapping[str, Iterable[str]]) -> str:
    """Instructions, each after the titles of the exercises that it is for."""
    return " ".join(f"{join_with_and(dict.fromkeys(done))}: {what}" for what, done in found.items())


def _instruction_until_doctor_agrees(item: LessonItem, condition: str, library: Library) -> str:
    """What somebody does on a high chair, who may not yet do as the others."""
    exercise, track = item.exercise, library.rules.sits_out.track
    asks = caution_actions_for_conditions(exercise, [condition], library)
    if exercise.is_only_breathing:
        return track["quiet"]
    if exercise.position in LYING_POSITIONS and exercise.id != library.rise.id:
        return track["lying"]
    rises = exercise.id == library.rise.id
    sits = exercise.position == "sitting" and "leave_out" in asks
    if sits or (exercise.position == KNEELING_POSITION and not rises):
        return track["kneeling"]
    return track["upright" if rises or "leave_out" in asks else "with_them"]


def _describe_suitable_exercises(condition: str, library: Library) -> str:
    """The exercises of which a condition asks no more than care, in a sentence."""
    titles = [
        exercise.title
        for exercise in library.exercises
        if not exercise.apart
        and caution_actions_for_conditions(exercise, [condition], library) <= {"say"}
    ]
    return library.rules.sits_out.suits.format(titles=join_with_and(titles)) if titles else ""


def instruction_for_condition(part: LessonItem, condition: str, library: Library) -> str:
    """The one instruction for somebody with a condition in an exercise; empty for none."""
    asked = cautions_for_conditions(part.exercise, [condition], library)
    taught = library.exercise(part.exercise.id)
    spared = taught.position == KNEELING_POSITION != part.exercise.position
    if spared and condition in library.rules.kneeling.halved_for:
        asked = []  # nobody kneels in it
    for action in ("leave_out", "easier"):
        asked = [c for c in asked if c.then == action] or asked
    done = part.exercise_for_conditions([condition], library)
    what = fill_sides(" ".join(dict.fromkeys(c.what_in_class for c in asked)), part.exercise.first)
    if done is None:
        leaves_out = any(caution.then == "leave_out" for caution in asked)
        meanwhile = library.rules.resting.meanwhile[part.exercise.position]
        return f"{what} {meanwhile}" if leaves_out else what
    if done.id != part.exercise.id and done.title.lower() not in what.lower():
        return f"{what} Meanwhile: {done.title}." if not done.is_only_breathing else what
    return what


def _exercises_by_reason_nodes(title: str, reasons: Iterable[tuple[str, str]]) -> Iterator[Node]:
    """A list of exercises below its title, once for each reason; nothing where there is none."""
    exercises: dict[str, list[str]] = {}
    for exercise, why in reasons:
        exercises.setdefault(why, []).append(exercise)
    if exercises:
        yield bold_line(title)
        yield bullet_list(
            (strong(f"{', '.join(names)}. "), why) for why, names in exercises.items()
        )


def _left_out_nodes(lesson: Lesson) -> Iterator[Node]:
    """What is left out, and why; what the room or the wish has no place for in a line each."""
    left_out = [each for each in lesson.left_out if not each.exercise.apart or each.for_some]
    reasons = [
        (left.exercise.title, left.reason_without_conditions)
        for left in left_out
        if not left.calls_for
    ]
    for in_room in (True, False):
        away = [e for e in left_out if e.calls_for and e.calls_for.startswith("with ") == in_room]
        calls_for = [each.calls_for.removeprefix("with ") for each in away]
        there = (
            "It needs what is not there for each: " if in_room else "Its position was not chosen: "
        )
        why = f"{there}{', '.join(dict.fromkeys(calls_for))}."
        reasons += [(left.exercise.title, why) for left in away]
    yield from _exercises_by_reason_nodes("Left out, and why", reasons)
