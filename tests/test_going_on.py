"""Which version comes first: the easier one, until the learner or the journal says otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from backcare_nb.custom.library import current_library
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.going_on import DatedVersionChoice, choose_version_and_reason
from backcare_nb.journal.own_journal import open_own_journal
from backcare_nb.notebook.player import play, session

FIRST_DAY = datetime(2030, 1, 1, 18, tzinfo=UTC)
ROLLS = {"knee_rolls": 60_000}
BANDS = current_library().safety.scale.bands


def sessions(*felt: tuple[int | None, int | None], spent=ROLLS) -> list[Entry]:
    """A session on each day, with what was felt before and after it."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(len(felt))]
    return [
        Entry(f"{n}", day, day + timedelta(minutes=5), spent=spent, before=before, after=after)
        for n, (day, (before, after)) in enumerate(zip(days, felt, strict=True))
    ]


@pytest.mark.parametrize(
    ("chosen", "felt", "version"),
    [
        ("easier", [], "easier"),
        ("easier", [(2, 3)], "easier"),
        ("easier", [(2, 3), (None, 1)], "easier"),  # to go on is for the person to choose
        ("easier", [(2, 3), (4, 1)], "easier"),  # it had not settled
        ("easier", [(None, None), (None, None)], "easier"),
        ("source", [(1, 1), (1, 1)], "source"),
        ("source", [(1, 1), (1, 5)], "easier"),
        ("harder", [(1, 4)], "source"),
        ("harder", [(1, 6)], "easier"),
        ("easier", [(1, 4)], "easier"),
    ],
)
def test_painful_sessions_lead_back_to_an_easier_version_and_good_ones_never_to_a_harder(
    chosen, felt, version
):
    found, reason = choose_version_and_reason(
        DatedVersionChoice(chosen), sessions(*felt), ROLLS, BANDS
    )
    assert found == version
    assert bool(reason) >= (found != chosen)


def test_after_two_good_sessions_the_journal_proposes_the_next_version():
    _, proposed = choose_version_and_reason(
        DatedVersionChoice(), sessions((2, 3), (None, 1)), ROLLS, BANDS
    )
    assert "no condition of yours is named" in proposed
    assert (
        choose_version_and_reason(DatedVersionChoice(), sessions((2, 3), (4, 1)), ROLLS, BANDS)[1]
        != proposed
    )
    assert choose_version_and_reason(DatedVersionChoice(), sessions((2, 3)), ROLLS, BANDS) == (
        "easier",
        "",
    )


def test_what_the_learner_chose_last_counts_more_than_what_was_before_it():
    good = sessions((1, 1), (1, 1))
    later = DatedVersionChoice("easier", good[-1].ended)
    assert choose_version_and_reason(later, good, ROLLS, BANDS) == ("easier", "")


def test_sessions_of_other_exercises_do_not_count_for_the_version_of_an_exercise():
    others = sessions((1, 1), (1, 1), spent={"maypole": 60_000})
    assert choose_version_and_reason(DatedVersionChoice(), others, ROLLS, BANDS) == ("easier", "")


@pytest.fixture
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKCARE_JOURNAL", str(tmp_path / "my_practice.sqlite"))
    open_own_journal.cache_clear()
    yield open_own_journal()
    open_own_journal.cache_clear()


def test_a_player_begins_easier_and_shows_but_never_saves_what_the_journal_proposes(journal):
    easier = play("knee_rolls")
    assert easier.timeline == play("knee_rolls", version="easier").timeline
    journal.keep()
    for entry in sessions((1, 1), (1, 1)):
        journal.save_entries(entry)
        journal.add_feedback(entry.id, before=1, after=1, left=None, right=None, note="")
    again = play("knee_rolls")
    assert again.timeline == easier.timeline
    assert "1 and 1 of 10" in again.about
    # what is saved with a page says nothing of the journal
    saved = [each._repr_mimebundle_()[0]["text/html"] for each in (easier, again)]
    assert saved[0] == saved[1]


def test_the_safety_check_is_shown_until_a_journal_has_a_session(journal):
    assert session("standing_up").safety_check
    journal.keep()
    journal.save_entries(sessions((None, None))[0])
    assert not session("standing_up").safety_check
