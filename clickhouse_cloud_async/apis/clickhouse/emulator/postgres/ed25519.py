"""Ed25519 signatures, for certificates that are the same in every run.

The implementation is slow and not constant-time. That is acceptable, because it signs public data
with secrets that are derived from the emulator's seed.
"""

from __future__ import annotations

from hashlib import sha512
from typing import Final, TypeAlias

_Point: TypeAlias = tuple[int, int, int, int]
"""Extended coordinates of a point on the curve: x = X/Z, y = Y/Z, T = XY/Z."""

_FIELD: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
_BASE_X: Final = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y: Final = 4 * pow(5, -1, _FIELD) % _FIELD
_BASE: Final[_Point] = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _FIELD)


def public_key(secret: bytes) -> bytes:
    """Return the public key, 32 bytes, of a secret of 32 bytes."""
    scalar, _ = _expanded(secret)
    return _encoded(_times(scalar, _BASE))


def sign(secret: bytes, message: bytes) -> bytes:
    """Sign a message.

    Args:
        secret: 32 bytes.
        message: The message.

    Returns:
        The signature, 64 bytes.
    """
    scalar, prefix = _expanded(secret)
    nonce = _number(prefix, message)
    commitment = _encoded(_times(nonce, _BASE))
    challenge = _number(commitment, _encoded(_times(scalar, _BASE)), message)
    return commitment + ((nonce + challenge * scalar) % _ORDER).to_bytes(32, "little")


def _expanded(secret: bytes) -> tuple[int, bytes]:
    digest = sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little")
    # The lowest three bits are 0, the highest is 0, and the one below it is 1.
    return scalar & (2**254 - 8) | 2**254, digest[32:]


def _number(*parts: bytes) -> int:
    return int.from_bytes(sha512(b"".join(parts)).digest(), "little") % _ORDER


def _plus(left: _Point, right: _Point) -> _Point:
    a = (left[1] - left[0]) * (right[1] - right[0])
    b = (left[1] + left[0]) * (right[1] + right[0])
    c = 2 * left[3] * right[3] * _D
    d = 2 * left[2] * right[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _FIELD, g * h % _FIELD, f * g % _FIELD, e * h % _FIELD


def _times(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        scalar >>= 1
    return total


def _encoded(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _FIELD)
    x, y = point[0] * inverse % _FIELD, point[1] * inverse % _FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")
