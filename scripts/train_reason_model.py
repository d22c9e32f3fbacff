#!/usr/bin/env python3
"""Train the models of sentences: extractors/data/reason_*.toml -> reason_model.npz (why coverage
was denied), verdict_sentences.toml -> verdict_model.npz (what a document does).

TF-IDF over runs of characters, words and their neighbours (`extractors.meaning.guess.grams`), and a
logistic regression (scikit-learn), written as plain arrays: reading a letter needs neither
scikit-learn nor a pickle. Same sentences, same model.
The letter generator's phrases are used too, but only those that its `train` wordings may say:
letters made with `--wordings held_out` stay unseen and measure the model.

    python scripts/train_reason_model.py             # writes both, tells accuracy on unseen phrases
    python scripts/train_reason_model.py --across    # tells how well each writer is understood by
                                                     # models trained without that writer
"""

from __future__ import annotations

import math
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.generator.dice import Dice, table  # noqa: E402  # not installed with the package
from extractors.meaning.guess import MODEL, VERDICTS, grams, plain  # noqa: E402

DATA = ROOT / "extractors" / "data"
SEED = 0
TIMES = 6
"""How often a pattern with choices is said."""
REPEATED_NONE = 2
WRITERS = (1, 2)
"""Whose sentences are in `reason_writer_N.toml` and `verdict_writer_N.toml`."""
REFILL = re.compile(r"refill|supply of|medicine left|too soon")
"""The generator files these under `other`; we call a refill too soon a quantity limit."""

ITEMS = """Humira|Ozempic 1 mg|Stelara|the CT scan|Botox injections|an insulin pump|Dupixent 300 mg|
lumbar fusion|Keytruda|IVIG|Xeljanz|a sleep study|Wegovy|home health visits|Eliquis 5 mg|Tremfya|
an MRI of the knee|physical therapy|Rituxan|Enbrel"""
USES = """plaque psoriasis|migraine|type 2 diabetes|Crohn's disease|multiple sclerosis|lung cancer|
obesity|asthma|depression|chronic hives|rheumatoid arthritis|osteoporosis"""
DRUGS = """metformin|methotrexate|adalimumab|topiramate|sertraline|prednisone|a statin|Humira|
omeprazole|infliximab|glipizide|propranolol"""
AMOUNTS = "60 tablets per 30 days|4 pens per 28 days|one every 4 weeks|30 tablets per 30 days"
FILLERS = {
    "item": ITEMS,
    "other": DRUGS,
    "another": DRUGS,
    "use": USES,
    "diagnosis": USES,
    "off_use": USES,
    "n": "2|3|12|30|60|90|18|180",
    "day": "May 3, 2025|03/14/2026|January 1",
    "service_date": "May 3, 2025|03/14/2026",
    "policy": "Medical Policy 123|our guideline",
    "allowed": AMOUNTS,
    "asked": AMOUNTS,
    "adult": "18|12|six",
}


class Speaker:
    """Says patterns, with choices that the seed fixes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def say(self, pattern: str) -> str:
        while found := re.search(r"\[([^\[\]]*)\]", pattern):
            choice = self._random.choice(found[1].split("|"))
            pattern = pattern[: found.start()] + choice + pattern[found.end() :]
        return re.sub(r"\{(!?)(\w+)\}", self._fill, pattern).replace("**", "").strip().lower()

    def _fill(self, found: re.Match[str]) -> str:
        if found[1]:
            return ""
        return self._random.choice(FILLERS.get(found[2], ITEMS).replace("\n", "").split("|"))


def lists(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every list of phrases in one of the generator's tables, with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from lists(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield path, value
    elif isinstance(value, list):
        for inner in value:
            yield from lists(inner, path)


def generated(wordings: str) -> Iterator[tuple[str, str]]:
    """(category or `none`, phrase) of the generator's tables on one side of its wordings.

    `held_out` gives only what `train` never says.
    """
    dice, train = Dice("phrases", wordings), Dice("phrases", "train")
    for name in ("reasons", "letters", "rights"):
        for path, phrases in lists(table(name)):
            if path[-1] == "fits" or path[0] == "reason":
                continue
            category = path[0] if name == "reasons" and path[-1] != "more" else "none"
            for phrase in dice.allowed(phrases):
                if wordings == "held_out" and phrase in train.allowed(phrases):
                    continue
                if category != "other" or not REFILL.search(phrase.lower()):
                    yield category, phrase


def sentences(writers: Sequence[int] = WRITERS) -> list[tuple[str, str]]:
    """(category, sentence) to train on: each once, in a fixed order."""
    speaker = Speaker(SEED)
    found: dict[tuple[str, str], None] = {}
    for name in ("reason_sentences", "reason_patterns", "reason_facts", "reason_wordings"):
        for category, patterns in tomllib.loads((DATA / f"{name}.toml").read_text("utf-8")).items():
            for pattern in patterns:
                for _ in range(TIMES if re.search(r"[\[{]", pattern) else 1):
                    found[category, speaker.say(pattern)] = None
    for category, phrase in generated("train"):
        for _ in range(REPEATED_NONE if category == "none" else TIMES):
            found[category, speaker.say(phrase)] = None
    for writer in writers:
        found.update(dict.fromkeys(written("reason", writer)))
    return list(found)


def written(model: str, writer: int) -> list[tuple[str, str]]:
    """(category or kind, sentence) of one of the writers who had not seen the program."""
    table_of = tomllib.loads((DATA / f"{model}_writer_{writer}.toml").read_text("utf-8"))
    return [(name, text.lower()) for name, texts in table_of.items() for text in texts]


def trained(examples: Sequence[tuple[str, str]]) -> Pipeline:
    """The vectors and the regression. Rare classes count more, by the root of how rare they are:
    most sentences of a letter give no reason, so `none` keeps some of its weight."""
    often = Counter(name for name, _ in examples)
    weights = {name: math.sqrt(len(examples) / (len(often) * n)) for name, n in often.items()}
    vectors = TfidfVectorizer(analyzer=grams, sublinear_tf=True, min_df=2)
    model = make_pipeline(vectors, LogisticRegression(C=60, max_iter=3000, class_weight=weights))
    return model.fit([plain(text) for _, text in examples], [name for name, _ in examples])


def across(model: str, told: Callable[[Sequence[int]], list[tuple[str, str]]]) -> str:
    """How many sentences of each writer are told right by a model that never saw that writer's."""
    found = []
    for unseen in WRITERS:
        others = [writer for writer in WRITERS if writer != unseen]
        test = written(model, unseen)
        said = trained(told(others)).predict([plain(text) for _, text in test])
        right = [name == got for (name, _), got in zip(test, said, strict=True)]
        found.append(f"writer {unseen}: {sum(right)} of {len(right)}")
    return f"{model} sentences of a writer never seen: {', '.join(found)}"


def verdicts(writers: Sequence[int] = WRITERS) -> list[tuple[str, str]]:
    """(kind or `none`, sentence) to train the verdict model on."""
    speaker = Speaker(SEED)
    found: dict[tuple[str, str], None] = {}
    table_of = tomllib.loads((DATA / "verdict_sentences.toml").read_text("utf-8"))
    for kind, patterns in table_of.items():
        for pattern in patterns:
            for _ in range(TIMES * 2 if re.search(r"[\[{]", pattern) else 1):
                found[kind, speaker.say(pattern)] = None
    for category, phrase in generated("train"):
        if category != "none":  # a reason alone is no verdict
            found["none", speaker.say(phrase)] = None
    for writer in writers:
        found.update(dict.fromkeys(written("verdict", writer)))
    return list(found)


def write(path: Path, model: Pipeline) -> int:
    """The model as plain arrays; returns how many n-grams it has."""
    vectors, regression = model.steps[0][1], model.steps[-1][1]
    known = sorted(vectors.vocabulary_)
    order = [vectors.vocabulary_[gram] for gram in known]
    np.savez_compressed(
        path,
        grams=np.frombuffer("\n".join(known).encode(), dtype=np.uint8),
        idf=vectors.idf_[order].astype(np.float32),
        weights=regression.coef_.T[order].astype(np.float16),
        bias=regression.intercept_.astype(np.float32),
        classes=np.array(list(regression.classes_)),
    )
    return len(known)


def main() -> None:
    if "--across" in sys.argv[1:]:
        print(across("reason", sentences), across("verdict", verdicts), sep="\n")
        return
    examples = sentences()
    model = trained(examples)
    size = write(MODEL, model)
    speaker = Speaker(SEED + 1)
    unseen = [(name, speaker.say(text)) for name, text in generated("held_out") for _ in range(4)]
    said = model.predict([plain(text) for _, text in unseen])
    pairs = list(zip([name for name, _ in unseen], said, strict=True))
    reasons = [name == got for name, got in pairs if name != "none"]
    none = [name == got for name, got in pairs if name == "none"]
    print(
        f"{MODEL.name}: {len(examples)} sentences, {size} n-grams, "
        f"{MODEL.stat().st_size / 1e6:.1f} MB; unseen phrases: {sum(reasons)} of {len(reasons)} "
        f"reasons right, {sum(none)} of {len(none)} other sentences"
    )
    told = verdicts()
    size = write(VERDICTS, trained(told))
    print(
        f"{VERDICTS.name}: {len(told)} sentences, {size} n-grams, "
        f"{VERDICTS.stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
