"""The figures of exercises: each frame over the words that lead to it, the held one larger."""

import re
from itertools import pairwise

import pytest

from backcare_nb import show
from backcare_nb.custom.library import current_library
from backcare_nb.html import picture
from backcare_nb.html.amount_words import describe_amount
from backcare_nb.html.card import Card, Node
from backcare_nb.html.exercise_figures import is_shown_as_loop, step_figures
from tests.for_each import for_each

EXERCISES = (*current_library().exercises, *current_library().rises_from_floor_and_bed)


def rows(card: Card) -> list[list[tuple[int, str]]]:
    """The frames of each step: their widths, and the words below them."""
    return [[frame(node) for node in each.children] for each in card.children if each.tag == "div"]


def frame(node: Node) -> tuple[int, str]:
    image, caption = node.children
    width = re.search(r"width='(\d+)'", dict(image.attributes)["src"])
    return int(width[1]), "".join(
        c if isinstance(c, str) else c.plain_text() for c in caption.children
    )


@for_each(
    [(e, v) for e in EXERCISES for v in ("easier", "source", "harder") if v != "harder" or e.harder]
)
def test_the_frames_of_a_step_carry_all_its_words_and_the_last_one_its_amount(exercise, version):
    chosen, card = exercise.version(version), show(exercise, "left", version=version)
    shown = repr(card)
    words = [chosen.setup, *(step.say for step in chosen.steps)]
    words += [cue.say for step in chosen.steps if step.do == "move" for cue in step.cues]
    for sentence in re.split(r"(?<=[.!?]) ", " ".join(words)):
        told = sentence.replace("{side}", "left").replace("{other}", "right")
        assert told in shown.replace("\n", " ")
    assert "{" not in shown
    for step, row in zip(chosen.steps, rows(card), strict=True):
        amount, said = describe_amount(step), row[-1][1]
        assert said.lower().endswith(f"{amount}." if amount else "")


def test_the_frame_in_which_a_step_ends_is_drawn_larger_except_in_a_loop():
    (fold, hang), (turned, middle, _) = rows(show("sit_back"))[0], rows(show("maypole"))[0]
    assert hang[0] > 1.2 * fold[0]
    assert middle[0] == pytest.approx(turned[0], rel=0.1)


def test_a_movement_of_many_stages_has_each_stage_with_the_posture_it_leads_to():
    (row,) = rows(show("getting_up"))
    said = [words for _, words in row]
    assert said[0].startswith("a Let your eyes open. If you are on a bed")
    assert said[2].startswith("c Bend your knees, and roll to one side. ")
    assert said[8].startswith("i Bring your stronger foot forward, both hands on your knee or on")
    assert said[-1] == "j Now stand. "


def test_each_direction_of_a_repetition_has_its_words_at_the_frame_it_ends_in():
    (row,) = rows(show("arch_and_round"))
    (_, arched), (_, rounded) = row
    assert arched.startswith("a Let your back sink into an arch")
    assert rounded.startswith("b Then push your lower back up")
    assert rounded.endswith("10 times, 8 seconds for each.")


def test_where_a_step_goes_on_from_the_one_before_its_beginning_is_not_drawn_twice():
    def stops(step, name):
        return picture.draw_stops_as_dicts(name, None, is_shown_as_loop(step), own={})

    for exercise in EXERCISES:
        drawn = [
            [stop["posture"] for stop, _ in figure.frames]
            for figure in step_figures(exercise, stops)
        ]
        assert not [new for old, new in pairwise(drawn) if len(new) > 1 and old[-1] == new[0]]


def test_words_and_title_are_those_of_the_side_that_is_asked_for():
    for side, other in (("left", "right"), ("right", "left")):
        shown = repr(show("knee_rolls", side))
        assert f"Both knees halfway to the {side}" in shown
        assert f"Your head turns to the {other}" in shown
