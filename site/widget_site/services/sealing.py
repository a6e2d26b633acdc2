"""Encrypts an answer for the runner that asked (``widget_runner.sealing``): Redis keeps what passes it on its disk."""

import base64

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from widget_wire.runs import SEAL_INFO, ServiceAnswer


def sealed(answer: ServiceAnswer, seal_key: str) -> ServiceAnswer:
    """Return an answer that shows nothing of ``answer`` but its id."""
    private = X25519PrivateKey.generate()
    shared = private.exchange(X25519PublicKey.from_public_bytes(base64.b64decode(seal_key)))
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=SEAL_INFO).derive(shared)
    # A key of one use: the nonce need not differ.
    content = AESGCM(key).encrypt(bytes(12), answer.to_envelope(), answer.id.encode())
    return ServiceAnswer(answer.id, is_sealed=True, media=private.public_key().public_bytes_raw() + content)
