"""`read_document`: the whole way of a file, from its bytes to its pages."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module

from extractors.reading.kinds import Kind, kind_of, suffix_warning
from extractors.reading.limits import Budget, Limits, OnPage
from extractors.reading.roles import with_role
from extractors.reading.sheets import Picture, Sheet
from models.document import Document, Page, PageSource
from models.errors import EmptyFile, NoText, TimedOut, TooLarge

Reader = Callable[[bytes, Budget, int], Iterator[Sheet]]

_READERS = {
    "pdf": ("extractors.reading.pdf", "pages_of_pdf"),
    "image": ("extractors.reading.images", "pages_of_image"),
    "docx": ("extractors.reading.docx_file", "pages_of_docx"),
    "mail": ("extractors.reading.mail", "pages_of_mail"),
    "html": ("extractors.reading.text_file", "pages_of_html"),
    "rtf": ("extractors.reading.text_file", "pages_of_rtf"),
    "text": ("extractors.reading.text_file", "pages_of_text"),
}


def reader_for(kind: Kind) -> Reader:
    """The function that reads files of a kind; its libraries are imported only now."""
    module, name = _READERS[kind.key]
    reader: Reader = getattr(import_module(module), name)
    return reader


def read_document(
    data: bytes, name: str, limits: Limits | None = None, on_page: OnPage | None = None
) -> Document:
    """Read one file. `name` is what it came under; its type is told from its bytes. `on_page` is
    called after each page.

    Raises the kinds of Unreadable, each with what to do about it, and SetupError where
    Tesseract is missing and a page needs it.
    """
    limits = limits or Limits()
    check_size(data, limits)
    kind = kind_of(data, name)
    budget = Budget(limits, on_page)
    if warning := suffix_warning(kind, name):
        budget.warn(warning)
    pages = _read_all(reader_for(kind)(data, budget, 0), budget)
    numbered = tuple(with_role(replace(page, number=at)) for at, page in enumerate(pages, 1))
    if not any(page.lines for page in numbered):
        raise _nothing(numbered)
    return Document(
        source=name,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=kind.media_type,
        pages=numbered,
        warnings=tuple(budget.warnings),
    )


def check_size(data: bytes, limits: Limits) -> None:
    """Raises EmptyFile, TooLarge."""
    if not data.strip(b"\x00 \t\r\n\f\v"):
        raise EmptyFile("the file is empty", "Send it again: the transfer may have been cut off")
    if len(data) > limits.max_bytes:
        raise TooLarge(
            f"the file has {len(data) / 1e6:.0f} MB; at most {limits.max_bytes / 1e6:.0f} are read",
            "Split it, or scan it again at 200 dpi in black and white",
        )


def _nothing(pages: tuple[Page, ...]) -> NoText:
    if all(page.source is PageSource.BLANK for page in pages):
        return NoText("the pages are blank", "Check that the scan shows the printed side")
    return NoText(
        "no words can be read on any page", "Scan the letter again, straight and at 300 dpi"
    )


@dataclass(frozen=True, slots=True)
class _Result:
    """A page, and why reading it was given up, if it was: it or the file took too long."""

    page: Page
    late: TimedOut | None = None
    whole_file: bool = False


def _read_all(sheets: Iterator[Sheet], budget: Budget) -> list[Page]:
    """Every sheet's page, in order; pictures are read side by side, few held at a time."""
    workers = max(budget.limits.workers, 1)
    results: list[_Result] = []
    waiting: deque[_Result | Future[_Result]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="page") as pool:
        try:
            for sheet in sheets:
                budget.add_page()
                if isinstance(sheet, Picture):
                    waiting.append(pool.submit(_read_picture, sheet, budget))
                else:
                    waiting.append(_Result(sheet))
                while sum(isinstance(item, Future) for item in waiting) > workers + 1:
                    results.append(_done(waiting.popleft(), budget))
            results += [_done(item, budget) for item in waiting]
        except BaseException:
            for item in waiting:
                if isinstance(item, Future):
                    item.cancel()
            raise
    late = [(at, result) for at, result in enumerate(results, 1) if result.late]
    reasons = [result.late for result in results if result.late]
    if reasons and not any(result.page.lines for result in results):
        raise reasons[-1]
    for number, result in late:
        if not result.whole_file:
            budget.warn(f"page {number} could not be read in the time allowed for a page")
    left = [number for number, result in late if result.whole_file]
    if left:
        budget.warn(
            f"{_listed(left)} could not be read: the file took longer than "
            f"{budget.limits.file_seconds:.0f} seconds"
        )
    return [result.page for result in results]


def _listed(numbers: list[int]) -> str:
    """Page numbers in words: `page 3`, `pages 2, 5 to 9`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number])
    told = ", ".join(" to ".join(map(str, span)) for span in spans)
    return f"page{'s' if len(numbers) > 1 else ''} {told}"


def _done(item: _Result | Future[_Result], budget: Budget) -> _Result:
    result = item.result() if isinstance(item, Future) else item
    budget.page_read()
    return result


def _read_picture(picture: Picture, budget: Budget) -> _Result:
    from extractors.reading import tesseract
    from extractors.reading.ocr import read_picture  # loads OpenCV

    with tesseract.gate():  # the page's preparation too: it takes memory and a core
        try:
            return _Result(read_picture(picture, budget.page_seconds()))
        except TimedOut as late:
            unread = Page(
                0, picture.width, picture.height, (), PageSource.OCR, 0.0, part=picture.part
            )
            return _Result(picture.over or unread, late, whole_file=budget.spent)
