"""Tesseract: the one place that starts it and speaks its language."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytesseract
from pytesseract import Output

from extractors.reading.sheets import Grey
from models.errors import SetupError, TimedOut

INSTALL = (
    "Install it: `sudo apt-get install tesseract-ocr` (Debian, Ubuntu) or "
    "`brew install tesseract` (macOS)"
)
OLDEST = 4

gate: Callable[[], AbstractContextManager[None]] = nullcontext
"""Entered around each page and, inside of that again, around each run. A caller with several
processes sets one that limits how many are at work at once in all of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A word as Tesseract saw it: pixels from the top left, confidence 0 to 1.

    `line` numbers Tesseract's own lines on the page.
    """

    text: str
    x0: int
    top: int
    x1: int
    bottom: int
    confidence: float
    line: tuple[int, int, int]


@cache
def tesseract_version() -> str:
    """Version of the installed Tesseract, such as "5.3.0". Raises SetupError without one."""
    try:
        version = pytesseract.get_tesseract_version()
    except pytesseract.TesseractNotFoundError as missing:
        raise SetupError("Tesseract is not installed", INSTALL) from missing
    except (SystemExit, ValueError) as odd:
        raise SetupError("Tesseract does not tell its version", INSTALL) from odd
    if version.major < OLDEST:
        raise SetupError(f"Tesseract {version} is too old", INSTALL)
    return str(version)


@cache
def languages() -> frozenset[str]:
    """Installed language models. Raises SetupError without Tesseract or without English."""
    tesseract_version()
    found = frozenset(pytesseract.get_languages())
    if "eng" not in found:
        raise SetupError(
            "Tesseract's English model is missing",
            "Install it: `sudo apt-get install tesseract-ocr-eng`",
        )
    return found


@cache
def _scratch(pid: int) -> Path:
    """A directory of this process that no other user can look into, removed at its end.

    pytesseract writes its results to the default temporary directory, readable by everyone;
    hence that default is moved here.
    """
    folder = Path(tempfile.mkdtemp(prefix="denialdesk-"))
    tempfile.tempdir = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write_pgm(grey: Grey, path: Path) -> None:
    """A grey image as a binary PGM: what Leptonica reads fastest and costs nothing to write."""
    height, width = grey.shape
    with path.open("wb") as out:
        out.write(b"P5 %d %d 255\n" % (width, height))
        out.write(grey.tobytes())


def read_words(
    grey: Grey, dpi: float, *, psm: int = 3, seconds: float = 60.0, config: str = ""
) -> tuple[Seen, ...]:
    """Words of a page image, in Tesseract's order. Raises TimedOut, SetupError."""
    languages()
    # One thread a process: with OpenMP's default two Tesseracts fight for the cores and take
    # four times as long.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    handle, name = tempfile.mkstemp(suffix=".pgm", dir=_scratch(os.getpid()))
    os.close(handle)
    path = Path(name)
    try:
        write_pgm(grey, path)
        with gate():
            table = pytesseract.image_to_data(
                str(path),
                lang="eng",
                config=f"--psm {psm} --dpi {max(round(dpi), 70)} {config}".rstrip(),
                timeout=seconds,
                output_type=Output.DICT,
            )
    except pytesseract.TesseractError as failed:
        if failed.status in (-15, -9):
            raise _too_slow(seconds) from failed
        # Nothing to see is an error to Tesseract (an image of a few pixels, for one).
        return ()
    except RuntimeError as late:
        raise _too_slow(seconds) from late
    finally:
        path.unlink(missing_ok=True)
    return tuple(_seen(table))


def _too_slow(seconds: float) -> TimedOut:
    return TimedOut(
        f"reading a page took longer than {seconds:.0f} seconds",
        "Scan the page again, cleaner and at 300 dpi, or raise the time allowed for a page",
    )


def _seen(table: dict[str, list[object]]) -> list[Seen]:
    rows = zip(
        table["text"],
        table["conf"],
        table["left"],
        table["top"],
        table["width"],
        table["height"],
        table["block_num"],
        table["par_num"],
        table["line_num"],
        strict=True,
    )
    found = []
    for text, conf, left, top, width, height, *line in rows:
        word, sure = str(text).strip(), float(str(conf))
        if not word or sure < 0:
            continue
        x, y, w, h = (int(str(value)) for value in (left, top, width, height))
        block, paragraph, row = (int(str(value)) for value in line)
        found.append(Seen(word, x, y, x + w, y + h, sure / 100, (block, paragraph, row)))
    return found


def orientation(grey: Grey, dpi: float, seconds: float = 20.0) -> tuple[int, float]:
    """Clockwise turn in degrees that makes a page upright, and Tesseract's confidence in it.

    (0, 0.0) where it cannot tell. Raises TimedOut, SetupError.
    """
    if "osd" not in languages():
        return 0, 0.0
    os.environ["OMP_THREAD_LIMIT"] = "1"
    handle, name = tempfile.mkstemp(suffix=".pgm", dir=_scratch(os.getpid()))
    os.close(handle)
    path = Path(name)
    try:
        write_pgm(grey, path)
        with gate():
            told = pytesseract.image_to_osd(
                str(path),
                config=f"--dpi {max(round(dpi), 70)}",
                timeout=seconds,
                output_type=Output.DICT,
            )
    except pytesseract.TesseractError:
        return 0, 0.0
    except RuntimeError as late:
        raise _too_slow(seconds) from late
    finally:
        path.unlink(missing_ok=True)
    return int(told["rotate"]) % 360, float(told["orientation_conf"])
