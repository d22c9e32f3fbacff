"""Lines and blocks from words with places; weak lines read again; ruled tables on scans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_pages import drawn, noisy, skewed

from extractors.reading import second_look
from extractors.reading.layout import lay_out
from extractors.reading.ruled import ruled_tables
from extractors.reading.tesseract import Seen
from models.document import Cell, Table, Word
from models.geometry import Box


def row(top: float, *pieces: tuple[float, str], size: float = 10) -> list[tuple[Word, ...]]:
    """Pieces of text on one line, each from its x on, letters 5 points wide."""
    made = []
    for start, text in pieces:
        x = start
        for word in text.split():
            made.append((Word(word, Box(x, top, x + 5 * len(word), top + size)),))
            x += 5 * len(word) + 3
    return made


def blocks(*rows: list[tuple[Word, ...]], tables: tuple[Table, ...] = ()) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for line in lay_out([piece for one in rows for piece in one], tables):
        found.setdefault(line.block, []).append(line.text)
    return list(found.values())


def test_an_address_beside_labels() -> None:
    assert blocks(
        row(100, (72, "Oren Castellan"), (320, "Member ID:"), (420, "LMH-2207")),
        row(113, (72, "12 Quarry Road"), (320, "Group:"), (420, "0071532")),
        row(126, (72, "Tacoma, WA 98402")),
        row(160, (72, "Dear Oren Castellan:")),
    ) == [
        ["Oren Castellan", "12 Quarry Road", "Tacoma, WA 98402"],
        ["Member ID: LMH-2207", "Group: 0071532"],
        ["Dear Oren Castellan:"],
    ]


def test_a_table_without_rules_is_read_row_by_row() -> None:
    assert blocks(
        row(100, (72, "Drug"), (200, "Code"), (300, "Units"), (400, "Result")),
        row(113, (72, "Ocrevus"), (200, "J2350"), (300, "600"), (400, "Denied")),
    ) == [
        [cell]
        for row_of_cells in (
            ("Drug", "Code", "Units", "Result"),
            ("Ocrevus", "J2350", "600", "Denied"),
        )
        for cell in row_of_cells
    ]


def test_codes_and_what_they_mean() -> None:
    assert blocks(
        row(100, (72, "CO-50"), (140, "These are services that are not deemed necessary by")),
        row(113, (140, "the payer of this claim")),
        row(126, (72, "M127"), (140, "The patient's record is missing for this service")),
    ) == [
        ["CO-50 These are services that are not deemed necessary by", "the payer of this claim"],
        ["M127 The patient's record is missing for this service"],
    ]


def test_a_big_name_beside_small_lines_is_its_own() -> None:
    assert ["LARKSPUR"] in blocks(
        row(70, (72, "LARKSPUR"), size=34),
        row(70, (400, "PO Box 4410")),
        row(83, (400, "Tacoma, WA 98401")),
        row(96, (400, "800-555-0142")),
    )


def test_cells_of_a_ruled_table_stay_apart_though_close() -> None:
    cells = tuple(Cell("", Box(72 + 60 * at, 98, 132 + 60 * at, 112)) for at in range(3))
    table = Table(Box(72, 98, 252, 112), (cells,))
    words = row(100, (92, "Ocrevus"), (136, "J2350 a"), (195, "600"))
    assert blocks(words) != [["Ocrevus"], ["J2350 a"], ["600"]]
    assert blocks(words, tables=(table,)) == [["Ocrevus"], ["J2350 a"], ["600"]]


@pytest.mark.parametrize("degrees", [0.0, 0.15])
def test_ruled_tables_are_found_on_a_scan(degrees: float) -> None:
    grey = noisy(skewed(drawn(), degrees), 6)
    (table,) = ruled_tables(grey, 200)
    assert [len(cells) for cells in table.rows] == [4, 4]


def test_text_alone_makes_no_table() -> None:
    source = '#set page(paper: "us-letter")\n' + "We cannot approve coverage of this drug. " * 60
    assert ruled_tables(drawn(200, source), 200) == ()


def weak(text: str, at: int, sure: float) -> Seen:
    return Seen(text, at, 101, at + 40, 130, sure, (1, 1, 1))


def looked_at(*words: Seen) -> list[second_look.Strip]:
    return second_look.doubtful(words, (700, 500), 200)


def test_only_words_in_doubt_are_read_again() -> None:
    assert not looked_at(weak("Denied", 0, 0.95), weak("|", 50, 0.0))
    assert not looked_at(weak("Denied", 0, 0.8))  # a word that letters are written in
    assert looked_at(weak("Dcnied", 0, 0.8))
    (strip,) = looked_at(weak("Denied", 0, 0.95), weak("J235O", 50, 0.3))
    assert strip.left == 0
    assert strip.right > 90


@pytest.mark.parametrize("top", [10, 670])
def test_fax_headers_and_page_numbers_are_left_alone(top: int) -> None:
    assert not looked_at(replace(weak("P.001/003", 0, 0.1), top=top, bottom=top + 20))


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        (("Dcnied", 0.8), ("Denied", 0.8), True),
        (("RGSALIND", 0.81), ("ROSALIND", 0.93), True),
        (("days", 0.68), ("davs", 0.8), False),  # a known word stands against an unknown one
        (("Tran", 0.81), ("\u2018Tran", 0.86), False),
        (("J2350", 0.3), ("J", 0.95), False),  # most of it is lost
        (("48317", 0.95), ("48311", 0.99), False),  # was never in doubt
    ],
)
def test_the_reading_that_is_believed_more_is_kept(
    first: tuple[str, float], second: tuple[str, float], taken: bool
) -> None:
    (word,) = second_look.merged(
        [weak(first[0], 50, first[1])], [weak(second[0], 51, second[1])], 700
    )
    assert word.text == (second if taken else first)[0]
    assert word.line == (1, 1, 1)


def test_a_space_that_one_reading_saw_is_kept() -> None:
    words = [replace(weak("no", 0, 0.8), x1=30), replace(weak("copy", 40, 0.7), x1=90)]
    joined = replace(weak("nocopy", 0, 0.95), x1=90)
    assert second_look.merged(words, [joined], 700) == tuple(words)


def test_a_weak_line_is_read_again_at_its_own_place() -> None:
    """The words of one line are made doubtful and wrong: the picture says what they are."""
    page = '#set page(width: 400pt, height: 120pt, margin: 30pt)\n#set text(font: "DejaVu Sans")\n'
    grey = drawn(200, page + "Member ID: LMH-2207-8841")
    y, x = np.nonzero(grey < 128)
    wrong = Seen(
        "Mernber1D:LMH22O7B", int(x.min()), int(y.min()), int(x.max()), int(y.max()), 0.2, (1, 1, 1)
    )
    words = second_look.bettered([wrong], grey, 200, 30)
    assert [word.text for word in words] == ["Member", "ID:", "LMH-2207-8841"]
    assert abs(words[0].x0 - wrong.x0) < 6
    assert abs(words[-1].x1 - wrong.x1) < 6
    assert abs(words[0].top - wrong.top) < 8


def test_rules_through_a_strip_are_taken_out() -> None:
    strip = np.full((40, 200), 250, np.uint8)
    strip[12:28, 50:54] = 0
    clean = strip.copy()
    strip[:, 100:102] = 10
    strip[36:38] = 10
    assert np.array_equal(second_look.without_rules(strip, 250), clean)


def ink(top: float, text: str, size: float = 10, blank: float = 3.0) -> list[tuple[Word, ...]]:
    """One line whose boxes are those of its ink, as Tesseract's are."""
    made: list[Word] = []
    x = 72.0
    for word in text.split():
        high = top if any(c in "bdfhklt" or c.isupper() for c in word) else top + 0.27 * size
        low = top + size if any(c in "gjpqy,;" for c in word) else top + 0.77 * size
        made.append(Word(word, Box(x, high, x + 5 * len(word), low)))
        x += 5 * len(word) + blank
    return [tuple(made)]


def test_a_line_of_small_letters_stays_in_its_paragraph() -> None:
    assert blocks(
        ink(100, "You may appeal within 60 days of the day on which you got"),
        ink(113, "our answer"),
        ink(140, "Call us"),
    ) == [
        ["You may appeal within 60 days of the day on which you got", "our answer"],
        ["Call us"],
    ]
    assert blocks(ink(100, "Larger Type", size=15), ink(118, "and smaller type below it")) == [
        ["Larger Type"],
        ["and smaller type below it"],
    ]


def test_blanks_of_a_typewriter_part_no_sentence() -> None:
    text = "we read your note of may one and the file that came with it as you asked of us"
    lines = [ink(100 + 13 * n, text, size=8, blank=9) for n in range(3)]
    first = lines[0][0]
    # After a comma the blank is wider still.
    wider = tuple(
        replace(word, box=replace(word.box, x0=word.box.x0 + 4, x1=word.box.x1 + 4))
        if n >= 7
        else word
        for n, word in enumerate(first)
    )
    assert blocks([wider], *lines[1:]) == [[text] * 3]
    far = tuple(
        replace(word, box=replace(word.box, x0=word.box.x0 + 14, x1=word.box.x1 + 14))
        if n >= 7
        else word
        for n, word in enumerate(first)
    )
    assert len(blocks([far], *lines[1:])) > 1


def test_a_date_goes_with_its_label_across_a_gap() -> None:
    assert blocks(
        row(100, (72, "Exampleland Benefits"), (320, "Statement date"), (440, "09/03/2026")),
        row(113, (72, "27 Quarry Road"), (320, "Page 1 of 2")),
    ) == [
        ["Exampleland Benefits", "27 Quarry Road"],
        ["Statement date 09/03/2026", "Page 1 of 2"],
    ]
    table = blocks(
        row(100, (72, "Service date"), (200, "Code"), (300, "Paid")),
        row(113, (72, "10/01/2026"), (200, "J2350"), (300, "0.00")),
    )
    assert ["Service date"] in table


def test_a_code_falls_into_no_pieces_and_words_run_together_do() -> None:
    def read(whole: str, *parts: str) -> list[str]:
        once = [replace(weak(whole, 10, 0.4), x1=110)]
        again = [weak(part, 10 + 30 * at, 0.9) for at, part in enumerate(parts)]
        return [word.text for word in second_look.merged(once, again, 700)]

    assert read("QX44-17B", "QX44", "17B") == ["QX44-17B"]
    assert read("1,250.00", "1,250", "00") == ["1,250.00"]
    assert read("appealwithin", "appeal", "within") == ["appeal", "within"]
    assert read("August9,2026", "August", "9,", "2026") == ["August", "9,", "2026"]
    assert read("__|Quillfeather,Ansel", "Quillfeather,", "Ansel") == ["Quillfeather,", "Ansel"]
