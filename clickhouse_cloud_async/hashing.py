"""Hashes in the forms that the API takes, so that passwords and key secrets stay off the wire."""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from typing import TYPE_CHECKING

import attrs

from .core.values import Secret

if TYPE_CHECKING:
    from typing import Self

    from .apis.clickhouse.models.access import ApiKeyHashData

_ALPHABET = string.ascii_letters + string.digits


@attrs.frozen
class PasswordHashes:
    """The two forms in which the API takes a service's password.

    Attributes:
        sha256: Base64 of the SHA-256 digest, for ClickHouse's own protocols.
        double_sha1: Hexadecimal SHA-1 of the SHA-1 digest, for the MySQL protocol.
    """

    sha256: Secret
    double_sha1: Secret


def hash_password(password: str | Secret) -> PasswordHashes:
    """Hash a password in both forms that the API takes.

    Args:
        password: The password.
    """
    data = Secret(password).reveal().encode()
    inner = hashlib.sha1(data, usedforsecurity=False).digest()
    return PasswordHashes(
        Secret(_sha256(data)), Secret(hashlib.sha1(inner, usedforsecurity=False).hexdigest())
    )


@attrs.frozen
class KeyMaterial:
    """An API key that was made here; only its hashes go to the API.

    Attributes:
        key_id: Id of the key.
        key_secret: Its secret.
    """

    key_id: str
    key_secret: Secret = attrs.field(converter=Secret)

    @classmethod
    def generate(cls) -> Self:
        """Make a random id of 20 characters and a random secret of 42."""
        return cls(_random(20), Secret(_random(42)))

    def hash_data(self) -> ApiKeyHashData:
        """The hashes to pass to ``api_keys.create(hash_data=...)``."""
        from .apis.clickhouse.models.access import ApiKeyHashData

        return ApiKeyHashData(
            key_id_hash=_sha256(self.key_id.encode()),
            key_id_suffix=self.key_id[-4:],
            key_secret_hash=_sha256(self.key_secret.reveal().encode()),
        )


def _sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
