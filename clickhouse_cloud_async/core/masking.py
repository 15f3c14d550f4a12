"""Makes text from servers safe to show: secrets are masked, bodies are cut to an excerpt."""

from __future__ import annotations

import codecs
import html
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from .values import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .values import Secret

EXCERPT_LENGTH = 200

SHORTEST_SECRET = 4
"""Minimum length of a masked secret: masking shorter ones would garble the text."""

SURE_PREFIX = 8
"""Minimum length of the beginning of a secret that is masked as a truncated one."""

_MOST_BYTES = 64 * 1024
"""Bytes of a body that are read for an excerpt."""

_CREDENTIALS = re.compile(
    r"(?i)\b(basic|bearer)(?:\s|%20|\+|:|=|\\u0020|&#32;)+[\w+/=.~\\%&;#-]{8,}"
)
_TAGS = re.compile(r"(?s)<[^<>]*>")
_VALUE_AHEAD = re.compile(r"[\"'`:={\[<]|&(?:quot|apos|#)|[\u2018-\u201f\u00ab\u00bb\uff1a]")
_BACKSLASH = r"(?:\\|%5c|&#92;|&#x5c;)"

_NEAR_THE_END = rf"(?={_BACKSLASH}*+\S{{0,12}}\Z)"
"""Matches half an escape sequence, with any number of backslashes, or an ellipsis at a cut."""

_UNITS = re.compile(r"(?s)\\*[^\\]|\\+")
"""Matches a character with the backslashes in front of it, or those at the end."""


def masked(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Mask credentials and secrets in a text, in any escaping and also when truncated.

    Args:
        text: Text that a server sent.
        secrets: Secrets of the request, which the server may have echoed.
    """
    text = _CREDENTIALS.sub(rf"\1 {MASK}", text)
    for secret in secrets:
        if len(secret.reveal()) >= SHORTEST_SECRET:
            text = _without(text, secret.reveal())
    return text


def excerpt(body: bytes, secrets: Iterable[Secret] = ()) -> str:
    """Return the beginning of a body for an error message.

    Tags are omitted. Everything after the first quote, colon or other sign that may precede a value
    is masked: only unstructured text, such as a gateway's page, is worth showing.

    Args:
        body: A body that cannot be parsed.
        secrets: As in `masked`.
    """
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(body[:_MOST_BYTES])
    except UnicodeDecodeError:
        return f"{len(body):,} bytes that are not UTF-8"
    if any(ord(char) < ord(" ") and not char.isspace() for char in text):
        return f"{len(body):,} bytes that are not text"
    # Masked before it is cut, so that no secret is truncated.
    text = " ".join(_TAGS.sub(" ", masked(text, secrets)).split())
    value = _VALUE_AHEAD.search(text)
    if value is None:
        return repr(text[:EXCERPT_LENGTH])
    return repr(text[: value.end()][:EXCERPT_LENGTH] + MASK)


def _without(text: str, secret: str) -> str:
    """Mask a secret, and the rest of it where the text or an echo was truncated."""
    units = _UNITS.findall(secret)
    beginnings = ["".join(map(_spellings, units[:SURE_PREFIX]))]
    beginnings += [
        "".join(map(_spellings, units[:length])) + _NEAR_THE_END
        for length in range(min(SURE_PREFIX, len(units)) - 1, SHORTEST_SECRET - 1, -1)
    ]
    # A run of backslashes is tried once, from its start, and not again from each of them.
    beginning = re.compile(rf"(?<!\\)(?:{'|'.join(beginnings)})", re.IGNORECASE)
    pieces: list[str] = []
    while found := beginning.search(text):
        pieces += (text[: found.start()], MASK)
        end = found.end()
        for unit in units[SURE_PREFIX:]:
            following = _unit_pattern(unit).match(text, end)
            if following is None:
                break
            end = following.end()
        text = text[end:]
    return "".join((*pieces, text))


@lru_cache(maxsize=512)
def _unit_pattern(unit: str) -> re.Pattern[str]:
    return re.compile(_spellings(unit), re.IGNORECASE)


@lru_cache(maxsize=512)
def _spellings(unit: str) -> str:
    r"""Return a pattern for a character in any escaping: ``"`` as ``\"``, ``%22``, ``&quot;``, ...

    Args:
        unit: One character, with the backslashes in front of it, or backslashes alone. They echo
            double again and again, and nothing separates them from those of an escape sequence.
    """
    char = unit.lstrip("\\")
    backslashes = f"{_BACKSLASH}+"
    if not char:
        return backslashes
    forms = {
        char,
        json.dumps(char)[1:-1],
        repr(char)[1:-1],
        quote(char, safe="", errors="surrogatepass"),
        quote_plus(char, errors="surrogatepass"),
        html.escape(char),
        f"&#{ord(char)};",
        f"&#x{ord(char):x};",
    }
    plain = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    # JSON escapes what lies beyond the first 65,536 characters in two halves.
    numeric = r"\\+".join(f"u{code:04x}" for code in _utf16_units(char))
    if char != unit:
        return rf"{backslashes}(?:{plain}|{numeric})"
    return rf"(?:\\*(?:{plain})|\\+{numeric})"


def _utf16_units(unit: str) -> Iterable[int]:
    coded = unit.encode("utf-16-be", errors="surrogatepass")
    return (int.from_bytes(coded[at : at + 2]) for at in range(0, len(coded), 2))
