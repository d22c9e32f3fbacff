"""What a perfect reviewer must press: `python -m benchmarks.keystrokes [LETTERS]`.

The sample letters (20) are handed in to a real server; in a real browser somebody who knows each
letter's labels goes through their cases: accepts what is right, takes an alternative where one is,
types what is wrong, and approves. Every key counts one, a typed value its length, going to a field
one. Fields that are neither open nor key fields are left as they are. Seconds are the machine's
alone: a perfect reviewer does not read.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.fields import FIELD_SPECS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "review"))
_TIME = 60_000


@dataclass
class Reviewed:
    """One case: keys pressed, fields that were open, fields that were wrong, seconds."""

    letter: str
    keys: int = 0
    open: int = 0
    wrong: int = 0
    seconds: float = 0.0
    refused: str = ""

    @property
    def clean(self) -> bool:
        return not self.open and not self.wrong and not self.refused


def spelled(value: Any) -> str:
    """A label as a person types it."""
    if isinstance(value, dict):
        return f"{value['value']} {value['unit']}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return {True: "yes", False: "no", None: ""}.get(value, str(value))


def review(page: Any, address: str, case: str, gold: dict[str, Any], letter: str) -> Reviewed:
    """Go through one case."""
    done = Reviewed(letter)
    page.goto(f"{address}/cases/{case}")
    page.wait_for_selector("#case[data-ready=yes]")
    started = time.perf_counter()
    keys = page.eval_on_selector_all(".field", "all => all.map(f => f.dataset.key)")
    for key in keys:
        field = page.locator(f'.field[data-key="{key}"]')
        state = (field.get_attribute("class") or "").split()
        if key not in gold:
            if "open" not in state:
                continue
            wanted = None
        else:
            wanted = spelled(gold[key])
        has = field.locator("input, select, textarea").first.input_value()
        right = wanted is None or has.casefold() == wanted.casefold()
        if right and "open" not in state:
            continue
        if not right and "open" not in state and not FIELD_SPECS[key].is_key:
            continue  # nobody looks for it before approving
        done.open += "open" in state
        done.wrong += not right
        _mend(page, field, key, None if right else wanted, done)
    page.evaluate("document.activeElement.blur()")
    if (page.get_attribute(".state", "data-open") or "").strip():
        done.refused = page.get_attribute(".state", "data-open")
    else:
        page.keyboard.press("a")
        done.keys += 1
        try:
            page.wait_for_url(lambda url: case not in url, timeout=10_000)
        except Exception:  # refused: the reason stands on the page
            done.refused = page.inner_text("#refused")
    done.seconds = time.perf_counter() - started
    return done


def _mend(page: Any, field: Any, key: str, wanted: str | None, done: Reviewed) -> None:
    """Bring one field to its label: by one key where an alternative has it, else by typing."""
    input_ = field.locator("input, select, textarea").first
    input_.focus()
    done.keys += 1  # `n`, or a click
    if wanted is None:
        page.keyboard.press("Enter")
        done.keys += 1
    else:
        others = field.locator("[data-alt]").all()
        fitting = [n for n, each in enumerate(others, 1)
                   if spelled(json.loads(each.get_attribute("data-alt"))).casefold()
                   == wanted.casefold()]  # fmt: skip
        if fitting:
            page.keyboard.press(f"Alt+{fitting[0]}")
            done.keys += 1
        elif input_.evaluate("e => e.tagName") == "SELECT":
            input_.select_option(wanted)
            done.keys += 2
        else:
            page.keyboard.press("Control+A")
            page.keyboard.type(wanted)
            page.keyboard.press("Enter")
            done.keys += 2 + len(wanted)
    page.wait_for_function(
        "k => { const f = document.querySelector(`.field[data-key='${k}']`);"
        " return f.classList.contains('person') }",
        arg=key, timeout=_TIME,
    )  # fmt: skip


def main() -> None:
    import served  # the tests' own helper

    most = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    labelled = sorted((ROOT / "sample_docs").glob("*.json"))
    chosen = [path for path in labelled if "cases" not in json.loads(path.read_text())][:most]
    done: list[Reviewed] = []
    with (
        tempfile.TemporaryDirectory() as home,
        served.served(Path(home), DENIALDESK_TODAY="2026-10-01") as desk,
        served.browser() as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(_TIME)
        served.set_up(page, desk)
        for gold in chosen:
            (file,) = (path for path in gold.parent.glob(f"{gold.stem}.*") if path != gold)
            for case in served.hand_in(page, desk, file)[:1]:
                labels = json.loads(gold.read_text())
                done.append(review(page, desk.address, case, labels, gold.stem))
    print("| letter | open | wrong | keys | seconds | |")
    print("| --- | --- | --- | --- | --- | --- |")
    for each in done:
        print(f"| {each.letter} | {each.open} | {each.wrong} | {each.keys} | {each.seconds:.1f} | "
              f"{each.refused} |")  # fmt: skip
    approved = [each for each in done if not each.refused]
    clean = [each.keys for each in approved if each.clean]
    print(f"{len(approved)} of {len(done)} approved; {sum(e.keys for e in approved)} keys and "
          f"{sum(e.seconds for e in approved):.0f} s in all; {len(clean)} clean ones with at most "
          f"{max(clean, default=0)} keys each")  # fmt: skip


if __name__ == "__main__":
    main()
