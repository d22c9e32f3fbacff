"""The sentences of errors that the web app may show, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = (
    "review/*.py", "pipeline/reviewing.py", "pipeline/splitting.py", "pipeline/attaching.py",
    "pipeline/field_values.py", "pipeline/entering.py", "pipeline/intake.py",
    "pipeline/page_images.py", "pipeline/store/people.py", "pipeline/store/documents.py",
    "pipeline/store/second_factor.py", "pipeline/store/holds.py",
    "pipeline/isolation/pool.py", "extractors/reading/*.py",
)  # fmt: skip
"""Where errors come from that a page shows, the reasons of files set aside among them."""
ERRORS = frozenset(
    (
        *("UsageError", "SetupError", "StoreError", "DeskError", "Unreadable", "EmptyFile"),
        *("WrongType", "Damaged", "Locked", "TooLarge", "TimedOut", "NoAccess", "NoText"),
        *("NotSignedIn", "NotAllowed", "NoSuchCase", "StaleVersion", "WrongLogin", "WrongValue"),
        *("SourceDown", "SourceRefused", "Busy", "NotReadJustNow", "ChangedWhileRead"),
        *("NotEnrolled", "TooMany", "SsoRefused", "NotSet", "ProviderDown", "WrongCode"),
    )
)


def sentences() -> set[str]:
    """Every message and mend, with `{}` where a value stands."""
    return {said for pattern in SHOWN for path in ROOT.glob(pattern) for said in _in_file(path)}


def _in_file(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in ERRORS:
            for given in node.args[:2]:
                for said in _texts(given):
                    if " " in said or said.isalpha():
                        yield said


def _name(called: ast.expr) -> str:
    return getattr(called, "id", getattr(called, "attr", ""))


def _texts(given: ast.expr) -> Iterator[str]:
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield given.value
    elif isinstance(given, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in given.values)
    elif isinstance(given, ast.IfExp):
        yield from (*_texts(given.body), *_texts(given.orelse))
