"""The session player: a timeline played in the browser, with sound, voice and moving figures.

Python compiles the timeline before Start and hears the result at the end. In between the browser
owns the clock, so that a busy kernel can neither delay a tone nor hold up Pause.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape
from typing import Any, ClassVar

import anywidget
import ipywidgets as widgets
import traitlets

from backcare_nb.course.models import Exercise, Side, VersionName
from backcare_nb.custom.library import library
from backcare_nb.html import static_session
from backcare_nb.html.course_cards import capitalize_first
from backcare_nb.notebook.after_session import AfterSession, mark
from backcare_nb.player import bundle
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import (
    VERSION_LABELS,
    AmountSetting,
    Options,
    SessionError,
    amount_settings,
    set_amount,
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
        self.afterwards = AfterSession()
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
        page = static_session.session_html(self._session)
        return {**data, "text/plain": repr(self), "text/html": page}, metadata


class PlayerWithControls(widgets.VBox):
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
            options=[(VERSION_LABELS[name], name) for name in there],
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
        page = static_session.session_html(self.player._session)
        return {**data, "text/plain": repr(self), "text/html": page}


class ExercisePlayer(PlayerWithControls):
    """An exercise to play, in the learner's own version, side and amounts."""

    def __init__(self, exercise: Exercise, options: Options) -> None:
        self._exercise = exercise
        super().__init__(options)

    def _compiled(self, options: Options) -> Timeline:
        return _compile([self._exercise], options)

    def _told(self, session: Timeline) -> str:
        return static_session.describe_time_at_work(session, library().rise.id)

    def _fill(self) -> None:
        chosen = self._exercise.version(self._options.version)
        controls = [self._version(_versions([self._exercise]))]
        if chosen.sides:
            controls.append(self._side())
        controls += [self._amount(chosen, setting) for setting in amount_settings(chosen)]
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

    def _amount(self, chosen: Exercise, setting: AmountSetting) -> widgets.Widget:
        whole = setting.name in ("times", "rounds")
        value, amount = setting.value(self._options), setting.amount
        control = (widgets.IntText if whole else widgets.FloatText)(
            value=int(value) if whole else value,
            description=f"{capitalize_first(setting.words)} ({amount.min:g} to {amount.max:g})",
            style={"description_width": "initial"},
        )
        control.observe(
            lambda change: self._take(set_amount(self._options, chosen, setting, change["new"])),
            names="value",
        )
        return control


class SectionPlayer(PlayerWithControls):
    """Exercises one after another with one Start, in the version that the learner chooses."""

    def __init__(self, exercises: Iterable[Exercise], options: Options, title: str) -> None:
        self._exercises = tuple(exercises)
        self._title = title
        super().__init__(options)

    def _compiled(self, options: Options) -> Timeline:
        return _compile(self._exercises, options, self._title)

    def _fill(self) -> None:
        self._controls.children = [self._version(_versions(self._exercises))]


def play(
    exercise: str,
    *,
    version: VersionName = "source",
    side: Side | None = None,
    seconds: float | Mapping[str, float] | None = None,
    times: int | Mapping[str, int] | None = None,
    tempo: float | Mapping[str, float] | None = None,
    minutes: float | Mapping[str, float] | None = None,
    rounds: int | None = None,
    wait: bool | None = None,
) -> ExercisePlayer:
    """An ``exercise`` to play, by its id, with controls for the learner's own amounts.

    ``version`` is "easier", "source" (as taught) or "harder"; ``side`` "left" or "right" alone.

    ``seconds`` is how long each hold lasts, ``times`` how often a movement is repeated, ``tempo``
    the seconds for one repetition, ``minutes`` how long one breathes, and ``rounds`` how often the
    whole is done. What is left out comes from the exercise. Where its steps differ, an amount may
    be given for some of them, by their ids: seconds={"massage": 180}.

    ``wait`` is True to be waited for before the exercise, and False never to be.

    Raises SessionError with a sentence for an amount that the exercise does not have, or that is
    out of its range.
    """
    options = Options(version, side, seconds, times, tempo, minutes, rounds, wait)
    return ExercisePlayer(library().exercise(exercise), options)


def session(
    section: str,
    *,
    version: VersionName = "source",
    side: Side | None = None,
    seconds: float | Mapping[str, float] | None = None,
    times: int | Mapping[str, int] | None = None,
    tempo: float | Mapping[str, float] | None = None,
    minutes: float | Mapping[str, float] | None = None,
    rounds: int | None = None,
    wait: bool | None = None,
) -> SectionPlayer:
    """A whole ``section``, by its id, with one Start button, and its version to choose above it.

    ``version``, ``side``, ``seconds``, ``times``, ``tempo``, ``minutes``, ``rounds`` and ``wait``
    are those of play(), for every exercise that has them. What the section keeps for another time
    is left out. Raises SessionError with a sentence for an amount that none of its exercises has.
    """
    chosen = library().section(section)
    options = Options(version, side, seconds, times, tempo, minutes, rounds, wait)
    return SectionPlayer(chosen.session, options, chosen.title)


def timer(minutes: float | None = None, seconds: float | None = None) -> Player:
    """A timer of any length up to three hours, with a tone at the start, halfway and the end.

    It lasts the ``minutes`` and the ``seconds`` that are given, together; 5 minutes where neither
    is. Raises SessionError with a sentence for a length that cannot be.
    """
    return Player(timeline.timer_timeline(minutes, seconds))


def intervals(work: float = 30, rest: float = 10, rounds: int = 5) -> Player:
    """Work and rest in turn, after 5 seconds to get ready; it ends with the last work.

    ``work`` and ``rest`` are the seconds of each, ``rounds`` how often one works. Raises
    SessionError with a sentence for what cannot be.
    """
    return Player(timeline.intervals_timeline(work, rest, rounds))


def _versions(exercises: Iterable[Exercise]) -> Iterator[str]:
    """The versions there are: a harder one where any of the exercises has one."""
    yield from ("easier", "source")
    if any(exercise.harder for exercise in exercises):
        yield "harder"


def _compile(exercises: Iterable[Exercise], options: Options, title: str = "") -> Timeline:
    shipped = library()
    return timeline.compile_session(
        exercises,
        options,
        title=title,
        rise=shipped.rise,
        conditions=shipped.safety.conditions,
        ways=shipped.safety.ways,
    )
