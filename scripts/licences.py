"""From a CycloneDX bill of materials to a page of names, versions and licences."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAD = """# Licences

Denial Desk itself: Apache 2.0. This page is written by `scripts/licences` from what the lock
(`requirements.txt`) installs, with each package's own word on its licence; the bill of materials
that it makes beside it (`sbom.json`, CycloneDX) goes with a release. **used by** says whether the
program needs a package when it runs, or only the tests, the documentation and the benchmarks.

System packages: Tesseract with its `eng` and `osd` data (Apache 2.0). In the repository: the
list of ICD-10-CM codes (public domain, CDC) and names of drugs; the fonts in letters come with
Typst (SIL OFL).

| package | version | licence | used by |
| --- | --- | --- | --- |
"""


def running(name: str = "denialdesk") -> set[str]:
    """The packages that the program needs when it runs, and what these need in turn."""
    found: set[str] = set()
    left: list[tuple[str, frozenset[str]]] = [(canonicalize_name(name), frozenset())]
    while left:
        package, asked = left.pop()
        for line in requires(package) or ():
            need = Requirement(line)
            key = canonicalize_name(need.name)
            wanted = need.marker is None or any(
                need.marker.evaluate({"extra": extra}) for extra in asked | {""}
            )
            if wanted and key not in found:
                found.add(key)
                left.append((key, frozenset(need.extras)))
    return found


def licence(component: dict[str, object]) -> str:
    """A component's licence as it names it itself, in one line."""
    said: list[str] = []
    for entry in component.get("licenses", ()):  # type: ignore[attr-defined]
        one = entry.get("license", {})
        name = entry.get("expression") or one.get("id") or one.get("name") or ""
        if name and not name.startswith(("License :: OSI Approved", "declared license of")):
            said.append(name.removeprefix("License :: ").splitlines()[0][:60])
        elif name.startswith("License :: OSI Approved :: "):
            said.append(name.rpartition(" :: ")[2])
    return "; ".join(dict.fromkeys(said)) or "see its files"


def page(components: Iterable[dict[str, object]], needed: set[str]) -> str:
    """The whole page."""
    rows = sorted((str(c["name"]), str(c["version"]), licence(c)) for c in components)
    return HEAD + "".join(
        f"| {name} | {version} | {told.replace('|', '/')} | "
        f"{'the program' if canonicalize_name(name) in needed else 'development'} |\n"
        for name, version, told in rows
    )


if __name__ == "__main__":
    bill = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(page(bill["components"], running()), encoding="utf-8")
