"""Statements that the emulator does not let its engine carry out.

The engine's own grants keep it from most of what lies outside of a service: table functions and
engines that reach files, URLs, buckets and other servers (see `settings`). What grants do not
cover is found by the tokens of the statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from .statements import Statement
    from .tokens import Token

_FUNCTIONS: Final = frozenset({
    "file", "filesystem", "python", "executable", "eval", "catboostevaluate", "disk",
    "airedact", "aisimilarity", "aifilter", "aiclassify", "aiembed", "aiextract", "aigenerate",
    "aitranslate", "reversednsquery",
})  # fmt: skip
"""Functions that read files, run programs or statements, or call servers, in lower case."""

_ENGINES: Final = frozenset({
    "memory", "log", "tinylog", "stripelog", "null", "set", "join", "buffer", "view",
    "materializedview", "merge", "dictionary", "generaterandom", "alias", "loop", "atomic",
})  # fmt: skip
"""Engines of tables and databases that keep to the service, beside the MergeTree family."""

_DICTIONARY_SOURCES: Final = frozenset({"clickhouse", "null"})
_REMOTE: Final = frozenset({"HOST", "PORT", "SECURE"})
_DEFINING: Final = frozenset({"CREATE", "ALTER", "ATTACH", "REPLACE"})
_STATEMENTS: Final = frozenset({"BACKUP", "RESTORE", "EXECUTE"})


def refusal(statement: Statement) -> str | None:
    """Return why a statement is not carried out, or None where it may be."""
    return next(_reasons(statement), None)


def _reasons(statement: Statement) -> Iterator[str]:
    words = statement.words
    # One statement may hold several: CREATE ... PARALLEL WITH BACKUP ...
    verbs = {
        word.keyword
        for before, word in zip((None, *words), words, strict=False)
        if before is None or before.keyword == "WITH"
    }
    for verb in verbs & _STATEMENTS:
        yield f"{verb} is reserved for the emulator"
    for index, word in enumerate(words):
        following = words[index + 1 : index + 3]
        if _calls(word, following):
            name = word.identifier
            if name.lower() in _FUNCTIONS or "\\" in name:
                yield f"the function {name} reaches beyond the service"
        if _leads_to_file(verbs, word, following):
            yield "files of this machine are out of reach"
    if verbs & _DEFINING:
        yield from _definition(words)


def _calls(word: Token, following: Sequence[Token]) -> bool:
    return bool(word.identifier and following and following[0].keyword == "(")


def _leads_to_file(verbs: Collection[str], word: Token, following: Sequence[Token]) -> bool:
    """Return whether a word names a file: INTO OUTFILE '...', FROM INFILE '...', ATTACH FROM."""
    if len(following) > 1 and following[0].keyword in {"OUTFILE", "INFILE"}:
        return following[1].kind == "string"
    return (
        "ATTACH" in verbs
        and word.keyword == "FROM"
        and bool(following)
        and following[0].kind == "string"
    )


def _definition(words: Sequence[Token]) -> Iterator[str]:
    """Yield the parts of a definition that reach outside of the service."""
    for index, word in enumerate(words[:-1]):
        following = words[index + 1]
        if word.keyword == "ENGINE":
            named = (
                words[index + 2]
                if following.keyword == "=" and index + 2 < len(words)
                else following
            )
            engine = named.identifier.lower()
            if engine and not engine.endswith("mergetree") and engine not in _ENGINES:
                yield f"the engine {named.identifier} reaches beyond the service"
        if word.keyword == "DISK" and following.keyword == "=":
            yield "disks cannot be chosen"
        if word.keyword == "SOURCE" and following.keyword == "(":
            source = words[index + 2].identifier if index + 2 < len(words) else ""
            if source.lower() not in _DICTIONARY_SOURCES or any(
                later.keyword in _REMOTE for later in words[index:]
            ):
                yield f"dictionaries from the source {source} reach beyond the service"
