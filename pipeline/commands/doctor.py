"""`denialdesk doctor`: what this machine lacks, and the command that mends it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import click

from models.errors import DeskError
from pipeline.commands.common import home_option, settings
from pipeline.errors import FAILED, OK, sentence
from pipeline.home import Settings

_OLDEST_PYTHON = (3, 11)
_LEAST_GB = 2.0
_PACKAGES = {
    "tesseract": ("tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd", "tesseract"),
    "fonts": ("fonts-dejavu-core", "--cask font-dejavu"),
    "python": ("python3.11 python3.11-venv", "python@3.11"),
}
"""What to install: by apt, by brew."""
_FONT_PLACES = (
    "/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts",
    "~/.fonts", "~/.local/share/fonts", "~/Library/Fonts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` says what to do where it is not well."""

    what: str
    well: bool
    told: str
    mend: str = ""


@click.command(epilog="Example: denialdesk doctor")
@home_option
def doctor() -> int:
    """Say what is missing on this machine and the command that mends it.

    Exit code: 0 all is well, 1 something is missing.
    """
    chosen = settings()
    findings = [check(chosen) for check in CHECKS]
    for found in findings:
        click.echo(f"{'ok     ' if found.well else 'MISSING'}  {found.what}: {found.told}")
        if not found.well:
            click.echo(f"         {found.mend}")
    return OK if all(found.well for found in findings) else FAILED


def install(what: str) -> str:
    """The command that installs something, by the package manager that is here."""
    apt, brew = _PACKAGES[what]
    if shutil.which("apt-get"):
        return f"Run: sudo apt-get install -y {apt}"
    if shutil.which("brew"):
        return f"Run: brew install {brew}"
    return f"Install it: `sudo apt-get install -y {apt}` or `brew install {brew}`"


def python(_: Settings) -> Finding:
    told = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= _OLDEST_PYTHON, told, install("python"))


def tesseract(_: Settings) -> Finding:
    path = shutil.which("tesseract")
    if path is None:
        return Finding("Tesseract", False, "not installed", install("tesseract"))
    said = _said([path, "--version"]).split("\n")[0].removeprefix("tesseract ")
    return Finding("Tesseract", bool(said), said or "does not run", install("tesseract"))


def tesseract_data(_: Settings) -> Finding:
    what = "Tesseract's models"
    path = shutil.which("tesseract")
    held = set(_said([path, "--list-langs"]).split()) if path else set()
    lacking = [name for name in ("eng", "osd") if name not in held]
    told = f"{' and '.join(lacking)} not there" if lacking else "eng, osd"
    return Finding(what, not lacking, told, install("tesseract"))


def _said(call: list[str]) -> str:
    try:
        done = subprocess.run(call, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout or done.stderr


def fonts(_: Settings) -> Finding:
    from pathlib import Path

    places = [Path(place).expanduser() for place in _FONT_PLACES]
    endings = {".ttf", ".otf", ".ttc"}
    held = any(
        font.suffix.lower() in endings for place in places if place.is_dir()
        for font in place.rglob("*")
    )  # fmt: skip
    told = "there" if held else "none: letters use those that come with the program"
    return Finding("Fonts", True, told)


def home(chosen: Settings) -> Finding:
    root = chosen.home.root
    try:
        chosen.home.prepare()
    except DeskError as broken:
        return Finding("Home", False, sentence(broken.message), broken.mend)
    return Finding("Home", True, f"{root}, can be written")


def space(chosen: Settings) -> Finding:
    place = chosen.home.root
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    return Finding(
        "Disk", free >= _LEAST_GB, f"{free:.1f} GB free",
        f"Free some space, at least {_LEAST_GB:.0f} GB, or name another disk with --home DIR.",
    )  # fmt: skip


def database(chosen: Settings) -> Finding:
    from pipeline.store.database import open_database

    try:
        opened = open_database(chosen.database_url)
    except DeskError as broken:
        return Finding("Database", False, sentence(broken.message), broken.mend)
    kind = opened.engine.dialect.name
    opened.close()
    return Finding("Database", True, {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind])


def letters(chosen: Settings) -> Finding:
    """Where letters received are kept. A folder is made when it is first needed."""
    from pipeline.batch import open_blobs

    if not chosen.blobs_url:
        return Finding("Letters received", True, str(chosen.blob_folder))
    try:
        trouble = open_blobs(chosen).place.trouble()
    except DeskError as broken:
        return Finding("Letters received", False, sentence(broken.message), broken.mend)
    return Finding(
        "Letters received", not trouble, trouble or chosen.blobs_url,
        "Make the bucket; see that AWS_ENDPOINT_URL and the keys of AWS are right.",
    )  # fmt: skip


def libraries(_: Settings) -> Finding:
    """Imported in a process of its own: one that crashes is a finding, too."""
    names = ("prefect.server.api.server", "pypdfium2", "cv2", "spacy", "typst", "docx", "pandas")
    call = [sys.executable, "-c", f"import {', '.join(names)}"]
    try:
        done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=180)
        broken = done.stderr.strip().splitlines()[-1] if done.returncode else ""
    except (OSError, subprocess.SubprocessError, IndexError):
        broken = "they cannot be imported"
    return Finding(
        "Libraries", not broken, broken or "all there",
        f"Run: {sys.executable} -m pip install --require-hashes -r requirements.txt",
    )  # fmt: skip


def isolation(chosen: Settings) -> Finding:
    """What holds a worker that a letter has taken over. What lacks is told, and stops nothing."""
    from pipeline.isolation.confine import protections

    found = protections(chosen.worker_user)
    told = "; ".join(
        f"{each.name}: {each.told}" if each.holds else f"{each.name}: NOT HELD ({each.told})"
        for each in found
    )
    return Finding("Isolation of letters", True, told)


def at_rest(chosen: Settings) -> Finding:
    """Whether letters are sealed, and whether their key can be had."""
    what = "Letters at rest"
    if not chosen.key:
        return Finding(what, True, "not sealed (`denialdesk keys init` makes a key)")
    from pipeline.store.keys import KeySource

    try:
        current = KeySource(chosen.key).ring().current.id
    except DeskError as broken:
        return Finding(what, False, sentence(broken.message), broken.mend)
    return Finding(what, True, f"sealed with the key {current}")


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    python, tesseract, tesseract_data, fonts, home, space, database, letters, libraries,
    isolation, at_rest,
)  # fmt: skip
