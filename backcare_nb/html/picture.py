"""Figures as a notebook shows them: drawn once, and kept between kernels."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from backcare_nb.course.names import find
from backcare_nb.custom import folder
from backcare_nb.figures import disk_cache
from backcare_nb.html.card import image

if TYPE_CHECKING:  # matplotlib and the models are needed only where something is drawn anew
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from backcare_nb.course.models import Exercise, Side
    from backcare_nb.figures.page import Page


@dataclass(frozen=True)
class Picture:
    """An SVG with its title and its words for those who cannot see it."""

    title: str
    alt: str
    drawn: str = field(repr=False)
    page: Callable[[], Page] = field(repr=False)

    def __repr__(self) -> str:
        return f"{self.title}: {self.alt}"

    def svg(self) -> str:
        """The whole SVG, as text: the same on every run."""
        return self.drawn

    def save(self, path: str | Path, dpi: float = 200) -> Path:
        """Write an .svg, .png or .pdf file. Raises PictureError with a sentence."""
        return self.page().save(path, dpi)

    def _repr_html_(self) -> str:
        """An image with its words: JupyterLab gives an SVG neither alt text nor a largest width."""
        style = "max-width: 100%; height: auto; border-radius: 8px"
        return image(self.drawn, self.alt, style=style).html()


def still(name: str, side: Side | None = None) -> Picture:
    """A posture from the views that teach it.

    ``name`` is its id, such as "standing"; ``side`` is "left" or "right", or the one it is written
    for. Raises UnknownName.
    """
    return _picture("still", _own(name), side)


def strip(name: str, side: Side | None = None) -> Picture:
    """A motion as a row of frames.

    ``name`` is its id, such as "cow_to_cat"; ``side`` is "left" or "right", or the one it is
    written for. Raises UnknownName.
    """
    return _picture("strip", _own(name, "way"), side)


def thumbnail(name: str, side: Side | None = None) -> Picture:
    """A posture from its first view alone, for a list. Raises UnknownName."""
    return _picture("thumbnail", _own(name), side)


def show(exercise: Exercise | str, side: Side | None = None) -> Picture:
    """The figures of an exercise, one for each step, under the step's title.

    ``exercise`` is its id, such as "knee_rolls", or an exercise; ``side`` is "left" or "right", or
    the one that begins. Raises UnknownName.
    """
    if isinstance(exercise, str) and folder.stamp():
        from backcare_nb.custom.own_exercises import own

        exercise = own().exercise(exercise) or exercise
    if isinstance(exercise, str):
        return _picture("show", exercise, side)
    make = partial(_page, "show", exercise, side)
    return Picture(**_told(make()), page=make)


@disk_cache.kept
def sprite(key: str) -> dict:
    """A figure for the browser; see figure.sprite."""
    from backcare_nb.figures import figure

    return figure.sprite(key)


def own_motion(name: str) -> str:
    """The name under which the motion of an own exercise is drawn now; others as they are."""
    return _own(name, "way")


def _own(name: str, kind: str = "figure") -> str:
    """The name under which a figure of an own exercise is drawn now; others as they are."""
    if not folder.stamp():
        return name
    from backcare_nb.custom.own_exercises import own

    return getattr(own(), kind)(name)


def _picture(kind: str, name: str, side: Side | None) -> Picture:
    if side is not None:
        find("side", side, dict.fromkeys(("left", "right")))
    return Picture(**_drawn(kind, name, side), page=partial(_page, kind, name, side))


@disk_cache.kept
def _drawn(kind: str, name: str, side: Side | None) -> dict[str, str]:
    return _told(_page(kind, name, side))


def _told(page: Page) -> dict[str, str]:
    return {"title": page.title, "alt": page.alt, "drawn": page.svg()}


def _page(kind: str, what: Exercise | str, side: Side | None) -> Page:
    from backcare_nb.figures import figure

    return getattr(figure, kind)(what, side)


def draw_ahead() -> Iterator[str]:
    """Draw what the course's notebooks show, and tell after each figure how many are done."""
    from backcare_nb.custom.library import library
    from backcare_nb.sessions import timeline

    drawings, keys = [], {}
    for exercise in (*library().exercises, library().rise):
        drawings.append(partial(show, exercise.id))
        for name in ("easier", "source", "harder"):
            session = timeline.compile_session([exercise.version(name)], rise=library().rise)
            keys |= dict.fromkeys(session.figure_keys())
    drawings += [partial(sprite, key) for key in keys]
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
        disk_cache.FOLDER = disk_cache.SHARED
    for done in draw_ahead():
        print(done, flush=True)


if __name__ == "__main__":
    from backcare_nb.html import picture

    picture.main()
