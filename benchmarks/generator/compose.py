"""A scene as a letter: which blocks, in which order, in which words."""

from __future__ import annotations

from benchmarks.generator import blocks as b
from benchmarks.generator.dice import Dice, table
from benchmarks.generator.eob import eob_body
from benchmarks.generator.look import Look
from benchmarks.generator.references import date_line, references
from benchmarks.generator.rights import back_pages, rights_blocks
from benchmarks.generator.scene import Scene
from benchmarks.generator.speaker import Speaker


def compose(scene: Scene, look: Look, speak: Speaker, dice: Dice) -> list[b.Block]:
    """The blocks of the whole letter, first page to last."""
    say = table("letters")
    to_provider = scene.kind != "other" and dice.chance(0.25)
    body = [*_top(scene, look, speak, dice, to_provider)]
    if scene.kind == "other":
        return [*body, *_mail(scene, speak, dice)]
    body += references(scene, look, speak, dice)
    if scene.eob:
        body += eob_body(scene, speak, dice)
    else:
        if dice.chance(0.75):
            body.append(b.Heading(_title(scene, dice), main=dice.chance(0.6)))
        greeting = say["dear_provider"] if to_provider else say["dear"]
        if dice.chance(0.85):
            body.append(b.Para(speak.choose(greeting)))
        body += _middle(scene, speak, dice)
    body += rights_blocks(scene, speak, dice)
    body += _end(scene, speak, dice)
    body += back_pages(scene, speak, dice)
    return [block for block in body if block not in (b.Para(""), b.Framed(""))]


def _title(scene: Scene, dice: Dice) -> str:
    titles = table("letters")["titles"]
    key = scene.kind
    if scene.kind == "denial":
        if scene.level == "internal_appeal":
            key = "medicare_part_d_appeal" if scene.plan_type == "medicare_part_d" else scene.level
        elif scene.level == "external_review":
            key = "external_review"
        elif scene.plan_type in titles and dice.chance(0.6):
            key = scene.plan_type
        elif scene.on_claim:
            key = "claim"
    return dice.phrase(titles[key])


def _top(scene: Scene, look: Look, speak: Speaker, dice: Dice, to_provider: bool) -> list[b.Block]:
    """Letterhead, addressee and, if it stands by itself, the date."""
    by_agent = scene.administrator is not None and dice.chance(0.55)
    if scene.level == "external_review":
        head, under = dice.pick(table("payers")["administrators"]["iros"]), "External review"
    elif by_agent:
        head, under = speak.say("{administrator}"), ""
        if dice.chance(0.6) or scene.kind == "other":
            under = dice.pick(["on behalf of ", "acting for ", "administrator for "])
            under += speak.say("{payer}")
    else:
        head = speak.say("{payer}")
        department = dice.pick(table("letters")["departments"]["names"])
        under = department if dice.chance(0.35) else ""
    lines = list(scene.payer_address) if dice.chance(0.75) else []
    if dice.chance(0.35):
        lines.append(f"Phone {speak._plain('help_phone')}")
        if dice.chance(0.5):
            lines[-1] += f"   Fax {speak._plain('letterhead_fax')}"
    out: list[b.Block] = [b.Letterhead(head, tuple(lines), under)]
    date_first = dice.chance(0.5)
    if look.date_place != "in_pairs" and date_first:
        out += date_line(look, speak, dice)
    if dice.chance(0.8):
        out.append(b.Lines(_addressee(scene, speak, to_provider), indent=dice.chance(0.15)))
    if look.date_place != "in_pairs" and not date_first:
        out += date_line(look, speak, dice)
    return out


def _addressee(scene: Scene, speak: Speaker, to_provider: bool) -> tuple[str, ...]:
    if to_provider:
        return (speak.say("{provider_name}"), scene.clinic, *scene.home)
    return (speak.say("{patient_name}"), *scene.home)


def _middle(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """What was asked, what was decided and why."""
    say = table("letters")
    first: list[str] = []
    if scene.administrator and "administrator" not in speak.printed and dice.chance(0.8):
        first.append(speak.choose(say["on_behalf"]))
    if "payer" not in speak.printed:
        first.append(speak.choose(say["on_behalf"], must="payer"))
    first.append(speak.choose(say["open"][_opening(scene)]))
    decision = _decision(scene, speak)
    out: list[b.Block] = []
    if dice.chance(0.5):
        out.append(b.Para(" ".join([*filter(None, first), decision])))
    elif dice.chance(0.15):
        out += [b.Para(" ".join(filter(None, first))), b.Framed(decision)]
    else:
        out += [b.Para(" ".join(filter(None, first))), b.Para(decision)]
    if scene.kind == "information_request":
        return [*out, *_asked_for(speak, dice)]
    if scene.denies:
        out += _why(scene, speak, dice)
    elif dice.chance(0.5):
        out.append(b.Para(speak.choose(say["extra"]["criteria"])))
    return out


def _opening(scene: Scene) -> str:
    if scene.level == "external_review":
        return "external"
    if scene.level == "internal_appeal":
        return "appeal"
    return "claim" if scene.on_claim else "drug"


def _decision(scene: Scene, speak: Speaker) -> str:
    say = table("letters")["decide"]
    key = scene.kind
    if scene.kind == "denial" and scene.level != "initial":
        key = scene.level or key
    elif scene.kind == "approval" and scene.level != "initial":
        key = "overturned"
    elif scene.kind == "denial" and scene.on_claim:
        key = "claim"
    return speak.choose(say[key], must="asked" if key == "partial_denial" else None)


def _asked_for(speak: Speaker, dice: Dice) -> list[b.Block]:
    say = table("letters")["request"]
    items = tuple(dice.some(say["items"], dice.number(2, 4)))
    return [
        b.Bullets(items, numbered=dice.chance(0.5)),
        b.Para(speak.choose(say["due"])),
        b.Para(speak.choose(say["fax"])),
    ]


def _why(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    say = table("letters")
    known = table("reasons")
    told: list[str] = []
    for n, reason in enumerate(scene.reasons):
        row = known[reason]
        named = dice.chance(0.55)
        must = "adult" if reason == "indication_or_age" and scene.by_age else None
        text = speak.choose(row["named" if named or must else "implied"], must=must)
        text = text or speak.choose(row["implied"])
        if dice.chance(0.4):
            text += " " + speak.choose(row["more"])
        told.append((dice.phrase(say["reason"]["second"]) if n else "") + text)
    out: list[b.Block] = []
    style = dice.weighted({"heading": 45, "run_in": 35, "bullets": 10, "framed": 10})
    if style == "heading":
        out.append(b.Heading(dice.phrase(say["reason"]["lead"])))
        out += [b.Para(text) for text in told]
    elif style == "bullets":
        out.append(b.Para(dice.phrase(say["reason"]["lead"])))
        out.append(b.Bullets(tuple(told)))
    elif style == "framed":
        out += [b.Framed(text) for text in told]
    else:
        out.append(b.Para(dice.phrase(say["reason"]["run_in"]) + " ".join(told)))
    return out + _extras(scene, speak, dice)


def _extras(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """Sentences round the reason, decoys among them, in any order."""
    letters = table("letters")
    say = letters["extra"]
    shares = {"criteria": 0.6, "reviewer": 0.45, "not_liable": 0.1 if scene.on_claim else 0.0}
    if scene.brand and not scene.on_claim:
        shares |= {"tried": 0.3, "alternatives": 0.2}
    sentences = [speak.choose(say[key]) for key, share in shares.items() if dice.chance(share)]
    if scene.plan_type == "commercial":
        if scene.exchange and dice.chance(0.8):
            sentences.append(speak.choose(letters["exchange"]))
        elif dice.chance(0.2):
            sentences.append(speak.choose(letters["insured"]))
    if dice.chance(0.3) and scene.level != "external_review":
        sentences.append(speak.choose(table("rights")["common"]["peer"]))
    dice.random.shuffle(sentences)
    if dice.chance(0.5):
        return [b.Para(" ".join(sentences))] if sentences else []
    return [b.Para(sentence) for sentence in sentences]


def _mail(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    """Mail that decides nothing about care."""
    say = table("letters")
    known = [m for m in say["mail"] if all(speak.can_say(text) for text in m["text"])]
    mail = scene.extra.get("mail") or dice.pick(known)
    return [
        b.Heading(mail["title"], main=True),
        b.Para(speak.choose(say["dear"])),
        *(b.Para(speak.say(text)) for text in mail["text"]),
        b.Lines((dice.pick(say["close"]), scene.payer_prints[0])),
        *back_pages(scene, speak, dice),
    ]


def _end(scene: Scene, speak: Speaker, dice: Dice) -> list[b.Block]:
    say = table("letters")
    out: list[b.Block] = []
    if dice.chance(0.6):
        out.append(b.Para(speak.choose(table("rights")["common"]["help"])))
    if scene.eob:
        return out
    name = speak._say_reviewer()
    title = speak._say_reviewer_title()
    department = dice.pick(say["departments"]["names"])
    signed = dice.pick([(name, title), (department,), (name, title, department)])
    out.append(b.Lines((dice.pick(say["close"]), "", *signed)))
    if dice.chance(0.3):
        out.append(b.Fine(speak.choose(say["cc"])))
    return out
