"""Statements of requests: queries, and inserts with their data."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import attrs

from .tokens import tokens

if TYPE_CHECKING:
    from .tokens import Token

_SELECTING: Final = frozenset({"SELECT", "WITH", "FROM", "("})
"""First words of queries whose results can be streamed."""

_SOURCES: Final = frozenset({"SELECT", "WITH", "WATCH", "FROM"})
"""Words after the table of an insert without data of its own."""

_SHORT: Final = 4096
_MOST_KNOWN: Final = 256
"""The most bytes of statements that are kept, and how many of them."""

_LINE_END: Final = re.compile(rb"[ \t\f]*(?:\r?\n)?")


@attrs.frozen
class Statement:
    """A statement.

    Args:
        text: The statement, without data.
        words: Its tokens.
        format: The format that it names; None for the request's default.
        data: What an insert brings; None for any other statement.
    """

    text: str = attrs.field(repr=False)
    words: tuple[Token, ...] = attrs.field(repr=False)
    format: str | None = None
    data: bytes | None = attrs.field(default=None, repr=False)

    @cached_property
    def verb(self) -> str:
        """Its first word, in upper case."""
        return self.words[0].keyword if self.words else ""

    @cached_property
    def is_query(self) -> bool:
        """Whether it only selects, so that its result can come piece by piece."""
        return self.verb in _SELECTING and not any(word.keyword == "INSERT" for word in self.words)

    @cached_property
    def streams(self) -> bool:
        """Whether its result comes piece by piece: without a table it is small."""
        return self.is_query and any(word.keyword == "FROM" for word in self.words)

    @cached_property
    def sets(self) -> bool:
        """Whether it may change the settings of its session."""
        return any(word.keyword == "SET" for word in self.words)

    @cached_property
    def is_insert(self) -> bool:
        """Whether it writes rows."""
        return any(word.keyword == "INSERT" for word in self.words[:1])


def read_statement(query: bytes, body: bytes) -> Statement:
    """Read the statement of a request; a short one that came before is known.

    Args:
        query: The statement of the URL; empty where the body holds it.
        body: The request's body: the statement, its rest, or the data of an insert.
    """
    if len(query) + len(body) > _SHORT:
        return _read(query, body)
    return _known(query, body)


def _read(query: bytes, body: bytes) -> Statement:
    head = query or body
    if _begins_insert(head):
        return _insert(head, body if query else b"")
    return _whole(b"\n".join(part for part in (query, body) if part))


_known = lru_cache(_MOST_KNOWN)(_read)


def _whole(text: bytes) -> Statement:
    words = tuple(tokens(text))
    return Statement(text.decode(errors="replace"), words, _format(words))


def _begins_insert(text: bytes) -> bool:
    first = next(tokens(text), None)
    return first is not None and first.keyword == "INSERT"


def _insert(head: bytes, rest: bytes) -> Statement:
    """Part an insert from its data, which need not be text.

    Args:
        head: The statement, with data or without.
        rest: Data that follows.
    """
    words: list[Token] = []
    depth = 0
    for word in tokens(head):
        depth += (word.keyword == "(") - (word.keyword == ")")
        words.append(word)
        if depth:
            continue
        if word.keyword in _SOURCES and len(words) > 1:
            return _whole(head + b"\n" + rest if rest else head)
        if word.kind == "word" and len(words) > 1 and words[-2].keyword == "FORMAT":
            gap = _LINE_END.match(head, word.end)
            data = head[gap.end() if gap else word.end :] + rest
            return Statement(_text(head, words[-2].start), tuple(words), word.text, data)
        if word.keyword == "VALUES":
            data = head[word.end :].rstrip(b"; \t\r\n") + rest
            return Statement(_text(head, word.start), tuple(words), "Values", data)
    return Statement(head.decode(errors="replace"), tuple(words), None, rest or None)


def _text(head: bytes, end: int) -> str:
    return head[:end].decode(errors="replace")


def _format(words: tuple[Token, ...]) -> str | None:
    """Return the format that a statement names at its end, outside of parentheses."""
    depth, found = 0, None
    for word, following in pairwise(words):
        depth += (word.keyword == "(") - (word.keyword == ")")
        if depth == 0 and word.keyword == "FORMAT" and following.kind == "word":
            found = following.text
    return found
