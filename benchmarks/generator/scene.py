"""What is true of one letter, before a word of it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from benchmarks.generator.dice import Dice, check_digit_npi, table

NO_DENIAL = ("approval", "information_request", "other")
_CLAIM_ONLY = ("duplicate", "coding_billing", "timely_filing", "eligibility")
_PUBLIC = ("medicare_advantage", "medicare_part_d", "original_medicare", "medicaid")
_PRE_SERVICE_ONLY_DRUG = ("medicare_part_d",)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person. `first` holds the middle initial too."""

    first: str
    last: str
    suffix: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Scene:
    """One case. Quantities and windows are as printed; None: it does not exist in this case."""

    kind: str
    level: str | None
    plan_type: str
    payer: str
    payer_prints: tuple[str, ...]
    plan_short: str
    families: tuple[str, ...]
    administrator: str | None
    employer: str | None
    exchange: bool
    on_claim: bool
    eob: bool
    brand: str | None
    generic: str | None
    service: str | None
    hcpcs: tuple[str, ...]
    strength: str | None
    asked: str
    allowed: str
    diagnosis: tuple[str, str]
    others: tuple[str, ...]
    tried: str
    off_use: str
    adult: int
    by_age: bool
    specialty: str
    reasons: tuple[str, ...]
    patient: Person
    provider: Person
    clinic: str
    npi: str
    ids: Mapping[str, str]
    days: Mapping[str, date]
    window: tuple[int, str] | None
    policy: tuple[str, str]
    phones: Mapping[str, str]
    appeal_address: tuple[str, ...]
    payer_address: tuple[str, str]
    home: tuple[str, str]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def denies(self) -> bool:
        return self.kind not in NO_DENIAL


def make_scene(dice: Dice, wish: Mapping[str, Any] | None = None) -> Scene:
    """A case of the dice's choosing; `wish` fixes any field of `Scene`, and besides
    `payer_name` (of the table) and `drug_name` (brand of the table)."""
    wishes = dict(wish or {})
    kind = wishes.get("kind") or dice.weighted(
        {
            "denial": 76,
            "partial_denial": 7,
            "approval": 6,
            "information_request": 5,
            "other": 6,
        }
    )
    level = wishes.get("level", _level(dice, kind))
    payer = _payer(dice, wishes)
    plan_type = payer["plan_type"]
    if level == "external_review":
        payer["administrator"] = None
    item = _item(dice, plan_type, wishes)
    if plan_type == "medicare_advantage" and "brand" in item and not item.get("infused"):
        # a drug from the pharmacy is Part D, whatever plan pays for it
        plan_type = payer["plan_type"] = wishes.get("plan_type", "medicare_part_d")
    on_claim = wishes.get("on_claim", _on_claim(dice, kind, level, plan_type, item))
    eob = wishes.get("eob", on_claim and kind == "denial" and level == "initial")
    eob = eob and (bool(wishes.get("eob")) or dice.chance(0.45))
    reasons = tuple(wishes.get("reasons") or _reasons(dice, kind, item, on_claim))
    by_age = item.get("adult", 0) >= 2 and "indication_or_age" in reasons and dice.chance(0.4)
    days = _days(dice, wishes, by_age, item)
    rights = _rights(plan_type, level)
    asked, allowed = dice.pick(item["asks"])
    scene = Scene(
        kind=kind,
        level=level,
        on_claim=on_claim,
        eob=eob,
        reasons=reasons,
        by_age=by_age,
        asked=asked,
        allowed=allowed,
        days=days,
        window=_window(dice, kind, rights),
        **payer,
        **_item_fields(dice, item, reasons, by_age),
        **_people(dice),
        ids=_ids(dice, payer),
        policy=_policy(dice, item),
        phones=_phones(dice),
        **_places(dice, payer),
    )
    known = {key: value for key, value in wishes.items() if key in Scene.__dataclass_fields__}
    for key in ("ids", "days", "phones"):
        if key in known:
            known[key] = {**getattr(scene, key), **known[key]}
    return replace(scene, **known)


def _rights(plan_type: str, level: str | None) -> Mapping[str, Any]:
    found = table("rights")
    if level == "external_review":
        return dict(found["external_review"])
    known: Mapping[str, Any] = found[plan_type].get(level or "initial", {})
    return known


def _window(dice: Dice, kind: str, rights: Mapping[str, Any]) -> tuple[int, str] | None:
    choices = rights.get("windows") or []
    if kind in NO_DENIAL or not choices or dice.chance(0.08):
        return None
    number, unit = dice.pick(choices)
    return number, unit


def _level(dice: Dice, kind: str) -> str | None:
    if kind == "other":
        return None
    if kind == "information_request" or kind == "partial_denial":
        return "initial"
    return dice.weighted({"initial": 80, "internal_appeal": 17, "external_review": 3})


def _payer(dice: Dice, wishes: Mapping[str, Any]) -> dict[str, Any]:
    """The payer, who acts for it, and the kind of plan."""
    known = table("payers")
    if "payer_name" in wishes:
        row = next(p for p in known["payers"] if p["name"] == wishes["payer_name"])
        plan_type = wishes.get("plan_type") or dice.pick(row["plans"])
    else:
        plan_type = wishes.get("plan_type") or dice.weighted(
            {
                "commercial": 46,
                "self_funded": 10,
                "medicare_advantage": 11,
                "medicare_part_d": 10,
                "original_medicare": 2,
                "medicaid": 12,
                "tricare": 4,
                "fehb": 5,
            }
        )
        if plan_type == "original_medicare":
            return _original_medicare(dice)
        row = dice.pick([p for p in known["payers"] if plan_type in p["plans"]])
    if plan_type == "self_funded" and "payer_name" not in wishes and dice.chance(0.5):
        return _employer_plan(dice)
    agents = [*row["pbms"], *row.get("contractors", ())]
    agent = dice.pick(agents) if agents and dice.chance(0.4) else None
    if agent is None and plan_type in ("commercial", "medicare_advantage") and dice.chance(0.12):
        agent = dice.pick(known["administrators"]["reviewers"])
    if plan_type == "tricare" and agent is None:
        agent = dice.pick(row["contractors"])
    employer = dice.pick(known["employers"])["employer"] if plan_type == "self_funded" else None
    return {
        "payer": row["name"],
        "payer_prints": (dice.pick(row["printed"]),),
        "plan_short": dice.pick([row["short"], "the plan", "your plan", row["short"]]),
        "families": (row["family"], *row.get("families", ())),
        "administrator": agent,
        "employer": employer,
        "exchange": row.get("exchange", False),
        "plan_type": plan_type,
        "extra": {"id_pattern": dice.pick(row["ids"]), "city": row["city"]},
    }


def _original_medicare(dice: Dice) -> dict[str, Any]:
    return {
        "payer": "Medicare",
        "payer_prints": ("Medicare",),
        "plan_short": "Medicare",
        "families": ("Medicare",),
        "administrator": dice.pick(table("payers")["administrators"]["macs"]),
        "employer": None,
        "exchange": False,
        "plan_type": "original_medicare",
        "extra": {"id_pattern": "1@#4-@@#-@@7#", "city": "Fargo, ND"},
    }


def _employer_plan(dice: Dice) -> dict[str, Any]:
    known = table("payers")
    row = dice.pick(known["employers"])
    return {
        "payer": row["name"],
        "payer_prints": (row["name"],),
        "plan_short": "the Plan",
        "families": (),
        "administrator": dice.pick(known["administrators"]["tpas"]),
        "employer": row["employer"],
        "exchange": False,
        "plan_type": "self_funded",
        "extra": {"id_pattern": dice.pick(["########", "@########"]), "city": "Wausau, WI"},
    }


def _item(dice: Dice, plan_type: str, wishes: Mapping[str, Any]) -> Mapping[str, Any]:
    known = table("drugs")
    drugs: list[Mapping[str, Any]] = known["drugs"]
    if "item" in wishes:
        return dict(wishes["item"])
    if "drug_name" in wishes:
        return next(d for d in drugs if d["brand"] == wishes["drug_name"])
    if plan_type == "original_medicare":
        return dice.pick([d for d in drugs if d.get("infused")])
    if plan_type not in _PRE_SERVICE_ONLY_DRUG and dice.chance(0.22):
        services: list[Mapping[str, Any]] = known["services"]
        return dice.pick(services)
    return dice.pick(drugs)


def _item_fields(
    dice: Dice, item: Mapping[str, Any], reasons: tuple[str, ...], by_age: bool
) -> dict[str, Any]:
    others = dice.some(item["others"], 2)
    tried = [name for name in item["others"] if name not in others] or item["others"]
    off_use = item.get("not_for") or dice.pick(item["for"])[1]
    code, name = dice.pick(item["for"])
    beyond = "experimental" in reasons or ("indication_or_age" in reasons and not by_age)
    if beyond and item.get("not_for"):
        code, name = "", off_use
    return {
        "brand": item.get("brand"),
        "generic": item.get("generic"),
        "service": item.get("name"),
        "hcpcs": tuple(item["hcpcs"]) if "hcpcs" in item else (item["code"],),
        "strength": dice.pick(item["strengths"]) if item.get("strengths") else None,
        "diagnosis": (code, name),
        "others": (*others, *others)[:2],
        "tried": dice.pick(tried),
        "off_use": off_use,
        "adult": item.get("adult", 0),
        "specialty": item["specialty"],
    }


def _on_claim(
    dice: Dice, kind: str, level: str | None, plan_type: str, item: Mapping[str, Any]
) -> bool:
    can = plan_type != "medicare_part_d" and ("code" in item or item.get("infused"))
    if kind not in ("denial", "partial_denial") or level != "initial" or not can:
        return False
    return plan_type == "original_medicare" or dice.chance(0.45)


def _reasons(dice: Dice, kind: str, item: Mapping[str, Any], on_claim: bool) -> list[str]:
    if kind in NO_DENIAL:
        return []
    if kind == "partial_denial":
        return ["quantity_limit"]
    place = "claim" if on_claim else "drug" if "brand" in item else "service"
    places = {place, "infused"} if item.get("infused") and place == "drug" else {place}
    fitting = [key for key, row in table("reasons").items() if places & set(row["fits"])]
    if not on_claim:
        fitting = [key for key in fitting if key not in _CLAIM_ONLY]
    first = dice.pick(fitting)
    rest = [key for key in fitting if key not in (first, "medical_necessity", "other")]
    more = dice.some(rest, 1) if first != "other" and dice.chance(0.2) else []
    # a bare "not necessary" beside a specific reason is never the primary one
    if first == "medical_necessity" and more:
        return [*more, first]
    if more and dice.chance(0.3):
        return [first, *more, "medical_necessity"]
    return [first, *more]


def _days(
    dice: Dice, wishes: Mapping[str, Any], by_age: bool, item: Mapping[str, Any]
) -> dict[str, date]:
    asked_for = wishes.get("days", {})
    letter = asked_for.get("letter_date") or date(2024, 7, 1) + timedelta(dice.number(0, 870))
    years = max(item.get("adult", 18) - 1, 1) if by_age else dice.number(19, 88)
    return {
        "letter_date": letter,
        "request_date": letter - timedelta(dice.number(1, 16)),
        "service_date": letter - timedelta(dice.number(18, 75)),
        "first_date": letter - timedelta(dice.number(40, 90)),
        "birth_date": letter - timedelta(years * 365 + dice.number(10, 340)),
        "print_date": letter + timedelta(dice.number(0, 2)),
        "policy_date": letter - timedelta(dice.number(60, 700)),
        "tried_date": letter - timedelta(dice.number(200, 900)),
        "start_date": letter + timedelta(dice.number(0, 5)),
        "end_date": letter + timedelta(dice.number(180, 365)),
        "due_date": letter + timedelta(dice.pick([14, 30, 45])),
        "form_date": letter - timedelta(dice.number(100, 900)),
    }


def _people(dice: Dice) -> dict[str, Any]:
    known = table("people")
    initial = dice.pick(["", "", f" {dice.code('@')}."])
    return {
        "patient": Person(dice.pick(known["first"]) + initial, dice.pick(known["last"])),
        "provider": Person(
            dice.pick(known["doctors_first"]),
            dice.pick(known["doctors_last"]),
            dice.pick(known["credentials"]),
        ),
        "clinic": dice.pick(known["clinics"]),
        "npi": check_digit_npi("1" + dice.code("########")),
        "home": _address(dice),
    }


def _address(dice: Dice, box: bool = False) -> tuple[str, str]:
    known = table("people")
    town, state, area = dice.pick(known["towns"])
    street = f"{dice.number(11, 9890)} {dice.pick(known['streets'])}"
    first = f"{dice.pick(['PO Box', 'P.O. Box'])} {dice.number(1200, 99800)}" if box else street
    plus = f"-{dice.code('####')}" if box and dice.chance(0.5) else ""
    return first, f"{town}, {state} {area}{dice.code('##')}{plus}"


def _places(dice: Dice, payer: Mapping[str, Any]) -> dict[str, Any]:
    words = table("letters")["departments"]
    owner = payer["administrator"] if payer["administrator"] and dice.chance(0.4) else None
    head = [dice.pick(words["appeals"])]
    if dice.chance(0.6):
        head.insert(0, owner or payer["payer_prints"][0])
    if dice.chance(0.2):
        head[-1] = "Attn: " + head[-1]
    box, _ = _address(dice, box=True)
    town, state = payer["extra"]["city"].split(", ")
    place = f"{town}, {state} {dice.code('#####')}"
    return {
        "appeal_address": (*head, *_address(dice, box=True)),
        "payer_address": (box, place),
    }


def _ids(dice: Dice, payer: Mapping[str, Any]) -> dict[str, str]:
    reference = [
        "PA-########",
        "########",
        "RQ#######",
        "AUTH-####-#####",
        "@@#######",
        "##########",
    ]
    claims = ["CLM#########", "E@########", "###########", "20######-####", "@@##-#######"]
    return {
        "member_id": dice.code(payer["extra"]["id_pattern"]),
        "group_number": dice.code(dice.pick(["######", "@@#####", "GRP-#####", "00######"])),
        "claim_number": dice.code(dice.pick(claims)),
        "reference_number": dice.code(dice.pick(reference)),
        "rx_number": dice.code("#######"),
        "ndc": dice.code("#####-####-##"),
        "form_no": dice.code(dice.pick(["@@-####", "@####-###", "MK####_@@"])),
        "policy_number": dice.code(dice.pick(["RX-####", "#.##.###", "MP-####", "@###"])),
    }


def _policy(dice: Dice, item: Mapping[str, Any]) -> tuple[str, str]:
    """How the policy is cited: (number or edition, title)."""
    title = dice.pick(
        [
            item.get("brand") or item["name"],
            item["specialty"] + " Agents",
            item["for"][0][1].title(),
        ]
    )
    number = dice.code(dice.pick(["RX-####", "#.##.###", "MP-####", "@@@-###", "####"]))
    kind = dice.pick(
        ["Medical Policy", "Clinical Policy", "Coverage Policy", "Clinical Criteria", "Drug Policy"]
    )
    if dice.chance(0.2):
        known = ["InterQual 2025 criteria", "MCG Care Guidelines, 29th Edition", "NCCN Guidelines"]
        return dice.pick(known), ""
    return f"{kind} {number}", title


def _phones(dice: Dice) -> dict[str, str]:
    """Numbers in the 555-01xx range that belongs to no one; all different."""
    names = (
        "appeal_fax", "appeal_phone", "help_phone", "peer_phone", "provider_phone",
        "state_phone", "rights_phone", "rights_fax", "records_fax", "letterhead_fax",
    )  # fmt: skip
    areas = dice.some(["800", "888", "877", "866", "855", "844", "833", "614", "312", "972"], 10)
    return {
        name: f"{area}-555-01{dice.code('##')}" for name, area in zip(names, areas, strict=True)
    }
