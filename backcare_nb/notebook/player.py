"""The session player: a timeline played in the browser, with sound, voice and moving figures.

Python compiles the timeline before Start and hears the result at the end. In between the browser
owns the clock, so that a busy kernel can neither delay a tone nor hold up Pause.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Any, ClassVar, Literal

import anywidget
import ipywidgets as widgets
import traitlets

from backcare_nb.course.fields import Side
from backcare_nb.course.models import Exercise, VersionName
from backcare_nb.custom.library import library
from backcare_nb.html import static_session
from backcare_nb.html.course_cards import capitalize_first
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.going_on import Choice, version_to_begin_with
from backcare_nb.journal.store import JournalError, my_journal
from backcare_nb.notebook.after_session import AfterSession, result_key
from backcare_nb.notebook.remembered import Remembered
from backcare_nb.notebook.safety_check import SafetyCheck
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

EASIER_FIRST = "The easier version comes first; what you choose here is remembered."
SIDE_CHOICES = [("Both sides", "both"), ("Left only", "left"), ("Right only", "right")]


class Player(anywidget.AnyWidget):
    """A timeline with one Start button, and the pictures it needs.

    ``results`` holds what the browser reports of sessions that ended: it comes at the end only,
    and again, to every player, until it is acknowledged in ``received``. ``on_result`` hears each
    of them once; ``afterwards``, which stands below the player, says which need not come again.
    ``in_class`` lets Start fill the screen for a class, and wait for the teacher at each step; of
    what a class did there are no results.
    """

    _esm = bundle.build_module("player.js")
    _css = bundle.PLAYER_FOLDER / "player.css"

    timeline: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    sprites: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)
    results: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    received: traitlets.List[str] = traitlets.List().tag(sync=True)
    in_class = traitlets.Bool(False).tag(sync=True)

    _heard: ClassVar[set[str]] = set()

    def __init__(self, session: Timeline, *, in_class: bool = False) -> None:
        super().__init__(**bundle.build_state(session), in_class=in_class)
        self.session = session
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self.afterwards = AfterSession()
        traitlets.dlink((self.afterwards, "received"), (self, "received"))
        self.observe(self._receive, names="results")

    def load(self, session: Timeline) -> None:
        """Take another timeline; one that is being played goes on to its end first."""
        self.session = session
        with self.hold_sync():
            for name, value in bundle.build_state(session).items():
                setattr(self, name, value)

    def on_result(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call a function with each result; one that was stopped and continued keeps its id."""
        self._listeners.append(listener)

    def _receive(self, change: dict[str, Any]) -> None:
        # First: what a listener does must not lose a session.
        self.afterwards.store_results(change["new"])
        for result in change["new"]:
            if result_key(result) not in self._heard:
                self._heard.add(result_key(result))
                for listener in self._listeners:
                    listener(result)

    def __repr__(self) -> str:
        return f"Player({self.session})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        _, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data = widgets.VBox([self, self.afterwards])._repr_mimebundle_(**kwargs)
        page = static_session.session_html(self.session)
        return {**data, "text/plain": repr(self), "text/html": page}, metadata


class SectionPlayer(widgets.VBox):
    """Exercises one after another with one Start, in the version that is chosen above it.

    With a ``key``, under which the browser remembers what is chosen, the version is the learner's:
    the easier one until they, or their journal, say otherwise.
    """

    def __init__(
        self, exercises: Iterable[Exercise], options: Options, title: str = "", key: str = ""
    ) -> None:
        self._exercises = tuple(exercises)
        self._title = title
        self._reason = ""
        self._remembered = Remembered(key=key) if key else None
        self._options = self._options_to_begin_with(options)
        self.player = Player(self._compile(self._options))
        # What is saved with a page says nothing of the learner's journal.
        self._saved_session = self._compile(options)
        self._message = widgets.HTML()
        self._message.add_class("backcare-message")
        self._controls = widgets.Box(layout=widgets.Layout(flex_flow="row wrap"))
        self._controls.add_class("backcare-controls")
        shown = [self._controls, self.player, self.player.afterwards]
        super().__init__([*shown, self._remembered] if self._remembered else shown)
        self._message.value = escape(self._session_message())
        self._controls.children = [*self._make_controls(), self._message]
        if self._remembered:
            self._remembered.observe(self._recall, "value")

    def _options_to_begin_with(self, options: Options) -> Options:
        """The options, in the version to begin with where that is the learner's to say."""
        if not self._remembered:
            return options
        version, self._reason = version_to_begin_with(
            Choice(**_parse_choice(self._remembered.value)),
            _entries_kept(),
            (exercise.id for exercise in self._exercises),
            library().safety.scale.bands,
        )
        return replace(options, version=version)

    def _recall(self, _change: dict[str, Any]) -> None:
        """Take the version that the browser remembers from another day, unless it is there."""
        options = self._options_to_begin_with(self._options)
        if options.version != self._options.version:
            self._begin_again(options.version)

    def _compile(self, options: Options) -> Timeline:
        """The session that these options ask for; raises SessionError."""
        taught = library()
        return timeline.compile_session(
            self._exercises,
            options,
            title=self._title,
            rise=taught.rise,
            conditions=taught.safety.conditions,
            ways=taught.safety.ways,
        )

    def _session_message(self) -> str:
        """Sentences about the session that is there: why in this version, where nobody chose it."""
        known = self._remembered is None or self._remembered.value
        return self._reason or ("" if known else EASIER_FIRST)

    def _make_controls(self) -> list[widgets.Widget]:
        """The controls for these options: a harder version where any exercise has one."""
        harder = any(exercise.harder for exercise in self._exercises)
        version = self._options.version if harder or self._options.version != "harder" else "source"
        control = widgets.RadioButtons(
            options=[(VERSION_LABELS[v], v) for v in VERSION_LABELS if harder or v != "harder"],
            value=version,
            description="Version",
            orientation="horizontal",
        )
        return [_on_choice(control, self._choose_version)]

    def _choose_version(self, version: VersionName) -> None:
        """Play another version from now on, and remember that where it is the learner's own."""
        self._reason = ""
        self._begin_again(version)
        if self._remembered:
            self._remembered.value = {"version": version, "since": datetime.now(UTC).isoformat()}

    def _begin_again(self, version: VersionName) -> None:
        """Another version has amounts of its own: start again from those."""
        kept = {name: getattr(self._options, name) for name in ("side", "wait", "pauses")}
        self._options = Options(version=version, **kept)
        self._choose(self._options)
        self._controls.children = [*self._make_controls(), self._message]

    def _choose(self, options: Options) -> None:
        """Play with other options from the next start on; a sentence where that cannot be."""
        try:
            self.player.load(self._compile(options))
        except SessionError as error:
            self._message.value = f'<div role="alert">{escape(str(error))}</div>'
            return
        self._options = options
        self._message.value = escape(self._session_message())

    def _display_(self) -> Player:
        """What marimo shows: of widgets it knows those of anywidget alone."""
        return self.player

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.player.session})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        words = f"{type(self).__name__}({self._saved_session})"
        page = static_session.session_html(self._saved_session)
        return {**data, "text/plain": words, "text/html": page}


class ExercisePlayer(SectionPlayer):
    """One exercise to play, in the learner's own version, side and amounts."""

    def __init__(self, exercise: Exercise, options: Options, key: str = "") -> None:
        super().__init__([exercise], options, key=key)

    def _session_message(self) -> str:
        at_work = static_session.describe_time_at_work(self.player.session, library().rise.id)
        return " ".join(filter(None, (super()._session_message(), at_work)))

    def _make_controls(self) -> list[widgets.Widget]:
        chosen = self._exercises[0].version(self._options.version)
        controls = super()._make_controls()
        if chosen.sides:
            value = self._options.side or "both"
            side = widgets.Dropdown(options=SIDE_CHOICES, value=value, description="Side")
            controls.append(_on_choice(side, self._choose_side))
        return controls + [
            self._make_amount(chosen, setting) for setting in amount_settings(chosen)
        ]

    def _choose_side(self, side: Side | Literal["both"]) -> None:
        self._choose(replace(self._options, side=None if side == "both" else side))

    def _make_amount(self, chosen: Exercise, setting: AmountSetting) -> widgets.Widget:
        whole = setting.name in ("times", "rounds")
        value, amount = setting.value(self._options), setting.amount
        control = (widgets.IntText if whole else widgets.FloatText)(
            value=int(value) if whole else value,
            description=f"{capitalize_first(setting.words)} ({amount.min:g} to {amount.max:g})",
            style={"description_width": "initial"},
        )
        return _on_choice(
            control, lambda amount: self._choose(set_amount(self._options, chosen, setting, amount))
        )


def _parse_choice(remembered: Mapping[str, str]) -> dict[str, Any]:
    """What the browser remembers of a choice; nothing where that makes no sense."""
    with suppress(KeyError, ValueError):
        if (version := remembered["version"]) in VERSION_LABELS:
            return {"version": version, "since": datetime.fromisoformat(remembered["since"])}
    return {}


def _entries_kept() -> list[Entry]:
    """The sessions of the learner's journal; none where there is no journal, or it tells none."""
    with suppress(JournalError):
        if my_journal().state == "kept":
            return my_journal().entries()
    return []


def _on_choice(control: widgets.Widget, action: Callable[[Any], None]) -> widgets.Widget:
    """The control, which gives each value that is chosen to an action."""
    control.observe(lambda change: action(change["new"]), names="value")
    return control


def play(
    exercise: str,
    *,
    version: VersionName | None = None,
    side: Side | None = None,
    seconds: float | Mapping[str, float] | None = None,
    times: int | Mapping[str, int] | None = None,
    tempo: float | Mapping[str, float] | None = None,
    minutes: float | Mapping[str, float] | None = None,
    rounds: int | None = None,
    wait: bool | None = None,
) -> ExercisePlayer:
    """An ``exercise`` to play, by its id, with controls for the learner's own amounts.

    To play it with amounts of one's own in a line: exercise() has it with all that belongs to it.

    ``version`` is "easier", "source" (as taught) or "harder"; without one it is the learner's own:
    easier, until they or their journal say otherwise. ``side`` is "left" or "right" alone.

    ``seconds`` is how long each hold lasts, ``times`` how often a movement is repeated, ``tempo``
    the seconds for one repetition, ``minutes`` how long one breathes, and ``rounds`` how often the
    whole is done. What is left out comes from the exercise. Where its steps differ, an amount may
    be given for some of them, by their ids: seconds={"massage": 180}.

    ``wait`` is True to be waited for before the exercise, and False never to be.

    Raises SessionError with a sentence for an amount that the exercise does not have, or that is
    out of its range.
    """
    options = Options(version or "easier", side, seconds, times, tempo, minutes, rounds, wait)
    return ExercisePlayer(library().exercise(exercise), options, "" if version else exercise)


def session(
    section: str,
    *,
    version: VersionName | None = None,
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
    is left out. Before the first session of a new journal and browser stands: is this for you?
    Raises SessionError with a sentence for an amount that none of its exercises has.
    """
    chosen = library().section(section)
    options = Options(version or "easier", side, seconds, times, tempo, minutes, rounds, wait)
    player = SectionPlayer(chosen.session, options, chosen.title, "" if version else section)
    if not _entries_kept():
        player.children = (SafetyCheck(), *player.children)
    return player


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
