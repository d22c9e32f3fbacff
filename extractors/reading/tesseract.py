"""Tesseract: the one place that starts it and speaks its language."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytesseract

from extractors.reading.sheets import Grey
from extractors.reading.tesseract_stream import Gone, Late, Streams
from models.errors import SetupError, TimedOut

INSTALL = (
    "Install it: `sudo apt-get install tesseract-ocr` (Debian, Ubuntu) or "
    "`brew install tesseract` (macOS)"
)
OLDEST = 4

gate: Callable[[], AbstractContextManager[None]] = nullcontext
"""Entered around each page and, inside of that again, around each run. A caller with several
processes sets one that limits how many are at work at once in all of them."""


streams: Streams | None = None
"""Where set, pages and words in doubt are read by Tesseracts that stay. For processes that read
many pages and end all that they started."""


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
    """A directory of this process that no other user can look into, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="denialdesk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


_GREYS = b"".join(bytes((level, level, level, 0)) for level in range(256))
_BMP_HEAD = 14 + 40 + len(_GREYS)


def write_bmp(grey: Grey, path: Path) -> None:
    """A grey image as a BMP: costs next to nothing to write, and Leptonica takes it in at once.

    It reads a PGM pixel by pixel, which is one fifteenth of Tesseract's time for a letter page.
    """
    height, width = grey.shape
    rows = np.zeros((height, (width + 3) // 4 * 4), np.uint8)
    rows[:, :width] = grey[::-1]  # a BMP begins at the bottom
    with path.open("wb") as out:
        out.write(struct.pack("<2sIHHI", b"BM", _BMP_HEAD + rows.size, 0, 0, _BMP_HEAD))
        out.write(struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, rows.size, 0, 0, 256, 0))
        out.write(_GREYS)
        out.write(rows.tobytes())


QUICK = (
    "-c textord_tabfind_find_tables=0 -c load_system_dawg=0 -c load_freq_dawg=0 "
    "-c load_punc_dawg=0 -c load_number_dawg=0"
)
"""What Tesseract does without: its search for tables (ours is better) and its word lists (names and
numbers are in none). Each saved some of its time and lost no word on 18 damaged pages."""


def read_words(
    grey: Grey, dpi: float, *, psm: int = 3, seconds: float = 60.0, config: str = ""
) -> tuple[Seen, ...]:
    """Words of a page image, in Tesseract's order. Raises TimedOut, SetupError."""
    languages()
    settings = f"-c tessedit_create_tsv=1 --psm {psm} {QUICK} {config}".rstrip()
    table = _run(grey, dpi, "tsv", "eng", settings, seconds, stays=psm in (3, 6))
    return tuple(_seen(table)) if table is not None else ()


def _run(
    grey: Grey,
    dpi: float,
    output: str,
    language: str,
    settings: str,
    seconds: float,
    stays: bool = False,
) -> str | None:
    """What Tesseract writes about an image; None where it refuses the image. Raises TimedOut.

    This is how pytesseract's `image_to_data` goes about it, but both files lie in a private
    directory: its own are in the common temporary directory, readable by everyone.
    """
    # One thread a process: with OpenMP's default two Tesseracts fight for the cores and take
    # four times as long.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    handle, name = tempfile.mkstemp(suffix=".bmp", dir=_scratch(os.getpid()))
    os.close(handle)
    image, told = Path(name), Path(name).with_suffix(f".{output}")
    try:
        write_bmp(grey, image)
        with gate():
            if streams is not None and stays:
                with suppress(Gone):
                    command = _stream_command(language, f"{settings} --dpi {_whole(dpi)}")
                    return streams.table(command, image, _empty(os.getpid()), seconds)
            pytesseract.pytesseract.run_tesseract(
                str(image),
                str(image.with_suffix("")),
                output,
                language,
                f"{settings} --dpi {_whole(dpi)}",
                timeout=seconds,
            )
        return told.read_text(encoding="utf-8", errors="replace")
    except Late as late:
        raise _too_slow(seconds) from late
    except pytesseract.TesseractError as failed:
        if failed.status in (-15, -9):
            raise _too_slow(seconds) from failed
        # Nothing to see is an error to Tesseract (an image of a few pixels, for one).
        return None
    except FileNotFoundError:
        return None  # it saw nothing, and wrote nothing
    except RuntimeError as late:
        raise _too_slow(seconds) from late
    finally:
        image.unlink(missing_ok=True)
        told.unlink(missing_ok=True)


def _whole(dpi: float) -> int:
    return max(round(dpi), 70)


def _stream_command(language: str, settings: str) -> tuple[str, ...]:
    program = pytesseract.pytesseract.tesseract_cmd
    return (program, "-", "stdout", "-l", language, "-c", "stream_filelist=1", *settings.split())


@cache
def _empty(pid: int) -> Path:
    """An image with nothing on it."""
    path = _scratch(pid) / "empty.bmp"
    write_bmp(np.full((64, 64), 255, np.uint8), path)
    return path


def _too_slow(seconds: float) -> TimedOut:
    return TimedOut(
        f"reading a page took longer than {seconds:.0f} seconds",
        "Scan the page again, cleaner and at 300 dpi, or raise the time allowed for a page",
    )


def _seen(table: str) -> Iterator[Seen]:
    """Words of Tesseract's table: level, page, block, paragraph, line, word, left, top, width,
    height, confidence in percent, text."""
    for row in table.split("\n")[1:]:
        cells = row.split("\t", 11)
        if len(cells) < 12 or not (word := cells[11].strip()) or (sure := float(cells[10])) < 0:
            continue
        block, paragraph, line, _, x, y, wide, high = map(int, cells[2:10])
        yield Seen(word, x, y, x + wide, y + high, sure / 100, (block, paragraph, line))


_TURN = re.compile(r"Rotate: (\d+)\nOrientation confidence: ([\d.]+)")


def orientation(grey: Grey, dpi: float, seconds: float = 20.0) -> tuple[int, float]:
    """Clockwise turn in degrees that makes a page upright, and Tesseract's confidence in it.

    (0, 0.0) where it cannot tell. Raises TimedOut, SetupError.
    """
    if "osd" not in languages():
        return 0, 0.0
    told = _run(grey, dpi, "osd", "osd", "--psm 0", seconds)
    found = _TURN.search(told) if told is not None else None
    return (int(found[1]) % 360, float(found[2])) if found else (0, 0.0)
