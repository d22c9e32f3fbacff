#!/usr/bin/env python3
"""Train the fallback model of reasons: extractors/data/reason_sentences.toml -> reason_model.json.

TF-IDF over character n-grams and a logistic regression (scikit-learn), written as plain numbers:
reading a letter needs neither scikit-learn nor a pickle. Same sentences, same model.

    python scripts/train_reason_model.py            # writes the model, prints its cross-validation
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

DATA = Path(__file__).resolve().parents[1] / "extractors" / "data"
SIZES = (3, 5)
SEED = 0


def main() -> None:
    by_category = tomllib.loads((DATA / "reason_sentences.toml").read_text(encoding="utf-8"))
    texts = [text for sentences in by_category.values() for text in sentences]
    labels = [name for name, sentences in by_category.items() for _ in sentences]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=SIZES, sublinear_tf=True)
    model = make_pipeline(vectors, LogisticRegression(C=10, max_iter=3000, class_weight="balanced"))
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    right = cross_val_score(model, texts, labels, cv=folds).mean()
    model.fit(texts, labels)
    regression = model.steps[-1][1]
    grams = {
        gram: [
            round(float(vectors.idf_[at]), 3),
            *(round(float(w), 2) for w in regression.coef_[:, at]),
        ]
        for gram, at in sorted(vectors.vocabulary_.items())
    }
    content = {
        "classes": list(regression.classes_),
        "bias": [round(float(b), 3) for b in regression.intercept_],
        "grams": grams,
    }
    out = DATA / "reason_model.json"
    out.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")
    print(
        f"{out.name}: {len(texts)} sentences, {len(grams)} n-grams, "
        f"{out.stat().st_size / 1e6:.1f} MB, cross-validated accuracy {right:.2f}"
    )


if __name__ == "__main__":
    main()
