"""Text from elsewhere, made safe to show."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown word: the nearest known one, if any is near.

    Args:
        word: The word that was given.
        known: The words that there are.
    """
    import difflib

    near = difflib.get_close_matches(word.casefold(), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
