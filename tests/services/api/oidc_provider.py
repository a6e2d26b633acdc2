"""A small OpenID Connect provider on loopback, strict about what a client must send; people of it are plain dicts."""

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.services.loopback import Asked, Said, answering

CLIENT, SECRET = "widgetry", "the secret of the client"


@dataclass
class Provider:
    """What it knows, and what a test makes it do wrong."""

    issuer: str = ""
    redirect_uri: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    person: dict[str, Any] = field(default_factory=dict)
    #: Changes of the token's claims, and the key that signs instead.
    claims: dict[str, Any] = field(default_factory=dict)
    signing_key: RSAKey | None = None
    #: How often its keys were read.
    key_reads: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, address: str) -> str:
        """Do what the person's browser does there; return where it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["redirect_uri"] == self.redirect_uri
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{urlsplit(self.redirect_uri).path}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Exchange a code, once."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if authorization != f"Basic {basic}" or asked is None or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        about = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {**about, **self.person, **self.claims}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signing_key or self.key)
        return 200, {"id_token": token, "access_token": "x", "token_type": "Bearer"}

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        if asked.method == "POST":
            return self.token(asked.form, asked.headers.get("authorization", ""))
        pages: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
        }
        self.key_reads += asked.path == "/keys"
        return (200, pages[asked.path]) if asked.path in pages else (404, {})


@contextmanager
def provider(redirect_uri: str) -> Iterator[Provider]:
    """Serve one inside the block."""
    made = Provider(redirect_uri=redirect_uri)
    with answering(made.answer) as made.issuer:
        yield made
