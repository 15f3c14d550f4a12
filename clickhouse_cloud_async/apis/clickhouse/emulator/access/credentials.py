"""Credentials: API keys and the bearer token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import cached_property, lru_cache

import attrs


@attrs.frozen
class KeyHashes:
    """The stored hashes of an API key, in the form in which callers can pass them.

    Args:
        id_hash: Base64 of the SHA-256 digest of its id.
        id_suffix: The last 4 characters of its id.
        secret_hash: Base64 of the SHA-256 digest of its secret.
    """

    id_hash: str
    id_suffix: str
    secret_hash: str

    @classmethod
    def of(cls, key_id: str, secret: str) -> KeyHashes:
        """Hash a key."""
        return cls(sha256(key_id), key_id[-4:], sha256(secret))


@attrs.frozen
class Credential:
    """The credentials in an ``Authorization`` header.

    Args:
        key_id: Id of an API key; empty for a bearer token.
        secret: The key's secret, or the token.
    """

    key_id: str
    secret: str = attrs.field(repr=False)

    @cached_property
    def hashes(self) -> KeyHashes:
        """The hashes that would be stored."""
        return KeyHashes.of(self.key_id, self.secret)


def sha256(text: str) -> str:
    """Base64 of the SHA-256 digest of a text."""
    digest = hashlib.sha256(text.encode(errors="replace")).digest()
    return base64.b64encode(digest).decode("ascii")


def is_sha256(text: str) -> bool:
    """Return whether a text is base64 of a SHA-256 digest."""
    try:
        return len(base64.b64decode(text, validate=True)) == hashlib.sha256().digest_size
    except (binascii.Error, ValueError):
        return False


@lru_cache(maxsize=256)
def read_authorization(header: str | None) -> Credential | None:
    """Read an ``Authorization`` header; None if it is missing or cannot be read.

    A client sends the same header with each request, so the result is cached.

    Args:
        header: The header's value.
    """
    scheme, _, rest = (header or "").partition(" ")
    if scheme.lower() == "bearer":
        return Credential("", rest.strip())
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    key_id, separator, secret = text.partition(":")
    return Credential(key_id, secret) if separator and key_id else None


def same_secret(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
