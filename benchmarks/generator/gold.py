"""The exact label of a letter: what was printed of its scene, and nothing else."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.generator.scene import Scene
from benchmarks.generator.speaker import Speaker

_SUFFIX = re.compile(r"-[a-z]{4}$")
_PARTS = re.compile(r", | and ")
_TEXTS = (
    "administrator", "member_id", "group_number", "rx_number", "ndc", "npi", "strength",
    "appeal_address", "appeal_fax", "appeal_phone",
)  # fmt: skip
_DATES = {
    "letter_date": "letter_date",
    "request_date": "request_date",
    "date_of_service": "service_date",
}


def gold(scene: Scene, speak: Speaker) -> dict[str, Any]:
    """Contract keys (section 7): value or null for each, other right forms under `accept`."""
    out: dict[str, Any] = {"document_kind": scene.kind, "level": scene.level}
    accept: dict[str, list[Any]] = {}
    printed = speak.printed
    _of_payer(scene, printed, out, accept)
    _of_item(scene, printed, out, accept)
    out["denial_category"] = scene.reasons[0] if scene.reasons else None
    out["denial_categories"] = list(scene.reasons)
    for key, name in _DATES.items():
        out[key] = scene.days[name].isoformat() if key in printed else None
    window = scene.window if "appeal_window" in printed else None
    out["appeal_window"] = {"value": window[0], "unit": window[1]} if window else None
    out["appeal_deadline"] = printed.get("appeal_deadline", [None])[0]
    out["expedited_offered"] = "expedited_offered" in printed
    for key in _TEXTS:
        out[key] = _forms(key, printed, accept)
    if out["appeal_address"]:
        _other_addresses(scene, accept)
    out["claim_number"] = printed.get("claim_number", [None])[0]
    out["reference_number"] = printed.get("reference_number", [None])[0]
    out["patient_name"] = _forms("patient_name", printed, accept)
    if out["patient_name"]:
        out["patient_name"] = scene.patient.name
        accept["patient_name"] = printed["patient_name"]
    out["provider_name"] = _forms("provider_name", printed, accept)
    out["policy_cited"] = _forms("policy_cited", printed, accept)
    if out["policy_cited"]:
        number, title = scene.policy
        accept["policy_cited"] = [
            number,
            number.removesuffix(" criteria"),
            f"{number}, {title}",
            *filter(None, [title]),
        ]
    _whatever_the_kind(scene, accept)
    out["accept"] = {key: forms for key, forms in accept.items() if forms}
    return out


def _forms(key: str, printed: dict[str, list[str]], accept: dict[str, list[Any]]) -> str | None:
    """The first printed form; further ones are accepted too."""
    forms = printed.get(key, [])
    if len(forms) > 1:
        accept[key] = forms[1:]
    return forms[0] if forms else None


def _other_addresses(scene: Scene, accept: dict[str, list[Any]]) -> None:
    """An address may be taken without `Attn:`, and without the lines of names over the box."""
    lines = [line.removeprefix("Attn: ") for line in scene.appeal_address]
    accept["appeal_address"] = [", ".join(lines[n:]) for n in range(len(lines) - 1)]


def _of_payer(
    scene: Scene, printed: dict[str, list[str]], out: dict[str, Any], accept: dict[str, list[Any]]
) -> None:
    out["payer"] = scene.payer_prints[0] if "payer" in printed else None
    if out["payer"]:
        accept["payer"] = [name for name in (scene.payer,) if name != out["payer"]]
    if scene.families:
        out["payer_family"] = scene.families[0] if out["payer"] else None
        if out["payer"]:
            accept["payer_family"] = [*scene.families[1:], *_programme(scene.plan_type)]
        else:
            accept["payer_family"] = list(scene.families)
    out["plan_type"] = scene.plan_type
    told = "plan_type" in printed
    if scene.plan_type == "self_funded" and not told:
        out["plan_type"] = "commercial"
        accept["plan_type"] = (
            ["unknown", "self_funded"] if scene.payer.endswith("Plan") else ["unknown"]
        )
    elif not told and scene.plan_type == "commercial":
        accept["plan_type"] = ["unknown"]
    elif not told and scene.plan_type != "tricare":
        # the brand may prove it; the letter does not say so
        accept["plan_type"] = ["unknown", "commercial"]


def _programme(plan_type: str) -> list[str]:
    return {"medicaid": ["Medicaid"]}.get(
        plan_type, ["Medicare"] if "medicare" in plan_type else []
    )


def _of_item(
    scene: Scene, printed: dict[str, list[str]], out: dict[str, Any], accept: dict[str, list[Any]]
) -> None:
    forms = printed.get("drug", [])
    out["drug"] = out["drug_generic"] = None
    if forms:
        brand = scene.brand or ""
        out["drug"] = brand if any(brand in form for form in forms) else scene.generic
        out["drug_generic"] = (scene.generic or "").lower()
        accept["drug_generic"] = _other_spellings(out["drug_generic"])
        accept["drug"] = [form for form in forms if form != out["drug"]]
        if scene.generic and any(scene.generic in form for form in forms):
            accept["drug"].append(scene.generic)
    service = printed.get("service")
    out["service"] = scene.service if service else None
    if service:
        accept["service"] = [
            f"{scene.service} ({k} {c})" for c in scene.hcpcs for k in ("CPT", "HCPCS")
        ]
    out["hcpcs"] = printed.get("hcpcs", [])
    out["diagnosis_codes"] = printed.get("diagnosis_codes", [])
    quantity = printed.get("quantity", [])
    out["quantity"] = quantity[0] if quantity else None
    if quantity:
        accept["quantity"] = [quantity[0].split(" per ")[0].split(" every ")[0]]


def _other_spellings(generic: str) -> list[str]:
    """Without the four letters of a biological; a combination with strokes or commas."""
    parts = _PARTS.split(generic)
    joined = ["/".join(parts), ", ".join(parts), "-".join(parts)] if len(parts) > 1 else []
    bare = _SUFFIX.sub("", generic)
    return joined + ([bare] if bare != generic else [])


def _whatever_the_kind(scene: Scene, accept: dict[str, list[Any]]) -> None:
    if scene.kind == "information_request":
        accept["level"] = [None]
    if scene.kind == "information_request":
        accept["denial_category"] = ["incomplete_information"]
