"""The session player: a timeline played in the browser, with sound, voice and moving figures.

Python compiles the timeline before Start and hears the result at the end. In between the browser
owns the clock, so that a busy kernel can neither delay a tone nor hold up Pause.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import anywidget
import ipywidgets as widgets
import traitlets

from backcare_nb.course.fields import LYING_POSITIONS, Side
from backcare_nb.course.models import Exercise, VersionName
from backcare_nb.custom.library import current_library
from backcare_nb.html import static_session
from backcare_nb.html.amount_words import capitalize_first
from backcare_nb.html.course_cards import safety
from backcare_nb.journal.going_on import DatedVersionChoice, choose_version_and_reason
from backcare_nb.journal.own_journal import read_kept_entries
from backcare_nb.notebook.after_session import AfterSessionForm, key_of_result
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

EASIER_FIRST_SENTENCE = "The easier version comes first; what you choose here is remembered."
FLOOR_OR_BED_CHOICES = [["On the floor", "floor"], ["On a bed", "bed"]]
SIDE_CHOICES = [["Both sides", "both"], ["Left only", "left"], ["Right only", "right"]]


class Player(AfterSessionForm):
    """A timeline with one Start button, and the pictures it needs.

    ``on_result`` hears each session that ended once.
    """

    _esm = bundle.build_module("player.js")
    _css = bundle.join_css_files("player.css", "after_session.css")

    timeline: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    sprites: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)

    _heard_result_keys: ClassVar[set[str]] = set()

    def __init__(self, session: Timeline, **state: Any) -> None:
        self.session = session
        super().__init__(**self._build_browser_state(), **state)
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self.observe(self._receive_results, names="results")

    def load(self, session: Timeline) -> None:
        """Take another timeline; one that is being played goes on to its end first."""
        self.session = session
        with self.hold_sync():
            for name, value in self._build_browser_state().items():
                setattr(self, name, value)

    def _build_browser_state(self) -> dict[str, Any]:
        """What the browser is given to play the session."""
        return bundle.build_player_state(self.session)

    def on_result(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call a function with each result; one that was stopped and continued keeps its id."""
        self._listeners.append(listener)

    def _receive_results(self, change: dict[str, Any]) -> None:
        # First: what a listener does must not lose a session.
        self.store_results(change["new"])
        for result in change["new"]:
            if key_of_result(result) not in self._heard_result_keys:
                self._heard_result_keys.add(key_of_result(result))
                for listener in self._listeners:
                    listener(result)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.session})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": repr(self), "text/html": self._static_html()}, metadata

    def _static_html(self) -> str:
        """The steps, where no widget runs."""
        return static_session.session_html(self.session)


class SafetyCheck(anywidget.AnyWidget):
    """Is this for you? The safety page in a few lines, until a session began in this browser."""

    _esm = bundle.build_module("safety_check.js")

    page = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(page=safety()._repr_html_())

    def __repr__(self) -> str:
        return "SafetyCheck()"


class SectionPlayer(Player):
    """Exercises one after another with one Start, in the version that is chosen in it.

    ``option_fields`` are what can be chosen, and ``chosen`` is what was, by name. ``refusal`` says
    why that cannot be, and ``about`` something of the session before Start. With a ``memory_key``,
    under which the browser remembers what is chosen, the version is the learner's: the easier one
    until they, or their journal, say otherwise.
    """

    option_fields: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    chosen: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    refusal = traitlets.Unicode().tag(sync=True)
    about = traitlets.Unicode().tag(sync=True)
    memory_key = traitlets.Unicode().tag(sync=True)
    safety_check: SafetyCheck | None = None  # which stands above it

    def __init__(
        self,
        exercises: Iterable[Exercise],
        options: Options,
        title: str = "",
        key: str = "",
        on_bed: bool = False,
    ) -> None:
        self._exercises = tuple(exercises)
        self._title = title
        self._options = options
        self._place = "bed" if on_bed else "floor"
        super().__init__(self._compile_session(options, self._place), memory_key=key)
        # What is saved with a page says nothing of the learner's journal.
        self._saved_session = self.session
        self._apply_chosen_options({})
        self.observe(lambda change: self._apply_chosen_options(change["new"]), names="chosen")

    def _compile_session(self, options: Options, place: str) -> Timeline:
        """The session that these options ask for; raises SessionError."""
        taught = current_library()
        from_floor, from_bed = taught.rises_from_floor_and_bed
        return timeline.compile_session(
            self._exercises,
            options,
            title=self._title,
            rise=from_bed if place == "bed" and self._can_be_done_on_bed else from_floor,
            conditions=taught.safety.conditions,
            ways=taught.safety.ways,
        )

    def _apply_chosen_options(self, chosen: Mapping[str, Any]) -> None:
        """Play with other options from the next start on; say why where that cannot be."""
        version, reason = self._choose_version_and_reason(chosen)
        try:
            options = self._merge_chosen_options({} if reason else chosen, version)
            place = str(chosen.get("place", self._place))
            session = self._compile_session(options, place)
        except SessionError as error:
            self.refusal = str(error)
            return
        if session != self.session:
            self.load(session)
        self.refusal = ""
        self.option_fields = self._list_option_fields(options)
        if self._can_be_done_on_bed:
            field = {"name": "place", "words": "Where you lie", "value": place}
            self.option_fields = [*self.option_fields, field | {"choices": FLOOR_OR_BED_CHOICES}]
        is_news = self.memory_key and not chosen and not reason
        self.about = " ".join(filter(None, (reason, self._describe_before_start(bool(is_news)))))

    @property
    def _can_be_done_on_bed(self) -> bool:
        """Whether one lies all the time, as can be done on a bed too, and then has to get up."""
        places = {p for e in self._exercises for p in (e.begin_position, e.end_position)}
        return places <= set(LYING_POSITIONS)

    def _choose_version_and_reason(self, chosen: Mapping[str, Any]) -> tuple[VersionName, str]:
        """The version, and why it is this one where nobody chose it."""
        if not self.memory_key:
            return chosen.get("version", self._options.version), ""
        exercises = (exercise.id for exercise in self._exercises)
        choice, bands = _parse_choice(chosen), current_library().safety.scale.bands
        limit = self._exercises[0].easier.going_on if len(self._exercises) == 1 else None
        return choose_version_and_reason(choice, read_kept_entries(), exercises, bands, limit or "")

    def _merge_chosen_options(self, chosen: Mapping[str, Any], version: VersionName) -> Options:
        """What was asked for with what was chosen; another version has amounts of its own."""
        if version == self._options.version:
            return self._options
        kept = {name: getattr(self._options, name) for name in ("side", "wait", "pauses")}
        return Options(version=version, **kept)

    def _describe_before_start(self, is_easier_by_default: bool) -> str:
        """What is to be known before Start: of a whole session, which version comes first."""
        return EASIER_FIRST_SENTENCE if is_easier_by_default else ""

    def _list_option_fields(self, options: Options) -> list[dict[str, Any]]:
        """What can be chosen; a harder version where any exercise has one."""
        harder = any(exercise.harder for exercise in self._exercises)
        version = options.version if harder or options.version != "harder" else "source"
        choices = [[VERSION_LABELS[v], v] for v in VERSION_LABELS if harder or v != "harder"]
        return [{"name": "version", "words": "Version", "value": version, "choices": choices}]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._saved_session})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self.safety_check:
            told = {name: data[name] for name in ("text/plain", "text/html")}
            data |= widgets.VBox([self.safety_check, self])._repr_mimebundle_(**kwargs) | told
        return data, metadata

    def _static_html(self) -> str:
        return static_session.session_html(self._saved_session)


class ExercisePlayer(SectionPlayer):
    """One exercise to play, in the learner's own version, side and amounts."""

    def __init__(
        self, exercise: Exercise, options: Options, key: str = "", on_bed: bool = False
    ) -> None:
        super().__init__([exercise], options, key=key, on_bed=on_bed)

    def _describe_before_start(self, is_easier_by_default: bool) -> str:
        return static_session.describe_time_at_work(self.session, current_library().rise.id)

    def _amount_settings_by_name(self, options: Options) -> dict[str, AmountSetting]:
        """The amounts that its version has, by the names that they go by in the menu."""
        settings = amount_settings(self._exercises[0].version(options.version))
        return {f"{each.name} {each.step}".strip(): each for each in settings}

    def _merge_chosen_options(self, chosen: Mapping[str, Any], version: VersionName) -> Options:
        options = super()._merge_chosen_options(chosen, version)
        if "side" in chosen:
            options = replace(options, side=None if chosen["side"] == "both" else chosen["side"])
        exercise = self._exercises[0].version(options.version)
        for name, setting in self._amount_settings_by_name(options).items():
            if name in chosen:
                options = set_amount(options, exercise, setting, chosen[name])
        return options

    def _list_option_fields(self, options: Options) -> list[dict[str, Any]]:
        fields = super()._list_option_fields(options)
        if len(self._exercises[0].version(options.version).sides_in_order) > 1:
            side = options.side or "both"
            fields.append({"name": "side", "words": "Side", "value": side, "choices": SIDE_CHOICES})
        for name, setting in self._amount_settings_by_name(options).items():
            low, high = setting.amount.min, setting.amount.max
            words = f"{capitalize_first(setting.words)} ({low:g} to {high:g})"
            value = setting.value(options)
            fields.append({"name": name, "words": words, "value": value, "min": low, "max": high})
        return fields


def _parse_choice(chosen: Mapping[str, Any]) -> DatedVersionChoice:
    """The version that was chosen, and when; where one begins if that makes no sense."""
    with suppress(KeyError, ValueError):
        if (version := chosen["version"]) in VERSION_LABELS:
            return DatedVersionChoice(version, datetime.fromisoformat(chosen["since"]))
    return DatedVersionChoice()


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
    on_bed: bool = False,
) -> ExercisePlayer:
    """An ``exercise`` to play, by its id, with controls for the learner's own amounts.

    To play it with amounts of one's own in a line: exercise() has it with all that belongs to it.

    ``version`` is "easier", "source" (as taught) or "harder"; without one it is the learner's own:
    easier, until they or their journal say otherwise. ``side`` is "left" or "right" alone.

    ``seconds`` is how long each hold lasts, ``times`` how often a movement is repeated, ``tempo``
    the seconds for one repetition, ``minutes`` how long one breathes, and ``rounds`` how often the
    whole is done. What is left out comes from the exercise. Where its steps differ, an amount may
    be given for some of them, by their ids: seconds={"massage": 180}.

    ``wait`` is True to be waited for before the exercise, and False never to be. With ``on_bed``
    one who lies on a bed is led up from it over its edge, and not by way of the knees.

    Raises SessionError with a sentence for an amount that the exercise does not have, or that is
    out of its range.
    """
    options = Options(version or "easier", side, seconds, times, tempo, minutes, rounds, wait)
    key = "" if version else exercise
    return ExercisePlayer(current_library().exercise(exercise), options, key, on_bed)


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
    on_bed: bool = False,
) -> SectionPlayer:
    """A whole ``section``, by its id, with one Start button, and its version to choose above it.

    ``version``, ``side``, ``seconds``, ``times``, ``tempo``, ``minutes``, ``rounds``, ``wait`` and
    ``on_bed`` are those of play(), for every exercise that has them. What the section keeps for
    another time is left out. Before the first session of a new journal and browser stands: is this
    for you? Raises SessionError with a sentence for an amount that none of its exercises has.
    """
    chosen = current_library().section(section)
    options = Options(version or "easier", side, seconds, times, tempo, minutes, rounds, wait)
    key = "" if version else section
    player = SectionPlayer(chosen.session_exercises, options, chosen.title, key, on_bed)
    player.safety_check = None if read_kept_entries() else SafetyCheck()
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
