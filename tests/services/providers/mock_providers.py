"""Google, Microsoft and Facebook on loopback, strict about what an app must send; a test says who signs in as whom."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.services.loopback import Asked, Said, answering

SECRET = "the-secret-of-the-app"
TENANT = "11111111-2222-3333-4444-555555555555"


@dataclass
class Mock:
    """All of them, at one address."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    #: What a token says beside what it must; changes of that; and the key that signs instead.
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    signing_key: RSAKey | None = None
    #: The scopes that it says somebody has allowed; "" to say nothing of them.
    granted: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    #: Everything that was asked, and what answers paths that begin so.
    asked: list[Asked] = field(default_factory=list)
    apis: dict[str, Callable[[Asked], Said]] = field(default_factory=dict)

    def authorize(self, address: str) -> str:
        """Do what somebody's browser does at a provider; return the path that it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(self.url)
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "email" in query["scope"].replace(",", " ").split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{urlsplit(query['redirect_uri']).path}?{urlencode({'code': code, 'state': query['state']})}"

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        self.asked.append(asked)
        for start, api in self.apis.items():
            if asked.path.startswith(start):
                return api(asked)
        parts = asked.path.strip("/").split("/")
        if parts[-1] == "openid-configuration":
            return 200, self._about("/".join(parts[:-2]), parts[0])
        if parts[-1] == "keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if parts[-1] == "token":
            return self._token(asked.form, parts[0])
        if asked.path == "/facebook-api/v21.0/oauth/access_token":
            return self._token(asked.form, "facebook")
        if asked.path == "/facebook-api/v21.0/me":
            proof = hashlib.sha256
            right = hmac.new(SECRET.encode(), asked.bearer.encode(), proof).hexdigest()
            return (200, self.person) if asked.query["appsecret_proof"] == right else (400, {"error": {}})
        return 404, {"error": {"message": f"nothing at {asked.path}"}}

    def _about(self, path: str, name: str) -> dict[str, Any]:
        base = f"{self.url}/{path}"
        issuer = base if name == "google" else f"{self.url}/microsoft/{{tenantid}}/v2.0"
        if name == "microsoft" and "/common/" not in base:
            issuer = f"{self.url}/microsoft/{TENANT}/v2.0"
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{self.url}/{name}/token",
            "jwks_uri": f"{self.url}/{name}/keys",
        }

    def _token(self, form: dict[str, str], name: str) -> Said:
        if form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") == "refresh_token":
            owner = self.refresh_tokens.get(form.get("refresh_token", ""))
            if owner != form["client_id"]:
                return 400, {"error": "invalid_grant"}
            return 200, {"access_token": f"fresh-{secrets.token_hex(4)}", "expires_in": 3600}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["client_id"] != form["client_id"]:
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "redirect_uri_mismatch"}
        refresh = f"refresh-{secrets.token_hex(4)}"
        self.refresh_tokens[refresh] = form["client_id"]
        tokens = {"access_token": f"access-{secrets.token_hex(4)}", "expires_in": 3600, "refresh_token": refresh}
        tokens |= {"scope": self.granted} if self.granted else {}
        if name == "facebook":
            return 200, tokens
        now = int(time.time())
        issuer = f"{self.url}/google" if name == "google" else f"{self.url}/microsoft/{TENANT}/v2.0"
        about = {"iss": issuer, "aud": form["client_id"], "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {**about, **self.person, **self.claims}
        return 200, {
            **tokens,
            "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signing_key or self.key),
        }


@contextmanager
def mock_providers() -> Iterator[Mock]:
    """Serve them inside the block."""
    made = Mock()
    with answering(lambda asked: made.answer(asked)) as made.url:
        yield made
