"""The rules of the project that a machine can hold: style, types, import direction, plain files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "ruff-check": ["ruff", "check", "."],
    "ruff-format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "imports": ["lint-imports"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_tree_passes(name: str) -> None:
    program, *args = CHECKS[name]
    path = Path(sys.executable).parent / program
    done = subprocess.run(
        [str(path), *args], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _committed() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: the list of committed files is not to be had")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_locked_requirements_carry_hashes_and_no_host() -> None:
    text = (ROOT / "requirements.txt").read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.M)
    assert len(pins) > 100
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "index" not in text.lower().replace("indexed", "")


def test_no_committed_file_is_a_registry_lock() -> None:
    assert not [path.name for path in _committed() if path.name in {"uv.lock", "poetry.lock"}]


def test_code_files_stay_readable() -> None:
    """A file is one idea: about 150 lines, rarely over 400, never over 500."""
    code = [
        path
        for path in _committed()
        # Tests may hold long texts: the letters that they are about.
        if path.suffix == ".py" and path.exists() and "tests" not in path.parts
    ]
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in code}
    assert not {name: n for name, n in lengths.items() if n > 500}
    assert sum(n > 400 for n in lengths.values()) <= len(lengths) // 20
