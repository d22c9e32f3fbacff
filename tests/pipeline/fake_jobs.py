"""Calls for worker processes that act as a letter tells them to, in no time: what the pipeline
is tested with. A letter is a text of lines: `pages 3`, `letters 2`, `hang`, `crash`, ..."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from models.errors import Damaged, SetupError
from models.fields import FIELD_SPECS
from pipeline.isolation.jobs import Reading, envelopes, unpack

__all__ = ["envelopes", "unpack"]  # the real ones

_notify: list[Callable[[int, int], None]] = []
_shared: list[str] = []
"""The folder that all workers may write."""


def prepare(settings: dict[str, Any], notify: Callable[[int, int], None]) -> None:
    _notify.append(notify)
    _shared.append(settings.get("slots", ""))


def orders_in(text: str) -> dict[str, str]:
    return {word: rest for word, _, rest in (line.partition(" ") for line in text.splitlines())}


def read(data: bytes, name: str) -> Reading:
    text = data.decode("latin-1")
    orders = orders_in(text)
    time.sleep(float(orders.get("slow", "0")))
    for word, act in _ACTS.items():
        if word in orders:
            act(orders[word])
    pages = int(orders.get("pages", "1"))
    for done in range(pages):
        _notify[0](done + 1, pages)
    return Reading(text.encode("latin-1"), pages, "text/plain", ())


def _hang(seconds: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"])
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(float(seconds))


def _once(_: str) -> None:
    """Fail as if memory had run out, the first time only."""
    marker = Path(_shared[-1]) / "killed-once"
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _fail(words: str) -> None:
    raise ValueError(f"cannot read {words}")


def _damaged(_: str) -> None:
    raise Damaged("the file is damaged", "Scan it again")


def _setup(_: str) -> None:
    raise SetupError("Tesseract is not installed", "Install it: `apt-get install tesseract-ocr`")


def _swell(_: str) -> None:
    held = [bytearray(64 << 20) for _ in range(1000)]
    raise AssertionError(len(held))


def _grow(megabytes: str) -> None:
    _kept.append(b"x" * (int(megabytes) << 20))


_kept: list[bytes] = []

_ACTS: dict[str, Callable[[str], None]] = {
    "hang": _hang,
    "crash": lambda _: os.abort(),
    "killed": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "killed_once": _once,
    "fail": _fail,
    "damaged": _damaged,
    "setup": _setup,
    "swell": _swell,
    "grow": _grow,
}


def extract(body: bytes) -> list[dict[str, Any]]:
    orders = orders_in(body.decode("latin-1"))
    return [
        {"pages": [1], "fields": _fields(orders, at)} for at in range(int(orders.get("letters", 1)))
    ]


def _fields(orders: dict[str, str], at: int) -> dict[str, Any]:
    values = {"payer": orders.get("payer", "Example Health Plan"), "patient_name": "Pat Example"}
    if "date" in orders:
        values["letter_date"] = orders["date"]
    return {
        key: {
            "value": values.get(key, [] if spec.empty == () else None),
            "confidence": 0.9 if key in values else 0.0,
            "evidence": [],
            "computed": ["a test"],
        }
        for key, spec in FIELD_SPECS.items()
    }


def route(
    body: bytes, found: list[dict[str, Any]], today: date, entries: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    orders = orders_in(body.decode("latin-1"))
    return [_case(letter, orders.get("route", "appeal")) for letter in found]


def _case(letter: dict[str, Any], route: str) -> dict[str, Any]:
    clock = {
        "key": "int",
        "step": "internal appeal",
        "who": "member",
        "opens": None,
        "due": "2027-03-10",
        "safe_due": "2027-03-05",
        "counts_from": "receipt",
        "citation": "a rule",
        "confidence": "A",
        "arithmetic": "a sum",
        "kind": "ours",
        "missing": None,
        "conflict": None,
    }
    return {
        **letter,
        "deadlines": [clock],
        "law": {"regime": None, "name": "", "reasons": [], "excluded": [], "question": None,
                "citations": []},
        "route": {"route": route, "rule": "a test", "reasons": [], "urgent": False,
                  "urgent_because": None},
        "urgent": False,
    }  # fmt: skip


def write(body: dict[str, Any], case_id: str, today: date, entries: Any = None) -> dict[str, bytes]:
    if body["route"]["route"] in ("human_review", "none"):
        return {}
    return {"letter.pdf": b"a letter", "case.json": json.dumps(body).encode()}


def whole(data: bytes, name: str, today: date) -> dict[str, Any]:
    found = read(data, name)
    return {
        "document": {"source": name, "sha256": "", "pages": found.pages, "warnings": []},
        "cases": route(found.body, extract(found.body), today),
    }


def pid() -> int:
    return os.getpid()


def disk_full() -> None:
    raise OSError(28, "No space left on device")
