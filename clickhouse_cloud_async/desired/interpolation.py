"""References in the texts of a document: ``${services.clicks.id}``.

A reference stands for an attribute of another resource, alone or within a longer text. A name that
contains a dot is quoted: ``${members["anna@example.com"].id}``. Items of a list are counted from 0:
``${reverse_private_endpoints.kafka.dns_names[0]}``. ``$${`` is a plain ``${``.
"""

from __future__ import annotations

import re

from .references import Reference, Template
from .validation import shortened

_HOLE = re.compile(r"(\$\$\{)|\$\{([^}]*)(\}?)")
_REFERENCE = re.compile(
    r"""
    \s* (?P<kind>\w+)
    (?: \. (?P<name>[^."\[\]]+) | \["(?P<quoted>[^"]+)"\] )
    \. (?P<output>[\w-]+ (?:\.[\w-]+)*)
    (?: \[ (?P<index>[0-9]{1,6}) \] )? \s*
    """,
    re.VERBOSE,
)


def parse_references(text: str) -> str | Reference | Template:
    """Find the references in a text.

    Args:
        text: The text in the document.

    Returns:
        The text itself if it contains no reference, the reference if it is nothing else, and a
        template of texts and references otherwise.

    Raises:
        ValueError: A part of it looks like a reference but is not one.
    """
    if "${" not in text:
        return text
    parts: list[str | Reference] = []
    end = 0
    for hole in _HOLE.finditer(text):
        parts.append(text[end : hole.start()])
        parts.append("${" if hole[1] else _reference(hole[2], is_closed=bool(hole[3])))
        end = hole.end()
    parts.append(text[end:])
    return _joined(parts)


def _reference(inside: str, *, is_closed: bool) -> Reference:
    found = _REFERENCE.fullmatch(inside) if is_closed else None
    if found is None:
        closing = "}" if is_closed else ""
        raise ValueError(
            f"${{{shortened(inside)}{closing} is not a reference such as ${{services.clicks.id}};"
            " a plain ${ is written $${"
        )
    return Reference(
        kind=found["kind"],
        name=found["quoted"] or found["name"].strip(),
        output=found["output"],
        index=None if found["index"] is None else int(found["index"]),
    )


def _joined(parts: list[str | Reference]) -> str | Reference | Template:
    """Join adjacent texts, and unwrap a single part."""
    joined: list[str | Reference] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        elif part != "":
            joined.append(part)
    if len(joined) == 1:
        return joined[0]
    return Template(tuple(joined)) if joined else ""
