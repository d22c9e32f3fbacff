"""What the knowledge base says of the matter's reasons and drug, each word with its entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from knowledge import categories, codes, law, ndc
from knowledge import drugs as drug_lore
from knowledge import payers as payer_lore
from knowledge.categories import Category
from knowledge.drugs import Drug, DrugClass, Need, Particulars
from knowledge.ndc import NdcProduct
from letters.compose.matter import Matter
from letters.compose.plan import administrative_reasons, reasons_for
from models.vocabulary import DenialCategory

T = TypeVar("T")
MOST_DOCUMENTS = 12


class Known(NamedTuple):
    """Words of the knowledge base and the reference of their entry (`class:car_t`)."""

    words: str
    ref: str


class Document(NamedTuple):
    """A paper to gather, what it must show, and the reference of its entry."""

    name: str
    shows: str
    ref: str

    @property
    def short(self) -> str:
        """The name alone, unless it says too little by itself (`Test dates`)."""
        vague = self.is_of_class or len(self.name.split()) < 3
        return self.full if vague else self.name

    @property
    def is_of_class(self) -> bool:
        """Whether it answers what policies for the class ask: named by what is asked."""
        return self.ref.startswith("class:")

    @property
    def full(self) -> str:
        if self.is_of_class and self.shows:
            return f"{sentence_case(self.shows)}: {_lower(self.name)}"
        return f"{self.name}, to show: {self.shows}" if self.shows else self.name


def drug(matter: Matter) -> Drug | None:
    """The denied drug: by its printed name, its ingredient, or its billing code."""
    lexicon = drug_lore.drugs()
    fields = matter.case.fields
    for key in ("drug", "drug_generic"):
        printed = fields.text(key)
        if printed:
            found = lexicon.named(printed) or _first(m.of for m in lexicon.find(printed))
            if found is not None:
                return found
    codes = (lexicon.by_hcpcs(code) for code in fields.items_of("hcpcs"))
    billed = {found.id: found for group in codes for found in group}
    return next(iter(billed.values())) if len(billed) == 1 else None


def drug_class(matter: Matter) -> DrugClass | None:
    """The class of the denied drug, or the class that the letter names instead of a drug."""
    known = drug(matter)
    classes = drug_lore.drug_classes()
    if known is not None:
        return classes.by_id.get(known.class_id)
    for key in ("drug", "service", "drug_generic"):
        printed = matter.case.fields.text(key)
        if printed:
            found = classes.named(printed) or _first(m.of for m in classes.find(printed))
            if found is not None:
                return found
    return None


def particulars(matter: Matter, category: DenialCategory) -> Particulars | None:
    """What is particular to the drug, or its class, under a reason."""
    known = drug_class(matter)
    return drug_lore.particulars(category, drug(matter), known.id if known else None)


def reviewer(matter: Matter) -> Known | None:
    """Who should decide, or talk with the prescriber, on this drug: the particulars' own word,
    else a physician of the class's specialty."""
    for reason in matter.categories:
        own = particulars(matter, reason)
        if own is not None and own.reviewer:
            return Known(own.reviewer, f"particulars:{own.id}")
    klass = drug_class(matter)
    if klass is None:
        return None
    return Known(f"a physician who practices {klass.specialty}", f"class:{klass.id}")


def guidance(matter: Matter) -> Known | None:
    """Whose guidance the class of the drug goes by."""
    klass = drug_class(matter)
    everyone = (*klass.guidelines, *klass.societies) if klass else ()
    # "society guideline for the disease" names nobody.
    named = [name for name in dict.fromkeys(everyone) if not name[:1].islower()][:3]
    if klass is None or not named:
        return None
    *most, last = named
    return Known(f"{', '.join(most)} and {last}" if most else last, f"class:{klass.id}")


def ndc_product(matter: Matter) -> NdcProduct | None:
    """What the imported NDC directory says of the code that the notice prints."""
    printed = matter.case.fields.text("ndc")
    return ndc.look_up(printed) if printed else None


def ndc_differs(matter: Matter, product: NdcProduct) -> bool:
    """Whether the code stands for another drug than the notice names. Unsure is no difference."""
    fields = matter.case.fields
    named = [words for key in ("drug", "drug_generic") if (words := fields.text(key))]
    known = drug(matter)
    if known is not None:
        named += [known.generic, *known.brands, *known.also]
    if not named:
        return False
    theirs = _name_words(product.brand, product.generic)
    return bool(theirs) and not theirs & _name_words(*named)


def _name_words(*names: str) -> frozenset[str]:
    """The words that tell a drug: no salts, forms or suffixes of biologics."""
    return frozenset(w for name in names for w in re.findall(r"[a-z]{5,}", name.lower())) - _SALTS


_SALTS = frozenset(
    re.findall(
        r"\w+",
        "sodium hydrochloride tablet tablets capsule capsules injection solution acetate sulfate "
        "maleate phosphate potassium calcium tartrate succinate mesylate citrate extended release "
        "delayed human recombinant dimesylate besylate fumarate bromide chloride",
    )
)


def payer_habits(name: str) -> tuple[Known, ...]:
    """How appeals go at a payer, by its name, else as told of the brand that it belongs to."""
    lexicon = payer_lore.payers()
    found = lexicon.named(name)
    if found is not None and not found.appeals and found.family:
        found = lexicon.named(found.family)
    if found is None:
        return ()
    return tuple(Known(words, f"payer:{found.id}") for words in found.appeals)


def home_state(matter: Matter) -> str | None:
    """The one state in which the payer does business, where it is only one."""
    found = payer_lore.payers().named(matter.case.fields.text("payer") or "")
    return found.states[0] if found is not None and len(found.states) == 1 else None


def usual_criteria(matter: Matter) -> tuple[Known, ...]:
    """What plans usually ask to see for this class of drug."""
    known = drug_class(matter)
    if known is None or not set(matter.categories) & reasons_for("usual_criteria"):
        return ()
    return tuple(Known(sentence_case(need.asks), f"class:{known.id}") for need in known.criteria)


def documents(matter: Matter) -> tuple[Document, ...]:
    """What to gather for these reasons and this drug, each once, the particular before the
    general."""
    found: dict[str, Document] = {}
    for document in _all_documents(matter):
        found.setdefault(document.name.casefold(), document)
    return tuple(found.values())[:MOST_DOCUMENTS]


def _all_documents(matter: Matter) -> Iterator[Document]:
    general = []
    for reason in matter.categories:
        own = particulars(matter, reason)
        if own is not None:
            yield from _as_documents(matter, own.gather, f"particulars:{own.id}")
        else:
            general.append(reason)
    klass = drug_class(matter)
    # What is particular to the drug says it better than what policies for its class ask.
    wanted = set(general) - administrative_reasons()
    if klass is not None and len(general) == len(matter.categories) and wanted:
        for need in klass.criteria:
            yield Document(sentence_case(need.shown_by), need.asks, f"class:{klass.id}")
    for reason in general:
        yield from _as_documents(matter, category(reason).gather, f"category:{reason.value}")


def _as_documents(matter: Matter, needs: tuple[Need, ...], ref: str) -> Iterator[Document]:
    fitting = (n for n in needs if not n.regimes or matter.regime.id in n.regimes)
    return (Document(sentence_case(need.asks), need.shown_by, ref) for need in fitting)


def category(reason: DenialCategory) -> Category:
    """The knowledge base's entry of a reason."""
    return categories.categories()[reason]


def need_text(need: Need) -> str:
    """The document, and what it must show."""
    return (
        f"{sentence_case(need.asks)}: {need.shown_by}"
        if need.shown_by
        else sentence_case(need.asks)
    )


def sentence_case(words: str) -> str:
    """`words` with a capital first letter."""
    return f"{words[:1].upper()}{words[1:]}"


def _lower(words: str) -> str:
    """`words` with a small first letter, unless it begins with an abbreviation (MRI, T4)."""
    return words if words[1:2].isupper() or words[1:2].isdigit() else words[:1].lower() + words[1:]


def _first(found: Iterator[T]) -> T | None:
    return next(found, None)


KINDS: Mapping[str, Callable[[str], bool]] = {
    "category": lambda key: key in categories.categories(),
    "code": lambda key: codes.code(*key.split(" ", 1)) is not None,
    "amount": lambda key: law.amount_in_controversy(int(key)) is not None,
    "payer": lambda key: key in payer_lore.payers().by_id,
    "ndc": lambda key: ndc.look_up(key) is not None,
    "class": lambda key: key in drug_lore.drug_classes().by_id,
    "drug": lambda key: key in drug_lore.drugs().by_id,
    "particulars": lambda key: any(p.id == key for p in drug_lore.all_particulars()),
}
"""Whether an entry is there, by the kind of its reference."""
