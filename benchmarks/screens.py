"""Pictures of every screen of the review desk, at two widths, light and dark, from the sample
letters: `python -m benchmarks.screens OUT`. They are looked at, and some stand in docs/."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "review"))

LETTERS = (
    "bcbstx_tecartus_quantity.pdf", "molina_dupixent_noa.tif", "humana_ma_prolia_step.jpg",
    "cigna_ocrevus_quantity.pdf", "partd_nurtec_step.pdf", "two_letters.pdf",
    "umr_skyrizi_selffunded.pdf", "noridian_duplicate.pdf", "uhc_info_request.pdf",
    "bcbsil_vyvanse_quantity.png", "kaiser_premium_notice.webp", "geha_fehb_botox.txt",
)  # fmt: skip
SIZES = {"wide": (1280, 860), "phone": (400, 860)}


def screens(case: str, clear: str) -> dict[str, str]:
    """Screen to its address; `case` has an open field, `clear` a letter."""
    return {
        "queue": "/queue",
        "case": f"/cases/{case}",
        "letter": f"/cases/{clear}/letter",
        "beside": f"/cases/{case}/beside/{clear}",
        "overview": "/overview",
        "upload": "/upload",
        "people": "/people",
        "account": "/account",
        "activity": "/activity",
    }


def small(path: Path) -> None:
    """A picture in 96 colours: a quarter of the size, and as legible."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(96).save(path, optimize=True)


def shoot(
    browser: Any, desk: Any, state: Any, cases: tuple[str, str], out: Path, only: Sequence[str]
) -> None:
    """Every screen, or those named, in both widths and schemes."""
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme,
                storage_state=state,
            )  # fmt: skip
            page = context.new_page()
            for name, address in screens(*cases).items():
                if only and name not in only:
                    continue
                page.goto(desk.address + address)
                if name == "case":
                    page.wait_for_selector("#case[data-ready=yes]")
                    page.keyboard.press("n")
                    page.wait_for_timeout(700)
                page.wait_for_load_state("networkidle" if "letter" in name else "load")
                page.wait_for_timeout(400)
                path = out / f"{name}-{size}-{scheme}.png"
                page.screenshot(path=str(path))
                small(path)
            context.close()


def main() -> None:
    import served  # the tests' own helper

    out = Path(sys.argv[1]).absolute()
    out.mkdir(parents=True, exist_ok=True)
    only = sys.argv[2:]
    with (
        tempfile.TemporaryDirectory() as home,
        served.served(Path(home), DENIALDESK_TODAY="2026-10-01") as desk,
        served.browser() as browser,
    ):
        page = browser.new_page()
        served.set_up(page, desk)
        files = [ROOT / "sample_docs" / name for name in LETTERS]
        cases = served.hand_in(page, desk, *files)
        page.screenshot(path=str(out / "uploaded-wide-light.png"))
        found = []
        for view in ("doubtful=1", "route=appeal"):
            page.goto(f"{desk.address}/queue?{view}")
            link = page.query_selector(".what a")
            address = link.get_attribute("href") if link else f"/cases/{cases[0]}"
            found.append(address.rpartition("/")[2].partition("?")[0])
        shoot(browser, desk, page.context.storage_state(), (found[0], found[1]), out, only)


if __name__ == "__main__":
    main()
