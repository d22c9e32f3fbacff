"""Plain text, RTF, HTML, Word and mail."""

from __future__ import annotations

import io
from email.message import EmailMessage

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pages import drawn, encoded, typeset

from extractors.reading import Limits, read_document
from models.document import Document, PageSource
from models.errors import Damaged, TooLarge

ONE = Limits(workers=1)


def read(data: bytes | str, name: str = "x") -> Document:
    return read_document(data.encode() if isinstance(data, str) else data, name, ONE)


def lines(document: Document) -> list[str]:
    return [line.text for page in document.pages for line in page.lines]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_in_every_usual_encoding(codec: str) -> None:
    text = "Señora Núñez – “denied”\n" + "Member ID: 12\n" * 5
    assert lines(read(text.encode(codec)))[0] == "Señora Núñez – “denied”"


def test_form_feeds_and_length_make_pages() -> None:
    document = read("first\fsecond\n" + "line\n" * 80)
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.pages[0].text == "first"
    assert all(page.source is PageSource.TEXT for page in document.pages)


def test_long_lines_wrap_inside_the_page_and_stay_one_block() -> None:
    document = read("We cannot approve " * 40)
    page = document.pages[0]
    assert len(page.lines) > 5
    assert {line.block for line in page.lines} == {0}
    assert all(0 <= word.box.x0 < word.box.x1 <= page.width for word in page.words)


def test_columns_of_text_come_apart_and_values_stay_with_labels() -> None:
    text = (
        "Oren Castellan                      Member ID:       LMH-2207\n"
        "12 Quarry Road                      Claim number:    55-1204\n"
        "Tacoma, WA 98402                    Date of service: 10/01/2026\n"
    )
    assert lines(read(text)) == [
        "Oren Castellan",
        "12 Quarry Road",
        "Tacoma, WA 98402",
        "Member ID: LMH-2207",
        "Claim number: 55-1204",
        "Date of service: 10/01/2026",
    ]


def test_a_grid_without_colons_reads_label_then_value() -> None:
    text = (
        "Member name       Oren Castellan\n"
        "Drug              Ocrevus 300 mg\n"
        "Status            Denied\n"
    )
    assert lines(read(text))[:2] == ["Member name Oren Castellan", "Drug Ocrevus 300 mg"]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1))
def test_no_word_of_a_text_is_lost(text: str) -> None:
    padded = f"start {text} {text}   {text}\n{text}: {text}"
    words = [word for line in lines(read(padded.encode())) for word in line.split()]
    assert sorted("".join(words)) == sorted("".join(padded.split()))


def test_rtf_and_html() -> None:
    rtf = r"{\rtf1{\fonttbl{\f0 Arial;}}Dear Ms. N\'fa\u241?ez:\par Member ID:\tab LMH-1}"
    assert lines(read(rtf)) == ["Dear Ms. Núñez:", "Member ID: LMH-1"]
    html = (
        "<html><head><style>p{}</style></head><body><p>Dear&nbsp;Oren:</p><table><tr>"
        "<td>Member ID:</td><td>LMH-1</td></tr></table><script>x</script></body></html>"
    )
    assert lines(read(html)) == ["Dear Oren:", "Member ID: LMH-1"]


def word_document() -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Larkspur Mutual Health"
    document.add_paragraph("Oren Castellan\n12 Quarry Road")
    table = document.add_table(rows=2, cols=2)
    for row, (label, value) in enumerate([("Member ID", "LMH-2207"), ("Drug", "Ocrevus")]):
        table.cell(row, 0).text, table.cell(row, 1).text = label, value
    grid = document.add_table(rows=2, cols=4)
    for row, cells in enumerate([("Drug", "HCPCS", "Units", "Result"), ("A", "J2350", "6", "No")]):
        for column, text in enumerate(cells):
            grid.cell(row, column).text = text
    document.add_paragraph("Dear Oren: " + "we cannot approve this. " * 8)
    document.add_page_break()
    document.add_paragraph("Sincerely")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_documents_in_reading_order() -> None:
    document = read(word_document())
    text = lines(document)
    assert text[:5] == [
        "Larkspur Mutual Health",
        "Oren Castellan",
        "12 Quarry Road",
        "Member ID LMH-2207",
        "Drug Ocrevus",
    ]
    assert "J2350" in text
    assert document.pages[-1].text == "Sincerely"


def test_a_word_document_cut_off_is_damaged() -> None:
    with pytest.raises(Damaged, match="Word"):
        read(word_document()[:-400])


def test_a_word_document_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(TooLarge, match="unpacks"):
        read_document(word_document(), "x.docx", Limits(max_unpacked=1000))


def mail(body: str = "Please see the attached denial.", **attachments: bytes) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "clinic@example.org", "desk@example.org"
    message["Subject"], message["Date"] = "Denial", "Mon, 14 Sep 2026 10:00:00 -0500"
    message.set_content(body)
    for name, data in attachments.items():
        message.add_attachment(data, "application", "octet-stream", filename=name)
    return message


def test_each_part_of_a_mail_is_a_part() -> None:
    logo = encoded(drawn(72)[:40, :90], "PNG")
    message = mail(a=typeset(), b=word_document(), logo=logo)
    document = read(message.as_bytes(), "x.eml")
    assert [page.part for page in document.pages] == [0, 1, 2, 2]
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert any("small pictures" in warning for warning in document.warnings)


def test_html_mail_is_read_once() -> None:
    message = mail("We cannot approve coverage.")
    message.add_alternative("<p>We cannot approve coverage.</p>", subtype="html")
    assert " ".join(lines(read(message.as_bytes()))).count("We cannot approve coverage.") == 1


def test_a_mail_without_attachments_bears_its_heading() -> None:
    assert lines(read(mail("We cannot approve coverage.").as_bytes())) == [
        "From: clinic@example.org",
        "To: desk@example.org",
        "Sent: September 14, 2026",
        "Subject: Denial",
        "We cannot approve coverage.",
    ]


def test_a_heading_that_no_parser_reads_is_left_out() -> None:
    data = b"From: a@example.org\nTo: x<\nSubject: Denial\n\nWe cannot approve coverage.\n"
    found = lines(read(data))
    assert "We cannot approve coverage." in found
    assert "Subject: Denial" in found


def test_a_bad_attachment_does_not_spoil_the_mail() -> None:
    message = mail(a=typeset(), b=b"%PDF-1.4 broken", c=b"PK\x03\x04" + b"\x00" * 40)
    document = read(message.as_bytes())
    assert {page.part for page in document.pages} == {0, 1}
    assert sum("left out" in warning for warning in document.warnings) == 2


def test_mail_in_mail_is_opened_to_a_depth() -> None:
    inner = mail("the innermost letter", letter=typeset())
    for level in range(5):
        outer = mail(f"forwarded {level}")
        outer.add_attachment(inner)
        inner = outer
    document = read_document(inner.as_bytes(), "x.eml", Limits(workers=1, nesting=3))
    assert len(document.pages) == 3
    assert any("no deeper" in warning for warning in document.warnings)
    whole = read_document(inner.as_bytes(), "x.eml", Limits(workers=1, nesting=9))
    assert "innermost" in whole.pages[5].text
    assert "Larkspur" in whole.pages[6].text


def test_attachments_are_counted() -> None:
    message = mail(**{f"n{at}": f"attached text {at}".encode() for at in range(9)})
    document = read_document(message.as_bytes(), "x.eml", Limits(workers=1, max_parts=4))
    assert len(document.pages) == 5
    assert any("first 4" in warning for warning in document.warnings)
