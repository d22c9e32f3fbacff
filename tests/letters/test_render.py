"""Pages: hostile words print as they are, every script is printed or marked, bytes are steady."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import cache

import pikepdf
import pypdfium2
import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letter_cases import TODAY, case

from letters.compose.matter import Matter
from letters.compose.routes import route_letter
from letters.packet import compose
from letters.render.docx import render_docx
from letters.render.html import render_html
from letters.render.markdown import render_markdown
from letters.render.pdf import NO_FONT, render_pdf
from letters.render.words import printable
from models.letter import (
    Banner,
    Blank,
    Bullets,
    Grid,
    Heading,
    Layout,
    Letter,
    Lines,
    NewPage,
    Paragraph,
    Quote,
    Reference,
    Signature,
    Source,
    SourceKind,
    Statement,
    Text,
)
from models.vocabulary import DenialCategory

HOSTILE = (
    '#read("/etc/passwd")',
    "*bold* _em_ $x^2$ `raw` <label> @ref = heading",
    '#import "x.typ": *',
    "[content] ] [ // comment /* */",
    "\\u{41} \\n ~ -- ---",
    "<script>alert(1)</script>&amp;<b>",
    "{{ template }} {% x %} ${env}",
    "]]></w:t><w:p/>",
    "| a | b | --- #",
    "=SUM(A1:A9)",
)


def say(words: str, **look: bool) -> Statement:
    return Statement((Text(words, **look),), Source(SourceKind.FORM, ("wording:test",)))


def every_block(words: str) -> Letter:
    """A letter of every kind of block, with `words` in each."""
    said = say(words)
    blank = Statement((Blank("k", words), Blank("l", words, lines=2)), said.source)
    paragraph = Paragraph((said, say(words, bold=True), say(words, italic=True), blank))
    return Letter(
        "letter", words, (said,), (said,), said,
        (
            Heading(words), Heading(words, 2), paragraph, Lines((said, said)),
            Quote(said, words), Banner(said, words), Bullets((paragraph,)),
            Bullets((paragraph,), ordered=True), Bullets((paragraph,), boxes=True),
            Grid((words, words), ((paragraph, paragraph),), (0.5, 0.5), words),
            Reference(((words, said),)), NewPage(), Signature(words, (said,), (said,)),
        ),
        running=said, footer=words,
    )  # fmt: skip


def pdf_pages(raw: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(raw)
    pages = [page.get_textpage().get_text_bounded() for page in pdf]
    pdf.close()
    return pages


def pdf_text(raw: bytes) -> str:
    return "\n".join(pdf_pages(raw))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_print_literally(words: str) -> None:
    letter = every_block(words)
    assert squeezed(words) in squeezed(pdf_text(render_pdf(letter)))
    docx = Document(io.BytesIO(render_docx(letter)))
    assert any(words in line.text for line in docx.paragraphs)
    html = render_html(letter)
    assert "<script>" not in html
    assert "<b>" not in html
    assert render_markdown(letter)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_any_words_at_all_can_be_set(words: str) -> None:
    letter = every_block(words)
    assert render_pdf(letter).startswith(b"%PDF")
    assert render_docx(letter).startswith(b"PK")
    assert render_html(letter)
    assert render_markdown(letter)


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółć-Đặng",
        "Ñandú Øst Çağlar",
        "Ξένια Παπαδοπούλου",
        "Анна Щербакова",
        "“Zoë” – Ümit",
    ],
)
def test_latin_greek_and_cyrillic_names_are_printed(name: str) -> None:
    said = squeezed(pdf_text(render_pdf(every_block(name))))
    assert squeezed(name) in said
    assert NO_FONT not in said


@pytest.mark.parametrize("name", ["山田太郎", "김서연", "😀", "محمد", "राम"])
def test_other_scripts_are_printed_or_marked_and_never_lost_from_the_docx(name: str) -> None:
    said = pdf_text(render_pdf(every_block(f"Name: {name}")))
    assert "Name:" in said
    docx = Document(io.BytesIO(render_docx(every_block(name))))
    assert any(name in line.text for line in docx.paragraphs)


def test_a_character_that_no_font_has_is_marked_and_explained_on_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("letters.render.pdf._has_font", lambda _: False)
    said = " ".join(pdf_text(render_pdf(every_block("Name: 山田 Sample"))).split())
    assert f"Name: {NO_FONT}{NO_FONT} Sample" in said
    assert "write it in by hand" in said
    assert "write it in by hand" not in " ".join(pdf_text(render_pdf(every_block("Ada"))).split())


def test_control_and_direction_characters_are_taken_out() -> None:
    assert printable("a\x00b\u202ec\u2028d\te\r\nf\ud800") == "abc d e f"


@cache
def papers() -> tuple[Letter, ...]:
    return compose(Matter(case(), "case-1", TODAY))


def test_the_same_letter_gives_the_same_bytes() -> None:
    for paper in papers():
        assert render_pdf(paper) == render_pdf(paper)
        assert render_docx(paper) == render_docx(paper)


def test_the_pdf_is_tagged_titled_and_carries_its_fonts() -> None:
    for paper in papers():
        with pikepdf.open(io.BytesIO(render_pdf(paper))) as pdf:
            assert pdf.Root.MarkInfo.Marked
            assert str(pdf.Root.Lang).startswith("en")
            with pdf.open_metadata() as about:
                assert about["dc:title"] == paper.title
                assert about["pdfuaid:part"] == "1"
            fonts = list(_fonts(pdf))
            assert fonts
            assert all(any("FontFile" in key for key in font) for font in fonts)
            assert "Quillfeather" not in str(pdf.docinfo)


def _fonts(pdf: pikepdf.Pdf) -> Iterator[list[str]]:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
            yield [str(key) for key in thing]


def test_every_page_is_numbered_and_later_ones_say_whose_they_are() -> None:
    pages = pdf_pages(render_pdf(papers()[0]))
    assert len(pages) >= 2
    for n, text in enumerate(pages, 1):
        assert f"Page {n} of {len(pages)}" in text
        assert "Case case-1" in text
        assert n == 1 or "Member ID XEB123456789 · notice of October 30, 2026" in text


def test_the_argument_takes_at_most_two_pages_before_the_table() -> None:
    for category in DenialCategory:
        for urgent in (False, True):
            made = case(denial_category=category.value, denial_categories=(category.value,),
                        urgent=urgent)  # fmt: skip
            letter = route_letter(Matter(made, "case-1", TODAY))
            pages = pdf_pages(render_pdf(letter))
            first = re.compile("What the record shows|The amount, side by side|Treatment so far")
            tables = [n for n, text in enumerate(pages, 1) if first.search(text)]
            assert not tables or tables[0] <= 2


def test_the_docx_has_real_styles_fields_controls_and_no_patient_in_its_properties() -> None:
    letter = papers()[0]
    raw = render_docx(letter)
    docx = Document(io.BytesIO(raw))
    styles = {line.style.name for line in docx.paragraphs if line.style is not None}
    assert {"Heading 1", "Reference", "Address", "Signature", "Tick List"} <= styles
    assert docx.tables
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        body = parts.read("word/document.xml").decode()
        footers = "".join(
            parts.read(name).decode() for name in parts.namelist() if "footer" in name
        )
        properties = parts.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "NUMPAGES" in footers
    assert "PAGE" in footers
    assert "w:tblHeader" in body
    tags = set(re.findall(r'<w:tag w:val="([^"]+)"', body))
    assert {blank.key[:60] for blank in letter.blanks()} == tags
    for secret in ("Quillfeather", "XEB123456789", "Tecartus", "C83.10"):
        assert secret not in properties


def test_forty_reasons_stay_laid_out() -> None:
    from models.fields import Evidence, Field, Fields
    from models.geometry import Box

    base = case()
    many = tuple(
        Evidence(1, f"Reason {n}: criterion {n} of the policy must be met.", Box(0, n, 9, n + 1))
        for n in range(40)
    )
    every = tuple(category.value for category in DenialCategory)
    fields = Fields({**base.fields.by_key, "denial_categories": Field(every, 0.9, many, (), ())})
    from dataclasses import replace

    letter = compose(Matter(replace(base, fields=fields), "case-1", TODAY))[0]
    text = pdf_text(render_pdf(letter))
    assert all(f"Reason {n}:" in text for n in range(40))
    assert render_docx(letter)


def test_a_criterion_of_three_thousand_words_is_cut_and_says_so() -> None:
    long = "The policy requires that " + "a documented finding is present and " * 500
    letter = compose(Matter(case(reason=long), "case-1", TODAY))[0]
    said = "\n".join(s.text for s in letter.statements())
    assert "[… the quotation goes on in the notice]" in said
    assert len(pdf_pages(render_pdf(letter))) <= 4


def test_one_word_longer_than_the_page_does_not_break_it() -> None:
    letter = compose(Matter(case(reason="x" * 4000), "case-1", TODAY))[0]
    assert render_pdf(letter)
    assert render_docx(letter)


def test_a_sheet_shows_its_title() -> None:
    sheet = papers()[-1]
    assert sheet.layout is Layout.SHEET
    assert pdf_text(render_pdf(sheet)).startswith("Checklist")


def test_the_docx_carries_no_parts_and_styles_that_no_letter_uses() -> None:
    with zipfile.ZipFile(io.BytesIO(render_docx(papers()[0]))) as docx:
        names = set(docx.namelist())
        styles = docx.read("word/styles.xml").decode()
    assert "word/document.xml" in names
    assert not names & {"word/stylesWithEffects.xml", "docProps/thumbnail.jpeg"}
    assert "Desk Table" in styles
    assert '<w:name w:val="Light Shading"/>' not in styles
