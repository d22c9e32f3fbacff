"""The worked examples of CONTRIBUTING.md, done to a copy of the tree, do what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("models", "knowledge", "extractors", "letters", "pipeline", "review")
_STEP = re.compile(
    r"^<!-- (?P<does>after|before|write|shows) (?P<what>.+?) -->\n```\w+\n(?P<block>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Step:
    does: str
    what: str
    block: str


def examples() -> dict[str, list[Step]]:
    """The steps of each example, by its heading."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)[1:]
    return {
        title: [Step(*match.group("does", "what", "block")) for match in _STEP.finditer(text)]
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _put(tree: Path, step: Step) -> None:
    """The block into a file: as a new one, at its end, or after or before the line with a text."""
    name, _, line_with = step.what.partition(": ")
    file = tree / name
    if step.does == "write":
        file.write_text(step.block, encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = len(lines)
    if line_with:
        found = [n for n, line in enumerate(lines) if line_with in line]
        assert found, f"{name} has no line with {line_with}"
        at = found[0] + (step.does == "after")
        # After a definition's head: after the whole of it, its docstring too.
        while step.does == "after" and line_with.startswith("def ") and '"""' not in lines[at - 1]:
            at += 1
    file.write_text("".join([*lines[:at], step.block, *lines[at:]]), encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


@pytest.mark.parametrize("title", examples())
def test_the_example_works(title: str, tree: Path) -> None:
    steps = examples()[title]
    assert {"write", "shows"} <= {step.does for step in steps}
    environment = {
        **os.environ,
        "DENIALDESK_HOME": str(tree / "home"),
        "PYTHONPATH": str(tree),
    }
    for step in steps:
        if step.does != "shows":
            _put(tree, step)
            continue
        command = step.block.replace("denialdesk ", f"{sys.executable} -m pipeline ")
        done = subprocess.run(
            command, shell=True, cwd=tree, env=environment, text=True,
            capture_output=True, check=False, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert step.what in done.stdout, done.stdout + done.stderr


def test_the_examples_are_all_here() -> None:
    assert len(examples()) == 4
