"""What is said of effects, doses and risks names who says so; each reference is used."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from backcare_nb.course.fields import CITATION_PATTERN, TextWithCitations
from backcare_nb.course.models import Advice
from backcare_nb.custom.library import current_library
from tests.for_each import for_each

ROOT = Path(__file__).resolve().parent.parent
# Sentences that have a word of a claim and make none.
PLAIN = set(yaml.safe_load((ROOT / "tests/facts/no_claims.yaml").read_text(encoding="utf-8")))
CLAIM_WORDS = r"""
cur(e[sd]?|ing)|(?<!at )ease[sd]?(?! off)|easing|gains?|heal(s|ed|ing)?|help(s|ed|ing)?
improv(e[sd]?|ing)|lengthen\w*|loosen\w*|prevent\w*|protect\w*|reduc\w*|reliev\w*|relax(es|ed|ing)
strengthen\w*|supple\w*|lets? go (of|more|after)|to let go
(does|do|is|are|feels?) (more |a )?(good|better)|better (way|or|for)
evidence|experts?|likely|most (backs|people)|nobody has (shown|found)|one that counts
probabl\w*|prov(en|es|ed)|research\w*|rule of thumb|seldom|shown (that|to)
sign of|stud(y|ies)|trials?
advis\w*|(is|are) enough (for|to)|every day|once a day|times a (day|week)|too often|recommend\w*
(within|for) \d+ (to \d+ )?(hours|weeks)|at \d+ or (more|less)
any of these|bruise\w*|can (drop|make|turn|lead)|damag(e[sd]?|ing)|harm\w*|injur\w*|light-headed
loads?|lower(s|ed|ing)|no better|precautions|(?<!high blood )pressure|rais(es|ed|ing)|risk\w*|safer?
strain(s|ed|ing)?|worse
"""  # of effects, evidence, doses and risks
CLAIM = re.compile(rf"\b({'|'.join(CLAIM_WORDS.strip().splitlines())})\b", re.IGNORECASE)
COURSE = [*current_library().sections, current_library().safety]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def sentences(text: str) -> list[str]:
    """The sentences of a text, with what they cite."""
    return re.split(r"(?<=[.!?])\s+", " ".join(getattr(text, "written", text).split()))


def unsupported_claims(text: str) -> list[str]:
    """The sentences that claim something and cite nobody, unless they are listed as plain."""
    found = (s for s in sentences(text) if CLAIM.search(s) and not CITATION_PATTERN.search(s))
    return [sentence for sentence in found if sentence not in PLAIN]


def texts(value: object) -> Iterator[str]:
    """Every text in a model, but for names, and for signs that the words above them cite."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        cites = isinstance(value, Advice) and value.what.references
        left_out = {"id", "whom", "conditions", "signs" if cites else ""}
        for name, part in value:
            yield from () if name in left_out else texts(part)
    elif isinstance(value, tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def prose(path: Path) -> str:
    """The words of a notebook, without its headings."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.sub(r"^#.*$", "", text, flags=re.MULTILINE)


@for_each(COURSE)
def test_the_course_claims_nothing_without_a_reference(part):
    assert [claim for text in texts(part) for claim in unsupported_claims(text)] == []


@for_each(NOTEBOOKS)
def test_the_prose_of_the_notebooks_makes_no_claim_that_needs_a_reference(path):
    assert unsupported_claims(prose(path)) == []


@for_each(COURSE)
def test_text_of_the_course_that_cannot_show_references_contains_no_citation(part):
    plain = [text for text in texts(part) if not isinstance(text, TextWithCitations)]
    assert [text for text in plain if "[@" in text] == []


def test_every_reference_is_cited():
    found = (text for part in COURSE for text in texts(part) if isinstance(text, TextWithCitations))
    assert {name for text in found for name in text.references} == set(current_library().references)


# The search for claims


def test_every_cited_sentence_of_the_course_is_a_claim_once_its_citation_is_removed():
    cited = [s for part in COURSE for t in texts(part) for s in sentences(t) if "[@" in s]
    assert len(cited) > 20
    assert [s for s in cited if not unsupported_claims(CITATION_PATTERN.sub("", s))] == []


@pytest.mark.parametrize(
    "claim",
    [
        "Knee rolls ease back pain.",
        "It helps the muscles to let go.",
        "Studies show that turning is worth it.",
        "The weight of the legs lengthens the spine.",
        "A warm bath lowers the blood pressure.",
        "For a stretch ten seconds are enough for most.",
        "Three times a day is what backs need.",
        "This is better for a disc than sitting.",
        "To sit up like this can lead to an injury.",
    ],
)
def test_a_claim_is_found_without_a_reference_and_left_alone_with_one(claim):
    assert unsupported_claims(f"Lie down. {claim} Breathe.") == [claim]
    assert unsupported_claims(f"Lie down. {claim.rstrip('.')} [@nhs_inform]. Breathe.") == []


def test_each_sentence_exempted_as_no_claim_is_still_in_the_course_and_would_be_found():
    said = {s for part in COURSE for text in texts(part) for s in sentences(text)}
    said |= {s for path in NOTEBOOKS for s in sentences(prose(path))}
    assert PLAIN - said == set()
    assert [sentence for sentence in PLAIN if not CLAIM.search(sentence)] == []
