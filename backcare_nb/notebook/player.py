"""The session player: a timeline played in the browser, with sound, voice and moving figures.

Python compiles the timeline before Start and hears the result at the end. In between the browser
owns the clock, so that a busy kernel can neither delay a tone nor hold up Pause.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from html import escape
from typing import Any, ClassVar

import anywidget
import ipywidgets as widgets
import traitlets

from backcare_nb.cards import bundle, readable
from backcare_nb.cards.guide import capital
from backcare_nb.content.model import Exercise
from backcare_nb.notebook.afterwards import Afterwards, mark
from backcare_nb.sessions import timeline
from backcare_nb.sessions.library import library
from backcare_nb.sessions.options import (
    VERSIONS,
    Options,
    SessionError,
    Setting,
    set_to,
    settings,
)
from backcare_nb.sessions.timeline import Timeline

ESM = bundle.module("player.js")

SIDES = {"both": None, "left": "left", "right": "right"}


class Player(anywidget.AnyWidget):
    """A timeline with one Start button, and the pictures it needs.

    ``results`` holds what the browser reports of sessions that ended: it comes at the end only,
    and again, to every player, until it is acknowledged in ``received``. ``on_result`` hears each
    of them once; ``afterwards``, which stands below the player, says which need not come again.
    ``in_class`` lets Start fill the screen for a class, and wait for the teacher at each step; of
    what a class did there are no results.
    """

    _esm = ESM
    _css = bundle.BROWSER / "player.css"

    timeline = traitlets.Dict().tag(sync=True)
    sprites = traitlets.Dict().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)
    results = traitlets.List().tag(sync=True)
    received = traitlets.List().tag(sync=True)
    in_class = traitlets.Bool(False).tag(sync=True)

    _heard: ClassVar[set[str]] = set()

    def __init__(self, session: Timeline, *, in_class: bool = False) -> None:
        super().__init__(**bundle.state(session), in_class=in_class)
        self._session = session
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self.afterwards = Afterwards()
        traitlets.dlink((self.afterwards, "received"), (self, "received"))
        self.observe(self._receive, names="results")

    def load(self, session: Timeline) -> None:
        """Take another timeline; one that is being played goes on to its end first."""
        self._session = session
        with self.hold_sync():
            for name, value in bundle.state(session).items():
                setattr(self, name, value)

    def on_result(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call a function with each result; one that was stopped and continued keeps its id."""
        self._listeners.append(listener)

    def _receive(self, change: dict[str, Any]) -> None:
        self.afterwards.take(change["new"])  # first: what a listener does must not lose a session
        for result in change["new"]:
            if mark(result) not in self._heard:
                self._heard.add(mark(result))
                for listener in self._listeners:
                    listener(result)

    def __repr__(self) -> str:
        return f"Player({self._session})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        _, metadata = super()._repr_mimebundle_(**kwargs)
        data = widgets.VBox([self, self.afterwards])._repr_mimebundle_(**kwargs)
        page = readable.page(self._session, self.sprites)
        return {**data, "text/plain": repr(self), "text/html": page}, metadata


class Guided(widgets.VBox):
    """A player, and above it controls for what a person chooses before Start."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.player = Player(self._compiled(options))
        self._message = widgets.HTML()
        self._message.add_class("backcare-message")
        self._controls = widgets.Box(layout=widgets.Layout(flex_flow="row wrap"))
        self._controls.add_class("backcare-controls")
        super().__init__([self._controls, self._message, self.player, self.player.afterwards])
        self._tell()
        self._fill()

    def _compiled(self, options: Options) -> Timeline:
        """The session that these options ask for; raises SessionError."""
        raise NotImplementedError

    def _fill(self) -> None:
        """Make the controls."""
        raise NotImplementedError

    def _version(self, there: Iterable[str]) -> widgets.Widget:
        there = tuple(there)
        control = widgets.Dropdown(
            options=[(VERSIONS[name], name) for name in there],
            value=self._options.version if self._options.version in there else "source",
            description="Version",
        )
        control.observe(lambda change: self._take_version(change["new"]), names="value")
        return control

    def _take_version(self, version: str) -> None:
        """Another version has amounts of its own: start again from those."""
        kept = {name: getattr(self._options, name) for name in ("side", "wait", "pauses")}
        self._options = Options(version=version, **kept)
        self._take(self._options)
        self._fill()

    def _take(self, options: Options) -> None:
        """Play with other options from the next start on; a sentence where that cannot be."""
        try:
            self.player.load(self._compiled(options))
        except SessionError as error:
            self._message.value = f'<div role="alert">{escape(str(error))}</div>'
            return
        self._options = options
        self._tell()

    def _tell(self) -> None:
        self._message.value = escape(self._told(self.player._session))

    def _told(self, session: Timeline) -> str:
        """A sentence about the session that is there; none here."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.player._session})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        page = readable.page(self.player._session, self.player.sprites)
        return {**data, "text/plain": repr(self), "text/html": page}


class Practice(Guided):
    """An exercise to play, in the learner's own version, side and amounts."""

    def __init__(self, exercise: Exercise, options: Options) -> None:
        self._exercise = exercise
        super().__init__(options)

    def _compiled(self, options: Options) -> Timeline:
        return _compile([self._exercise], options)

    def _told(self, session: Timeline) -> str:
        return readable.at_work(session, library().rise.id)

    def _fill(self) -> None:
        chosen = self._exercise.version(self._options.version)
        controls = [self._version(_versions([self._exercise]))]
        if chosen.sides:
            controls.append(self._side())
        controls += [self._amount(chosen, setting) for setting in settings(chosen)]
        self._controls.children = controls

    def _side(self) -> widgets.Widget:
        control = widgets.Dropdown(
            options=[("Both sides", "both"), ("Left only", "left"), ("Right only", "right")],
            value=self._options.side or "both",
            description="Side",
        )
        control.observe(
            lambda change: self._take(replace(self._options, side=SIDES[change["new"]])),
            names="value",
        )
        return control

    def _amount(self, chosen: Exercise, setting: Setting) -> widgets.Widget:
        whole = setting.name in ("times", "rounds")
        value, amount = setting.value(self._options), setting.amount
        control = (widgets.IntText if whole else widgets.FloatText)(
            value=int(value) if whole else value,
            description=f"{capital(setting.words)} ({amount.min:g} to {amount.max:g})",
            style={"description_width": "initial"},
        )
        control.observe(
            lambda change: self._take(set_to(self._options, chosen, setting, change["new"])),
            names="value",
        )
        return control


class WholeSection(Guided):
    """Exercises one after another with one Start, in the version that the learner chooses."""

    def __init__(self, exercises: Iterable[Exercise], options: Options, title: str) -> None:
        self._exercises = tuple(exercises)
        self._title = title
        super().__init__(options)

    def _compiled(self, options: Options) -> Timeline:
        return _compile(self._exercises, options, self._title)

    def _fill(self) -> None:
        self._controls.children = [self._version(_versions(self._exercises))]


def play(exercise: str, **amounts: Any) -> Practice:
    """An exercise to play, with controls for the learner's own amounts.

    Amounts are ``seconds`` (each hold), ``times``, ``tempo`` (seconds for one repetition),
    ``minutes`` (of breathing), each for all steps or by their ids ({"massage": 180}); ``rounds``,
    ``side`` ("left", "right"), ``version`` ("easier", "source", "harder") and ``wait``. Raises
    SessionError with a sentence for one that cannot be.
    """
    return Practice(library().exercise(exercise), _options(amounts))


def session(section: str, **amounts: Any) -> WholeSection:
    """A whole section as one session with one Start button, and its version to choose above it.

    Takes the amounts of play(). What the section keeps for another time is left out.
    """
    chosen = library().section(section)
    return WholeSection(chosen.session, _options(amounts), chosen.title)


def timer(minutes: float = 5, seconds: float = 0) -> Player:
    """A timer of any length up to three hours, with a tone at the start, halfway and the end."""
    return Player(timeline.timer(minutes, seconds))


def intervals(work: float = 30, rest: float = 10, rounds: int = 5) -> Player:
    """Seconds of work and of rest in turn, a number of rounds."""
    return Player(timeline.intervals(work, rest, rounds))


def _versions(exercises: Iterable[Exercise]) -> Iterator[str]:
    """The versions there are: a harder one where any of the exercises has one."""
    yield from ("easier", "source")
    if any(exercise.harder for exercise in exercises):
        yield "harder"


def _options(amounts: dict[str, Any]) -> Options:
    unknown = sorted(set(amounts) - set(Options.__dataclass_fields__))
    if unknown:
        known = ", ".join(Options.__dataclass_fields__)
        raise SessionError(f"There is no amount called {unknown[0]}: choose among {known}.")
    return Options(**amounts)


def _compile(exercises: Iterable[Exercise], options: Options, title: str = "") -> Timeline:
    shipped = library()
    return timeline.compile(
        exercises,
        options,
        title=title,
        rise=shipped.rise,
        conditions=shipped.safety.conditions,
        ways=shipped.safety.ways,
    )
