"""The readers compared: this project's, bare Tesseract and OCRmyPDF, each on one file of pages.

All are given both cores: Tesseract as one single-threaded process a page, OCRmyPDF with a job a
core, ours with a page a core in one worker process, as it runs in a batch.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import cores

_PROGRAM = (sys.executable, "-m", "ocrmypdf")
OCRMYPDF = ("--deskew", "--clean", "--rotate-pages", "--output-type", "pdf", "--force-ocr")
PATIENT = ("--tesseract-timeout", "36000", "--tesseract-non-ocr-timeout", "36000")
"""On a machine busy with other work it gives pages up otherwise, which is none of its errors."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a reader gave: text a page, seconds on the clock and of processor, peak megabytes of
    its largest process, and pages that took a second look (ours only)."""

    texts: tuple[str, ...]
    wall: float
    cpu: float
    megabytes: float
    again: int = 0


def _timed(work: Callable[[], Sequence[str]]) -> Run:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    texts = tuple(work())
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(texts, wall, cpu, 0.0)


def tesseract(pictures: Sequence[Path]) -> Run:
    """Bare Tesseract on the untouched page images."""
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(path: Path) -> str:
        done = subprocess.run(
            ["tesseract", str(path), "stdout", "-l", "eng"],
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
        return done.stdout.decode("utf-8", "replace")

    def all_pages() -> list[str]:
        with ThreadPoolExecutor(cores()) as pool:
            return list(pool.map(read, pictures))

    return _timed(all_pages)


def ocrmypdf(path: Path, work: Path, pages: int) -> Run:
    """OCRmyPDF with its repairs; the text is that of its sidecar file, of so many pages."""
    sidecar = work / "sidecar.txt"

    def read() -> list[str]:
        command = [
            *_PROGRAM, *OCRMYPDF, *PATIENT, "--jobs", str(cores()), "--sidecar", str(sidecar),
            str(path), str(work / "done.pdf"),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode or not sidecar.exists():
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise SystemExit(f"ocrmypdf ended with {done.returncode}: {' '.join(last)}")
        texts = sidecar.read_text(encoding="utf-8").split("\f")
        # A last form feed ends the last page, or comes before a last page without words.
        return texts[:-1] if len(texts) > pages and not texts[-1].strip() else texts

    return _timed(read)


def tesseract_version() -> str:
    """Such as "5.3.0"."""
    done = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def ocrmypdf_version() -> str:
    """Such as "14.0.1"; ends the benchmark where it is not installed."""
    done = subprocess.run([*_PROGRAM, "--version"], capture_output=True, text=True, check=False)
    if done.returncode or not shutil.which("unpaper"):
        raise SystemExit(
            "OCRmyPDF is compared with: sudo apt-get install ghostscript unpaper, and "
            "pip install -e '.[bench]' (or --readers ours tesseract)"
        )
    return done.stdout.strip()


class Ours:
    """A worker process that reads files one after the other, its imports done."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.readers"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._line()

    def _line(self) -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit("our reader ended; nothing was measured")
        return line

    def read(self, path: Path) -> Run:
        assert self._child.stdin is not None
        self._child.stdin.write(f"{path}\n")
        self._child.stdin.flush()
        told = json.loads(self._line())
        return Run(
            tuple(told["texts"]), told["wall"], told["cpu"], told["megabytes"], told["again"]
        )

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait()


def _spent() -> float:
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


class _Peak:
    """The most resident memory of this process while one file was read, looked at every 50 ms."""

    def __enter__(self) -> _Peak:
        self.megabytes = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._over.wait(0.05):
            resident = int(Path("/proc/self/statm").read_text().split()[1])
            self.megabytes = max(self.megabytes, resident * page / 1e6)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def serve() -> None:
    """Paths in, one JSON line a file out."""
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # as our workers do
    import cv2

    cv2.setNumThreads(1)
    import extractors.reading.images
    import extractors.reading.ocr
    import extractors.reading.pdf  # noqa: F401
    from extractors.reading import Limits, read_document, tesseract
    from extractors.reading.tesseract_stream import Streams

    tesseract.streams = Streams()  # as our workers do
    # a loaded machine is slow; what is cut short is not measured
    limits = Limits(
        workers=cores(), max_pages=5000, max_bytes=1 << 31, page_seconds=600, file_seconds=36_000
    )
    print("ready", flush=True)
    for line in sys.stdin:
        path = Path(line.strip())
        data = path.read_bytes()
        before, begun = _spent(), time.perf_counter()
        with _Peak() as peak:
            document = read_document(data, path.name, limits)
        tesseract.streams.end()  # only then is its processor time told
        told = {
            "texts": [page.text for page in document.pages],
            "wall": time.perf_counter() - begun,
            "cpu": _spent() - before,
            "megabytes": peak.megabytes,
            "again": sum(page.looks > 1 for page in document.pages),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    serve()
