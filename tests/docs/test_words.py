"""The pages and the package use the terms of the field and plain sentences."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from .pages import PAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SOURCES = sorted((ROOT / "clickhouse_cloud_async").rglob("*.py"))
FUNCTIONS = [
    *SOURCES,
    *(path for name in ("tests", "benchmarks") for path in (ROOT / name).rglob("*.py")),
]
OVERLAYS = sorted((ROOT / "clickhouse_cloud_async").rglob("overlay/*.toml"))

AVOIDED = {
    r"where left out": "by default, if omitted",
    r"can not\b": "cannot",
    r"\b(whoever|whomever|for who)\b": "a noun: caller, waiter, client",
    r"\b(is|are) looked\b": "is polled, is searched",
    r"\b(is|are) told\b": "is notified, is passed",
    r"\bnobody may\b": "cannot be",
    r"\bis no number\b": "must be a number, got ...",
    r"\bmakes no sense\b": "is invalid, is ignored",
    r"\bin another way than\b": "unlike, differently from",
    r"\brate budgets?\b": "rate limit",
    r"\b(an|the|lost) answer\b": "response",
    r"\bin the +place of\b": "in place of, instead of",
    r"\bis none of\b": "is not one of",
    r"(?<!there )\bis no (text|file|list|mapping|JSON|YAML)\b": "is not ...",
    r"\b(one|once|requests?) a round\b": "one request per poll cycle",
    r"\bfor good\b": "permanently",
    r"\ban own\b": "a separate, the customer's",
    r"\bshown this once\b": "shown only once",
    r"\b(gets|got) lost\b": "is lost",
    r"\bfirst password\b": "initial password",
    r"\bat no moment\b": "never, at any time",
}
"""Expressions to avoid, each with what to write in its place."""

AVOIDED_IN_CODE = {
    **AVOIDED,
    r"\b(is|are) begun\b": "is started",
    r"\bmended\b": "fixed, corrected",
    r"\btakes? note\b": "record",
    r"\bif need be\b": "if necessary",
    r"\bworked out\b": "computed, cached",
    r"\btell(s|ing)? apart\b": "distinguish, identify",
    r"\bin whose place\b": "which ... replaces",
    r"\bat hand\b": "available, cached",
    r"\bshall be\b": "must be",
    r"\bas far as it came\b": "partial",
    r"\ball the same\b": "nevertheless, too",
    r"\bwhat (is|are) asked for\b": "the request, the requested ...",
    r"\bwhat (is|are) waited for\b": "the target of a wait",
    r"\bwhat (became|becomes|is to become) of\b": "the outcome, the plan",
    r"\bgather(s|ed)? (the )?mistakes?\b": "collect errors",
    r"\b(has|have) to be (there|gone)\b": "must exist, must be deleted first",
    r"\bbrought about\b": "applied, carried out",
    r"\bkinds? of things?\b": "kind of resource",
}
"""The same for docstrings, comments and messages of the package."""

QUESTIONS = {"What", "Whether", "How", "Where", "Which", "Who", "Whose", "When", "Why"}
"""Words with which the docstring of a property may begin, but not that of a function."""

SEARCHED = ("retry", "backoff", "pagination", "idempotent", "rate limit", "timeout", "polling")
"""Terms under which readers search for what the pages describe."""

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def _texts(source: Path) -> Iterator[str]:
    """Yield the comments, docstrings and messages of a module."""
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)}
    for token in tokenize.generate_tokens(io.StringIO(source.read_text("utf-8")).readline):
        if token.type in kinds:
            yield token.string


def _avoided(texts: Iterator[str], expressions: Mapping[str, str] = AVOIDED) -> list[str]:
    """Return the avoided expressions in some texts; a line break may stand for a space."""
    words = " ".join(" ".join(texts).split())
    return [
        f"{match[0]!r} in {words[max(0, match.start() - 40) : match.end() + 20]!r}: {better}"
        for avoided, better in expressions.items()
        for match in re.finditer(avoided, words, re.IGNORECASE)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_avoid_odd_expressions(page: Path) -> None:
    """The prose of a page; its code blocks and inline code are not words."""
    assert _avoided(iter([_CODE.sub("", page.read_text("utf-8"))])) == []


def test_the_package_avoids_odd_expressions() -> None:
    """Docstrings, comments and messages, written by hand or generated."""
    found = {
        str(source.relative_to(ROOT)): _avoided(_texts(source), AVOIDED_IN_CODE)
        for source in SOURCES
    }
    assert {source: avoided for source, avoided in found.items() if avoided} == {}


def test_overlays_avoid_odd_expressions() -> None:
    """The descriptions from which docstrings are generated."""
    assert OVERLAYS
    found = {str(path.relative_to(ROOT)): _avoided(iter([path.read_text()])) for path in OVERLAYS}
    assert {path: avoided for path, avoided in found.items() if avoided} == {}


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    """They say "Return whether" rather than "Whether"; those of tests are statements."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path in FUNCTIONS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if not node.name.startswith("test_")
        if not any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
        if (ast.get_docstring(node) or "x").split()[0].rstrip(",:.") in QUESTIONS
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("Sent again where\n    left out.", 1), ("`rate budget` of a Rate budget", 2), ("cannot", 0)],
)
def test_odd_expressions_are_found(text: str, count: int) -> None:
    """Across line breaks and in any case."""
    assert len(_avoided(iter([text]))) == count


def test_pages_have_the_terms_that_readers_search_for() -> None:
    """Each term stands in a page, as the field spells it."""
    text = "\n".join(page.read_text("utf-8") for page in PAGES).lower()
    assert [term for term in SEARCHED if term not in text] == []
