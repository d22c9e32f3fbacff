"""Pages rendered: templates, interface texts in two languages, and how values are printed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.fields import FIELD_SPECS

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
        words=words, percent=percent, masked=masked, day=_day, moment=_moment, value=spelled
    )
    made.globals.update(FIELD_SPECS=FIELD_SPECS)
    return made


def html(request: Request, template: str, /, **values: Any) -> str:
    """A template rendered for a request."""
    language = language_of(request)
    person = getattr(request.state, "person", None)
    return _environment().get_template(template).render(
        _=lambda english, /, **places: translated(language, english, **places),
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


def words(key: object) -> str:
    """`step_therapy` as `Step therapy`."""
    said = str(key or "").replace("_", " ")
    return said[:1].upper() + said[1:]


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
