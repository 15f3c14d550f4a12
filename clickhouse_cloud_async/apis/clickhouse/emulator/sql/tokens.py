"""The tokens of ClickHouse SQL, as far as it takes to see what a statement does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bytes that are not ASCII separate tokens outside of quotes, as Unicode spaces do in the engine.
_TOKEN: Final = re.compile(
    rb"""
    (?P<string>'(?:[^'\\]|\\.|'')*'|\xe2\x80\x98.*?\xe2\x80\x99|(?P<tag>\$[^$]*\$).*?(?P=tag))
    |(?P<name>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"|\xe2\x80\x9c.*?\xe2\x80\x9d)
    |(?P<space>(?:[\s\x00]|(?!\xe2\x80[\x98\x9c])[\x80-\xff])+|--[^\n]*|\#[\ !][^\n]*
        |/\*.*?(?:\*/|\Z))
    |(?P<word>[A-Za-z_][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@attrs.frozen
class Token:
    """A token of a statement.

    Args:
        kind: ``string``, ``name`` (a quoted identifier), ``word``, ``number`` or ``sign``.
        text: What it says: a word or a sign as it stands, a quoted identifier without quotes.
        start: Where it begins.
        end: Where it ends.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def keyword(self) -> str:
        """The word in upper case, a sign as it stands; empty for any other token."""
        return self.text.upper() if self.kind in {"word", "sign"} else ""

    @property
    def identifier(self) -> str:
        """The name that the token may be, quoted or not; empty for any other token."""
        return self.text if self.kind in {"word", "name"} else ""


def tokens(statement: bytes) -> Iterator[Token]:
    """Yield the tokens of a statement, without spaces and comments.

    Args:
        statement: The statement; what cannot be part of one comes as signs.
    """
    for match in _TOKEN.finditer(statement):
        kind = match.lastgroup
        assert kind is not None
        if kind != "space":
            text = match[0].decode(errors="replace")
            if kind == "name":
                text = text[1:-1]
            yield Token(kind, text, match.start(), match.end())
