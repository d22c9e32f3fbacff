"""Says the scene's facts in a letter's own manner, and remembers which were printed and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.generator.dice import Dice, table
from benchmarks.generator.scene import Scene

_SLOT = re.compile(r"\{(!?)([a-z_]+)\}")
_AFTER_STOP = re.compile(r"(?<![ap]\.m)\. [a-z]")
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_NUMBERS = {
    4: "four", 6: "six", 60: "sixty", 65: "sixty-five", 90: "ninety", 120: "one hundred twenty",
    180: "one hundred eighty", 365: "three hundred sixty-five",
}  # fmt: skip
_MONTH_DAYS = 30.4
PAGE, PAGES = "\u00a7p", "\u00a7n"
"""Stand in a footer for the page's number and the count of pages."""
_MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
DATE_STYLES: dict[str, Callable[[date], str]] = {
    "long": lambda d: f"{d:%B} {d.day}, {d.year}",
    "long_upper": lambda d: f"{d:%B} {d.day}, {d.year}".upper(),
    "padded": lambda d: f"{d:%m/%d/%Y}",
    "bare": lambda d: f"{d.month}/{d.day}/{d.year}",
    "two_digits": lambda d: f"{d:%m/%d/%y}",
    "short": lambda d: f"{d:%b} {d.day}, {d.year}",
    "iso": lambda d: d.isoformat(),
    "dashes": lambda d: f"{d:%m-%d-%Y}",
    "day_first": lambda d: f"{d.day} {d:%B} {d.year}",
    "spanish": lambda d: f"{d.day} de {_MONTHS_ES[d.month - 1]} de {d.year}",
}
_PROSE = {"long": 70, "padded": 14, "bare": 8, "short": 5, "day_first": 1, "two_digits": 2}
_BLOCK = {"padded": 40, "long": 30, "bare": 12, "two_digits": 7, "iso": 4, "dashes": 4, "short": 3}
_SLOTS = """payer member_id group_number claim_number reference_number rx_number
ndc npi appeal_fax appeal_phone letter_date request_date"""
_RECORDED = frozenset(_SLOTS.split())


@dataclass(frozen=True, slots=True)
class Manner:
    """How this letter writes dates, names, the drug and phone numbers, the same throughout."""

    prose_date: str
    block_date: str
    item: str
    later_item: str
    name: str
    phone: str
    reference: str


def make_manner(dice: Dice, scene: Scene) -> Manner:
    forms = {"brand": 34, "both": 30, "reversed": 7, "brand_strength": 18, "generic": 8, "full": 10}
    item = dice.weighted(forms)
    if scene.strength is None and item in ("brand_strength", "full"):
        item = "both"
    prose = dice.weighted(_PROSE)
    return Manner(
        prose_date=prose,
        block_date=prose if dice.chance(0.5) else dice.weighted(_BLOCK),
        item=item,
        later_item="generic" if item == "generic" else dice.pick(["brand", "brand", item, "it"]),
        name=dice.weighted({"plain": 60, "upper": 20, "turned": 12, "turned_upper": 8}),
        phone=dice.pick(["1-{0}-{1}-{2}", "({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}"]),
        reference="claim_number" if scene.on_claim else "reference_number",
    )


class Speaker:
    """Fills the slots of phrases. `printed` lists, per key of the contract, the forms printed."""

    def __init__(self, scene: Scene, manner: Manner, dice: Dice) -> None:
        self.scene = scene
        self.manner = manner
        self.dice = dice
        self.printed: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self._item_said = False
        self._as_printed: dict[str, list[str]] = {}

    def record(self, key: str, form: str) -> str:
        forms = self.printed.setdefault(key, [])
        if form not in forms:
            forms.append(form)
        return form

    def shown(self) -> dict[str, list[str]]:
        """Per key the forms as they stand on the page, where these are not those of the label."""
        return {**self.printed, **self._as_printed}

    def _shows(self, key: str, form: str) -> str:
        self._as_printed.setdefault(key, []).append(form)
        return form

    def say(self, template: str) -> str:
        """The phrase with its slots filled; the facts it prints are noted."""
        text = self._one_of_each(template)
        text = _SLOT.sub(lambda m: self._slot(m[1] == "!", m[2]), text)
        text = _AFTER_STOP.sub(lambda m: m[0].upper(), text.strip())
        return text[:1].upper() + text[1:] if text else text

    def _one_of_each(self, template: str) -> str:
        """The template with every `[this|that|]` settled, inner ones first."""
        while _CHOICE.search(template):
            template = _CHOICE.sub(lambda m: self.dice.pick(m[1].split("|")), template, count=1)
        return template

    def can_say(self, template: str) -> bool:
        """Whether the scene has every fact that the phrase speaks of."""
        missing = {
            "administrator": self.scene.administrator is None and self.scene.employer is None,
            "employer": self.scene.employer is None,
            "window": self.scene.window is None,
            "adult": not self.scene.by_age,
            "service_date": not self.scene.on_claim,
        }
        names = {m[2] for m in _SLOT.finditer(template)}
        if "off_use" in names and self.scene.by_age:
            return False
        return not (names & self.hidden) and not any(missing.get(name) for name in names)

    def choose(self, options: list[str], must: str | None = None) -> str:
        """A phrase that can be said, filled; `""` where there is none. `must` names a slot that
        it has to have, wherever some phrase has it."""
        can = [o for o in options if self.can_say(o)]
        if must:
            can = [o for o in can if "{" + must + "}" in o] or can
        return self.say(self.dice.phrase(can)) if can else ""

    def _slot(self, marker: bool, name: str) -> str:
        if marker:
            self.record(name, "yes")
            return ""
        if name in _RECORDED:
            return self.record(name, self._plain(name))
        special = getattr(self, f"_say_{name}", None)
        return str(special()) if special is not None else self._plain(name)

    def _plain(self, name: str) -> str:
        scene = self.scene
        if name in scene.days:
            return DATE_STYLES[self.manner.prose_date](scene.days[name])
        if name in scene.ids:
            return scene.ids[name]
        if name in scene.phones:
            return self.manner.phone.format(*scene.phones[name].split("-"))
        value = {
            "payer": scene.payer_prints[0],
            "plan": scene.plan_short,
            "administrator": scene.administrator or scene.plan_short,
            "employer": scene.employer,
            "npi": scene.npi,
            "clinic": scene.clinic,
            "other": scene.others[0],
            "another": scene.others[1],
            "tried": scene.tried,
            "off_use": scene.off_use,
            "adult": str(scene.adult),
            "allowed": scene.allowed,
            "diagnosis": scene.diagnosis[1],
            "specialty": scene.specialty,
            "page": PAGE,
            "pages": PAGES,
        }[name]
        return str(value)

    def block_day(self, name: str) -> str:
        """A date of the scene as the reference block writes it; not noted."""
        return DATE_STYLES[self.manner.block_date](self.scene.days[name])

    # -- facts with a manner of their own ------------------------------------------------

    def _say_administrator(self) -> str:
        if self.scene.administrator is None:
            return self.scene.plan_short
        return self.record("administrator", self.scene.administrator)

    def _say_service_date(self) -> str:
        return self.record("date_of_service", self._plain("service_date"))

    def _say_patient(self) -> str:
        return "you" if self.dice.chance(0.3) else self._say_patient_name()

    def _say_provider(self) -> str:
        return self._say_provider_name()

    def _say_patient_name(self) -> str:
        return self.record("patient_name", self.name_as(self.manner.name))

    def name_as(self, form: str) -> str:
        who = self.scene.patient
        turned = f"{who.last}, {who.first}"
        name = turned if form.startswith("turned") else who.name
        return name.upper() if form.endswith("upper") else name

    def _say_provider_name(self) -> str:
        who = self.scene.provider
        forms = [f"{who.name}, {who.suffix}", f"{who.name} {who.suffix}", who.name]
        if who.suffix.startswith(("MD", "DO")):
            forms += [f"Dr. {who.name}", f"Dr. {who.name}"]
        form = self.dice.pick(forms)
        self.record("provider_name", who.name)
        return self.record("provider_name", form)

    def _say_item(self) -> str:
        scene = self.scene
        if scene.service is not None:
            self.record("service", scene.service)
            name = scene.service
            if not self._item_said and scene.hcpcs and self.dice.chance(0.25):
                kind = "CPT" if scene.hcpcs[0].isdigit() else "HCPCS"
                name = f"{name} ({kind} {self._say_hcpcs()})"
            self._item_said = True
            return name[0].lower() + name[1:] if name[1:2].islower() else name
        form = self.manner.later_item if self._item_said else self.manner.item
        if form == "it":
            form = "brand"
        self._item_said = True
        return self.drug_as(form)

    def drug_as(self, form: str) -> str:
        """The denied drug in one of its printed forms."""
        brand, generic = self.scene.brand or "", self.scene.generic or ""
        strength = self.scene.strength or ""
        text = {
            "brand": brand,
            "generic": generic,
            "both": f"{brand} ({generic})",
            "reversed": f"{generic} ({brand})",
            "brand_strength": f"{brand} {strength}",
            "full": f"{brand} ({generic}) {strength}",
        }[form].strip()
        if form in ("brand_strength", "full") and strength:
            self.record("strength", strength)
        self.record("drug", generic if form == "generic" else brand)
        self.record("drug", text)
        return text

    def _say_asked(self) -> str:
        return self.record("quantity", self.scene.asked)

    def _say_strength(self) -> str:
        return self.record("strength", self.scene.strength or "")

    def _say_hcpcs(self) -> str:
        for code in self.scene.hcpcs:
            self.record("hcpcs", code)
        return ", ".join(self.scene.hcpcs)

    def _say_policy_cited(self) -> str:
        number, title = self.scene.policy
        form = self.dice.pick([f"{number}, {title}", f"{number} ({title})", number])
        form = number if not title else form
        return self.record("policy_cited", form)

    _say_policy = _say_policy_cited

    def _say_window(self) -> str:
        number, unit = self.scene.window or (0, "days")
        forms = [f"{number} {unit}", f"{number} {unit}"]
        if unit == "days":
            forms.append(f"{number} calendar days")
        if number in _NUMBERS:
            forms.append(f"{_NUMBERS[number]} ({number}) {unit}")
            if number < 10:
                forms.append(f"{_NUMBERS[number]} {unit}")
        self.record("appeal_window", f"{number} {unit}")
        return self._shows("appeal_window", self.dice.pick(forms))

    def _say_appeal_deadline(self) -> str:
        day = self.last_day()
        self.record("appeal_deadline", day.isoformat())
        return self._shows("appeal_deadline", DATE_STYLES[self.manner.prose_date](day))

    def last_day(self) -> date:
        """The last day of the letter's window, counted from its date."""
        number, unit = self.scene.window or (180, "days")
        start = self.scene.days["letter_date"]
        return start + timedelta(round(number * _MONTH_DAYS) if unit == "months" else number)

    def _say_reviewer(self) -> str:
        known = table("people")
        name = f"{self.dice.pick(known['doctors_last'])}"
        return f"{self.dice.code('@')}. {name}, {self.dice.pick(['MD', 'DO', 'PharmD', 'RPh'])}"

    def _say_reviewer_title(self) -> str:
        titles: list[str] = table("people")["reviewer_titles"]
        return self.dice.pick(titles)

    def _say_due_days(self) -> str:
        return str((self.scene.days["due_date"] - self.scene.days["letter_date"]).days)

    def _say_rights_address(self) -> str:
        return ", ".join(self.scene.payer_address)
