"""Files as received, and proofs: only ever as downloads, so that no browser opens them."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response


def as_download(data: bytes, name: str) -> Response:
    """Bytes under a file name."""
    quoted = quote(name, safe="")
    told = f'filename="{name}"' if quoted == name else f"filename*=utf-8''{quoted}"
    return Response(
        data, media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; {told}"},
    )  # fmt: skip
