"""``anvil.secrets`` of user code (D-25): a widget's secrets, for runs of that widget alone.

An encryption key is derived from the secret that it is named by: AES-GCM with 128 bits, a random 96-bit IV in front,
all of it in base64. Change the secret, and what was encrypted with it can't be read any more.
"""

import base64
import binascii
import logging
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.services.registry import PREFIX, Service, answer, for_server_code, refusal
from widget_site.store import secrets
from widget_site.store.store import Store
from widget_wire.runs import ServiceAnswer, ServiceCall

log = logging.getLogger(__name__)

_ERROR = "anvil.secrets.SecretError"
_KEY_BYTES = 16
_IV_BYTES = 12
_TAG_BYTES = 16


class _SecretError(Exception):
    """What user code gets as ``anvil.secrets.SecretError``."""


def secret_services(store: Store, box: SecretBox) -> Mapping[str, Service]:
    """Return the services by command."""
    vault = _Vault(store, box)
    return {
        f"{PREFIX}secrets.get_secret": for_server_code(vault.get_secret),
        f"{PREFIX}secrets.encrypt_with_key": for_server_code(vault.encrypt_with_key),
        f"{PREFIX}secrets.decrypt_with_key": for_server_code(vault.decrypt_with_key),
    }


class _Vault:
    def __init__(self, store: Store, box: SecretBox) -> None:
        self._store = store
        self._box = box

    async def get_secret(self, call: ServiceCall) -> ServiceAnswer:
        """Give the value of a secret; the runner masks it in what the run says from then on."""
        try:
            [name] = _texts(call, 1)
            value = await self._value(call, name)
        except _SecretError as error:
            return refusal(call, _ERROR, str(error))
        return answer(call, value, mask=(value,))

    async def encrypt_with_key(self, call: ServiceCall) -> ServiceAnswer:
        """Encrypt a text with the key derived from a secret."""
        try:
            name, text = _texts(call, 2)
            key = _derived(await self._value(call, name))
        except _SecretError as error:
            return refusal(call, _ERROR, str(error))
        iv = os.urandom(_IV_BYTES)
        sealed = AESGCM(key).encrypt(iv, text.encode("utf-8", "surrogatepass"), None)
        return answer(call, base64.b64encode(iv + sealed).decode())

    async def decrypt_with_key(self, call: ServiceCall) -> ServiceAnswer:
        """Decrypt what ``encrypt_with_key`` made with the same secret."""
        try:
            name, text = _texts(call, 2)
            return answer(call, _opened(_derived(await self._value(call, name)), text, name))
        except _SecretError as error:
            return refusal(call, _ERROR, str(error))

    async def _value(self, call: ServiceCall, name: str) -> str:
        kept = await secrets.kept(self._store, call.widget_id, name)
        if kept is None:
            raise _SecretError(f"This widget has no secret {name[:100]!r}. Its owner sets secrets on its Secrets page.")
        try:
            return self._box.decrypt(call.widget_id, name, kept)
        except UnreadableSecretError as error:
            log.error("widget %s: %s", call.widget_id, error)
            raise _SecretError(f"The secret {name!r} can't be decrypted on this site. Set it again.") from error


def _texts(call: ServiceCall, count: int) -> list[str]:
    args = call.message.get("args")
    if not isinstance(args, list) or len(args) != count or not all(isinstance(item, str) for item in args):
        raise _SecretError("Names of secrets, and what is encrypted with them, are text.")
    return args


def _derived(value: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"widgetry anvil.secrets key")
    return derivation.derive(value.encode())


def _opened(key: bytes, text: str, name: str) -> str:
    try:
        sealed = base64.b64decode(text, validate=True)
        if len(sealed) < _IV_BYTES + _TAG_BYTES:
            raise ValueError
        return AESGCM(key).decrypt(sealed[:_IV_BYTES], sealed[_IV_BYTES:], None).decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise _SecretError(f"This was not encrypted with the key {name!r}, or it was changed since.") from error
