"""Letters as DOCX that a clinic edits: real styles, header and footer fields, tables, and a
content control (click and type) for every blank.

Core properties hold no patient data, and the same letter gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_BREAK
from docx.opc.packuri import PACKAGE_URI
from docx.opc.pkgwriter import _ContentTypesItem
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from letters.render.docx_styles import TEXT_WIDTH, style_ids, template
from letters.render.words import printable
from models.letter import (
    Banner,
    Blank,
    Block,
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
    Statement,
)

_EPOCH = datetime(2000, 1, 1)  # DOCX wants a date; a fixed one keeps the bytes the same
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def render_docx(letter: Letter) -> bytes:
    """The letter as DOCX bytes."""
    return _Page(letter).write()


class _Page:
    """One document under way."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.doc: Docx = Document(io.BytesIO(template()))
        self.controls = 0

    def write(self) -> bytes:
        letter = self.letter
        self._properties()
        self._header_and_footer()
        if letter.layout is Layout.SHEET:
            self._lines([], "Title", letter.title)
            self._lines([letter.date_line], "Sheet Date")
        else:
            if letter.sender:
                self._lines(letter.sender, "Address")
            self._lines([letter.date_line], "Address")
            self._lines(letter.addressee, "Address")
        for block in letter.blocks:
            self._block(block)
        return _steady_zip(self.doc)

    def _properties(self) -> None:
        props = self.doc.core_properties
        props.title = printable(self.letter.title)
        props.language = self.letter.language
        props.author = props.last_modified_by = props.comments = ""
        props.created = props.modified = _EPOCH

    def _header_and_footer(self) -> None:
        section = self.doc.sections[0]
        section.different_first_page_header_footer = True
        for footer in (section.footer, section.first_page_footer):
            line = footer.paragraphs[0]
            line.add_run(printable(self.letter.footer) + "\t")
            line.add_run("Page ")
            _field(line, "PAGE")
            line.add_run(" of ")
            _field(line, "NUMPAGES")
        if self.letter.running is not None:
            self._words(section.header.paragraphs[0], self.letter.running)

    def _block(self, block: Block) -> None:
        match block:
            case Heading(text, level):
                self._add(f"Heading {level}", text)
            case Paragraph(statements):
                self._paragraph(self._add("Normal"), statements)
            case Lines(statements):
                self._lines(statements, "Address")
            case Quote(statement, place):
                line = self._add("Quote")
                self._words(line, statement)
                if place:
                    _faint(line, f" ({printable(place)})")
            case Banner(statement, lead):
                line = self._add("Notice")
                if lead:
                    line.add_run(f"{printable(lead)} ").bold = True
                self._words(line, statement)
            case Bullets():
                self._bullets(block)
            case Grid():
                self._grid(block)
            case Reference(rows):
                self._reference(rows)
            case Signature():
                self._signature(block)
            case NewPage():
                self._add("Normal").add_run().add_break(WD_BREAK.PAGE)

    def _bullets(self, block: Bullets) -> None:
        style = "List Number" if block.ordered else "List Bullet"
        number = _new_numbering(self.doc) if block.ordered else None
        for item in block.items:
            line = self._add("Tick List" if block.boxes else style)
            if block.boxes:
                line.add_run("\u2610\t")
            if number is not None:
                _number_by(line, number)
            self._paragraph(line, item.statements)

    def _grid(self, block: Grid) -> None:
        if block.caption:
            self._add("Caption", block.caption)
        table = self.doc.add_table(rows=1 + len(block.rows), cols=len(block.header))
        table.style = "Desk Table"
        total = sum(block.widths)
        _fix_widths(table, [share / total for share in block.widths])
        rows = _cells(table)
        for cell, label in zip(rows[0], block.header, strict=True):
            line = _styled(cell.paragraphs[0], "Table Head")
            line.add_run(printable(label))
        _repeat_header(table)
        for cells, row in zip(rows[1:], block.rows, strict=True):
            for cell, paragraph in zip(cells, row, strict=True):
                line = _styled(cell.paragraphs[0], "Table Text")
                self._paragraph(line, paragraph.statements)
        self._add("Table Text")

    def _reference(self, rows: tuple[tuple[str, Statement], ...]) -> None:
        for n, (label, statement) in enumerate(rows, 1):
            line = self._add("Reference Last" if n == len(rows) else "Reference")
            _faint(line, printable(label) + "\t")
            self._words(line, statement)

    def _signature(self, block: Signature) -> None:
        if block.attests:
            self._paragraph(self._add("Attestation"), block.attests)
        self._add("Closing", block.closing)
        self._add("Signature", "Signature").add_run("\tDate signed")
        self._lines(block.lines, "Address")

    def _lines(self, statements: Iterable[Statement], style: str, text: str = "") -> None:
        line = self._add(style, text)
        for n, statement in enumerate(statements):
            if n:
                line.add_run().add_break()
            self._words(line, statement)

    def _add(self, style: str, text: str = "") -> DocxParagraph:
        line = _styled(self.doc.add_paragraph(), style)
        if text:
            line.add_run(printable(text))
        return line

    def _paragraph(self, line: DocxParagraph, statements: tuple[Statement, ...]) -> None:
        for n, statement in enumerate(statements):
            if n:
                line.add_run(" ")
            self._words(line, statement)

    def _words(self, line: DocxParagraph, statement: Statement) -> None:
        for part in statement.inlines:
            if isinstance(part, Blank):
                self._blank(line, part)
                continue
            run = line.add_run(printable(part.text))
            run.bold = part.bold or None
            run.italic = part.italic or None

    def _blank(self, line: DocxParagraph, blank: Blank) -> None:
        """A content control that shows its label until someone types."""
        self.controls += 1
        label = printable(blank.label)
        run = line.add_run(f"[{label}]")
        run._r.style = style_ids()["Blank"]
        control = _element("w:sdt")
        about = _element("w:sdtPr")
        about.append(_element("w:alias", val=label[:60]))
        about.append(_element("w:tag", val=printable(blank.key)[:60]))
        about.append(_element("w:id", val=str(self.controls)))
        about.append(_element("w:showingPlcHdr"))
        content = _element("w:sdtContent")
        control.append(about)
        control.append(content)
        line._p.replace(run._r, control)
        content.append(run._r)


def _styled(line: DocxParagraph, style: str) -> DocxParagraph:
    """`line` in a style of ours (by its id: python-docx looks a name up among all styles)."""
    line._p.style = style_ids()[style]
    return line


def _faint(line: DocxParagraph, text: str) -> None:
    line.add_run(text)._r.style = style_ids()["Faint"]


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _field(line: DocxParagraph, code: str) -> None:
    """A field such as PAGE, which the word processor works out."""
    for piece in (
        _element("w:fldChar", fldCharType="begin"),
        _element("w:instrText"),
        _element("w:fldChar", fldCharType="separate"),
        _element("w:t"),
        _element("w:fldChar", fldCharType="end"),
    ):
        if piece.tag == qn("w:instrText"):
            piece.text = code
        elif piece.tag == qn("w:t"):
            piece.text = "1"
        line.add_run()._r.append(piece)


def _new_numbering(doc: Docx) -> int:
    """A list of its own, counting from 1, in the manner of the `List Number` style."""
    numbering = doc.part.numbering_part.element
    style = doc.styles["List Number"].element
    base = style.pPr.numPr.numId.val
    abstract = next(n for n in numbering.num_lst if n.numId == base).abstractNumId.val
    made = numbering.add_num(abstract)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(made.numId)


def _number_by(line: DocxParagraph, number: int) -> None:
    properties = line._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = 0
    properties.get_or_add_numId().val = number


def _cells(table: Table) -> list[list[_Cell]]:
    """Rows of cells; python-docx's own look-up walks the whole table for each."""
    return [[_Cell(tc, table) for tc in row.tc_lst] for row in table._tbl.tr_lst]


def _fix_widths(table: Table, shares: list[float]) -> None:
    table.autofit = False
    for column, share in zip(table.columns, shares, strict=True):
        column.width = Emu(int(TEXT_WIDTH * share))
    for row in _cells(table):
        for cell, share in zip(row, shares, strict=True):
            cell.width = Emu(int(TEXT_WIDTH * share))


def _repeat_header(table: Table) -> None:
    for n, row in enumerate(table._tbl.tr_lst):
        properties = row.get_or_add_trPr()
        properties.append(_element("w:cantSplit"))
        if n == 0:
            properties.append(_element("w:tblHeader"))


def _steady_zip(doc: Docx) -> bytes:
    """The document's bytes with fixed times, so that a second run writes the same file. Written
    here, once: python-docx would compress each part with the time of the day."""
    package = doc.part.package
    parts = list(package.parts)
    held = {
        "[Content_Types].xml": _ContentTypesItem.from_parts(parts).blob,  # type: ignore[no-untyped-call]
        PACKAGE_URI.rels_uri.membername: package.rels.xml,
    }
    for part in parts:
        held[part.partname.membername] = part.blob
        if part.rels:
            held[part.partname.rels_uri.membername] = part.rels.xml
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name in sorted(held, key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            new.writestr(entry, held[name], zipfile.ZIP_DEFLATED, compresslevel=4)
    return out.getvalue()
