"""The same file without writing YAML: a posture is chosen, its joints are moved, words filled in.

What is changed here is written into the text beside the figure, which is judged and drawn as ever.
"""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import yaml

from backcare_nb.course.library import shipped_library
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.course.yaml_tree import YamlTree
from backcare_nb.custom.implied_angles import pelvis_facing_sign
from backcare_nb.custom.own_postures import find_joint_range
from backcare_nb.posture.pose import Pose, find_dof_index_and_sign, solve_posture
from backcare_nb.posture.spec import SINGULAR_BY_PLURAL_JOINT, motion_names_by_joint
from backcare_nb.posture.table import posture_table

KeyPath = tuple[str | int, ...]
TEXT_FIELD_LABEL_BY_KEY_PATH: dict[KeyPath, str] = {
    ("title",): "Title",
    ("why",): "Why",
    ("setup",): "Get ready",
    ("say",): "The voice says",
    ("cautions", 0, "whom"): "Who takes care",
    ("cautions", 0, "what"): "With what",
    ("easier", "what"): "An easier way",
    ("stop",): "When to stop",
}
LONG_TEXT_FIELD_KEY_PATHS: tuple[KeyPath, ...] = (("why",), ("setup",), ("say",))
AMOUNT_FIELD_LABEL_BY_KEY_PATH: dict[KeyPath, str] = {
    ("seconds",): "Seconds held",
    ("times",): "How often",
    ("rounds",): "Rounds",
}
NEW_EXERCISE_DATA = {"title": "My exercise", "seconds": 20}
MAX_YAML_LINE_LETTERS = 96  # of the text that is written


LOOK: dict[str, Any] = {  # of each field, which goes below its label where a page is narrow
    "style": {"description_width": "8rem"},
    "layout": widgets.Layout(width="calc(100% - 4px)", height="auto", flex_flow="row wrap"),
}


class ExerciseForm(widgets.Accordion):
    """Fields and sliders for a text: ``read`` gives it, and ``write`` takes it changed."""

    def __init__(self, read: Callable[[], str], write: Callable[[str], None]) -> None:
        self._read, self._write, self._filling = read, write, False
        self._example = read()
        names = tuple(posture_table().taught_postures())
        self._posture = _make_text_field("Posture", options=names)
        singular = SINGULAR_BY_PLURAL_JOINT.values()
        one_of = {f"{side} {one}" for one in singular for side in ("left", "right")}
        joints = [j for j in motion_names_by_joint() if j not in one_of] + sorted(one_of)
        self._joint = widgets.Dropdown(options=joints, description="Joint", style=LOOK["style"])
        self._sliders = widgets.VBox()
        self._moved: tuple[str, str] | None = None  # the posture and the joint that they are for
        conditions = ("anyone", *shipped_library().safety.conditions)
        self._fields = {
            path: _make_text_field(
                label,
                conditions if path[-1] == "whom" else (),
                1 + (path in LONG_TEXT_FIELD_KEY_PATHS),
            )
            for path, label in (
                TEXT_FIELD_LABEL_BY_KEY_PATH | AMOUNT_FIELD_LABEL_BY_KEY_PATH
            ).items()
        }
        children = [self._posture, self._joint, self._sliders, *self._fields.values()]
        super().__init__([widgets.VBox(children)], selected_index=None)
        self.set_title(0, "Choose and move, without writing")
        self._posture.observe(self._write_chosen_posture, names="value")
        self._joint.observe(lambda _: self.fill(), names="value")
        for path, field in self._fields.items():
            field.observe(
                lambda change, path=path: self._write_value(path, change["new"]), names="value"
            )
        self.observe(lambda _: self.fill(), names="selected_index")

    def fill(self) -> None:
        """Show what the text says, where it can be read and somebody looks."""
        said = self._parse_text()
        if said is None or self.selected_index is None:
            return
        self._filling = True
        figure = said.get("posture")
        figure = figure if isinstance(figure, dict) else {"like": figure}
        self._posture.value = str(figure.get("like") or "")
        for path, field in self._fields.items():
            found = _value_at(said, path)
            words = found if isinstance(found, list) else [] if found is None else [found]
            field.value = ", ".join(map(str, words))
        self._show_sliders(figure)
        self._filling = False

    def _parse_text(self) -> dict[str, Any] | None:
        try:
            root = YamlTree(self._read()).root
        except DataError:
            return None
        return root if isinstance(root, dict) else None

    def _write_value(self, path: KeyPath, value: Any) -> None:
        """Write one thing into the text, or take it away where nothing is said."""
        said = self._parse_text()
        if self._filling or said is None:
            return
        if path in AMOUNT_FIELD_LABEL_BY_KEY_PATH and value:
            value = yaml.safe_load(value)
        _set_or_remove_value_at(said, path, value)
        self._write_yaml(said)

    def _write_yaml(self, exercise_data: dict[str, Any]) -> None:
        # What holds nothing but values is one line.
        look: Any = {"width": MAX_YAML_LINE_LETTERS, "default_flow_style": None}
        self._write(yaml.safe_dump(exercise_data, sort_keys=False, allow_unicode=True, **look))

    def _write_chosen_posture(self, change: dict[str, Any]) -> None:
        """Start from another posture; the angles that were moved belong to the one before.

        The words of the example, where nothing was changed in it, belong to it too.
        """
        if self._filling or change["new"] not in posture_table().taught_postures():
            return
        said = {**NEW_EXERCISE_DATA} if self._read() == self._example else self._parse_text()
        if said is not None:
            self._write_yaml(said | {"posture": {"like": change["new"]}})

    def _show_sliders(self, posture_data: dict[str, Any]) -> None:
        """A slider for each motion of the joint; those that are there stay, with the focus."""
        like, joint = posture_data.get("like"), str(self._joint.value)
        if like not in posture_table().taught_postures():
            self._sliders.children, self._moved = (), None
            return
        pose, one = solve_posture(like), SINGULAR_BY_PLURAL_JOINT.get(joint)
        written = (posture_data.get("angles") or {}).get(joint) or {}
        motions = motion_names_by_joint()[joint]
        pairs = dict(zip(motions[::2], motions[1::2], strict=True))
        if self._moved != (like, joint):
            self._moved = like, joint
            self._sliders.children = tuple(self._make_slider(pose, *pair) for pair in pairs.items())
        for slider, (motion, opposite) in zip(self._sliders.children, pairs.items(), strict=True):
            index, sign = find_dof_index_and_sign(f"left {one}" if one else joint, motion)
            now = sign * pelvis_facing_sign(pose, joint, motion) * float(pose.numbers[index])
            now = written.get(motion, -written[opposite] if opposite in written else now)
            slider.value = round(min(max(now, slider.min), slider.max))

    def _make_slider(self, pose: Pose, motion: str, opposite: str) -> widgets.IntSlider:
        joint = str(self._joint.value)
        reach = find_joint_range(joint, motion, pose.spec.context)
        limits = {"min": int(reach.low), "max": int(reach.high)}
        slider = widgets.IntSlider(
            description=f"{motion.replace('_', ' ')} °", continuous_update=False, **limits, **LOOK
        )
        slider.observe(
            lambda change: self._write_slider_angle(joint, motion, opposite, change["new"]),
            names="value",
        )
        return slider

    def _write_slider_angle(self, joint: str, motion: str, opposite: str, degrees: int) -> None:
        said = self._parse_text()
        if said is None or self._filling:
            return
        figure = said.get("posture")
        if not isinstance(figure, dict):
            self._write_value(("posture",), {"like": figure, "angles": {joint: {motion: degrees}}})
            return
        angles = dict((figure.get("angles") or {}).get(joint) or {})
        angles.pop(opposite, None)
        self._write_value(("posture", "angles", joint), angles | {motion: degrees})


def _make_text_field(label: str, options: tuple[str, ...] = (), rows: int = 1) -> widgets.Text:
    """Lines to write in; one completes names where there are some to choose from."""
    kind = widgets.Combobox if options else widgets.Textarea if rows > 1 else widgets.Text
    more: dict[str, Any] = {"rows": rows} if rows > 1 else {}
    more |= {"options": options, "placeholder": "type to search"} if options else {}
    return kind(description=label, continuous_update=False, **LOOK, **more)


def _value_at(data: Any, path: KeyPath) -> Any:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _set_or_remove_value_at(data: Any, path: KeyPath, value: Any) -> None:
    """Set what stands at a path, with all that leads to it; nothing takes it away."""
    key, *rest = path
    if not rest:
        if value in ("", None):
            data.pop(key, None)
        else:
            data[key] = value
        return
    if isinstance(data, list):
        data += [{}] if len(data) <= int(key) else []
    elif not isinstance(data.get(key), dict | list):
        data[key] = [] if isinstance(rest[0], int) else {}
    _set_or_remove_value_at(data[key], tuple(rest), value)
