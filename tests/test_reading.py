"""YAML files read into models, and the reports of what is wrong with them."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from backcare_nb.course import DATA_FOLDER, yaml_tree
from backcare_nb.course.models import Safety, Section
from backcare_nb.course.yaml_reader import (
    MAX_FILE_BYTES,
    MAX_MISTAKES_SHOWN,
    DataError,
    read_model,
    read_names_under_each_key,
)
from backcare_nb.course.yaml_tree import YamlTree

SHIPPED = [*sorted((DATA_FOLDER / "sections").glob("*.yaml")), DATA_FOLDER / "safety.yaml"]
KNOWN = {"posture": {"knee_to_chest", "standing"}, "motion": {"draw_knee_in"}}

GOOD = """\
id: sample
number: 9
title: A sample
summary: Something to read.
will_do: [Lie down]
needs: [A carpet]
exercises:
  - id: one
    title: One
    common_name: Number one
    why: It shows how a file is read.
    setup: Stand.
    start: standing
    position: standing
    sides: each
    steps:
      - id: first
        do: hold
        title: First
        say: Stay on the {side}.
        posture: knee_to_chest
        seconds: {default: 30, min: 5, max: 60}
      - id: second
        do: repeat
        title: Second
        say: Again.
        motion: draw_knee_in
        times: {default: 3, min: 1, max: 9}
        tempo: {default: 6, min: 3, max: 12}
    cautions:
      - {whom: anyone, what: Go slowly.}
    easier: {title: Less, what: Do less.}
    stop: Stop when it hurts.
"""


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request, monkeypatch):
    """Both parsers of PyYAML: the fast one, and the one of machines without it."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without its C parser")
    monkeypatch.setattr(yaml_tree, "YamlLoader", getattr(yaml, request.param))


@pytest.fixture
def file(tmp_path):
    """Write a text or bytes to a file, and give its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "sample.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def complaint(path: Path, model=Section) -> list[str]:
    """The lines of the report on a file, without the file's name."""
    with pytest.raises(DataError) as caught:
        read_model(path, model, KNOWN)
    return [line.removeprefix(f"{path.name} ") for line in str(caught.value).splitlines()]


def swapped(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_a_good_file_becomes_its_model(parser, file):
    section = read_model(file(GOOD), Section, KNOWN)
    assert section.exercises[0].steps[0].seconds.default == 30
    assert section.will_do == ("Lie down",)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_each_shipped_file_is_valid_by_either_parser(parser, path):
    model = Safety if path.name == "safety.yaml" else Section
    assert read_model(path, model)


@pytest.mark.parametrize("prefix", ["\ufeff", "# a remark\n", "---\n"])
def test_what_editors_put_before_a_file_does_no_harm(parser, file, prefix):
    assert read_model(file(prefix + GOOD), Section, KNOWN).id == "sample"


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_may_end_as_on_any_system(parser, file, ending):
    changed = swapped("number: 9", "number: nine").replace("\n", ending)
    assert complaint(file(changed))[1].startswith('line 2, number: found "nine"')


STEP = "exercises > one > steps > first"
LAST_LINE = "stop: Stop when it hurts.\n"
MISTAKES = {
    ("title: First", "titel: First"): (
        'line 19, exercises > one > steps > first > titel: unknown key "titel"; did you mean '
        '"title"?'
    ),
    ("    stop: Stop when it hurts.\n", ""): 'line 8, exercises > one: the key "stop" is missing',
    ("default: 30", "default: often"): (
        'line 22, exercises > one > steps > first > seconds > default: found "often", expected '
        "a number of seconds above 0"
    ),
    ("summary: Something to read.", "summary: 12"): (
        "line 4, summary: found 12, expected text (put quotes round it)"
    ),
    ("[Lie down]", "Lie down"): 'line 5, will_do: found "Lie down", expected a list',
    ("{title: Less, what: Do less.}", "[Less]"): (
        "line 32, exercises > one > easier: found a list of 1, expected a group of keys: "
        'write {what: "Less"}'
    ),
    ("setup: Stand.", "setup:"): (
        "line 12, exercises > one > setup: found nothing, expected text (put quotes round it)"
    ),
    ("setup: Stand.", 'setup: ""'): (
        "line 12, exercises > one > setup: found an empty text, expected text of 1 or more letters"
    ),
    ("[A carpet]", "[]"): "line 6, needs: found a list of 0, expected 1 or more",
    ("max: 60", "max: 86400"): (
        "line 22, exercises > one > steps > first > seconds > max: found 86400, expected a "
        "number of seconds above 0 and at most 3600"
    ),
    ("default: 30", "default: .nan"): (
        "line 22, exercises > one > steps > first > seconds > default: found nan, expected a "
        "number of seconds above 0"
    ),
    ("max: 60", "max: 1e999"): (
        "line 22, exercises > one > steps > first > seconds > max: found inf, expected a number "
        "of seconds above 0 and at most 3600"
    ),
    ("default: 3,", "default: 2.5,"): (
        "line 28, exercises > one > steps > second > times > default: found 2.5, expected a "
        "whole number of times above 0"
    ),
    ("default: 30", "default: 90"): (
        "line 22, exercises > one > steps > first > seconds: default 90 should lie between min "
        "5 and max 60"
    ),
    ("number: 9\n", "number: 9\nnumber: 8\n"): (
        'line 3: the key "number" is there twice (first in line 2)'
    ),
    ("id: second", "id: first"): (
        'line 23, exercises > one > steps: the id "first" is there twice (first in line 17)'
    ),
    ("posture: knee_to_chest", "posture: knee_to_chst"): (
        'line 21, exercises > one > steps > first > posture: unknown posture "knee_to_chst"; '
        'did you mean "knee_to_chest"?'
    ),
    ("motion: draw_knee_in", "motion: fly"): (
        'line 27, exercises > one > steps > second > motion: unknown motion "fly"; known here: '
        "draw_knee_in"
    ),
    ("do: hold", "do: holdd"): (
        'line 18, exercises > one > steps > first > do: unknown word "holdd"; did you mean "hold"?'
    ),
    ("        do: hold\n", ""): 'line 17, exercises > one > steps > first: the key "do" is missing',
    ("id: one", "id: Number One"): (
        'line 8, exercises > Number One > id: found "Number One", expected a name of small '
        "letters, digits and _ that starts with a letter: write number_one"
    ),
    ("{side}", "{sied}"): (
        "line 20, exercises > one > steps > first > say: found {sied}; expected {side} or {other}"
    ),
    ("number: 9", "number:\t9"): "line 2: found a tab; use spaces instead",
    ("number: 9", "number: 9\x07"): "line 2: found the hidden character U+0007; remove it",
    ("A sample", '"A \\u202e sample"'): (
        "line 3, title: found the hidden character U+202E; remove it"
    ),
    (
        "will_do: [Lie down]\nneeds: [A carpet]",
        "will_do: [Lie down]\nneeds2: *all\nneeds: &all [A carpet]",
    ): (
        "line 6, needs2: found *all; write the value out instead\n"
        "line 7, needs: found &all; anchors are not used here, remove it"
    ),
    ("number: 9", "number: 9\n<<: {title: Other}"): (
        "line 3: found <<; merge keys are not used here, write the keys out"
    ),
    ("number: 9", "number: !!python/object/apply:os.getcwd []"): (
        "line 2, number: found the tag !!python/object/apply:os.getcwd; remove it"
    ),
    (LAST_LINE, LAST_LINE + "? [a, b]\n: c\n"): "line 34: found a key that is not a word",
    (LAST_LINE, LAST_LINE + "---\nid: other\n"): (
        "line 34: found a second document (---); use one file for each"
    ),
    ("id: sample\n", "%YAML 1.1\n---\nid: sample\n"): (
        "line 1: found a line that starts with %; remove it"
    ),
    ("A sample", '"A sample'): "line 3: a quote or bracket is opened here and never closed",
    ("Something to read.", "Something: to read."): (
        'line 4: a text that holds a colon: put quotes round what follows "summary:"'
    ),
    ("    common_name: Number one", "  common_name: Number one"): (
        "line 10: the line is not indented like the lines around it"
    ),
    ("A sample", "@sample"): (
        "line 3: this character cannot start a text; put quotes round the text"
    ),
    (GOOD, "[" * 40 + "]" * 40): "line 1, 1 > 1 > 1: lists and keys lie too deep in one another",
    (GOOD, ""): "line 1: the file is empty",
    (GOOD, "- id: one\n"): (
        'line 1: found a list of 1, expected keys: leave out the "-" before them'
    ),
}


@pytest.mark.parametrize(("old", "new"), MISTAKES)
def test_a_mistake_in_a_data_file_is_reported_in_plain_words(parser, file, old, new):
    assert "\n".join(complaint(file(swapped(old, new)))[1:]) == MISTAKES[old, new]


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order(parser, file):
    content = (
        GOOD.replace("number: 9", "number: nine\ncolour: blue")
        .replace("posture: knee_to_chest", "posture: knee_to_chst")
        .replace("id: second", "id: first")
        .replace("default: 30", "default: -30")
        .replace("    stop: Stop when it hurts.\n", "    why: Again.\n")
        .replace("{side}", "the side")
    )
    assert complaint(file(content)) == [
        "7 mistakes in sample.yaml:",
        'line 2, number: found "nine", expected a number alone: write 9',
        'line 3, colour: unknown key "colour"; known here: cautions, exercises, facts, id, needs, '
        "number, often, summary, title, will_do",
        'line 9, exercises > one: the key "stop" is missing',
        f'line 22, {STEP} > posture: unknown posture "knee_to_chst"; did you mean "knee_to_chest"?',
        f"line 23, {STEP} > seconds > default: found -30, expected a number of seconds above 0",
        'line 24, exercises > one > steps: the id "first" is there twice (first in line 18)',
        'line 34, exercises > one: the key "why" is there twice (first in line 12)',
    ]


def test_a_report_stays_short_however_much_is_wrong(file):
    lines = complaint(file("\n".join(f"key{n}: 1" for n in range(20_000))))
    assert len(lines) == MAX_MISTAKES_SHOWN + 2
    assert lines[-1] == "... and more; mend these first."


def test_a_text_shown_in_a_report_is_cut_to_one_line(file):
    lines = complaint(file(swapped("number: 9", f"number: {'many words ' * 50}")))
    assert re.fullmatch(r'line 2, number: found "[^"\n]{57}\.\.\.", expected .*', lines[1])


def test_bytes_that_are_not_utf_8_are_told_with_their_line(file):
    content = GOOD.encode().replace(b"A sample", "Rückenübung".encode("latin-1"))
    assert complaint(file(content))[1] == "line 3: this is not UTF-8 text; save the file as UTF-8"


def test_a_missing_oversized_or_unreadable_data_file_is_named_with_the_reason(file, tmp_path):
    assert complaint(file("#" * (MAX_FILE_BYTES + 1)))[1] == (
        "line 1: the file is larger than 1000 kB; divide it"
    )
    with pytest.raises(DataError, match=r"^There is no file .*nowhere\.yaml\.$"):
        read_model(tmp_path / "nowhere.yaml", Section)
    with pytest.raises(DataError, match=r"is a folder; expected a YAML file\.$"):
        read_model(tmp_path, Section)
    with pytest.raises(DataError, match=r"cannot be read: embedded null (byte|character)"):
        read_model(tmp_path / "a\0b", Section)


TEXTS = [
    "yes",
    "no",
    "on",
    "Off",
    "y",
    "12:30",
    "2024-01-31",
    "010",
    "0o17",
    "0x1F",
    "1_000",
    "1,5",
]
PLAIN = {text: text for text in TEXTS} | {"'12'": "12", '"true"': "true"}
PLAIN |= {"true": True, "False": False, "null": None, "~": None}
PLAIN |= {"12": 12, "-3": -3, "1.5": 1.5, ".5": 0.5, "2.": 2.0, "1e3": 1000.0}


@pytest.mark.parametrize(("written", "meant"), PLAIN.items())
def test_a_scalar_means_what_it_looks_like(parser, written, meant):
    found = YamlTree(f"key: {written}\n").root["key"]
    assert (found, type(found)) == (meant, type(meant))


def test_a_yaml_key_that_looks_like_a_boolean_number_or_null_is_read_as_text(parser):
    assert list(YamlTree("on: 1\n12: 2\nnull: 3\n").root) == ["on", "12", "null"]


def test_the_names_under_each_key_of_a_file_are_listed_and_an_empty_file_is_reported(file):
    path = file("postures: {standing: {}, cow: 1}\nnotes: [a]\n")
    assert read_names_under_each_key(path) == {"postures": frozenset({"standing", "cow"})}
    with pytest.raises(DataError, match=r"sample\.yaml line 1: the file is empty"):
        read_names_under_each_key(file(""))


# Whatever a file holds, nothing but a report comes out.

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(content=st.binary(max_size=200) | VALUES.map(json.dumps).map(str.encode))
@example(content=b"\x85")
@example(content=b"\xc2\x85a")
def test_reading_any_bytes_gives_a_section_or_a_well_formed_report(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "garbage.yaml"
    path.write_bytes(content)
    try:
        assert isinstance(read_model(path, Section, KNOWN), Section)
    except DataError as error:
        first, *rest = str(error).splitlines()
        assert re.fullmatch(r"\d+ mistakes? in garbage\.yaml:", first)
        assert rest
        pattern = re.compile(r"garbage\.yaml line [1-9]\d*[,:] .+|\.\.\. and more")
        assert all(pattern.match(line) for line in rest)


@SLOW
@given(value=VALUES)
def test_json_text_in_a_yaml_file_has_the_value_that_json_gives_it(value):
    text = json.dumps(value, ensure_ascii=False)
    assume('"id"' not in text and '"<<"' not in text)
    assert YamlTree(text).root == value
