"""What goes with a release: the documentation site, the container's recipe, the licences."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def test_the_documentation_site_builds_whole_and_fetches_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "mkdocs"), "build", "--strict", "-d", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    fetched = re.compile(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(https?:[^"]*)"')
    assert not [url for page in pages for url in fetched.findall(page.read_text())]
    told = (tmp_path / "python.html").read_text()
    assert "read_document" in told
    assert "extract_fields" in told


def _instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_container_is_made_by_the_set_up_of_the_demo() -> None:
    steps = _instructions()
    known = {"FROM", "WORKDIR", "RUN", "COPY", "USER", "ENV", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {name for name, _ in steps} <= known
    assert [rest for name, rest in steps if name == "RUN" and "scripts/setup" in rest]
    assert "scripts/setup" in (ROOT / "scripts" / "demo").read_text()
    copied = {s for name, rest in steps if name == "COPY" for s in shlex.split(rest)[:-1]}
    assert all((ROOT / source).exists() for source in copied)
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert {name.rstrip("*") for name in found["packages"]["find"]["include"]} <= copied
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    assert copied == let_in
    # It runs as nobody of importance, and the last word on who it runs as stands before CMD.
    names = [name for name, _ in steps]
    assert names.index("USER") < names.index("CMD")
    assert dict(steps)["USER"].partition(":")[0] not in ("root", "0")


def test_a_linter_finds_nothing_in_the_container_file() -> None:
    tool = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [tool, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_licences_are_those_of_the_lock() -> None:
    if sys.platform != "linux" or sys.version_info[:2] != (3, 11):
        pytest.skip("the page is written from what Linux and Python 3.11 install")
    lines = re.findall(r"^[a-z0-9].*?==[^\\]*", (ROOT / "requirements.txt").read_text(), re.M)
    pinned = [Requirement(line) for line in lines]
    page = (ROOT / "docs" / "licences.md").read_text()
    listed = set(re.findall(r"^\| ([A-Za-z0-9._-]+) \| (\S+) \|", page, re.M))
    told = {(canonicalize_name(name), version) for name, version in listed}
    here = {
        (canonicalize_name(one.name), str(one.specifier).removeprefix("=="))
        for one in pinned
        if one.marker is None or one.marker.evaluate()
    }
    assert here <= told, "run scripts/licences"
