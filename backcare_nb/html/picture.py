"""Figures as a notebook shows them: drawn once, and kept between kernels."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from backcare_nb.course.calls import explain_wrong_calls
from backcare_nb.course.names import find_by_name
from backcare_nb.custom import folder
from backcare_nb.figures import disk_cache
from backcare_nb.html.card import break_markup_into_lines, svg_image

if TYPE_CHECKING:  # matplotlib and the models are needed only where something is drawn anew
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from backcare_nb.course.fields import Model, Side
    from backcare_nb.course.models import Exercise
    from backcare_nb.figures.drawing import Drawing


@dataclass(frozen=True)
class Picture:
    """An SVG with its title and its words for those who cannot see it."""

    title: str
    alt: str
    markup: str = field(repr=False)  # without its words, which the place that shows it says
    draw: Callable[[], Drawing] = field(repr=False)

    def __repr__(self) -> str:
        return f"{self.title}: {self.alt}"

    def svg(self) -> str:
        """The whole SVG, as text: the same on every run."""
        return self.draw().svg()

    @explain_wrong_calls
    def save(self, path: str | Path, dpi: float = 200) -> Path:
        """Write an .svg, .png or .pdf file. Raises SaveError with a sentence."""
        return self.draw().save(path, dpi)

    def _repr_html_(self) -> str:
        """An image with its words: JupyterLab gives an SVG neither alt text nor a largest width."""
        style = "max-width: 100%; height: auto; border-radius: 8px"
        return break_markup_into_lines(svg_image(self.markup, self.alt, style=style).html())


def still(name: str, side: Side | None = None) -> Picture:
    """A posture from the views that teach it.

    ``name`` is its id, such as "standing"; ``side`` is "left" or "right", or the one it is written
    for. Raises UnknownName.
    """
    name, own = resolve_own_figure("posture", name)
    return _draw_picture("still", name, side, own)


def strip(name: str, side: Side | None = None) -> Picture:
    """A motion as a row of frames.

    ``name`` is its id, such as "cow_to_cat"; ``side`` is "left" or "right", or the one it is
    written for. Raises UnknownName.
    """
    name, own = resolve_own_figure("motion", name)
    return _draw_picture("strip", name, side, own)


def thumbnail(
    name: str, side: Side | None = None, *, own: Mapping[str, Model] | None = None
) -> Picture:
    """A posture of the course, or of an exercise's ``own`` figures, from its first view alone."""
    return _draw_picture("thumbnail", name, side, own)


def picture_of_felt_sites(exercise: Exercise) -> Picture | None:
    """Where an exercise is felt, hatched on its posture; nothing where it does not say so."""
    sites = exercise.felt.sites_on(exercise.first) if exercise.felt else ()
    if not sites:
        return None
    name, side = typical_posture(exercise), first_side(exercise)
    return _draw_picture("felt", name, side, exercise.own_figures, sites)


def picture_of_common_mistake(exercise: Exercise) -> Picture | None:
    """What often goes wrong in an exercise, crossed out beside the right way, if it is drawn."""
    name = next((mistake.posture for mistake in exercise.mistakes if mistake.posture), "")
    return _draw_picture("mistake", name, first_side(exercise)) if name else None


def first_side(exercise: Exercise) -> Side | None:
    """The side that begins, None where there is no other."""
    return exercise.first if exercise.sides else None


def typical_posture(exercise: Exercise) -> str:
    """The posture that tells an exercise from others: where it stays, or where a motion leads."""

    own = exercise.own_figures
    steps = [step for step in exercise.steps if step.do != "move"]
    if not steps or (exercise.ends and exercise.steps[0].do == "move"):
        way = _posture_names_of_motion(getattr(exercise.steps[0], "motion", ""), own=own)
        return way[len(way) // 2]
    held, motion = getattr(steps[0], "posture", None), getattr(steps[0], "motion", None)
    leading = getattr(steps[0], "loop", None) or motion
    if held and (motion or not leading):
        return str(held)
    return _posture_names_of_motion(str(leading), own=own)[-1]


@disk_cache.cache_on_disk
def _posture_names_of_motion(motion: str, *, own: Mapping[str, Model]) -> list[str]:
    """The postures that a motion goes through."""
    from backcare_nb.posture.table import posture_table

    through = posture_table(own).find_motion_spec(motion).through
    return [name.removeprefix("other ") for name in through]


@disk_cache.cache_on_disk
def draw_stops_as_dicts(
    name: str, side: Side | None, one_size: bool, *, own: Mapping[str, Model]
) -> list[dict[str, Any]]:
    """Where one rests in a posture or a motion, of the course or of an exercise's ``own`` figures.

    Each has its ``posture``, ``left_at``, ``alt`` and ``markup``, see draw_stops.
    """
    from backcare_nb.figures.draw import draw_stops, find_figure
    from backcare_nb.posture.table import posture_table

    return [
        {
            "posture": stop.posture,
            "left_at": stop.left_at,
            "width": round(stop.drawing.width * stop.drawing.scale),
            **_drawing_as_dict(stop.drawing),
        }
        for stop in draw_stops(find_figure(name, side, posture_table(own)), one_size)
    ]


def picture_of_spine_legend() -> Picture:
    """The regions of the spine by their colours."""
    return _draw_picture("legend", "spine", None)


@disk_cache.cache_on_disk
def cached_figure_sprite(
    key: str, turn_deg: int | None = None, *, own: Mapping[str, Model] | None = None
) -> dict[str, Any]:
    """A figure for the browser, of the course or of an exercise's ``own``; see draw_sprite."""
    from backcare_nb.figures.draw import draw_sprite
    from backcare_nb.posture.table import posture_table

    return draw_sprite(key, posture_table(own), turn_deg)


def resolve_own_figure(
    kind: Literal["posture", "motion"], name: str
) -> tuple[str, Mapping[str, Model]]:
    """The full name of a figure of an own exercise, and own figures; others stay as they are."""
    if not folder.exercises_folder_state():
        return name, {}
    from backcare_nb.custom.own_exercises import load_own_exercises

    found = load_own_exercises()
    if name in found.broken:  # say what is to be mended in its file
        found.exercise(name)
    return found.resolve_figure_name(kind, name), found.specs


def _draw_picture(
    kind: Literal["still", "strip", "thumbnail", "felt", "mistake", "legend"],
    name: str,
    side: Side | None,
    own: Mapping[str, Model] | None = None,
    sites: Sequence[str] = (),
) -> Picture:
    """The strip of a motion, the legend of the spine, or another picture of a posture."""

    def draw_anew() -> Drawing:
        from backcare_nb.figures import draw
        from backcare_nb.posture.motion import solve_motion
        from backcare_nb.posture.pose import solve_posture
        from backcare_nb.posture.table import posture_table

        if kind == "legend":
            return draw.draw_spine_legend()
        table = posture_table(own)
        if kind == "strip":
            return draw.draw_strip(solve_motion(name, side, table))
        pose = solve_posture(name, side, table)
        if kind == "felt":
            return draw.draw_felt_sites(pose, sites)
        if kind == "mistake":
            return draw.draw_mistake(pose, solve_posture(pose.spec.like or name, side, table))
        return draw.draw_still(pose) if kind == "still" else draw.draw_thumbnail(pose)

    if side is not None:
        find_by_name("side", side, dict.fromkeys(("left", "right")))
    told = f"{name}: {', '.join(sites)}" if sites else name
    return Picture(**_draw_as_cached_dict(kind, told, side, draw=draw_anew), draw=draw_anew)


@disk_cache.cache_on_disk
def _draw_as_cached_dict(
    kind: str, name: str, side: Side | None, *, draw: Callable[[], Drawing]
) -> dict[str, str]:
    return _drawing_as_dict(draw())


def _drawing_as_dict(drawing: Drawing) -> dict[str, str]:
    return {
        "title": drawing.title,
        "alt": drawing.alt,
        "markup": drawing.svg_without_title_and_alt(),
    }


def draw_course_and_yield_progress() -> Iterator[str]:
    """Draw what the course's notebooks and its lessons show, and tell how far that is."""
    from backcare_nb.custom.library import current_library
    from backcare_nb.sessions import timeline

    drawings: list[Callable[[], object]] = []
    keys: dict[str, None] = {}
    taught = current_library()
    for exercise in (*taught.exercises, *taught.rises_from_floor_and_bed, *taught.rules.quiet):
        side = first_side(exercise)
        for name in ("easier", "source", "harder"):
            version = exercise.version(name)
            session = timeline.compile_session([version], rise=taught.rise)
            keys |= dict.fromkeys(session.figure_keys())
            drawings.append(partial(picture_of_felt_sites, version))
            drawings.append(partial(picture_of_common_mistake, version))
            drawings.append(partial(thumbnail, typical_posture(version), side))
    drawings += [partial(cached_figure_sprite, key) for key in keys]
    for done, draw in enumerate(drawings, 1):
        draw()
        yield f"{done} of {len(drawings)} drawn"


def main() -> None:
    parser = ArgumentParser(description="Draw the figures of the course ahead of time.")
    parser.add_argument(
        "--shared",
        action="store_true",
        help="keep them in the environment, for every account, and not in this one's cache",
    )
    if parser.parse_args().shared:
        disk_cache.FOLDER = disk_cache.SHARED_CACHE_FOLDER
    for done in draw_course_and_yield_progress():
        print(done, flush=True)


if __name__ == "__main__":
    from backcare_nb.html import picture

    picture.main()
