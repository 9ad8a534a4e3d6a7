"""What was done against a programme, and at which stage of it somebody is, by the journal.

The rule is `going_on` of data/safety.yaml: after two sessions in a row within the first band of the
scale on by a step, in the second back by one, in the third back to all in its easier version. A
step by its week or date comes by itself, unless the journal holds it back: then only two such
sessions lead on, or the person's own note. Days off cost nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backcare_nb.course.dates import format_date
from backcare_nb.course.models import ScaleBand
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


@dataclass(frozen=True)
class ProgrammeProgress:
    """Where somebody is in a programme on a day.

    ``stage`` is what is done now, ``why`` a sentence where that is less than what was come to, and
    ``goes_on`` whether the next step is proposed. ``weeks`` has the days done and planned of each
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
    bands = current_library().safety.scale.bands
    ids = programme.exercise_ids
    done = [e for e in practice_entries(entries) if e.spent.keys() & set(ids)]
    done = [e for e in done if programme.begins <= learner_begin_time(e).date() <= today]
    own = [e for e in done if e.title == programme.title or e.title not in titles]
    go_on, ease_off, *_ = bands
    noted = [note.date for note in programme.progress if note.step is not None]
    chosen = max((day for day in noted if day <= today), default=date.min)
    held: int | None = None  # the stage from which only good sessions lead on
    played: int | None = None  # the stage of the last session, and how many were good at it
    good = last = 0
    for entry, last in worst_pain_per_entry(done, ids):
        day = learner_begin_time(entry).date()
        if day < chosen or (last <= go_on.highest and entry not in own):
            continue
        reached = programme.stage_on(day)
        stage = reached if held is None else min(held, reached)
        # On the day of a note nobody knows which came first: only what was too much counts then.
        is_good = last <= go_on.highest and day > chosen
        good, played = is_good + (good if is_good and stage == played else 0), stage
        if last > ease_off.highest:
            held = EASED_STAGE
        elif last > go_on.highest:
            held = max(stage - 1, EASED_STAGE)
        elif held is not None and good >= MIN_EASY_SESSIONS_TO_GO_ON:
            held = stage + 1 if stage + 1 < reached else None
    possible = programme.step_status_on(today).stages
    at = possible.start
    stage = at if held is None else min(held, at)
    days = {learner_begin_time(entry).date() for entry in own}
    weeks = [
        [programme.begins + timedelta(days=7 * week + number) for number in range(7)]
        for week in range(min(programme.week_of(today), programme.weeks))
    ]
    return ProgrammeProgress(
        stage,
        _explain_reduced_stage(stage, at, last, bands),
        is_next_step_proposed=held is None
        and good >= MIN_EASY_SESSIONS_TO_GO_ON
        and played == at
        and len(possible) > 1,
        weeks=tuple(
            (sum(day in days for day in week), sum(map(programme.is_due_on, week)))
            for week in weeks
        ),
        times_today=sum(learner_begin_time(entry).date() == today for entry in own),
    )


def _explain_reduced_stage(
    stage: int, dated_stage: int, last_score: int, bands: Sequence[ScaleBand]
) -> str:
    """Why less is done than was come to, and when it goes on; empty where it is not."""
    if stage == dated_stage:
        return ""
    go_on, ease_off, *_ = bands
    again = (
        f"After {MIN_EASY_SESSIONS_TO_GO_ON} sessions in a row of {go_on.highest} or less it goes"
        " on."
    )
    if last_score > ease_off.highest:
        leave = "Leave it out until another day, and then begin again: all of it is easier."
        return f"Your journal has a {last_score} of 10 for the last time. {leave} {again}"
    what = f"it is {format_count_with_noun(dated_stage - stage, 'step')} back"
    what = "all of it is easier" if stage == EASED_STAGE else what
    return f"Your journal had more than {go_on.highest} of 10, so {what}. {again}"


NEXT_STEP_PROPOSAL_SENTENCE = "Your last sessions were easy enough to go on by one step."


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
    """What was done of each week, in a line; more than was planned is as well, and less too."""
    return [
        f"Week {number}: {format_count_with_noun(done, 'day')}, of {planned} planned"
        for number, (done, planned) in enumerate(progress.weeks, 1)
    ]


def describe_programme_day(programme: Programme, progress: ProgrammeProgress, today: date) -> str:
    """What there is for a day, in a sentence or two, and nothing that blames."""
    if today < programme.begins:
        return f"It begins on {format_date(programme.begins)}. You may look, and try it."
    if today > programme.last_day:
        over = f"Its {programme.weeks} weeks are over since {format_date(programme.last_day)}."
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
