"""Word documents: paragraphs, tables, headers and text boxes in the order a person reads them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from extractors.reading.limits import Budget
from extractors.reading.sheets import Sheet
from extractors.reading.typeset import NARROW, PAGE_BREAK, set_pages, wrapped
from models.errors import Damaged, TooLarge

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MEND = "Open it in Word, save it as PDF and send that"


def pages_of_docx(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a Word document, set anew. Raises Damaged, TooLarge."""
    _check_unpacked(data, budget)
    import docx  # heavy

    try:
        document = docx.Document(io.BytesIO(data))
        lines = list(_lines(document))
    except TooLarge:
        raise
    except Exception as odd:  # a broken package fails in python-docx in every possible way
        raise Damaged("the Word document is cut off or damaged", _MEND) from odd
    if sum(map(len, lines)) > budget.limits.max_characters:
        raise TooLarge("the Word document is too long for a letter", "Send the letter alone")
    yield from set_pages(lines, part)
    yield from _pictures(document, budget, part)


def _check_unpacked(data: bytes, budget: Budget) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as odd:
        raise Damaged("the Word document is cut off or damaged", _MEND) from odd
    if size > budget.limits.max_unpacked:
        raise TooLarge(f"the Word document unpacks to {size / 1e6:.0f} MB", _MEND)


def _lines(document: Any) -> Iterator[str]:
    """The document as lines: first page's header, body, footer."""
    section = document.sections[0] if len(document.sections) else None
    if section is not None:
        first = section.different_first_page_header_footer
        top = section.first_page_header if first else section.header
        yield from _story(top._element)
    yield from _story(document.element.body)
    if section is not None:
        bottom = section.first_page_footer if first else section.footer
        yield ""
        yield from _story(bottom._element)


def _story(element: Any) -> Iterator[str]:
    """Lines of a body, header, cell or text box."""
    above = ""
    for child in element:
        if child.tag == f"{_W}p":
            for text in _paragraph(child):
                if text == PAGE_BREAK:
                    yield text
                    above = ""
                    continue
                # Short lines (an address) stay together; a paragraph stands apart.
                if above and text and (len(text) > NARROW or len(above) > NARROW):
                    yield ""
                yield text
                above = text
        elif child.tag == f"{_W}tbl":
            if above:
                yield ""
            yield from _table(child)
            yield ""
            above = ""
        elif child.tag == f"{_W}sdt":
            for content in child.iter(f"{_W}sdtContent"):
                yield from _story(content)
                break


def _paragraph(paragraph: Any) -> list[str]:
    """A paragraph's text by its line and page breaks, its text boxes' lines after it."""
    texts = [""]
    boxes: list[Any] = []
    for node in _own(paragraph, boxes):
        if node.tag == f"{_W}t":
            texts[-1] += node.text or ""
        elif node.tag == f"{_W}tab":
            texts[-1] += "     "
        elif node.tag in (f"{_W}noBreakHyphen", f"{_W}softHyphen"):
            texts[-1] += "-" if node.tag.endswith("noBreakHyphen") else ""
        elif node.tag == f"{_W}cr" or node.tag == f"{_W}br":
            if node.get(f"{_W}type") == "page":
                texts += [PAGE_BREAK, ""]
            else:
                texts.append("")
        elif node.tag == f"{_W}lastRenderedPageBreak" and not texts[-1]:
            texts += [PAGE_BREAK, ""]
    if paragraph.find(f"{_W}pPr/{_W}numPr") is not None and texts[0].strip():
        texts[0] = f"• {texts[0]}"
    if paragraph.find(f"{_W}pPr/{_W}pageBreakBefore") is not None:
        texts.insert(0, PAGE_BREAK)
    if len(texts) > 1 and not texts[-1]:
        texts.pop()
    for box in boxes:
        texts += ["", *_story(box), ""]
    return texts


def _own(paragraph: Any, boxes: list[Any]) -> Iterator[Any]:
    """Nodes of a paragraph's text in order, without deleted text and without the tab stops of
    its style; text boxes are put aside, each once though Word stores it twice."""
    stack = list(reversed(paragraph))
    while stack:
        node = stack.pop()
        if node.tag in (f"{_W}pPr", f"{_W}rPr", f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback"):
            continue
        if node.tag == f"{_W}txbxContent":
            boxes.append(node)
            continue
        yield node
        stack.extend(reversed(node))


def _table(table: Any) -> Iterator[str]:
    """Rows of a table, cells side by side on the line grid."""
    for row in table.iter(f"{_W}tr"):
        cells = [
            [line for line in _story(cell) if line.strip() and line != PAGE_BREAK]
            for cell in row.iterchildren(f"{_W}tc")
        ]
        cells = [cell for cell in cells if cell] if len(cells) > 6 else cells
        if not any(cells):
            continue
        yield from side_by_side(cells)


def side_by_side(cells: list[list[str]]) -> Iterator[str]:
    """Cells' lines set next to one another, each wrapped to its share of the width."""
    share = max((NARROW + 36) // max(len(cells), 1) - 4, 12)
    if len(cells) == 2 and max(map(len, cells[0]), default=0) <= 30:
        widths = [max(max(map(len, cells[0]), default=0), 24), NARROW - 30]
    else:
        widths = [share] * len(cells)
    columns = [list(wrapped(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    for at in range(max(map(len, columns))):
        parts = [
            (column[at] if at < len(column) else "").ljust(width)
            for column, width in zip(columns, widths, strict=True)
        ]
        yield "    ".join(parts).rstrip()


def _pictures(document: Any, budget: Budget, part: int) -> Iterator[Sheet]:
    """Scans pasted into the document: images the size of a page, each as a page of its own."""
    from extractors.reading.images import pages_of_image
    from extractors.reading.mail import is_small_picture

    seen = set()
    for relation in document.part.rels.values():
        if "image" not in relation.reltype or relation.is_external:
            continue
        target = relation.target_part
        if target.partname in seen or is_small_picture(target.blob):
            continue
        seen.add(target.partname)
        try:
            yield from pages_of_image(target.blob, budget, part)
        except Damaged:
            budget.warn("a picture in the Word document cannot be read and was left out")
