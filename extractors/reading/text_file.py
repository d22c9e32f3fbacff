"""Plain text, and text taken out of RTF and HTML, to pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from extractors.reading.limits import Budget
from extractors.reading.sheets import Sheet
from extractors.reading.typeset import PAGE_BREAK, set_pages
from models.errors import TooLarge, WrongType


def decoded(data: bytes) -> str:
    """Text from bytes: UTF-8 or UTF-16 with or without a mark, else Windows' Western set."""
    for mark, codec in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace")
    head = data[:65536]
    if b"\x00" in head:
        big = head[0::2].count(0) > head[1::2].count(0)
        return data.decode("utf-16-be" if big else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as odd:
        if odd.start > len(data) - 4:  # cut off inside a character
            return data.decode("utf-8", "ignore")
        return data.decode("cp1252", "replace")


def pages_of_text(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a plain text file. Raises TooLarge."""
    return pages_of_string(decoded(data), budget, part)


_JSON = re.compile(r"\s*[{\[]\s*[\"{\[]")


def _rows(value: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The values of a JSON document as lines with labels: `member name: Sam Sample`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _rows(inner, (*path, re.sub(r"[_\W]+", " ", str(key)).strip()))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for item in value:
            yield from _rows(item, path)
    elif value is not None and path:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        last = path[-1]
        label = last if " " in last or len(path) < 2 else f"{path[-2]} {last}"
        if last.endswith("days") and shown.isdigit():
            label, shown = f"{path[-2] if len(path) > 1 else last} window", f"{shown} days"
        yield f"{label[:1].upper()}{label[1:]}: {shown}"


def _shown(text: str) -> str:
    """A JSON document as lines that a person would read; any other text as it is."""
    if not _JSON.match(text):
        return text
    try:
        return "\n\n".join(_rows(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def pages_of_string(text: str, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a text; form feeds are page breaks. Raises TooLarge."""
    if len(text) > budget.limits.max_characters:
        raise TooLarge(
            f"the text is {len(text):,} characters long", "Send the letter alone, as one file"
        )
    text = _shown(text)
    lines: list[str] = []
    for number, page in enumerate(text.split("\f")):
        if number:
            lines.append(PAGE_BREAK)
        lines += [_cleaned(line) for line in page.splitlines()]
    yield from set_pages(lines, part)


_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")


def _cleaned(line: str) -> str:
    return _INVISIBLE.sub("", line.expandtabs(8).replace("\u00a0", " "))


_BLOCK_TAGS = (
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr li main nav ol p pre section table ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})


class _HtmlText(HTMLParser):
    """Visible text of a page: blocks apart, table cells of a row side by side."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._row: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append("\x01")
        elif tag == "tr":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n" if tag != "div" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in _BLOCKS and tag != "li":
            self.parts.append("\n\n" if tag != "div" else "\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of_html(html: str) -> str:
    """The words of a web page or HTML mail as lines of text."""
    reader = _HtmlText()
    reader.feed(html)
    reader.close()
    lines = []
    for line in "".join(reader.parts).split("\n"):
        cells = [re.sub(r" +", " ", cell).strip() for cell in line.split("\x01")]
        lines.append("     ".join(cell for cell in cells if cell))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def pages_of_html(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of a saved web page."""
    declared = re.search(rb"charset=[\"']?([A-Za-z0-9_-]+)", data[:2048])
    text = ""
    if declared:
        try:
            text = data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            text = ""
    yield from pages_of_string(text_of_html(text or decoded(data)), budget, part)


_RTF = re.compile(
    r"\\'(?P<hex>[0-9a-fA-F]{2})|\\u(?P<uni>-?[0-9]{1,6})\s?\??"
    r"|\\(?P<word>[a-z]+)(?P<arg>-?[0-9]+)? ?"
    r"|\\(?P<sign>[^a-z])|(?P<brace>[{}])|(?P<eol>[\r\n]+)|(?P<text>[^\\{}\r\n]+)",
    re.I,
)
_RTF_SIGNS = {
    "par": "\n", "line": "\n", "sect": "\n\n", "page": "\f", "tab": "\t", "cell": "     ",
    "row": "\n", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "endash": "–", "emdash": "—",
}  # fmt: skip
_RTF_HIDDEN = (
    "fonttbl colortbl stylesheet info pict object header footer generator listtable "
    "listoverridetable rsidtbl themedata datastore xmlnstbl latentstyles fldinst"
)
_RTF_SKIPPED = frozenset(_RTF_HIDDEN.split())


def text_of_rtf(rtf: str) -> str:
    """The words of an RTF document; pictures and styles are left out."""
    out: list[str] = []
    skipping: list[bool] = [False]
    for token in _RTF.finditer(rtf):
        if token["brace"] == "{":
            skipping.append(skipping[-1])
        elif token["brace"] == "}":
            if len(skipping) > 1:
                skipping.pop()
        elif token["sign"] == "*" or token["word"] in _RTF_SKIPPED:
            skipping[-1] = True
        elif skipping[-1]:
            continue
        elif token["hex"]:
            out.append(bytes([int(token["hex"], 16)]).decode("cp1252", "replace"))
        elif token["uni"]:
            out.append(chr(int(token["uni"]) % 65536))
        elif token["word"]:
            out.append(_RTF_SIGNS.get(token["word"], ""))
        elif token["sign"]:
            out.append({"~": " ", "_": "-", "\n": "\n"}.get(token["sign"], token["sign"]))
        elif token["text"]:
            out.append(token["text"])
    return "".join(out)


def pages_of_rtf(data: bytes, budget: Budget, part: int = 0) -> Iterator[Sheet]:
    """Pages of an RTF document. Raises WrongType where it holds no text."""
    if len(data) > budget.limits.max_unpacked // 4:
        raise TooLarge("the RTF document is too large", "Save it as PDF and send that")
    text = text_of_rtf(data.decode("cp1252", "replace"))
    if not text.strip():
        raise WrongType("the RTF document holds no text", "Save it as PDF and send that")
    yield from pages_of_string(text, budget, part)
