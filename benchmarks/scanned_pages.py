"""`python -m benchmarks.scanned_pages`: a whole run against bare Tesseract on the same images."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from benchmarks.common import check, cores, process, publish, verdict, workplace, write_letters
from benchmarks.generator.damage import pages_of

TARGET = 1.25


def write_images(scans: Path, out: Path) -> list[Path]:
    """Every page of the scanned PDFs as the grey 200 dpi picture that it is."""
    out.mkdir()
    made: list[Path] = []
    for path in sorted(scans.glob("*.pdf")):
        for n, page in enumerate(pages_of(path.read_bytes())):
            made.append(out / f"{path.stem}-{n}.pgm")
            Image.fromarray(page).save(made[-1])
    return made


def bare_tesseract(images: list[Path]) -> float:
    """Seconds for all images: one single-threaded process a page, all cores busy."""
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(path: Path) -> None:
        subprocess.run(
            ["tesseract", str(path), "stdout", "-l", "eng", "--dpi", "200", "tsv"],
            env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    begun = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(read, images))
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scanned_pages", description=__doc__)
    parser.add_argument("--letters", type=int, default=40)
    count = parser.parse_args().letters
    with workplace() as work:
        scans, one = work / "scans", work / "one"
        write_letters(scans, count, seed=41, damages=("scan",))
        write_letters(one, 1, seed=43)
        images = write_images(scans, work / "images")
        # before and after, so that a machine that warms up or slows down favours neither
        before = bare_tesseract(images)
        whole = check(process(scans, work)).seconds
        after = bare_tesseract(images)
        started = check(process(one, work)).seconds
    bare = (before + after) / 2
    ratio = whole / bare
    publish(
        "scanned_pages",
        "Scanned pages",
        [
            f"{count} scanned letters, {len(images)} pages at 200 dpi; every core busy in both.",
            "",
            "| | seconds | a page |",
            "| --- | ---: | ---: |",
            f"| bare `tesseract`, before and after | {before:.1f}, {after:.1f} "
            f"| {bare / len(images):.2f} |",
            f"| `denialdesk process`, from call to exit | {whole:.1f} "
            f"| {whole / len(images):.2f} |",
            f"| of that, starting up (a run on one digital letter) | {started:.1f} | |",
            "",
            f"Ratio {ratio:.2f} (target {TARGET}: {verdict(ratio, TARGET)}); "
            f"without start-up {(whole - started) / bare:.2f}.",
        ],
    )


if __name__ == "__main__":
    main()
