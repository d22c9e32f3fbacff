"""Explanations of benefits: a claim table with adjustment codes and their legend."""

from __future__ import annotations

from benchmarks.generator import blocks as b
from benchmarks.generator.dice import Dice, table
from benchmarks.generator.scene import Scene
from benchmarks.generator.speaker import Speaker


def _money(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"


def eob_body(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """Title, claim lines and the notes that the codes on them refer to."""
    known = table("reasons")
    billed = dice.number(12_000, 1_900_000)
    group = dice.pick(["CO", "PR", "CO", "OA"])
    codes: list[tuple[str, str]] = []
    for reason in scene.reasons:
        carc, text = dice.pick(known[reason]["carc"])
        codes.append((f"{group}-{carc}", text))
        if dice.chance(0.6):
            codes.append(tuple(dice.pick(known[reason]["rarc"])))
    shown = ", ".join(code for code, _ in codes)
    service = speak.record("date_of_service", speak.block_day("service_date"))
    item = speak.drug_as("brand") if scene.brand else speak.record("service", scene.service or "")
    header = ("Date", "Description", "Code", "Billed", "Allowed", "Paid", "You may owe", "Notes")
    owed = billed if group == "PR" else 0
    line = (
        service, item, speak._say_hcpcs(), _money(billed), "$0.00", "$0.00", _money(owed), shown,
    )  # fmt: skip
    total = ("", "Total", "", _money(billed), "$0.00", "$0.00", _money(owed), "")
    out: list[b.Block] = [
        b.Heading(
            dice.pick(["Explanation of Benefits", "EXPLANATION OF BENEFITS (EOB)"]), main=True
        ),
        b.Para(
            "**This is not a bill.** Your provider may bill you for what the plan does not pay."
        ),
    ]
    if scene.administrator and "payer" not in speak.printed:
        out.append(b.Para(speak.choose(table("letters")["on_behalf"], must="payer")))
    out.append(b.Grid(header, (line, total), (1.2, 2.2, 0.9, 1.1, 0.9, 0.8, 1.1, 1.3)))
    out.append(b.Heading(dice.pick(["Notes", "What the codes mean", "Remark codes", "Glossary"])))
    out += [b.Para(f"**{code}**  {text}.") for code, text in codes]
    if dice.chance(0.5):
        texts = [speak.choose(known[reason]["named"]) for reason in scene.reasons]
        out.append(b.Para(" ".join(filter(None, texts))))
    return out
