"""Answers that only this runner can read: secrets pass through Redis, which writes what it is told to its disk.

The runner's key pair is new at each start and never leaves its memory. The site encrypts with a key agreed between a
key pair of one use and ours (X25519, HKDF-SHA256, AES-GCM); ``widget_site.services.sealing`` is the other side.
"""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from widget_wire.runs import SEAL_INFO, SEAL_KEY_BYTES


class SealError(ValueError):
    """What came was not sealed for us, or was changed on its way."""


class Seal:
    """The key pair of one runner."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        #: For ServiceCall.seal_key.
        self.public = base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def open(self, sealed: bytes, answer_id: str) -> bytes:
        """Return what the site sealed for the answer of this id; SealError when that is something else."""
        try:
            theirs = X25519PublicKey.from_public_bytes(sealed[:SEAL_KEY_BYTES])
            shared = self._private.exchange(theirs)
            key = HKDF(algorithm=SHA256(), length=32, salt=None, info=SEAL_INFO).derive(shared)
            # A key of one use: the nonce need not differ.
            return AESGCM(key).decrypt(bytes(12), sealed[SEAL_KEY_BYTES:], answer_id.encode())
        except (ValueError, InvalidTag) as error:
            raise SealError("an answer was not sealed for this runner") from error
