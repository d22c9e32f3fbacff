"""The review desk in a real browser: Debian's Chromium against `denialdesk serve`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import docx
import numpy as np
import pdfplumber
import pytest
import served
from made_pages import drawn, typeset
from PIL import Image
from review_bench import LETTER

pytestmark = [
    pytest.mark.skipif(served.CHROMIUM is None, reason="no Chromium: scripts/setup --tests"),
    pytest.mark.xdist_group("browser"),
]
TIME = 60_000
"""Milliseconds that anything may take on a loaded machine."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Served]:
    home = tmp_path_factory.mktemp("desk")
    with served.served(home, DENIALDESK_TODAY="2026-09-21", DENIALDESK_WORKERS="1") as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with served.browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def state(desk: served.Served, chromium: Any) -> Any:
    """A signed-in administrator's cookies."""
    page = chromium.new_page()
    served.set_up(page, desk)
    kept = page.context.storage_state()
    page.context.close()
    return kept


@pytest.fixture
def page(chromium: Any, state: Any) -> Iterator[Any]:
    """A signed-in page; errors of its scripts and refusals of its policy fail the test."""
    context = chromium.new_context(storage_state=state, viewport={"width": 1280, "height": 860})
    context.set_default_timeout(TIME)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security" in said.text else None,
    )
    yield opened
    context.close()
    assert not faults


def letter(folder: Path, number: int) -> Path:
    """A letter of its own that is read without doubt."""
    path = folder / f"letter{number}.txt"
    path.write_text(LETTER.replace("7700412259", f"77004122{number:02d}"))
    return path


def in_formats(folder: Path) -> list[Path]:
    """One letter in each of several formats."""
    (folder / "a.pdf").write_bytes(typeset())
    word = docx.Document()
    for line in LETTER.replace("7700412259", "9900412001").splitlines():
        word.add_paragraph(line)
    word.save(str(folder / "b.docx"))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "plan@example.com", "me@example.com", "Notice"
    mail.set_content(LETTER.replace("7700412259", "9900412002"))
    (folder / "c.eml").write_bytes(bytes(mail))
    return [folder / "a.pdf", folder / "b.docx", folder / "c.eml", letter(folder, 40)]


def in_picture_formats(folder: Path) -> list[Path]:
    """A letter as a picture in each format that is read, each with bytes of its own."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    picture = Image.fromarray(drawn(150))
    places = []
    for ending in ("png", "jpg", "tif", "webp", "heic", "bmp", "gif"):
        path = folder / f"p.{ending}"
        picture.save(path, **({"dpi": (150, 150)} if ending in ("png", "jpg", "tif") else {}))
        places.append(path)
    return places


def open_case(page: Any, desk: served.Served, case: str) -> None:
    page.goto(f"{desk.address}/cases/{case}")
    page.wait_for_selector("#case[data-ready=yes]")


def settle(page: Any, key: str) -> None:
    """Wait until a field is a person's word."""
    page.wait_for_selector(f'.field.person[data-key="{key}"]')


def clear_open_fields(page: Any) -> int:
    """Accept every open field by keyboard; returns the keystrokes that took."""
    strokes = 0
    while page.query_selector(".field.open"):
        before = page.eval_on_selector_all(".field.open", "all => all.length")
        if not page.evaluate("document.activeElement.closest('.field.open') !== null"):
            page.keyboard.press("n")
            strokes += 1
        if not page.evaluate("document.activeElement.value"):
            page.keyboard.type("Medical")
            strokes += 1
        page.keyboard.press("Enter")
        strokes += 1
        page.wait_for_function(
            "before => document.querySelectorAll('.field.open').length < before", arg=before
        )
    return strokes


def test_letters_of_each_format_come_to_a_packet(
    page: Any, desk: served.Served, tmp_path: Path
) -> None:
    cases = served.hand_in(page, desk, *in_formats(tmp_path))
    assert len(set(cases)) == 4
    assert not page.query_selector("tr[data-status=quarantined]")
    again = letter(tmp_path, 40)
    page.set_input_files("#files", [str(again)])
    page.wait_for_selector("text=Received before: the same file")
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    page.set_input_files("#files", [str(tmp_path / "torn.pdf")])
    page.wait_for_selector("tr[data-status=quarantined]")
    open_case(page, desk, cases[-1])
    clear_open_fields(page)
    page.click("#approve")
    page.wait_for_url(lambda url: cases[-1] not in url)
    page.goto(f"{desk.address}/cases/{cases[-1]}/letter")
    drawn_wide = "async e => { await e.decode(); return e.naturalWidth }"
    assert page.wait_for_selector("img.paper").evaluate(drawn_wide) > 300
    with page.expect_download() as download:
        page.click("#packet")
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert any(name.endswith("letter.docx") for name in archive.namelist())
    page.fill("form[action$='/sent'] [name=day]", "2026-09-22")
    page.click("text=It was sent")
    page.wait_for_selector("form[action$='/outcome']")


def test_pictures_of_each_format_become_cases(
    page: Any, desk: served.Served, tmp_path: Path
) -> None:
    places = in_picture_formats(tmp_path)
    cases = served.hand_in(page, desk, *places)
    assert len(set(cases)) == len(places)
    assert not page.query_selector("tr[data-status=quarantined]")
    open_case(page, desk, cases[0])
    drawn_wide = "async e => { await e.decode(); return e.naturalWidth }"
    assert page.wait_for_selector("#page").evaluate(drawn_wide) > 600


def test_further_pages_and_codes_and_two_cases_side_by_side(
    page: Any, desk: served.Served, tmp_path: Path
) -> None:
    (first,) = served.hand_in(page, desk, letter(tmp_path, 61))
    open_case(page, desk, first)
    (tmp_path / "eob.txt").write_text("Explanation of benefits\nCO-50 $0.00\nGroup: GRP-771-02")
    if not page.evaluate("document.getElementById('p-document').open"):  # as where others are alike
        page.click("#p-document summary")
    page.set_input_files("#p-document input[type=file]", str(tmp_path / "eob.txt"))
    page.click("#p-document form[data-busy] button")
    page.wait_for_selector("#thumbs li:nth-child(2)")
    page.wait_for_selector("#case[data-ready=yes]")
    page.keyboard.press("]")
    box = page.wait_for_selector("#boxes[data-ready='2'] rect.code")
    box.hover()
    page.wait_for_function("document.getElementById('boxname').textContent.includes('CARC 50')")
    second = tmp_path / "copy.txt"
    second.write_text(letter(tmp_path, 61).read_text() + "\n")
    (copy,) = served.hand_in(page, desk, second)
    open_case(page, desk, copy)
    page.click(f"a[href='/cases/{copy}/beside/{first}']")
    page.wait_for_selector("table.compared")
    assert not looked_at(page, 1280, "side by side")
    page.click("text=The same letter")
    page.wait_for_url(f"**/cases/{first}")


def looked_at(page: Any, width: int, place: str) -> dict[str, Any]:
    """What axe finds on a page, and whether the page is wider than the screen."""
    axe = (files("axe_core_python") / "axe.min.js").read_text("utf-8")
    page.evaluate(axe)
    told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found: dict[str, Any] = {}
    if told["violations"]:
        found[place] = [
            (v["id"], [node["html"][:120] for node in v["nodes"][:4]]) for v in told["violations"]
        ]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found[f"{place} is wider than the screen"] = [("scroll", [str(wide)])]
    return found


def test_a_case_is_reviewed_by_keyboard_alone_and_a_clean_one_takes_one_key(
    page: Any, desk: served.Served, tmp_path: Path
) -> None:
    (first,) = served.hand_in(page, desk, letter(tmp_path, 50))
    open_case(page, desk, first)
    clear_open_fields(page)
    page.evaluate("document.activeElement.blur()")
    page.focus('[name="member_id"]')  # a field like any other: typed over, saved with Enter
    page.keyboard.press("Control+A")
    page.keyboard.type("MHP55")
    page.keyboard.press("Enter")
    settle(page, "member_id")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("u")
    page.wait_for_selector('.field:not(.person)[data-key="member_id"]')
    assert page.input_value('[name="member_id"]') == "MHP440218876"
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#help:not([open])", state="attached")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("a")  # no field is open: one key approves and goes on
    page.wait_for_url(lambda url: first not in url)
    open_case(page, desk, first)
    assert page.get_attribute(".state", "data-status") == "approved"


def test_an_open_key_field_holds_approval_and_is_gone_to(
    page: Any, desk: served.Served, tmp_path: Path
) -> None:
    path = tmp_path / "bare.txt"
    path.write_text(LETTER.replace("because it is not medically necessary under our medical\n", "")
                    .replace("policy MP-204", "at this time"))  # fmt: skip
    (case,) = served.hand_in(page, desk, path)
    open_case(page, desk, case)
    open_keys = page.get_attribute(".state", "data-open").split()
    assert open_keys
    page.keyboard.press("a")
    page.wait_for_selector("#refused:not([hidden])")
    assert "Still open" in page.inner_text("#refused")
    assert page.evaluate("document.activeElement.name") == open_keys[0]


def test_two_people_on_one_case_see_each_other_and_lose_nothing(
    page: Any, desk: served.Served, chromium: Any, tmp_path: Path
) -> None:
    (case,) = served.hand_in(page, desk, letter(tmp_path, 60))
    page.goto(f"{desk.address}/people")
    form = "form[action='/people']"
    page.fill(f"{form} [name=name]", "bea")
    page.fill(f"{form} [name=password]", "seven grey herons wade")
    page.click(f"{form} button")
    page.wait_for_selector("text=bea")
    open_case(page, desk, case)
    context = chromium.new_context()
    context.set_default_timeout(TIME)
    other = context.new_page()
    served.sign_in(other, desk, "bea", "seven grey herons wade")
    open_case(other, desk, case)
    assert "ada has this case open" in other.inner_text("#held")
    other.click("#take-over")
    other.wait_for_selector("#held", state="detached")
    other.fill('[name="payer"]', "Meadowlark of Delaware")
    other.keyboard.press("Enter")
    settle(other, "payer")
    page.fill('[name="payer"]', "Meadowlark Plan")
    page.keyboard.press("Enter")
    page.wait_for_selector("#merge[open]")
    assert "Meadowlark of Delaware" in page.inner_text("#theirs")
    page.click("#merge button[value=theirs]")
    page.wait_for_selector("#merge:not([open])", state="attached")
    assert page.input_value('[name="payer"]') == "Meadowlark of Delaware"
    context.close()


def test_words_are_picked_where_they_stand_on_a_turned_skewed_fax(
    page: Any, desk: served.Served, tmp_path: Path
) -> None:
    grey = drawn(200)
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 2.2, 1.0)
    skew = cv2.warpAffine(grey, matrix, (width, height), borderValue=255)
    dark = Image.fromarray(np.rot90(skew) > 150)
    dark.save(tmp_path / "fax.tif", dpi=(200, 200), compression="group4")
    (case,) = served.hand_in(page, desk, tmp_path / "fax.tif")
    open_case(page, desk, case)
    page.focus('[name="group_number"]')
    page.wait_for_function("document.querySelector('#page').complete")
    with pdfplumber.open(io.BytesIO(typeset())) as pdf:
        places = {word["text"]: word for word in pdf.pages[0].extract_words()}
    for wanted in ("LMH-2207-8841", "0071532", "J2350"):
        word = places[wanted]
        x = (word["x0"] + word["x1"]) / 2 * 200 / 72
        y = (word["top"] + word["bottom"]) / 2 * 200 / 72
        across, down = matrix @ np.array([x, y, 1.0])  # where the fax has it, turned upright
        page.evaluate("document.getElementById('fit').click()")
        page.evaluate(
            "([x, y]) => { const s = document.getElementById('stage'),"
            " b = document.getElementById('sheet').getBoundingClientRect();"
            " s.style.scrollBehavior = 'auto'; s.scrollTo(0, y * b.height - s.clientHeight / 2) }",
            [across / width, down / height],
        )
        sheet = page.locator("#sheet").bounding_box()
        page.mouse.click(
            sheet["x"] + across / width * sheet["width"],
            sheet["y"] + down / height * sheet["height"],
        )
        page.wait_for_function(
            "wanted => document.querySelector('[name=group_number]').value === wanted", arg=wanted
        )


@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_on_any_screen(
    page: Any, desk: served.Served, tmp_path: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    mine = [letter(tmp_path, 70 + width % 7), letter(tmp_path, 80 + width % 7)]
    case, other = served.hand_in(page, desk, *mine)
    found: dict[str, Any] = {}
    places = [f"/cases/{case}/beside/{other}", "/queue", "/upload", "/overview", "/people",
              "/account", "/activity", f"/cases/{case}", f"/cases/{case}/letter"]  # fmt: skip
    for scheme in ("light", "dark") if width > 400 else ("light",):
        page.emulate_media(color_scheme=scheme)
        for place in places:
            page.goto(desk.address + place)
            if place == f"/cases/{case}":
                page.wait_for_selector("#case[data-ready=yes]")
            found |= looked_at(page, width, f"{place} {scheme}")
    assert not found
