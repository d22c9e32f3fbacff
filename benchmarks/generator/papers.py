"""Papers other than the plan's own letter: fax-backs, slips, remittances, mails, print-outs, forms.

`data/papers.toml` says what each is made of, block by block; here the blocks are filled from a
scene. What is printed is noted as for letters, so the labels are made by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from benchmarks.generator import blocks as b
from benchmarks.generator.dice import Dice, table
from benchmarks.generator.gold import gold
from benchmarks.generator.letter import Letter
from benchmarks.generator.look import make_look
from benchmarks.generator.references import printed_value
from benchmarks.generator.rights import where_blocks
from benchmarks.generator.scene import Scene, make_scene
from benchmarks.generator.speaker import Speaker, make_manner

Row = Mapping[str, Any]
TRIES = 400
"""Scenes thrown, at most, until one has what a paper needs."""
_MARKS = (("[X]", "[ ]"), ("☒", "☐"), ("(x)", "( )"), ("_X_", "___"), ("☑", "☐"))
_SECOND_REASONS = ("step_therapy", "non_formulary", "experimental", "benefit_exclusion")
_OF_THE_FIRST = ("{asked}", "{allowed}", "{off_use}", "{policy}")
"""Facts of the first drug that a sentence about the second must not name."""
_WINDOW_ES = {"days": "días", "months": "meses"}
NEEDS: Mapping[str, Callable[[Scene], bool]] = {
    "drug": lambda scene: scene.brand is not None,
    "agent": lambda scene: scene.administrator is not None,
    "hcpcs": lambda scene: bool(scene.hcpcs),
    "one_reason": lambda scene: len(scene.reasons) == 1 and not scene.by_age,
    "reject": lambda scene: (
        len(scene.reasons) == 1 and scene.reasons[0] in table("rejects")["rejects"]
    ),
    "spanish": lambda scene: (
        len(scene.reasons) == 1
        and not scene.by_age
        and scene.reasons[0] in table("spanish")["reasons"]
    ),
}


def kinds() -> tuple[str, ...]:
    """The papers there are, in the order of the table."""
    return tuple(row["id"] for row in table("papers")["papers"])


def papers(seed: int, count: int, wordings: str = "all") -> Iterator[tuple[str, Letter]]:
    """`count` papers with their names, each kind in turn; the n-th is the same whatever the
    count."""
    names = kinds()
    for n in range(count):
        kind = names[n % len(names)]
        yield f"{kind}_{seed}_{n:04d}", make_paper(f"{seed}/{n}", kind, wordings)


def make_paper(seed: str, kind: str, wordings: str = "all") -> Letter:
    """The paper of `seed`, of one of `kinds()`."""
    row = next(row for row in table("papers")["papers"] if row["id"] == kind)
    dice = Dice(f"paper/{kind}/{seed}", wordings)
    scene = _scene(row, dice)
    look = replace(make_look(dice), **row.get("look", {}))
    manner = make_manner(dice, scene)
    if row.get("spanish"):
        manner = replace(manner, prose_date="spanish", block_date="spanish")
    speak = PaperSpeaker(scene, manner, dice)
    body = tuple(_blocks(row["blocks"], row, speak, dice))
    return Letter(scene, look, body, "", _label(row, scene, speak), speak.shown())


def _scene(row: Row, dice: Dice) -> Scene:
    """A scene that has what the paper needs."""
    wish = {key: None if value == "" else value for key, value in row["wish"].items()}
    for _ in range(TRIES):
        scene = make_scene(dice, wish)
        if all(NEEDS[need](scene) for need in row.get("needs", ())):
            return _with_second(scene, dice) if row.get("second") else scene
    raise ValueError(f"no scene has all that {row['id']} needs")


def _with_second(scene: Scene, dice: Dice) -> Scene:
    """Another drug denied beside the first, for another reason."""
    known = [row for row in table("drugs")["drugs"] if row["brand"] != scene.brand]
    other = dice.pick([row for row in known if row["generic"] != scene.generic])
    reason = dice.pick([key for key in _SECOND_REASONS if key not in scene.reasons])
    extra = {**scene.extra, "second": other, "second_reason": reason}
    return replace(scene, extra=extra)


def _label(row: Row, scene: Scene, speak: PaperSpeaker) -> dict[str, Any]:
    label = gold(scene, speak)
    second = scene.extra.get("second")
    if second:
        accept = label["accept"]
        accept.setdefault("drug", []).append(second["brand"])
        accept.setdefault("drug_generic", []).append(second["generic"].lower())
        accept["denial_category"] = [scene.extra["second_reason"]]
        label["denial_categories"] = [*scene.reasons, scene.extra["second_reason"]]
        # of the second drug nobody keeps account
        for key in ("strength", "quantity", "hcpcs"):
            label.pop(key)
    for key in row.get("unlabelled", ()):
        label.pop(key, None)
        label["accept"].pop(key, None)
    if not speak.says_reason and scene.denies and "denial_category" in label:
        label.pop("denial_category")
        label.pop("denial_categories")
    return label


class PaperSpeaker(Speaker):
    """A speaker with the few slots that only papers have."""

    says_reason = False
    _codes: tuple[tuple[str, str], ...] = ()

    def _say_agent(self) -> str:
        return self._say_administrator() if self.scene.administrator else self.say("{payer}")

    def _say_reject(self) -> str:
        self.says_reason = True
        code, words = self.dice.pick(table("rejects")["rejects"][self.scene.reasons[0]])
        return f"{code} {words}"

    def _say_money(self) -> str:
        return f"${self.dice.number(90, 24_000):,}.{self.dice.code('##')}"

    def _say_carc(self) -> str:
        self.says_reason = True
        codes = [self.dice.pick(table("reasons")[key]["carc"]) for key in self.scene.reasons]
        group = self.dice.pick(["CO", "PR", "OA"])
        self._codes = tuple((f"{group}-{code}", text) for code, text in codes)
        return ", ".join(code for code, _ in self._codes)

    def _say_carc_text(self) -> str:
        return "; ".join(f"{code}: {text}" for code, text in self._codes)

    def _say_window_es(self) -> str:
        number, unit = self.scene.window or (60, "days")
        self.record("appeal_window", f"{number} {unit}")
        return self._shows("appeal_window", f"{number} {_WINDOW_ES[unit]}")

    def _say_second(self) -> str:
        second = self.scene.extra["second"]
        form = self.dice.pick(["{brand}", "{brand} ({generic})"])
        return form.format(brand=second["brand"], generic=second["generic"])

    def _say_first_reason(self) -> str:
        return " ".join(self.reason_texts())

    def _say_second_reason(self) -> str:
        """A reason for the second drug, in words that name no fact of the first."""
        second = self.scene.extra["second"]
        words = table("reasons")[self.scene.extra["second_reason"]]["named"]
        bare = [o for o in words if not any(slot in o for slot in _OF_THE_FIRST)]
        other = replace(
            self.scene,
            brand=second["brand"],
            generic=second["generic"],
            service=None,
            strength=None,
            diagnosis=tuple(second["for"][0]),
            others=(*second["others"], *second["others"])[:2],
        )
        speak = PaperSpeaker(other, make_manner(self.dice, other), self.dice)
        return speak.choose(bare)

    def reason_texts(self) -> list[str]:
        """Each reason in words, named or implied."""
        self.says_reason = True
        told = []
        for reason in self.scene.reasons:
            if self.manner.prose_date == "spanish":
                told.append(self.choose(table("spanish")["reasons"][reason]))
                continue
            row = table("reasons")[reason]
            must = "adult" if reason == "indication_or_age" and self.scene.by_age else None
            words = row["named" if must or self.dice.chance(0.55) else "implied"]
            told.append(self.choose(words, must=must) or self.choose(row["implied"]))
        return told


def _blocks(rows: list[Row], paper: Row, speak: PaperSpeaker, dice: Dice) -> Iterator[b.Block]:
    for row in rows:
        if not dice.chance(row.get("share", 1.0)):
            continue
        name = next(iter(row))
        for block in _MAKERS[name](row, paper, speak, dice):
            if block != b.Para(""):
                yield block


def _lead(row: Row, dice: Dice) -> list[b.Block]:
    return [b.Heading(dice.phrase(row["lead"]))] if "lead" in row else []


def _head(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    known = ("payer", "administrator", "agent")
    name = speak.say("{" + row["head"] + "}") if row["head"] in known else row["head"]
    under = dice.phrase(row["under"]) if "under" in row else ""
    lines = list(speak.scene.payer_address) if dice.chance(0.4) else []
    return [b.Letterhead(name, tuple(lines), under)]


def _date(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    label = "" if paper.get("spanish") else dice.pick(["", "", "Date: ", "Sent: ", "Decided on "])
    if paper.get("spanish"):
        label = dice.pick(["", "Fecha: ", "Fecha del aviso: "])
    return [b.Lines((label + speak.say("{letter_date}"),))]


def _to(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    scene = speak.scene
    if row["to"] == "provider":
        return [b.Lines((speak.say("{provider_name}"), scene.clinic, *scene.home))]
    return [b.Lines((speak.say("{patient_name}"), *scene.home))]


def _title(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [b.Heading(speak.choose(row["title"]), main=dice.chance(0.6))]


def _say(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [b.Para(speak.choose(row["say"]))]


def _pairs(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    scene = speak.scene
    labels = table("labels")["pairs"] | (table("spanish")["pairs"] if paper.get("spanish") else {})
    rows = []
    for told in row["pairs"]:
        key = told.removesuffix("?")
        if told != key and dice.chance(0.4):
            continue
        if key == "drug|service":
            key = "drug" if scene.brand else "service"
        if _is_lacking(scene, key):
            continue
        rows.append((dice.phrase(labels[key]), printed_value(scene, speak, dice, key)))
    style = row.get("style") or paper.get("look", {}).get("pairs")
    return [b.Pairs(tuple(rows), style or dice.pick(b.PAIR_STYLES))]


def _is_lacking(scene: Scene, key: str) -> bool:
    lacking = {
        "diagnosis_codes": not scene.diagnosis[0],
        "strength": not scene.strength,
        "hcpcs": not scene.hcpcs,
    }
    return lacking.get(key, False)


def _boxes(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [*_lead(row, dice), _ticked(row["boxes"], speak, dice)]


def _ticked(items: list[str], speak: PaperSpeaker, dice: Dice) -> b.Lines:
    """Boxes in one line or under each other; those with `!` are ticked."""
    ticked, empty = dice.pick(_MARKS)
    told = [
        f"{ticked if item.startswith('!') else empty} {speak.say(item.removeprefix('!'))}"
        for item in items
    ]
    if len(" ".join(told)) < 70 and dice.chance(0.5):
        return b.Lines(("   ".join(told),))
    return b.Lines(tuple(told))


def _reason_boxes(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    """The case's reason ticked among others that are not."""
    speak.says_reason = True
    known = table("reasons")
    others = [
        key for key in known if key not in speak.scene.reasons and "drug" in known[key]["fits"]
    ]
    shown = [*speak.scene.reasons, *dice.some(others, 3)]
    dice.random.shuffle(shown)
    items = [
        ("!" if key in speak.scene.reasons else "") + dice.phrase(known[key]["title"])
        for key in shown
    ]
    return [*_lead(row, dice), _ticked(items, speak, dice)]


def _reason(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [*_lead(row, dice), *(b.Para(text) for text in speak.reason_texts())]


def _items(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [b.Bullets(tuple(map(speak.say, row["items"])), numbered=dice.chance(0.5))]


def _grid(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    rows = [tuple(map(speak.say, line)) for line in row["rows"] if all(map(speak.can_say, line))]
    return [b.Grid(tuple(row["grid"]), tuple(rows), tuple(row["shares"]), small=dice.chance(0.5))]


def _rights(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    scene = speak.scene
    known = table("rights")[scene.plan_type].get(scene.level or "initial", {})
    texts = [speak.choose(known[part]) for part in row["rights"] if known.get(part)]
    return [b.Para(" ".join(filter(None, texts)))]


def _where(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return where_blocks(speak.scene, speak, dice)


def _lines(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [b.Lines(tuple(speak.say(line) for line in row["lines"] if speak.can_say(line)))]


def _fine(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [b.Fine(speak.choose(row["fine"]))]


def _framed(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return [b.Framed(speak.choose(row["framed"]))]


def _columns(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    left, right = (tuple(_blocks(side, paper, speak, dice)) for side in row["columns"])
    return [b.Columns(left, right)]


def _either(row: Row, paper: Row, speak: PaperSpeaker, dice: Dice) -> list[b.Block]:
    return list(_blocks(dice.pick(row["either"]), paper, speak, dice))


_MAKERS: Mapping[str, Callable[[Row, Row, PaperSpeaker, Dice], list[b.Block]]] = {
    "head": _head, "date": _date, "to": _to, "title": _title, "say": _say, "pairs": _pairs,
    "boxes": _boxes, "reason_boxes": _reason_boxes, "reason": _reason, "items": _items,
    "grid": _grid, "rights": _rights, "where": _where, "lines": _lines, "fine": _fine,
    "framed": _framed, "columns": _columns, "either": _either,
}  # fmt: skip
