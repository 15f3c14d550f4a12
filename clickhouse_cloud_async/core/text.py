"""Makes text from other sources safe to show."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Categories of characters that are invisible, or change how others are shown."""


def visible(text: str) -> str:
    """Return text with control and format characters escaped.

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
    """Return a suggestion for an unknown word, to end a message; empty without a close match.

    Args:
        word: The unknown word.
        known: The known words.
    """
    import difflib

    near = difflib.get_close_matches(word.casefold(), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
