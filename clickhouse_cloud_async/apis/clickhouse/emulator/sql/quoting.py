"""Names and texts between quotes, as SQL has them."""

from __future__ import annotations


def quoted(text: str, quote: str = "'") -> str:
    """Write a text between quotes, as SQL has it.

    Args:
        text: The text, or a name.
        quote: The quote: ``'`` for a text, a backtick for a name.
    """
    escaped = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"
