"""What is shown of own exercises: which there are, what a file may say, how far joints go.

Whatever a file holds is text here, and never markup.
"""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from backcare_nb.body.skeleton import body
from backcare_nb.custom import folder as own_folder
from backcare_nb.custom.file_format import OwnExercise, OwnPosture
from backcare_nb.custom.own_exercises import CheckedExercise, own_exercises
from backcare_nb.custom.own_postures import joint_motions, joint_range
from backcare_nb.html.card import Card, Node, group, h, label, para, points, strong, table
from backcare_nb.html.course_cards import describe_amounts, exercise_thumbnail
from backcare_nb.posture.pose import find_dof, posture
from backcare_nb.posture.table import posture_table

KEYS = (
    "id", "title", "like", "say", "posture", "start", "setup", "do", "seconds", "times", "tempo",
    "minutes", "rate", "rounds", "sides", "first", "cautions", "stop", "easier", "harder", "why",
    "steps", "needs", "part", "common_name", "ends", "language", "note",
)  # fmt: skip
POSTURE_KEYS = ("like", "angles", "contacts", "without", "free", "on", "side", "context", "views")
SAID = {
    "posture": "Where the body goes: a posture of the course by its name, or one written out.",
    "start": "Where it starts from, if elsewhere than the exercise it is like.",
    "contacts": "What touches what, such as left palm at right thigh_top.",
    "without": "Contacts of the posture it is like that are let go of.",
    "free": "Joints of the posture it is like whose angles are let go of.",
    "on": "What stands in the room, such as chair or bed.",
    "side": "The side it is written for: right or left.",
    "context": "weight_bearing or kneeling, where joints go further.",
    "easier": "An easier way: what, and the keys above that are then otherwise.",
    "harder": "A harder way, in the same manner.",
    "language": "The tag of the language of its words, such as de; English where it is left out.",
    "views": "From where it is drawn: side, front, back, above, feet.",
}


def my_exercises() -> Card:
    """Own exercises with their pictures, and what is to be mended in files that cannot be used."""
    found = own_exercises()
    folder = h("code", own_folder.FOLDER_NAME)
    if not found.exercises and not found.reports:
        none = "There is no exercise of your own yet. Those you save are files in the folder "
        return Card("own", (para(none, folder, "."),))
    where = para("They are files in the folder ", folder, ".")
    heads = ("", "Exercise", "How much", "In a cell")
    rows = [_row(judged) for judged in found.exercises.values()]
    return Card("own", (*([table(heads, rows)] if rows else []), where, *_reports(found.reports)))


def _row(judged: CheckedExercise) -> tuple[Node | str, ...]:
    exercise = judged.exercise
    remarks = [_small(remark) for remark in judged.remarks]
    name = h("div", strong(exercise.title), *remarks)
    return (
        exercise_thumbnail(exercise),
        name,
        describe_amounts(exercise),
        h("code", f'play("{exercise.id}")'),
    )


def _reports(reports: dict[str, str]) -> Iterator[Node]:
    if reports:
        yield h("h3", "To mend")
        yield para("These files are left out until they can be used; everything else works.")
    for text in reports.values():
        yield told(text)


def told(report: str) -> Node:
    """A report on a file: its first line, and a line for each mistake."""
    first, *rest = report.split("\n")
    return group("care", para(strong(first)), points(line for line in rest if line))


def exercise_keys() -> Card:
    """A line on each key that a file may have."""
    rows = [_key(name, OwnExercise.model_fields[name]) for name in KEYS]
    inner = [_key(name, OwnPosture.model_fields[name]) for name in POSTURE_KEYS]
    return Card(
        "keys",
        (
            table(("Key", "What it means"), rows),
            label("Inside a posture that is written out"),
            table(("Key", "What it means"), inner),
        ),
    )


def _key(name: str, field: FieldInfo) -> tuple[Node, str]:
    must = " It has to be there." if field.is_required() else ""
    return h("code", name), f"{SAID.get(name) or field.description}{must}"


def angles(name: str) -> Card:
    """The angles of a posture: what each joint does in it, and how far it goes.

    ``name`` is the id of the posture, such as "knees_rolled_20". Raises UnknownName.
    """
    found = own_exercises()
    pose = posture(found.figure(name), None, posture_table(found.figures))
    rows = [
        _joint(joint, motions, pose) for joint, motions in joint_motions().items() if _one(joint)
    ]
    words = f"{pose.title}: degrees as they are, and in brackets how far a body goes."
    return Card("angles", (para(words), table(("Joint", "Its motions"), rows)))


def _one(joint: str) -> bool:
    """Each side, and not both again under one word."""
    unsided = {name for name, spec in body().table.joints.items() if not spec.sided}
    return joint in unsided or joint.startswith(("left ", "right "))


def _joint(joint: str, motions: list[str], pose) -> tuple[Node, str]:
    told = [_motion(joint, move, pose) for move in motions[::2]]
    return h("code", joint), ", ".join(told)


def _motion(joint: str, move: str, pose) -> str:
    index, sign = find_dof(joint, move)
    reach = joint_range(joint, move, pose.spec.context)
    now = round(sign * float(pose.numbers[index])) or 0
    return f"{move} {now}\N{DEGREE SIGN} ({reach.low:g} to {reach.high:g})"


def _small(words: str) -> Node:
    return h("span", words, **{"class": "small"})
