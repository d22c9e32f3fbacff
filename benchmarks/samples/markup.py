"""A sample letter as written by hand: its words, its layout, and which words are which fact.

A `.letter` file begins with TOML (between lines of `+++`): the facts that are no printed words
(`kind`, `plan_type`, `reasons` ...), the look, and how it is damaged. Then the letter:

    @head NAME | under it     @to  @date  @sign  @fine  @box     lines until an empty line
    @pairs STYLE              label = value, a line each
    @grid 1,2,1               cells parted by |, a line a row, the header first
    @page                     a new page; ~ alone is an empty line
    @include NAME             a text of `includes.toml`
    # heading, ## title, - bullet, anything else: a paragraph

`{member_id|ZGP 1234}` prints `ZGP 1234` and labels it; `{payer|BCBSTX=Blue Cross ...}` prints one
thing and labels another; `{expedited_offered|}` prints nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dateutil.parser import parse

from benchmarks.generator import blocks as b
from models.fields import FIELD_SPECS, FieldKind

HERE = Path(__file__).parent
_FACT = re.compile(r"\{(\w+)\|([^{}=]*)(?:=([^{}]*))?\}")
NEXT_LINE = " // "
"""Parts the lines of a fact that runs over several, as an address does."""
_VARIABLE = re.compile(r"\$([a-z]+)")


@dataclass
class Sample:
    """One letter: blocks for the page, and the label that its words carry."""

    front: Mapping[str, Any]
    blocks: list[b.Block] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)

    def words(self, text: str) -> str:
        """The printed words of a marked text; its facts are noted."""
        text = _VARIABLE.sub(lambda m: str(self.front["vars"][m[1]]), text)
        return _FACT.sub(self._note, text)

    def _note(self, match: re.Match[str]) -> str:
        key, shown, meant = match.groups()
        if key not in FIELD_SPECS:
            raise ValueError(f"{key} is no field")
        forms = self.said.setdefault(key, [])
        value = (meant if meant is not None else shown).replace(NEXT_LINE, ", ")
        if value not in forms:
            forms.append(value)
        return shown

    def label(self) -> dict[str, Any]:
        """The contract's keys: what is printed, null for the rest; `accept` from the front."""
        front = self.front
        reasons = list(front.get("reasons", []))
        out: dict[str, Any] = {key: self._value(key) for key in FIELD_SPECS}
        out |= {
            "document_kind": front["kind"],
            "level": front.get("level"),
            "payer_family": front.get("family"),
            "plan_type": front["plan_type"],
            "denial_category": reasons[0] if reasons else None,
            "denial_categories": reasons,
            "drug_generic": front.get("generic"),
        }
        accept = {key: list(forms) for key, forms in front.get("accept", {}).items()}
        for key, forms in self.said.items():
            if len(forms) > 1 and FIELD_SPECS[key].kind in (FieldKind.TEXT, FieldKind.ID):
                accept.setdefault(key, []).extend(forms[1:])
        out["accept"] = accept
        return out

    def _value(self, key: str) -> Any:
        forms = self.said.get(key, [])
        kind = FIELD_SPECS[key].kind
        if kind is FieldKind.LIST:
            return forms
        if kind is FieldKind.FLAG:
            return bool(forms)
        if not forms:
            return None
        if kind is FieldKind.DATE:
            return parse(forms[0]).date().isoformat()
        if kind is FieldKind.WINDOW:
            number, unit = forms[0].split()
            return {"value": int(number), "unit": unit}
        return forms[0]


def read_letter(path: Path) -> Sample:
    """The letter of one `.letter` file."""
    _, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    sample = Sample(tomllib.loads(front))
    _add(sample, body)
    return sample


@cache
def _includes() -> Mapping[str, str]:
    return tomllib.loads((HERE / "includes.toml").read_text(encoding="utf-8"))


def _add(sample: Sample, body: str) -> None:
    for chunk in re.split(r"\n\s*\n", body.strip()):
        lines = [line for line in chunk.splitlines() if not line.startswith("%%")]
        if lines:
            _add_chunk(sample, lines)


def _add_chunk(sample: Sample, lines: list[str]) -> None:
    first = lines[0]
    if first.startswith("@include"):
        for name in first.split()[1:]:
            _add(sample, _includes()[name])
    elif first.startswith("@"):
        command, _, rest = first[1:].partition(" ")
        sample.blocks.append(_COMMANDS[command](sample, rest.strip(), lines[1:]))
    elif first.startswith("## "):
        sample.blocks.append(b.Heading(sample.words(first[3:]), main=True))
    elif first.startswith("# "):
        sample.blocks.append(b.Heading(sample.words(first[2:])))
        if lines[1:]:
            _add_chunk(sample, lines[1:])
    elif first.startswith("- "):
        items = tuple(sample.words(line.removeprefix("- ")) for line in lines)
        sample.blocks.append(b.Bullets(items))
    else:
        sample.blocks.append(b.Para(sample.words(" ".join(lines))))


def _said(sample: Sample, lines: Iterable[str]) -> tuple[str, ...]:
    shown = NEXT_LINE.join(sample.words(line) if line != "~" else "" for line in lines)
    return tuple(shown.split(NEXT_LINE))


def _head(sample: Sample, rest: str, lines: list[str]) -> b.Block:
    name, _, under = rest.partition(" | ")
    return b.Letterhead(sample.words(name), _said(sample, lines), sample.words(under))


def _pairs(sample: Sample, rest: str, lines: list[str]) -> b.Block:
    rows = [line.split(" = ", 1) for line in lines]
    return b.Pairs(tuple((label, sample.words(value)) for label, value in rows), rest)


def _grid(sample: Sample, rest: str, lines: list[str]) -> b.Block:
    rows = [tuple(cell.strip() for cell in sample.words(line).split("|")) for line in lines]
    return b.Grid(rows[0], tuple(rows[1:]), tuple(float(share) for share in rest.split(",")))


_COMMANDS: Mapping[str, Callable[[Sample, str, list[str]], b.Block]] = {
    "head": _head,
    "pairs": _pairs,
    "grid": _grid,
    "to": lambda s, rest, lines: b.Lines(_said(s, lines), indent=rest == "indent"),
    "date": lambda s, rest, lines: b.Lines(_said(s, lines), side=rest or "left"),
    "sign": lambda s, rest, lines: b.Lines(_said(s, lines)),
    "box": lambda s, rest, lines: b.Framed(s.words(" ".join(lines))),
    "fine": lambda s, rest, lines: b.Fine(s.words(" ".join(lines))),
    "page": lambda s, rest, lines: b.NewPage(),
}
