"""The documentation as the tests see it: pages and the code blocks in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
"""Programs that pages include and everybody can run."""

PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if page.relative_to(ROOT).parts[1] not in {"_build", "reference"}
    ),
)

_BLOCK = re.compile(r"^```(?P<info>[^`\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_INCLUDE = re.compile(r"\{literalinclude\} (\S+)")


@attrs.frozen
class Block:
    """One fenced code block.

    Attributes:
        page: The page that it stands in.
        line: Line of its first line of code.
        info: What stands after the opening fence, such as ``python``.
        code: Its text.
        output: What it prints, as the ``text`` block right after it says; None where there is none.
        file: The file whose text it shows; None for a block with a text of its own.
    """

    page: Path
    line: int
    info: str
    code: str
    output: str | None
    file: Path | None


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
        included = _INCLUDE.match(match["info"])
        file = (page.parent / included[1]).resolve() if included else None
        yield Block(page, line, match["info"], match["code"], prints, file)
