"""Secrets that we hand out: made of 256 random bits, kept only as hashes."""

import hashlib
import secrets

#: Longer ones are nobody's, and not worth hashing.
MAX_CHARS = 200


def new_secret() -> str:
    """Return a new secret of 43 characters that fit in a URL, a header and a cookie."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret. No salt, no stretching: 256 random bits can't be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
