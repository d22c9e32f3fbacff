"""Pages rendered: templates, interface texts in two languages, and how values are printed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.fields import FIELD_SPECS
from pipeline.errors import sentence

_HERE = Path(__file__).parent
LANGUAGES = ("en", "es")
LANGUAGE_COOKIE = "language"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English text to that of a language; English is the text itself."""
    path = _HERE / "i18n" / f"{language}.toml"
    held: dict[str, dict[str, str]] = tomllib.loads(path.read_text("utf-8"))
    return {english: said for part in held.values() for english, said in part.items()}


def translated(language: str, english: str, /, **values: object) -> str:
    """The text in a language, with its places filled; English where it has none."""
    said = english if language == "en" else catalogue(language).get(english, english)
    return said.format(**values) if values else said


@cache
def _error_patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Sentences of errors with values in them, the most telling first."""
    path = _HERE / "i18n" / f"{language}_errors.toml"
    held: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["errors"]
    ordered = sorted(held.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), said)
        for english, said in ordered
    )


def error_text(language: str, english: str) -> str:
    """A sentence of an error in a language, with the values that stand in it; English where the
    language has none for it."""
    if language == "en" or not english:
        return english
    label, colon, why = english.partition(": ")
    if colon and label in catalogue(language):  # what is wrong with a field
        return f"{translated(language, label)}: {error_text(language, why)}"
    for pattern, said in _error_patterns(language):
        if found := pattern.fullmatch(english):
            return said.format(*found.groups())
    return english


def told(language: str, message: str, mend: str = "") -> str:
    """An error and what mends it, as sentences in a language."""
    return sentence(error_text(language, message), error_text(language, mend))


def language_of(request: Request) -> str:
    """What the person chose, else what their browser asks for, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for asked in request.headers.get("accept-language", "").split(","):
        if asked.strip()[:2] in LANGUAGES:
            return asked.strip()[:2]
    return "en"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        words=words, regime=regime_name, percent=percent, masked=masked, day=_day,
        moment=_moment, value=spelled,
    )  # fmt: skip
    made.globals.update(FIELD_SPECS=FIELD_SPECS)
    return made


def html(request: Request, template: str, /, **values: Any) -> str:
    """A template rendered for a request."""
    language = language_of(request)
    person = getattr(request.state, "person", None)
    return _environment().get_template(template).render(
        _=lambda english, /, **places: translated(language, english, **places),
        told=partial(told, language),
        language=language,
        person=person,
        csrf=person.csrf if person else "",
        path=request.url.path,
        version=_version(),
        **values,
    )  # fmt: skip


def render(request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as the answer to a request."""
    return HTMLResponse(html(request, template, **values), status)


@cache
def _version() -> str:
    """Changes with the assets, so that browsers may keep them."""
    import hashlib

    digest = hashlib.sha256()
    for path in sorted((_HERE / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


@cache
def _names() -> Mapping[str, str]:
    named: Mapping[str, str] = tomllib.loads((_HERE / "i18n" / "names.toml").read_text("utf-8"))
    return named


def words(key: object) -> str:
    """`step_therapy` as `Step therapy`, `fehb` as `FEHB`."""
    plain = str(key or "")
    if named := _names().get(plain):
        return named
    said = plain.replace("_", " ")
    return said[:1].upper() + said[1:]


def regime_name(key: str) -> str:
    """The name of a body of appeal law."""
    from knowledge.law import regimes

    known = regimes().get(key)
    return known.name if known is not None else words(key)


def percent(share: float | None) -> str:
    return "" if share is None else f"{int(share * 100)}%"


def masked(name: str | None) -> str:
    """A patient's initials: enough to tell cases apart, not to read over a shoulder."""
    return " ".join(f"{part[0]}•••" for part in (name or "").split()[:3] if part)


def _day(value: date | str | None) -> str:
    return "" if value is None else str(value)[:10]


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M")


def spelled(value: Any) -> str:
    """A field's value in one line."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict) and "unit" in value:
        return f"{value['value']} {value['unit']}"
    return str(value)


def ending_of(name: str) -> str:
    """The ending of a received file's name, where it is a plain one: nothing else of a name that
    someone else chose gets into a header."""
    _, dot, ending = name.lower().rpartition(".")
    plain = dot and ending.isascii() and ending.isalnum() and len(ending) <= 5
    return f".{ending}" if plain else ".bin"
