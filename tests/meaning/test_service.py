"""The denied service: phrases of care, names beside labels, and which mention is chosen."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from views import analysed

from extractors.lexicon.care import Part, care_words
from extractors.meaning.care_phrases import care_phrases
from extractors.meaning.drugs import find_drug
from extractors.meaning.passages import passages
from extractors.meaning.service import find_service
from extractors.meaning.service_mentions import mentions
from extractors.meaning.service_model import MODEL, NONE, choose
from extractors.meaning.service_names import service_name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "an MRI of the cervical spine with and without contrast (72156)",
            ["MRI of the cervical spine with and without contrast"],
        ),
        ("CT abdomen pelvis", ["CT abdomen pelvis"]),
        ("12 more visits of speech therapy", ["speech therapy"]),
        ("physical and occupational therapy visits", ["physical and occupational therapy"]),
        (
            "transfer to a skilled nursing facility today",
            ["transfer to a skilled nursing facility", "skilled nursing facility"],
        ),
        (
            "a bilevel positive airway pressure (BiPAP) machine",
            ["bilevel positive airway pressure machine"],
        ),
        ("hip replacement, left", ["hip replacement, left"]),
        ("the requested surgery is a service", []),
        ("the member services team", []),
        ("a wheelchair and accessories", ["wheelchair"]),
        ("a nebulizer and supplies", ["nebulizer", "nebulizer and supplies"]),
        ("anterior spinal fusion at C5-C6", ["anterior spinal fusion at C5-C6"]),
        ("a Dexcom G7", ["Dexcom G7"]),
        ("an EEG and an EMG", ["EEG", "EMG", "EEG and an EMG"]),
    ],
)  # fmt: skip
def test_phrases_of_care(text: str, found: list[str]) -> None:
    assert [phrase.value for phrase in care_phrases(text) if phrase.sure > 0.1] == found


def test_a_word_behind_makes_it_something_else() -> None:
    (notes,) = (p for p in care_phrases("the physical therapy notes") if p.sure > 0.1)
    assert notes.made_other
    (coded,) = (p for p in care_phrases("a polysomnogram (CPT 95810)") if p.sure > 0.1)
    assert coded.coded
    assert not coded.made_other


@given(
    st.text(alphabet="MRI of the knee, (L4-L5) and with/without contrast 72148 ¶\t", max_size=60)
)
def test_a_phrase_lies_in_its_text(text: str) -> None:
    for phrase in care_phrases(text):
        assert 0 <= phrase.start < phrase.end <= len(text)
        assert phrase.value


def test_the_lexicon_holds_each_word_in_one_part() -> None:
    words = care_words()
    assert words.part("hysterectomy") is Part.HEAD
    assert words.part("program") is Part.WEAK
    assert words.part("walking") is Part.STOP
    assert words.name_at(["skilled", "nursing", "facility", "care"], 0) == (3, Part.HEAD)


@pytest.mark.parametrize(
    ("printed", "service"),
    [
        ("the MRI of the knee (CPT 73721)", "MRI of the knee"),
        ("73721 (MRI of the knee)", "MRI of the knee"),
        ("73721 — MRI of the knee", "MRI of the knee"),
        ("12 visits of physical therapy", "physical therapy"),
        ("the requested service", None),
        ("a copy of your records", None),
    ],
)
def test_names_beside_labels(printed: str, service: str | None) -> None:
    assert service_name(printed) == service


def _service(text: str) -> str | None:
    analysis = analysed(text)
    told = passages(analysis)
    found = find_service(analysis, told, find_drug(analysis, told).labels)
    best = max(found, key=lambda c: c.score, default=None)
    return None if best is None or best.score < 0.3 else str(best.value)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        (
            "Dear Ms. Roe:\n\nWe received a request for a capsule endoscopy from your doctor. We "
            "cannot approve it.\nYou had a colonoscopy last year. A repeat colonoscopy could be\n"
            "done instead.",
            "capsule endoscopy",
        ),
        (
            "Date of Service  Description        Code   Billed   Paid     Note\n"
            "03/02/2026       Office visit       99213  120.00   88.00\n"
            "03/02/2026       Spirometry         94010   90.00    0.00    CO-97\n",
            "Spirometry",
        ),
        (
            "We denied the services listed below, which your doctor asked for. A nurse read the\n"
            "record.\n\n    Acute psychiatric stay, 02/01/2026 to 02/04/2026\n\n"
            "You had an MRI of the brain in January.",
            "Acute psychiatric stay",
        ),
        (
            "We have denied the items listed below requested by you or your doctor:\n\n"
            "Second look at the wound and 2 dressing changes with Maude Finch, MD, surgery\n",
            "Second look at the wound and 2 dressing changes",
        ),
        (
            "Claim statement\n\nDate      What was done                          Charge    Paid\n"
            "02/03/26  99213 Office visit                      100.00   80.00\n"
            "02/03/26  77002 Fluoroscopy guide for needle       90.00    0.00\n",
            "Fluoroscopy guide for needle",
        ),
        (
            "Dear Ms. Roe:\n\nOn May 2 the request of Dr. Amos Pike for a gait trainer was denied. "
            "A walker remains covered. You must have had a home evaluation first.",
            "gait trainer",
        ),
        ("Dear Mr. Poe:\n\nYour premium for May is due. Pay by mail or on our website.", None),
    ],
    ids=[
        "asked for, others told of", "the unpaid line", "a line alone", "a line under a colon",
        "words of a cell", "led to over names", "no service at all",
    ],
)  # fmt: skip
def test_the_denied_service_is_chosen(text: str, service: str | None) -> None:
    assert _service(text) == service


def test_shares_are_chances() -> None:
    analysis = analysed("We denied your home nursing visits. A home nursing visit was asked for.")
    chosen = choose(mentions(analysis, passages(analysis), ()))
    assert 0 < sum(one.share for one in chosen) < 1
    assert 0.5 < chosen[0].score <= 0.95
    assert choose(()) == []


def test_every_told_thing_has_a_weight() -> None:
    table = tomllib.loads(MODEL.read_text(encoding="utf-8"))
    assert set(table["drawn_to"]) <= set(table["weights"])
    assert table["weights"][NONE] > 0
