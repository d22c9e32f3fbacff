"""Single sign-on with OpenID Connect: the authorization code flow with PKCE, state and nonce.

Settings: `oidc_issuer`, `oidc_client_id`, `oidc_client_secret` (named like every secret: env: or
file:; empty for a public client), `oidc_roles` (`group=role, group=role`; `*` is everyone),
`oidc_groups_claim`, `oidc_name_claim`, `oidc_scope`, and `public_url`, to which the provider sends
people back.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from models.errors import DeskError, SetupError, UsageError
from pipeline.home import Settings
from pipeline.secrets import resolve
from pipeline.store.people import Role

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that are taken: asymmetric ones alone, and never `none`."""
_SECONDS = 15
_KEPT = 600.0
"""Seconds for which what the provider tells of itself is kept."""
_LEEWAY = 60
_BACK = "/sign-in/sso/back"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
Json = dict[str, Any]


class SsoRefused(UsageError):
    """The provider's word was not good enough."""

    kind = "sso_refused"


class NotSet(SetupError):
    kind = "sso_not_set"


class ProviderDown(DeskError):
    kind = "sso_down"
    passing = True


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a provider vouches for. `subject` is theirs for ever: issuer and `sub`."""

    subject: str
    name: str
    role: Role


class SingleSignOn:
    """The provider of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._told: tuple[float, Json, Json] | None = None

    def begin(self) -> tuple[str, Json]:
        """Where to send a browser, and what to remember until it comes back."""
        self._check_set()
        about, _ = self._provider()
        held = {"verifier": secrets.token_urlsafe(48), "nonce": secrets.token_urlsafe(24)}
        with self._session() as session:
            address, state = session.create_authorization_url(
                about["authorization_endpoint"], code_verifier=held["verifier"],
                nonce=held["nonce"],
            )  # fmt: skip
        return str(address), {**held, "state": state}

    def finish(self, held: Mapping[str, Any], code: str, state: str, issuer: str) -> Known:
        """Whom the provider vouches for. Raises SsoRefused, ProviderDown."""
        if not code or not secrets.compare_digest(state.encode(), str(held["state"]).encode()):
            raise SsoRefused("The answer belongs to another sign-in", "Try again.")
        if issuer and issuer != self._settings.oidc_issuer:
            raise SsoRefused("Another provider answered than was asked", "Try again.")
        about, keys = self._provider()
        try:
            with self._session() as session:
                token = session.fetch_token(
                    about["token_endpoint"], code=code, code_verifier=held["verifier"],
                    timeout=_SECONDS, allow_redirects=False,
                )  # fmt: skip
        except Exception as broken:  # OAuthError, or whatever its transport raises
            raise SsoRefused("The provider took its word back", "Try again.") from broken
        return self._known(self._claims(token, keys, str(held["nonce"])))

    def _claims(self, token: Json, keys: Json, nonce: str) -> Json:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
        from joserfc.jwt import JWTClaimsRegistry

        must = {"essential": True}
        rules: Any = {
            "iss": {**must, "value": self._settings.oidc_issuer},
            "aud": {**must, "value": self._settings.oidc_client_id},
            "nonce": {**must, "value": nonce},
            "sub": must, "exp": must, "iat": must,
        }  # fmt: skip
        try:
            said = jwt.decode(
                str(token.get("id_token", "")), KeySet.import_key_set(keys),  # type: ignore[arg-type]
                algorithms=list(ALGORITHMS),
            )  # fmt: skip
            JWTClaimsRegistry(leeway=_LEEWAY, **rules).validate(said.claims)
        except (JoseError, ValueError, KeyError) as wrong:
            raise SsoRefused("The provider's word cannot be trusted", "Try again.") from wrong
        claims: Json = said.claims
        parties = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if len(parties) > 1 and claims.get("azp") != self._settings.oidc_client_id:
            raise SsoRefused("The provider's word cannot be trusted", "Try again.")
        return claims

    def _known(self, claims: Json) -> Known:
        settings = self._settings
        name = str(claims.get(settings.oidc_name_claim) or "").strip().lower()
        groups = claims.get(settings.oidc_groups_claim) or []
        held = {str(each) for each in groups} if isinstance(groups, list) else {str(groups)}
        fitting = [
            role for group, role in roles_in(settings.oidc_roles) if group == "*" or group in held
        ]
        if not fitting:
            raise SsoRefused("You are in no group that may use this", "Ask an administrator.")
        role = max(fitting, key=lambda each: each.rank)
        return Known(f"{settings.oidc_issuer} {claims['sub']}", name.partition("@")[0], role)

    def _session(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        settings = self._settings
        secret = resolve(settings.oidc_client_secret) if settings.oidc_client_secret else None
        return OAuth2Session(
            settings.oidc_client_id, secret, scope=settings.oidc_scope,
            redirect_uri=settings.public_url.rstrip("/") + _BACK, code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )  # fmt: skip

    def _provider(self) -> tuple[Json, Json]:
        """What the provider tells of itself, and its keys."""
        import requests

        with self._lock:
            if self._told and time.monotonic() - self._told[0] < _KEPT:
                return self._told[1], self._told[2]
            issuer = self._settings.oidc_issuer
            try:
                about = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != issuer:
                    raise ValueError
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _check_safe(str(about[name]))
                keys = _json(str(about["jwks_uri"]))
            except (requests.RequestException, ValueError, KeyError) as broken:
                raise ProviderDown(
                    "The provider of single sign-on cannot be used just now",
                    "Try again in a moment.",
                ) from broken
            self._told = (time.monotonic(), about, keys)
            return about, keys

    def _check_set(self) -> None:
        settings = self._settings
        if not settings.oidc_issuer or not settings.oidc_client_id or not settings.public_url:
            raise NotSet("Single sign-on is not set up", "Ask an administrator.")
        _check_safe(settings.oidc_issuer)


def roles_in(said: str) -> list[tuple[str, Role]]:
    """`group=role, group=role`. Raises SetupError where a role is none."""
    pairs = []
    for part in filter(None, (part.strip() for part in said.split(","))):
        group, _, role = part.rpartition("=")
        try:
            pairs.append((group.strip(), Role(role.strip())))
        except ValueError:
            raise SetupError(f"oidc_roles names no role: {role.strip()[:40]}", "") from None
    return pairs


def _json(address: str) -> Json:
    import requests

    answer = requests.get(address, timeout=_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    told = answer.json()
    if not isinstance(told, dict):
        raise ValueError
    return told


def _check_safe(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise NotSet("The provider of single sign-on is not reached by TLS", "Use https.")
