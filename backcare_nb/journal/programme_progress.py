"""What was done against a programme, and at which stage of it somebody is, by the journal.

The rule is `going_on` of data/safety.yaml: after two sessions in a row within the first band of the
scale on by a step, in the second back by one, in the third back to all in its easier version. A
step by its week or date comes by itself, unless the journal holds it back: then only two such
sessions lead on, or the person's own note. Days off cost nothing; after a pause of more than two
weeks it goes on as it was before, and no step that came meanwhile holds until two such sessions.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backcare_nb.course.dates import format_date
from backcare_nb.custom.library import current_library
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.going_on import MIN_EASY_SESSIONS_TO_GO_ON, worst_pain_per_entry
from backcare_nb.journal.own_journal import read_kept_entries
from backcare_nb.journal.summary import learner_begin_time, practice_entries, to_learner_time
from backcare_nb.lesson.lesson import Lesson
from backcare_nb.lesson.programme import (
    EASED_STAGE,
    Programme,
    saved_programme_titles,
)
from backcare_nb.sessions.timeline import format_count_with_noun

ACTIVITY_QUESTION_INTERVAL = timedelta(days=7)
LONGEST_PAUSE = timedelta(days=14)  # after which nothing is harder than it was before it


@dataclass(frozen=True)
class ProgrammeProgress:
    """Where somebody is in a programme on a day.

    ``stage`` is what is done now, ``why`` a sentence where that is less than what was come to, and
    ``is_next_step_proposed`` whether one may go on. ``weeks`` has the days done and planned of each
    week so far.
    """

    stage: int
    why: str
    is_next_step_proposed: bool
    weeks: tuple[tuple[int, int], ...]
    times_today: int


def progress_and_today(programme: Programme) -> tuple[ProgrammeProgress, date]:
    """Where the learner is in a programme by their own journal, and the day by their clock."""
    entries = read_kept_entries()
    today = to_learner_time(datetime.now().astimezone(), entries).date()
    return compute_programme_progress(programme, entries, today, saved_programme_titles()), today


def lesson_for_today(programme: Programme) -> Lesson:
    """What a programme has for today, where the learner's own journal has come to."""
    progress, today = progress_and_today(programme)
    return programme.lesson_at(progress.stage, today)


def compute_programme_progress(
    programme: Programme, entries: Iterable[Entry], today: date, titles: Collection[str] = ()
) -> ProgrammeProgress:
    """Where somebody is in a programme, by its dates, what was noted, and what the journal says.

    ``titles`` are those of all saved programmes: what was played by another one's title is done for
    that one alone, and only holds this one back where it was too much.
    """
    ids = {*programme.exercise_ids}
    done = [e for e in practice_entries(entries) if e.spent.keys() & ids]
    done = [e for e in done if programme.begins <= learner_begin_time(e).date() <= today]
    own = [e for e in done if e.title == programme.title or e.title not in titles]
    noted = [note.date for note in programme.progress if note.step is not None]
    chosen = max((day for day in noted if day <= today), default=date.min)
    sessions = _SessionsInARow(programme)
    for entry in done:
        day, felt = learner_begin_time(entry).date(), worst_pain_per_entry([entry], ids)
        worst = felt[0][1] if felt else None
        if day >= chosen and (entry in own or (worst or 0) > sessions.bands[0].highest):
            # On the day of a note nobody knows which came first: only what was too much counts.
            sessions.add(day, worst, may_be_good=day > chosen)
    stage = sessions.stage_on(today)
    possible = programme.step_status_on(today).stages
    days = {learner_begin_time(entry).date() for entry in own}
    weeks = [
        [programme.begins + timedelta(days=7 * week + number) for number in range(7)]
        for week in range(min(programme.week_of(today), programme.weeks))
    ]
    return ProgrammeProgress(
        stage,
        sessions.explain_reduced_stage(stage, possible.start, today),
        is_next_step_proposed=sessions.held is None
        and sessions.good >= MIN_EASY_SESSIONS_TO_GO_ON
        and sessions.stage == possible.start
        and len(possible) > 1,
        weeks=tuple(
            (sum(day in days for day in week), sum(map(programme.is_due_on, week)))
            for week in weeks
        ),
        times_today=sum(learner_begin_time(entry).date() == today for entry in own),
    )


@dataclass
class _SessionsInARow:
    """What the sessions of a programme lead to, one added after the other.

    ``held`` is the stage from which only good sessions lead on, and ``stage`` that of the last
    session. ``good`` are the sessions in a row that were good at it, ``hard`` those that were too
    much though all was easier. ``worst`` and ``worst_day`` are of the last of which something was
    said.
    """

    programme: Programme
    held: int | None = None
    stage: int = EASED_STAGE
    good: int = 0
    hard: int = 0
    worst: int = 0
    worst_day: date | None = None
    last_day: date | None = None
    pause_since: date | None = None

    def __post_init__(self) -> None:
        self.bands = current_library().safety.scale.bands

    def stage_on(self, day: date) -> int:
        """The stage on a day after these sessions: after a long pause that of the last of them."""
        reached = self.programme.stage_on(day)
        if self.last_day and day - self.last_day > LONGEST_PAUSE:
            self.good = 0
            if self.stage < reached:
                self.held = self.stage if self.held is None else min(self.held, self.stage)
                self.pause_since = self.last_day
        return reached if self.held is None else min(self.held, reached)

    def add(self, day: date, worst: int | None, *, may_be_good: bool) -> None:
        """Add a session, with the worst that was felt by it; None where nothing was said."""
        go_on, ease_off, *_ = self.bands
        stage, reached = self.stage_on(day), self.programme.stage_on(day)
        same, self.stage, self.last_day = stage == self.stage, stage, day
        if worst is None:
            self.good *= same
            return
        self.worst, self.worst_day = worst, day
        is_good = worst <= go_on.highest
        self.good = (self.good * same + 1) if is_good and may_be_good else 0
        self.hard = self.hard + 1 if stage == EASED_STAGE and not is_good else 0
        if not is_good:
            is_much = worst > ease_off.highest
            self.held = EASED_STAGE if is_much else max(stage - 1, EASED_STAGE)
            self.pause_since = None
        elif self.held is not None and self.good >= MIN_EASY_SESSIONS_TO_GO_ON:
            self.held = stage + 1 if stage + 1 < reached else None

    def explain_reduced_stage(self, stage: int, reached: int, today: date) -> str:
        """Why less is done than was come to, and when it goes on; empty where it is not."""
        if stage == reached:
            return ""
        go_on, ease_off, *_ = self.bands
        again = f"{MIN_EASY_SESSIONS_TO_GO_ON} sessions in a row of {go_on.highest} or less"
        again = f"After {again} it goes on by a step."
        if self.pause_since:
            what = (
                f"After the pause since {format_date(self.pause_since)} it goes on as it was then"
            )
        elif self.worst > ease_off.highest and self.worst_day == today:
            what = f"Your journal has a {self.worst} of 10: leave it out until another day"
        elif stage == EASED_STAGE:
            what = f"Your journal had more than {go_on.highest} of 10, so all of it is easier"
        else:
            back = format_count_with_noun(reached - stage, "step")
            what = f"Your journal had more than {go_on.highest} of 10, so it is {back} back"
        if self.hard >= MIN_EASY_SESSIONS_TO_GO_ON:
            who = self.programme.therapist or "a doctor or physiotherapist"
            again = f"That was too much again, though easier: ask {who} before you go on."
        return f"{what}. {again}"


NEXT_STEP_PROPOSAL_SENTENCE = (
    "Your last sessions were easy enough. If all settled within a day, you may go on by one step."
)


def describe_today_and_next_step(
    programme: Programme, progress: ProgrammeProgress, today: date
) -> Iterator[str]:
    """What there is for a day, why it is less where it is, and whether to go on: in sentences."""
    yield describe_programme_day(programme, progress, today)
    if progress.why:
        yield progress.why
    if progress.is_next_step_proposed:
        yield NEXT_STEP_PROPOSAL_SENTENCE


def describe_days_done_per_week(progress: ProgrammeProgress) -> list[str]:
    """What was done of each week, in a line; of weeks off nothing is told."""
    return [
        f"Week {number}: {format_count_with_noun(done, 'day')}, of {planned} planned"
        for number, (done, planned) in enumerate(progress.weeks, 1)
        if done
    ]


def describe_programme_day(programme: Programme, progress: ProgrammeProgress, today: date) -> str:
    """What there is for a day, in a sentence or two, and nothing that blames."""
    if today < programme.begins:
        return f"It begins on {format_date(programme.begins)}. You may look, and try it."
    if today > programme.last_day:
        over = f"Its last day was {format_date(programme.last_day)}."
        return f"{over} You may go on with it, or ask for the next one."
    week = f"Week {programme.week_of(today)} of {programme.weeks}."
    if not programme.is_due_on(today, progress.stage):
        return f"{week} Today is a day off, which belongs to it. It is here, if you like."
    if progress.times_today >= max(len(programme.at), 1):
        return f"{week} Today is done. It is here once more, if you like."
    again = f", once more: {programme.at[progress.times_today]}" if progress.times_today else ""
    return f"{week} Today is one of its days{again}."


def is_activity_question_due(programme: Programme, today: date) -> bool:
    """Whether it is a week since the activity was last asked for; never where there is none."""
    scores = programme.activity_scores
    return bool(programme.activity) and (
        not scores or today - scores[-1][0] >= ACTIVITY_QUESTION_INTERVAL
    )
