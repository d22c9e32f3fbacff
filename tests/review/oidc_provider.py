"""A small OpenID provider of its own process, made with Authlib's server: for tests alone.

`python oidc_provider.py PORT`. Whoever asks at /authorize is signed in as what `/as/NAME` said
last; `/wrong/WHAT` makes it answer wrongly from then on.
"""

from __future__ import annotations

import secrets
import sys
import time
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "denial-desk", "a secret of the test"
PEOPLE = {
    "ada": {"sub": "u-1", "preferred_username": "ada", "groups": ["denials-admins"]},
    "rio": {"sub": "u-2", "preferred_username": "rio", "groups": ["denials-reviewers", "x"]},
    "eve": {"sub": "u-3", "preferred_username": "eve", "groups": ["other"]},
    "boss": {"sub": "u-4", "preferred_username": "adm-user", "groups": ["denials-admins"]},
}


class Client:
    """The one client."""

    client_id = CLIENT

    def __init__(self, back: str) -> None:
        self.back = back

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == self.back

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


class Code(dict[str, Any]):
    """A code that was given."""

    def get_redirect_uri(self) -> str:
        return str(self["redirect_uri"])

    def get_scope(self) -> str:
        return str(self["scope"])

    def get_nonce(self) -> str:
        return str(self["nonce"])

    def get_auth_time(self) -> int:
        return int(self["auth_time"])

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None

    @property
    def code_challenge(self) -> str:
        return str(self["code_challenge"])

    @property
    def code_challenge_method(self) -> str:
        return str(self["code_challenge_method"])


def provider(issuer: str, back: str) -> Flask:
    app = Flask("provider")
    key, stranger = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
    client, codes = Client(back), dict[str, Code]()
    now: dict[str, str] = {"as": "ada", "wrong": ""}

    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, asked: Any) -> None:
            data = asked.payload.data
            codes[code] = Code(
                redirect_uri=back, scope=asked.payload.scope, nonce=data.get("nonce", ""),
                auth_time=int(time.time()), user=now["as"],
                code_challenge=data.get("code_challenge", ""),
                code_challenge_method=data.get("code_challenge_method", ""),
            )  # fmt: skip

        def query_authorization_code(self, code: str, _: Any) -> Code | None:
            return codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            for name, held in list(codes.items()):
                if held is code:
                    del codes[name]

        def authenticate_user(self, code: Code) -> dict[str, Any]:
            return PEOPLE[code["user"]]

    class Connect(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return any(code["nonce"] == nonce for code in codes.values())

        def resolve_client_private_key(self, _: Any) -> KeySet:
            held = stranger if now["wrong"] == "key" else key
            return KeySet([held])

        def get_client_algorithm(self, _: Any) -> str:
            return "RS256"

        def get_client_claims(self, _: Any) -> dict[str, Any]:
            return {
                "iss": f"{issuer}/other" if now["wrong"] == "iss" else issuer,
                "aud": ["someone-else"] if now["wrong"] == "aud" else [CLIENT],
                "exp": int(time.time()) + (-3600 if now["wrong"] == "exp" else 600),
            }

        def get_authorization_code_claims(self, code: Code) -> dict[str, Any]:
            nonce = "another" if now["wrong"] == "nonce" else code.get_nonce()
            return {"nonce": nonce, "auth_time": code.get_auth_time()}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(**user)

    server = AuthorizationServer(app, query_client=lambda _: client, save_token=lambda *_: None)
    server.register_grant(Grant, [Connect(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def about() -> Any:
        return jsonify(
            issuer=issuer, authorization_endpoint=f"{issuer}/authorize",
            token_endpoint=f"{issuer}/token", jwks_uri=f"{issuer}/keys",
        )  # fmt: skip

    @app.get("/keys")
    def keys() -> Any:
        return jsonify(KeySet([key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        if request.args.get("code_challenge_method") != "S256":
            return "no PKCE", 400
        return server.create_authorization_response(grant_user=PEOPLE[now["as"]])

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/as/<name>")
    def become(name: str) -> Any:
        now.update({"as": name, "wrong": ""})
        return "ok"

    @app.get("/wrong/<what>")
    def wrong(what: str) -> Any:
        now["wrong"] = what
        return "ok"

    return app


if __name__ == "__main__":
    place = f"http://127.0.0.1:{sys.argv[1]}"
    made = provider(place, sys.argv[2])
    made.secret_key = secrets.token_hex()
    made.run("127.0.0.1", int(sys.argv[1]))
