"""The documentation as the tests see it: pages and the code blocks in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
API7_PAGE = ROOT / "docs" / "api7.md"
"""The page about another API, with tests of its own."""

PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page != API7_PAGE),
)

_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)


@attrs.frozen
class Block:
    """One fenced code block.

    Attributes:
        page: The page that it stands in.
        line: Line of its first line of code.
        info: What stands after the opening fence, such as ``python``.
        code: Its text.
        output: What it prints, as the ``text`` block right after it says; None where there is none.
    """

    page: Path
    line: int
    info: str
    code: str
    output: str | None


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    for index, match in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        adjacent = following is not None and not text[match.end() : following.start()].strip()
        prints = (
            following["code"] if following and adjacent and following["info"] == "text" else None
        )
        line = text.count("\n", 0, match.start("code")) + 1
        yield Block(page, line, match["info"], match["code"], prints)
