#!/usr/bin/env python3
"""Write extractors/data/drug_names.txt: the drug names of `drug-named-entity-recognition`, compact.

That package (MIT) knows 107,000 names but takes over a second to import. A letter reader needs
the names of medicines alone: this keeps entries that DrugBank, MedlinePlus or the NHS list, in
plain letters, as people print them. One line an ingredient: `generic<TAB>name|name|...`.

    python scripts/build_drug_index.py
"""

from __future__ import annotations

import re
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "extractors" / "data" / "drug_names.txt"

MEDICINE_KEYS = ("drugbank_id", "medline_plus_id", "nhs_url")
PRINTABLE = re.compile(r"[a-z0-9][a-z0-9 /+'.-]{2,39}")
BIOLOGIC_SUFFIX = re.compile(r"(?<=[a-z]{6})-(?!acid|iron|zinc)[a-z]{4}$")

# Names that are ordinary words of letters, laboratory values, allergens or trade words. Found by
# counting every name in 17,000 English text files, and by reading letters without drugs.
NOT_DRUGS = frozenset(
    """
    vals generics caps noarg expit axid snmp hops hana rela daca aman mytab dhms dfba chrom cbda
    agit tris gana gaba biomet vitae tham teta sensit saha revlex ndat isdn fcol diskin dala ctab
    armour arima ajan carac ecstasy available generically formula magic quick pep all clear
    glucose oxygen creatinine creatine albumin hemoglobin cholesterol urea lactose alcohol ethanol
    water sodium potassium calcium chloride magnesium phosphate phosphorus nitrogen carbon iron
    zinc copper lead gold silver sulfur protein fiber honey salt sugar starch soy soybean milk egg
    eggs wheat rice corn oat oats barley rye peanut almond walnut pecan cashew tomato potato carrot
    onion garlic celery banana apple orange lemon lime grape strawberry peach pear cherry mango
    pineapple coffee tea tobacco chicken beef pork lamb turkey fish tuna salmon cod shrimp crab
    lobster clam oyster dog cat horse cow sheep human humans cotton wool feather dust grass ragweed
    cancer tumor antigen antibody antibodies vaccine vaccines peptide hormone hormones serum plasma
    blood platelets saline placebo vitamin vitamins antibiotic antibiotics steroid steroids statin
    statins opioid opioids insulins contraceptive contraceptives biologic biologics supplement
    air gas helium ozone talc clay mud sand sage mint rose lily iris daisy clover olive pine cedar
    birch maple elm ash beech alder willow poplar hazel premier complete advance legacy apex summit
    boost ensure prime plus ultra select choice care cover relief comfort balance total active
    formal advocate provide sustain secure restore renew assist optimum optima pulse precise
    ambetter healthy standard natural regular general normal original notice appeal denial letter
    """.split()  # noqa: SIM905 -- far shorter to read than two hundred quoted words
)


def plain(name: str) -> str:
    """A canonical name as an American label prints it: `a/b/c`, no biologic suffix."""
    name = re.sub(r",? and |, ", "/", name)
    return BIOLOGIC_SUFFIX.sub("", name).strip()


def index() -> dict[str, list[str]]:
    """Every kept name, by plain canonical name."""
    from drug_named_entity_recognition import drugs_finder

    kept: dict[str, set[str]] = {}
    for name, canonicals in drugs_finder.drug_variant_to_canonical.items():
        canonical = canonicals[0]
        data = drugs_finder.drug_canonical_to_data.get(canonical, {})
        if not any(key in data for key in MEDICINE_KEYS) or not canonical.isascii():
            continue
        if not PRINTABLE.fullmatch(name) or len(name.split()) > 4:
            continue
        if name in NOT_DRUGS or (len(name) < 5 and not name.isalpha()):
            continue
        kept.setdefault(plain(canonical), set()).add(name)
    return {generic: sorted(names) for generic, names in sorted(kept.items())}


def main() -> None:
    rows = [f"{generic}\t{'|'.join(names)}" for generic, names in index().items()]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {len(rows)} ingredients, {OUT.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
