"""Text from elsewhere, made safe to show."""

from __future__ import annotations

import unicodedata

_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Categories of characters that show nothing, or change how others show."""


def visible(text: str) -> str:
    """Return text with control and format characters written as escapes.

    Any user of an account may name a resource, and a character that changes the direction of
    writing would let one name look like another.
    """
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _HIDDEN
        else character
        for character in text
    )
