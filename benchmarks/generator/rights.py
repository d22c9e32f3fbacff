"""What the member can do next, and the pages behind the letter."""

from __future__ import annotations

from benchmarks.generator import blocks as b
from benchmarks.generator.dice import Dice, table
from benchmarks.generator.scene import NO_DENIAL, Scene
from benchmarks.generator.speaker import Speaker

_DEADLINES = (
    "We must have your appeal by {appeal_deadline}.",
    "The last day to file is {appeal_deadline}.",
    "Deadline to appeal: {appeal_deadline}",
)


def rights_blocks(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """The rights of a denial: time, place, fast appeal, later steps; some letters say little."""
    if scene.kind in NO_DENIAL:
        return []
    known = table("rights")
    if scene.level == "external_review":
        rights = known["external_review"]
        return [
            b.Heading(dice.pick(rights["title"])),
            b.Para(speak.choose(rights["time"])),
            b.Para(speak.choose(rights["later"])),
        ]
    rights = known[scene.plan_type].get(scene.level or "initial", {})
    out: list[b.Block] = [b.NewPage()] if dice.chance(0.35) else []
    out.append(b.Heading(dice.phrase(rights["title"])))
    told = [speak.choose(rights["time"])]
    if scene.window and dice.chance(0.15):
        told.append(speak.choose(list(_DEADLINES)))
    fast = speak.choose(rights["fast"]) if rights["fast"] and dice.chance(0.75) else ""
    rest = [
        speak.choose(rights["later"]) if dice.chance(0.5) else "",
        speak.choose(rights["more"]) if dice.chance(0.5) else "",
        speak.choose(known["common"]["include"]) if dice.chance(0.5) else "",
        speak.choose(known["common"]["records"]) if dice.chance(0.6) else "",
        speak.choose(known["common"]["representative"]) if dice.chance(0.35) else "",
    ]
    rest = [text for text in [fast, *rest] if text]
    dice.random.shuffle(rest)
    out.append(b.Para(" ".join(filter(None, told))))
    place = where_blocks(scene, speak, dice) if scene.window or dice.chance(0.3) else []
    if dice.chance(0.6):
        out += place
        out += _spread(rest, dice)
    else:
        out += _spread(rest, dice)
        out += place
    return out


def _spread(sentences: list[str], dice: Dice) -> list[b.Block]:
    if not sentences:
        return []
    if dice.chance(0.35):
        return [b.Bullets(tuple(sentences))]
    if dice.chance(0.5):
        return [b.Para(" ".join(sentences))]
    return [b.Para(sentence) for sentence in sentences]


def where_blocks(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """Where an appeal goes: address, fax, phone, any of them."""
    common = table("rights")["common"]
    kept = [way for way in ("address", "fax", "phone") if dice.chance(0.65)]
    out: list[b.Block] = []
    if "address" in kept:
        lines = scene.appeal_address
        speak.record("appeal_address", ", ".join(lines))
        lead = dice.phrase(common["where_address"])
        if dice.chance(0.7):
            out += [b.Para(lead), b.Lines(lines, indent=dice.chance(0.7))]
        else:
            out.append(b.Para(f"{lead} {', '.join(lines)}."))
    numbers = [speak.choose(common[f"where_{way}"]) for way in kept if way != "address"]
    if numbers and dice.chance(0.5):
        out.append(b.Para(" ".join(numbers)))
    else:
        out += [b.Para(text) for text in numbers]
    return out


def back_pages(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """Non-discrimination notice and language taglines, as many letters carry them."""
    pages = table("rights")["pages"]
    out: list[b.Block] = []
    if dice.chance(0.22):
        out += [b.NewPage(), b.Heading("Notice of Nondiscrimination")]
        out += [b.Para(speak.say(text)) for text in pages["nondiscrimination"]]
    if dice.chance(0.18):
        out += [b.NewPage() if not out else b.Gap(), b.Heading("Language assistance")]
        out += [b.Para(speak.say(text)) for text in pages["taglines"]]
    return out
