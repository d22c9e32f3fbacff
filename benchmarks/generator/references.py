"""The date and the block of references: which labels, which facts, in which style."""

from __future__ import annotations

from benchmarks.generator import blocks as b
from benchmarks.generator.dice import Dice, table
from benchmarks.generator.look import Look
from benchmarks.generator.scene import Scene
from benchmarks.generator.speaker import DATE_STYLES, Speaker

_ALWAYS_LIKELY = {
    "patient_name": 0.8,
    "member_id": 0.9,
    "group_number": 0.35,
    "plan_name": 0.15,
    "birth_date": 0.4,
    "provider_name": 0.5,
    "npi": 0.2,
    "diagnosis_codes": 0.35,
    "status": 0.15,
    "phone": 0.1,
}
_DRUG = {"drug": 0.6, "strength": 0.2, "quantity": 0.25, "rx_number": 0.12, "ndc": 0.12}
_CLAIM = {"claim_number": 0.95, "date_of_service": 0.9, "reference_number": 0.1}
_REQUEST = {"reference_number": 0.8, "request_date": 0.4, "claim_number": 0.05}


def date_line(look: Look, speak: Speaker, dice: Dice) -> list[b.Block]:
    """The notice's date on a line of its own, perhaps labelled."""
    label = dice.pick(["", "", "", "Date: ", "Date of Notice: ", "Notice date: "])
    return [b.Lines((label + speak.say("{letter_date}"),), side=look.date_place)]


def references(scene: Scene, look: Look, speak: Speaker, dice: Dice) -> list[b.Block]:
    """The block of labels and values; what it prints is noted."""
    likely = dict(_ALWAYS_LIKELY)
    likely |= _CLAIM if scene.on_claim else _REQUEST
    likely |= _DRUG if scene.brand else {"service": 0.6}
    likely["hcpcs"] = 0.4 if scene.hcpcs else 0.0
    if look.date_place == "in_pairs":
        likely["letter_date"] = 0.96
    if scene.administrator or "payer" not in speak.printed:
        likely["payer"] = 0.6
    keys = [key for key, share in likely.items() if dice.chance(share)]
    keys = [key for key in keys if _known(scene, key) and key not in speak.hidden]
    if dice.chance(0.5):
        dice.random.shuffle(keys)
    else:
        keys.sort(key=lambda key: key != "letter_date")
    labels = table("labels")["pairs"]
    rows = tuple((dice.phrase(labels[key]), printed_value(scene, speak, dice, key)) for key in keys)
    if not rows:
        return []
    style = look.pairs
    if style == "run_in" and len(rows) > 6:
        rows_in, rows_under = rows[:4], rows[4:]
        return [b.Pairs(rows_in, "run_in"), b.Pairs(rows_under, "lines")]
    return [b.Pairs(rows, style)]


def _known(scene: Scene, key: str) -> bool:
    needs = {
        "diagnosis_codes": bool(scene.diagnosis[0]),
        "strength": bool(scene.strength),
        "status": scene.kind in ("denial", "approval"),
    }
    return needs.get(key, True)


def printed_value(scene: Scene, speak: Speaker, dice: Dice, key: str) -> str:
    """The value as printed in the block."""
    if key in ("letter_date", "request_date", "date_of_service"):
        name = "service_date" if key == "date_of_service" else key
        return speak.record(key, speak.block_day(name))
    if key == "birth_date":
        return DATE_STYLES["padded"](scene.days["birth_date"])
    if key == "drug":
        return speak.drug_as(dice.pick([speak.manner.item, "brand", "both"]))
    if key == "service":
        return speak.record("service", scene.service or "")
    if key == "quantity":
        return speak.say("{asked}")
    if key == "diagnosis_codes":
        code, name = scene.diagnosis
        speak.record("diagnosis_codes", code)
        return dice.pick([code, f"{code} ({name})", f"{code} - {name}", f"{name} ({code})"])
    if key == "status":
        return {"denial": "DENIED", "approval": "APPROVED"}[scene.kind]
    if key == "plan_name":
        return dice.pick(["PPO 500", "HMO Select", "Choice Plus", "Gold 80", "Basic", "Value Rx"])
    if key == "phone":
        return speak.say("{provider_phone}")
    return speak.say("{" + key + "}")
