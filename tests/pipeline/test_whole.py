"""The whole of it with its real readers: killed in the middle of real letters, it goes on."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from desk_calls import clean_env, command
from PIL import Image, ImageDraw, ImageFont
from test_process import everything, received

LETTER = """{payer}
March {day}, 2026
{name}
RE: Notice of denial
Member ID: XEH10020030{day}
Dear {name},
We have denied your request for {drug} because it is not medically necessary.
You may appeal within 180 days of receiving this notice.
Fax your appeal to 555-010-0199.
"""
DRUGS = ("Ocrevus", "Tecartus", "Humira")


def scan(text: str, path: Path) -> None:
    page = Image.new("L", (1275, 1650), 255)
    pen = ImageDraw.Draw(page)
    pen.text((120, 120), text, fill=0, font=ImageFont.load_default(size=26), spacing=18)
    page.save(path, dpi=(150, 150))


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for day, drug in enumerate(DRUGS, 1):
        words = LETTER.format(payer="Cigna", day=day, name="Sam Sample", drug=drug)
        (folder / f"text{day}.txt").write_text(words)
        scan(words.replace("March", "April"), folder / f"scan{day}.png")
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    return folder


def test_real_letters_killed_midway_end_as_if_never_killed(
    letters: Path, home: Path, tmp_path: Path
) -> None:
    def call(out: Path) -> list[str]:
        return [*command(fakes=False), "process", str(letters), "--out", str(out)]

    day = {"DENIALDESK_TODAY": "2026-05-04"}
    out, calm = tmp_path / "out", tmp_path / "calm"
    with subprocess.Popen(
        call(out), env=clean_env(home, **day), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as started:  # fmt: skip
        while received(home) < 4 and started.poll() is None:
            time.sleep(0.05)
        time.sleep(1.5)
        started.send_signal(signal.SIGKILL)
    for place, env in ((out, clean_env(home, **day)), (calm, clean_env(tmp_path / "c", **day))):
        done = subprocess.run(
            call(place), env=env, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 3, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert "Sample" not in done.stdout + done.stderr
    found = everything(home, out)
    assert found == everything(tmp_path / "c", calm)
    assert len(found["cases"]) == 6  # type: ignore[arg-type]
    assert "scan1.png" in done.stdout
    for drug in DRUGS:
        assert done.stdout.count(drug) == 2, done.stdout
