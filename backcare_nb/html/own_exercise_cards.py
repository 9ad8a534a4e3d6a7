"""What is shown of own exercises: which there are, what a file may say, how far joints go.

Whatever a file holds is text here, and never markup.
"""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel

from backcare_nb.body.skeleton import body
from backcare_nb.course.fields import BodyPosition
from backcare_nb.course.library import shipped_library
from backcare_nb.custom import folder as own_folder
from backcare_nb.custom.file_format import OwnExercise, OwnPosture
from backcare_nb.custom.implied_angles import pelvis_facing_sign
from backcare_nb.custom.own_exercises import RefusedExerciseError, load_own_exercises
from backcare_nb.custom.own_postures import find_joint_range
from backcare_nb.figures.draw import draw_still
from backcare_nb.html.amount_words import describe_amounts
from backcare_nb.html.card import (
    Card,
    Node,
    bold_line,
    error_report,
    h,
    para,
    strong,
    svg_image,
    table,
)
from backcare_nb.html.course_cards import exercise_thumbnail_node
from backcare_nb.html.picture import thumbnail
from backcare_nb.posture.pose import Pose, find_dof_index_and_sign, solve_posture
from backcare_nb.posture.spec import motion_names_by_joint
from backcare_nb.posture.table import posture_table

DOCUMENTED_EXERCISE_KEYS = (
    "id", "title", "like", "why", "setup", "start", "posture", "through", "say", "do", "seconds",
    "times", "tempo", "minutes", "rate", "rounds", "rest", "sides", "first", "cautions",
    "stop", "easier", "harder", "felt", "mistakes", "often", "steps", "needs", "part",
    "common_name", "ends", "language", "note",
)  # fmt: skip
DOCUMENTED_POSTURE_KEYS = (
    "like", "side", "angles", "contacts", "lift", "slide", "strap", "on", "without", "free",
    "context", "views",
)  # fmt: skip
MEANINGS_BY_KEY = {
    "posture": "Where the body goes: a posture of the course by its name, or one written out.",
    "start": "Where it starts from, if elsewhere than the exercise it is like.",
    "contacts": "What touches what, such as left palm at right thigh_top.",
    "without": "Contacts of the posture it is like that are let go of.",
    "free": "Joints of the posture it is like whose angles are let go of.",
    "side": "The side it is written for: right or left.",
    "context": "weight_bearing or kneeling, where joints go further.",
    "easier": "An easier way: what, and the keys above that are then otherwise.",
    "harder": "A harder way, in the same manner.",
    "language": "The tag of the language of its words, such as de; English where it is left out.",
    "views": "From where it is drawn: side, front, back, above, feet.",
}


def my_exercises() -> Card:
    """Own exercises with their pictures, and what is to be mended in files that cannot be used."""
    found = load_own_exercises()
    folder = h("code", own_folder.EXERCISES_FOLDER_NAME)
    if not found.exercises and not found.reports:
        none = "There is no exercise of your own yet. Those you save are files in the folder "
        return Card("own", (para(none, folder, "."),))
    rows = []
    for exercise, remarks in ((each.exercise, each.remarks) for each in found.exercises.values()):
        notes = (h("span", remark, class_="small") for remark in remarks)
        name = h("div", strong(exercise.title), *notes)
        call = h("code", f'play("{exercise.id}")')
        rows.append((exercise_thumbnail_node(exercise), name, describe_amounts(exercise), call))
    parts = [table(("", "Exercise", "How much", "In a cell"), rows)] if rows else []
    parts.append(para("They are files in the folder ", folder, "."))
    if found.reports:
        what = "These files are left out until they can be used; everything else works."
        parts += [h("h3", "To mend"), para(what)]
    return Card("own", (*parts, *map(error_report, found.reports.values())))


def refused_posture_picture_nodes(refused: RefusedExerciseError) -> list[Node]:
    """The postures of a file that cannot be used; what nobody can do as far as it came, in grey."""
    table = posture_table(refused.figures)
    style, heading, not_yet = "max-width: 100%; height: auto", "The posture so far:", ""
    if refused.are_impossible:
        style += "; filter: grayscale(1) contrast(0.45) brightness(1.3)"  # in either theme
        heading, not_yet = "As far as it came:", "Not right yet: "
    drawings = (draw_still(solve_posture(name, None, table)) for name in refused.postures)
    shown = [
        svg_image(each.svg_without_title_and_alt(), f"{not_yet}{each.alt}", style=style)
        for each in drawings
    ]
    return [para(heading), *shown] if shown else []


def exercise_keys() -> Card:
    """A line on each key that a file may have."""
    inner = _key_table(OwnPosture, DOCUMENTED_POSTURE_KEYS)
    heading = bold_line("Inside a posture that is written out")
    names = table(("Names", "Those that there are"), _known_name_rows())
    return Card("keys", (_key_table(OwnExercise, DOCUMENTED_EXERCISE_KEYS), heading, inner, names))


def posture_gallery() -> Iterator[Node]:
    """The postures to start from, by position, with their pictures."""
    for position, names in resting_postures_by_position().items():
        items = []
        for name in names:
            drawn = thumbnail(name)
            shown = svg_image(drawn.markup, drawn.alt, class_="thumbnail")
            title = para(solve_posture(name).title)
            items.append(h("li", shown, h("h3", h("code", name)), title))
        yield h("h2", position.capitalize())
        yield h("ul", *items, class_="cards")


def resting_postures_by_position() -> dict[str, list[str]]:
    """The names of the postures that one rests in, by position."""
    figures = posture_table()
    found = [name for name, spec in figures.taught_postures().items() if not spec.passing]
    return {
        position: [
            name for name in found if figures.resolve_posture_spec(name).position == position
        ]
        for position in get_args(BodyPosition)
    }


def _known_name_rows() -> Iterator[tuple[str, str]]:
    """The names that a file may use: postures, places on the body, supports, conditions."""
    figures = posture_table()
    for position, names in resting_postures_by_position().items():
        yield f"postures, {position}", ", ".join(names)
    places = body().table.sites.items()
    yield "places, left, right or both", ", ".join(n for n, site in places if site.sided)
    yield "places in the middle", ", ".join(n for n, site in places if not site.sided)
    named = [name for name in figures.supports if not name.endswith("_turned")]
    yield "supports", ", ".join(["floor", "wall", "door", *named])
    yield "conditions", ", ".join(shipped_library().safety.conditions)


def _key_table(model: type[BaseModel], keys: tuple[str, ...]) -> Node:
    rows = []
    for key in keys:
        field = model.model_fields[key]
        must = " It has to be there." if field.is_required() else ""
        rows.append((h("code", key), f"{MEANINGS_BY_KEY.get(key) or field.description}{must}"))
    return table(("Key", "What it means"), rows)


def angles(name: str) -> Card:
    """The angles of a posture: what each joint does in it, and how far it goes.

    ``name`` is the id of the posture, such as "knees_rolled_20". Raises UnknownName.
    """
    found = load_own_exercises()
    pose = solve_posture(
        found.resolve_figure_name("posture", name), None, posture_table(found.specs)
    )
    unsided = {joint for joint, spec in body().table.joints.items() if not spec.sided}
    rows = []
    for joint, motions in motion_names_by_joint().items():
        if joint in unsided or joint.startswith(("left ", "right ")):  # and not both in one word
            now = ", ".join(_describe_angle(joint, motion, pose) for motion in motions[::2])
            rows.append((h("code", joint), now))
    words = f"{pose.title}: degrees as they are, and in brackets how far a body goes."
    return Card("angles", (para(words), table(("Joint", "Its motions"), rows)))


def _describe_angle(joint: str, motion: str, pose: Pose) -> str:
    index, sign = find_dof_index_and_sign(joint, motion)
    reach = find_joint_range(joint, motion, pose.spec.context)
    sign *= pelvis_facing_sign(pose, joint, motion)
    degrees = round(sign * float(pose.numbers[index])) or 0
    return f"{motion} {degrees}\N{DEGREE SIGN} ({reach.low:g} to {reach.high:g})"
