"""A lesson while it is led: its easier track, and what is to come moved, left out and shortened."""

from itertools import pairwise

import pytest

from backcare_nb.lesson.leading import (
    easier_timelines_by_exercise,
    remaining_time_ms,
    reorder_remaining_lesson,
)
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.lesson.rules import find_broken_rules, length_ms_by_exercise
from backcare_nb.notebook.class_player import ClassPlayer
from backcare_nb.sessions.options import Pauses
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS

READING_MS = 30 * SECOND_MS  # by which words that are longer may make an easier version longer


@pytest.fixture(scope="module")
def lesson():
    return plan_lesson_from(45, cautions=["osteoporosis"])


def ids(lesson):
    """The exercises of a lesson, getting up on the way not counted."""
    return [p.exercise.id for p in lesson.parts if p.exercise.id != lesson.rise_exercise.id]


def test_the_easier_track_of_a_class_is_titled_easier_and_no_longer_than_the_taught_exercise(
    lesson,
):
    track, lengths = easier_timelines_by_exercise(lesson), length_ms_by_exercise(lesson)
    assert set(track) == {part.exercise.id for part in lesson.parts if part.easier}
    for name, timeline in track.items():
        assert timeline.title.startswith("Easier: ")
        assert timeline.total < lengths[name] + READING_MS


def test_exercises_to_come_in_a_led_lesson_take_the_asked_order_and_keep_their_amounts(lesson):
    first, second, third, *others = ids(lesson)
    made = reorder_remaining_lesson(lesson, [first], [third, second, *others[:-1]])
    assert ids(made) == [first, third, second, *others[:-1]]
    amounts = {part.exercise.id: part.options for part in lesson.parts}
    assert all(part.options == amounts[part.exercise.id] for part in made.parts)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(made.timeline.phases))


def test_an_exercise_id_that_the_lesson_does_not_have_is_ignored(lesson):
    assert ids(reorder_remaining_lesson(lesson, ["yoga"], ids(lesson))) == ids(lesson)
    assert reorder_remaining_lesson(lesson, [], ["yoga"]) is lesson


@pytest.mark.parametrize("late_minutes", [0.5, 1, 3, 4])
@pytest.mark.parametrize("done", [0, 1, 4])
def test_a_class_that_is_late_ends_on_time_and_keeps_every_rule(lesson, late_minutes, done):
    names = ids(lesson)
    most_ms = remaining_time_ms(lesson, names[:done]) - late_minutes * MINUTE_MS
    made = reorder_remaining_lesson(lesson, names[:done], names[done:], most_ms)
    assert -MINUTE_MS / 2 <= remaining_time_ms(made, names[:done]) - most_ms <= 0
    assert made.parts[:done] == lesson.parts[:done]
    assert find_broken_rules(made) == ()


def test_a_lesson_that_cannot_end_in_time_is_cut_to_its_shortest_and_the_teacher_is_told(lesson):
    names = ids(lesson)
    player = ClassPlayer(lesson)
    player.asked = {
        "id": "a 1",
        "class": "a",
        "done": names[:8],
        "to_come": names[8:],
        "most_ms": 9,
    }
    answer = player.answer
    assert (answer["id"], answer["told"][:31]) == ("a 1", "All is as short as it makes sen")
    assert player._led.parts[-1].options.pauses != Pauses()
    player.asked = {"id": "b 1", "class": "b", "done": names[:1], "to_come": names[1:]}
    assert player.answer["timeline"] == lesson.timeline.to_dict()  # another class begins with all


def test_a_rule_that_another_order_breaks_is_told_while_the_lesson_is_led(lesson):
    names = ids(lesson)
    player = ClassPlayer(lesson)
    last_to_the_front = [names[-1], *names[1:-1]]
    player.asked = {"id": "a 1", "class": "a", "done": names[:1], "to_come": last_to_the_front}
    assert "down to the floor" in player.answer["told"]
    assert set(player.answer["sprites"]) >= set(player._led.timeline.figure_keys())
