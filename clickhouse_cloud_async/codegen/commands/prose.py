"""Docstrings as help: names of Python become names of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LITERAL = re.compile(r"``(.+?)``|`(.+?)`", re.DOTALL)
_NONE = re.compile(r"(^|(?<=[.:] ))?\bNone\b(?! of)")
"""The value of Python, which is ``null`` on the command line."""


def help_text(text: str, names: Mapping[str, str]) -> str:
    """Return a docstring's paragraphs without its markup.

    Args:
        text: The paragraphs.
        names: Replacements for names of arguments and methods.
    """
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return "\n\n".join(plain(paragraph, names) for paragraph in paragraphs if paragraph)


def plain(text: str, names: Mapping[str, str]) -> str:
    """Return a text without quotes around its literals.

    Args:
        text: The text.
        names: Replacements for names of arguments and methods.
    """

    def written(match: re.Match[str]) -> str:
        literal = match[1] or match[2]
        return names.get(literal, literal.strip('"'))

    without = _NONE.sub(lambda match: "null" if match[1] is None else "The value null", text)
    return _LITERAL.sub(written, without)


def kebab(name: str) -> str:
    """``update_state`` -> ``update-state``."""
    return name.strip("_").replace("_", "-")
