"""The certificate authority of a Postgres service."""

from __future__ import annotations

import base64
import textwrap
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from .ed25519 import public_key, sign

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_VALIDITY = timedelta(days=3650)
_LAST_SHORT_YEAR = 2049
"""The last year that certificates write with two digits."""

_BOOLEAN, _INTEGER, _BITS, _OCTETS, _OBJECT_ID = 0x01, 0x02, 0x03, 0x04, 0x06
_TEXT, _SHORT_TIME, _TIME, _SEQUENCE, _SET = 0x0C, 0x17, 0x18, 0x30, 0x31
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_LONG = 0x80
"""From this length on, the length is encoded with its own length."""

_ED25519: Final = bytes.fromhex("06032b6570")
_COMMON_NAME: Final = bytes.fromhex("0603550403")
_KEY_IDENTIFIER: Final = bytes.fromhex("0603551d0e")
_KEY_USAGE: Final = bytes.fromhex("0603551d0f")
_BASIC_CONSTRAINTS: Final = bytes.fromhex("0603551d13")
_TRUE: Final = bytes.fromhex("0101ff")
_MAY_SIGN: Final = bytes.fromhex("03020106")
"""Key usage: signing of certificates and of revocation lists."""


def authority(organization: Organization, service: JsonObject) -> str:
    """Return the self-signed certificate of the authority for a service's host name, as PEM.

    Each host name has a different certificate, whose key is derived from the seed.
    """
    label = service["hostname"].partition(".")[0]
    random = organization.world.draw("postgres", service["id"], "certificate", service["hostname"])
    secret = random.randbytes(32)
    begin = datetime.fromisoformat(service["createdAt"]).astimezone(UTC)
    return _pem(_self_signed(f"{label} CA", secret, begin))


def _self_signed(name: str, secret: bytes, begin: datetime) -> bytes:
    key = public_key(secret)
    identifier = sha256(key).digest()[:20]
    algorithm = _der(_SEQUENCE, _ED25519)
    subject = _der(_SEQUENCE, _der(_SET, _der(_SEQUENCE, _COMMON_NAME, _der(_TEXT, name.encode()))))
    extensions = (
        _der(_SEQUENCE, _BASIC_CONSTRAINTS, _TRUE, _der(_OCTETS, _der(_SEQUENCE, _TRUE))),
        _der(_SEQUENCE, _KEY_USAGE, _TRUE, _der(_OCTETS, _MAY_SIGN)),
        _der(_SEQUENCE, _KEY_IDENTIFIER, _der(_OCTETS, _der(_OCTETS, identifier))),
    )
    content = _der(
        _SEQUENCE,
        _der(_VERSION, _der(_INTEGER, b"\x02")),
        _der(_INTEGER, b"\x01", identifier[:15]),
        algorithm,
        subject,
        _der(_SEQUENCE, _moment(begin), _moment(begin + _VALIDITY)),
        subject,
        _der(_SEQUENCE, algorithm, _der(_BITS, b"\x00", key)),
        _der(_EXTENSIONS, _der(_SEQUENCE, *extensions)),
    )
    return _der(_SEQUENCE, content, algorithm, _der(_BITS, b"\x00", sign(secret, content)))


def _der(tag: int, *parts: bytes) -> bytes:
    """Return a value in DER: its tag, its length and its content."""
    content = b"".join(parts)
    length = bytes([len(content)]) if len(content) < _LONG else _long_length(len(content))
    return bytes([tag]) + length + content


def _long_length(length: int) -> bytes:
    digits = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([_LONG | len(digits)]) + digits


def _moment(moment: datetime) -> bytes:
    if moment.year <= _LAST_SHORT_YEAR:
        return _der(_SHORT_TIME, f"{moment:%y%m%d%H%M%SZ}".encode())
    return _der(_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode())


def _pem(der: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
