"""What the source says stands in the data, in words of our own, with who should take care."""

import hashlib
import json
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from backcare_nb.body.skeleton import body
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.models import ANYONE_CONDITION, CautionAction, Exercise, Section
from backcare_nb.custom.library import current_library
from tests.for_each import for_each

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent / "facts"
FACTS = yaml.safe_load((HERE / "facts.yaml").read_text(encoding="utf-8"))
CARE = yaml.safe_load((HERE / "cautions.yaml").read_text(encoding="utf-8"))
# Each run of seven words of the source, as the beginning of its SHA-256: enough to find a copied
# sentence, and nothing of the source itself.
SOURCE = frozenset((HERE / "source_shingles.txt").read_text(encoding="utf-8").split())
RUN = 7
VERSION_NAMES = ("easier", "source", "harder")
EXERCISES = [*current_library().exercises, *current_library().rises_from_floor_and_bed]
DECIDED = [*EXERCISES, *current_library().rules.quiet]  # for each condition


def stating(fact: str) -> Section | Exercise:
    """The exercise that should hold a fact, or the section where no exercise does."""
    place = FACTS[fact]
    if "exercise" in place:
        return current_library().exercise(place["exercise"])
    return current_library().section(place["section"])


def number_of(exercise: Exercise, place: dict):
    """The amount that a place names: of its step, or the rounds of its exercise."""
    step = next((step for step in exercise.steps if step.id == place.get("step")), None)
    keys = [key for key in ("minutes", "seconds", "times") if key in place]
    stated = [(getattr(step, key), place[key]) for key in keys]
    return stated + ([(exercise.rounds, place["rounds"])] if "rounds" in place else [])


def test_the_tests_list_every_numbered_fact_of_the_source():
    counts = {"R": 11, "T": 12, "S": 1, "X": 15, "N": 4}
    assert set(FACTS) == {f"{letter}{n + 1}" for letter in counts for n in range(counts[letter])}


@for_each(FACTS)
def test_each_fact_of_the_source_is_claimed_by_the_exercise_or_section_it_belongs_to(fact):
    assert fact in stating(fact).all_facts()


def test_the_data_claim_no_fact_that_the_source_does_not_state():
    claimed = {fact for section in current_library().sections for fact in section.all_facts()}
    assert claimed | set(current_library().rise.all_facts()) == set(FACTS)


def test_a_section_claims_only_facts_of_its_own():
    for section in current_library().sections:
        assert {FACTS[fact]["section"] for fact in section.all_facts()} == {section.id}


@for_each(f for f in FACTS if {"minutes", "seconds", "times", "rounds"} & set(FACTS[f]))
def test_an_amount_of_the_source_is_the_default_or_the_maximum_of_an_exercise(fact):
    found, place = number_of(stating(fact), FACTS[fact]), FACTS[fact]
    keys = [key for key in ("minutes", "seconds", "times", "rounds") if key in place]
    begins = [place.get("begins", place)[key] for key in keys]
    assert [amount.default for amount, _ in found] == begins
    assert all(amount.max >= expected for amount, expected in found)
    if "begins" in place:  # less than the source says, which may still be chosen
        most = [place.get("most", expected) for _, expected in found]
        assert [amount.max for amount, _ in found] == most


@for_each(f for f in FACTS if "most" in FACTS[f])
def test_where_the_source_gives_a_range_its_end_can_be_chosen(fact):
    [(amount, _)] = number_of(stating(fact), FACTS[fact])
    assert amount.max == FACTS[fact]["most"]


@pytest.mark.parametrize("key", ["first", "sides", "start"])
def test_sides_and_starting_postures_are_those_of_the_source(key):
    stated = {fact: place[key] for fact, place in FACTS.items() if key in place}
    assert {fact: getattr(stating(fact), key) for fact in stated} == stated


@for_each(f for f in FACTS if "posture" in FACTS[f])
def test_the_posture_of_a_fact_is_one_of_its_exercise(fact):
    postures = [getattr(step, "posture", None) for step in stating(fact).steps]
    assert FACTS[fact]["posture"] in postures


@for_each(f for f in FACTS if "words" in FACTS[f])
def test_the_words_required_for_a_fact_are_in_the_data_that_claim_it(fact):
    said = json.dumps(stating(fact).model_dump(), ensure_ascii=False).lower()
    assert [words for words in FACTS[fact]["words"] if words.lower() not in said] == []


# What to notice, and how often


@for_each(EXERCISES)
def test_every_version_says_where_it_is_felt_and_what_often_goes_wrong(exercise):
    sides = ("left", "right") if exercise.sides else (None,)
    for version in map(exercise.version, VERSION_NAMES):
        assert version.felt.sites
        assert 1 <= len(version.mistakes) <= 2
        assert all(mistake.words.endswith("?") for mistake in version.mistakes)
        places = [site for side in sides for site in version.felt.sites_on(side)]
        assert set(places) <= set(body().sites)


def test_every_section_says_how_often_and_one_rule_when_to_go_on():
    assert all(section.often for section in current_library().sections)
    rule, bands = (current_library().safety.going_on.what, current_library().safety.scale.bands)
    assert f"no more than {bands[0].highest} of 10" in rule  # the rule is drawn on the scale
    assert f"At {bands[1].lowest} or {bands[1].highest}" in rule
    assert f"At {bands[2].lowest} or more" in rule
    assert "within 24 hours" in rule
    assert "within 24 hours" in bands[1].what


# Care


def decisions(exercise: Exercise) -> list[tuple[str, str]]:
    """Each condition that the table decides for an exercise, with what is done about it."""
    return [
        (whom, action)
        for action, found in CARE[exercise.id].items()
        for several in (found.values() if isinstance(found, dict) else [found])
        for whom in several
    ]


def asked_of(exercise: Exercise) -> dict[str, str]:
    """What its position asks of each condition; who gets up, or lies on one side, leaves it."""
    if exercise in current_library().rises_from_floor_and_bed or exercise.start.startswith("side_"):
        return {}
    asks = [c for c in current_library().safety.positions if c.position == exercise.position]
    return {whom: caution.then for caution in asks for whom in caution.whom}


def test_the_test_table_of_cautions_covers_exactly_the_exercises_of_the_course():
    assert set(CARE) == {exercise.id for exercise in DECIDED}


@for_each(DECIDED)
def test_the_test_table_of_cautions_decides_every_condition_exactly_once_for_each_exercise(
    exercise,
):
    conditions = set(current_library().safety.conditions) - {ANYONE_CONDITION}
    assert sorted(whom for whom, _ in decisions(exercise)) == sorted(conditions)


@for_each(DECIDED)
def test_each_decision_has_its_reason_in_a_few_words(exercise):
    actions = CARE[exercise.id]
    assert set(actions) <= {*get_args(CautionAction), "position", "nothing"}
    reasons = [why for action in actions if action != "position" for why in actions[action]]
    assert [why for why in reasons if not 3 <= len(why.split()) <= 15] == []


@for_each(DECIDED)
def test_an_exercise_cautions_those_for_whom_it_was_decided_and_nobody_else(exercise):
    said = [(w, c.then) for c in exercise.cautions for w in c.whom if w != ANYONE_CONDITION]
    silent = ("position", "nothing")
    assert sorted(said) == sorted(pair for pair in decisions(exercise) if pair[1] not in silent)


@for_each(DECIDED)
def test_cautions_of_a_position_hold_at_least_as_strictly_in_each_exercise_done_in_it(exercise):
    gravest = [*get_args(CautionAction), "nothing"]
    decided, asked = dict(decisions(exercise)), asked_of(exercise)
    assert {whom for whom, action in decided.items() if action == "position"} <= set(asked)
    for whom, action in asked.items():
        own = action if decided[whom] == "position" else decided[whom]
        told = f"{whom}: {own} is less than {action}, which its position asks"
        assert gravest.index(own) <= gravest.index(action), told


@for_each(DECIDED)
def test_a_caution_says_to_leave_an_exercise_out_exactly_where_lessons_do(exercise):
    for caution in exercise.cautions:
        told = "leave it out" in caution.what.lower()
        assert told == (caution.then == "leave_out"), caution.what


def test_the_conditions_are_those_that_some_exercise_names_and_no_others():
    used = {whom for e in EXERCISES for caution in e.cautions for whom in caution.whom}
    assert used == set(current_library().safety.conditions)


def test_each_exercise_has_a_stop_rule_of_its_own():
    rules = [exercise.stop for exercise in EXERCISES]
    assert all(rule.startswith(("Stop", "Lie down")) for rule in rules)
    assert len(set(rules)) == len(rules)


@for_each(EXERCISES)
def test_an_exercise_gives_a_reason_for_having_no_harder_version_exactly_when_it_has_none(exercise):
    assert bool(exercise.no_harder) == (exercise.harder is None)


def amounts(exercise: Exercise) -> dict[str, float]:
    """How much of each step is done, but not how fast or how carefully one moves."""
    return {
        step.id: getattr(step, key).default
        for step in exercise.steps
        for key in ("minutes", "seconds", "times")
        if hasattr(step, key) and step.do != "move"
    }


@for_each(EXERCISES)
def test_an_easier_version_never_asks_for_more_and_a_harder_one_never_for_less(exercise):
    easier, source, harder = (amounts(exercise.version(name)) for name in VERSION_NAMES)
    assert all(easier[step] <= source[step] for step in easier if step in source)
    assert all(harder[step] >= source[step] for step in source)
    assert exercise.version("easier") != exercise
    assert exercise.harder is None or exercise.version("harder") != exercise


@for_each(EXERCISES)
def test_the_amounts_named_in_the_words_of_a_version_are_those_it_has(exercise):
    units = {"seconds": 1, "minutes": 60, "times": 1}
    for name in [name for name in ("easier", "harder") if getattr(exercise, name)]:
        version = exercise.version(name)
        given = [(getattr(step, key, None), units[key]) for step in version.steps for key in units]
        done = {amount.default * unit for amount, unit in [*given, (version.rounds, 1)] if amount}
        said = re.findall(r"(\d+) (second|minute|time)", getattr(exercise, name).what)
        assert {int(number) * units[f"{unit}s"] for number, unit in said} <= done


@for_each(EXERCISES)
def test_every_hold_of_an_easier_version_may_be_set_to_ten_seconds_or_less(exercise):
    holds = [step for step in exercise.version("easier").steps if step.do == "hold"]
    assert all(step.seconds.min <= 10 for step in holds)


def test_the_bath_hang_is_advised_against_first_of_all_and_hangs_from_a_rail_and_never_from_taps():
    in_bath = current_library().exercise("bath_hang")
    first, (hang, *_) = in_bath.cautions[0], in_bath.steps
    assert first.whom == (ANYONE_CONDITION,)
    assert "We advise against it" in first.what
    assert "Never hold the taps: only a rail." in first.what
    assert "hold the rail" in hang.say
    assert not [step.id for step in in_bath.steps if re.search(r"\btaps?\b", step.say)]
    assert "bath" not in in_bath.version("easier").needs


def test_no_section_says_it_is_no_treatment_and_the_safety_text_does():
    said = [str(section.model_dump()) for section in current_library().sections]
    assert not [text for text in said if re.search("treatment|diagnos|not a substitute", text)]
    assert "not a treatment" in current_library().safety.education.what


def test_urgent_advice_goes_from_ambulance_over_pregnancy_to_doctor():
    assert [advice.id for advice in current_library().safety.urgent] == [
        "ambulance",
        "pregnancy",
        "urgent_doctor",
        "doctor",
    ]


# Words of our own


def runs(text: str) -> set[str]:
    """Each run of words in a text, as the beginning of its hash."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    joined = (" ".join(words[n : n + RUN]) for n in range(len(words) - RUN + 1))
    return {hashlib.sha256(run.encode()).hexdigest()[:12] for run in joined}


def prose(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


WRITTEN = [
    *sorted(DATA_FOLDER.glob("**/*.yaml")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
    *sorted((ROOT / "backcare_nb").rglob("*.py")),
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


@for_each(WRITTEN)
def test_no_sentence_of_the_source_is_copied(path):
    assert not runs(prose(path)) & SOURCE


def test_a_copied_sentence_would_be_found():
    ours = runs(prose(DATA_FOLDER / "safety.yaml"))
    quoted = "He said: " + current_library().safety.rising.what
    assert len(SOURCE) > 900
    assert runs(quoted) & ours
