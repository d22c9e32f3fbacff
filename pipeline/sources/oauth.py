"""Tokens for XOAUTH2 by the client-credentials flow, which Microsoft 365 asks of programs that
read a mailbox without a person at the keyboard."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from pipeline.sources.base import SourceDown, SourceRefused

MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
MICROSOFT_SCOPE = "https://outlook.office365.com/.default"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A program's registration with an identity provider; its secret is kept elsewhere."""

    client_id: str
    token_url: str
    scope: str = MICROSOFT_SCOPE


def access_token(client: OAuthClient, secret: str) -> str:
    """A token for one login. Raises SourceDown, SourceRefused."""
    asked = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": secret,
        "scope": client.scope,
    }
    try:
        answer = httpx.post(client.token_url, data=asked, timeout=30)
    except httpx.HTTPError as gone:
        raise SourceDown(
            f"The token server did not answer ({type(gone).__name__})",
            "See that it can be reached from here; it is tried again.",
        ) from gone
    if answer.status_code >= 500:
        raise SourceDown(
            f"The token server failed (HTTP {answer.status_code})", "It is tried again."
        )
    try:
        token = answer.json().get("access_token") if answer.status_code == 200 else None
    except (ValueError, AttributeError):
        token = None
    if not token:
        raise SourceRefused(
            f"The token server gave no token (HTTP {answer.status_code})",
            "See that client id, client secret, tenant and scope are right.",
        )
    return str(token)
