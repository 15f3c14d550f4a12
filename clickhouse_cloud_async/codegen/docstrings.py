"""Writes the docstrings of generated code from the overlay and the contract."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.contract import Schema, types_of

from .errors import OverlayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH = 100
QUOTES = '"""'


def refusals_of(credential: str) -> dict[int, tuple[str, str]]:
    """Return the error of each status of a refusal, with its reason.

    Args:
        credential: Name of the credentials, such as ``key``.
    """
    return {
        401: ("AuthenticationError", "The credentials are wrong, disabled or expired."),
        403: (
            "PermissionDeniedError",
            f"The {credential} lacks a permission, or the feature is not enabled.",
        ),
        404: (
            "NotFoundError",
            f"The object does not exist, or the {credential} has no access to it.",
        ),
        409: ("ConflictError", "The request conflicts with the current state of the object."),
        410: ("APIStatusError", "The object of the request is gone (410)."),
        422: ("UnprocessableError", "A limit of the API does not allow the request."),
        424: ("FailedDependencyError", "A resource that the request needs is not ready."),
    }


def docstring(
    summary: str, sections: Iterable[tuple[str, list[tuple[str, str]]]], indent: int
) -> str:
    """Write a Google-style docstring, quotes included.

    Args:
        summary: First paragraphs.
        sections: Title and entries of each section; an entry is a name and a text, and a section
            without a title is a paragraph.
        indent: Columns before the docstring.
    """
    width = WIDTH - indent
    first, *rest = (paragraph for paragraph in summary.split("\n\n") if paragraph)
    headline, _, more = first.partition(". ")
    if more:
        headline += "."
    if len(headline) + 2 * len(QUOTES) > width:
        raise OverlayError(f"the first sentence has to fit a line: {headline}")
    blocks = [headline, *(_fill(paragraph, width) for paragraph in (more, *rest) if paragraph)]
    for title, entries in sections:
        if not entries:
            continue
        if title:
            lines = [textwrap.indent(_entry(*entry, width - 4), "    ") for entry in entries]
            blocks.append(f"{title}:\n" + "\n".join(lines))
        else:
            blocks += [_fill(text, width) for _, text in entries]
    return textwrap.indent(quoted("\n\n".join(blocks)), " " * indent)


def quoted(text: str) -> str:
    """Return a docstring of a text, raw if it has a backslash."""
    closing = "\n" if "\n" in text else ""
    if "\\" in text and QUOTES not in text and not text.endswith("\\"):
        return f"r{QUOTES}{text}{closing}{QUOTES}"
    return QUOTES + text.replace("\\", "\\\\").replace(QUOTES, '\\"\\"\\"') + closing + QUOTES


def permission_note(permissions: tuple[str, ...], credential: str) -> str:
    """Return the sentence about the permissions that an operation needs."""
    if not permissions:
        return f"Needs no permission: any valid {credential} is accepted."
    names = " and ".join(f"``{permission}``" for permission in permissions)
    return f"Needs the permission{'s' if len(permissions) > 1 else ''} {names}."


def field_facts(schema: Schema) -> list[str]:
    """Return the contract's facts about a field, as short sentences."""
    facts = [_bounds(schema), _lengths(schema), _items(schema), _values(schema)]
    if schema.get("format") == "date" and "string" in types_of(schema):
        facts.append("A date in UTC.")
    if schema.get("default") == "":
        facts.append("Empty by default.")
    elif schema.get("default") is not None:
        facts.append(f"The API's default is {_literal(schema['default'])}.")
    if schema.get("x-nullable-resets"):
        facts.append("None restores the default.")
    if schema.get("deprecated"):
        facts.append("Deprecated by the API.")
    if schema.get("x-private-preview"):
        facts.append("In private preview.")
    if schema.get("x-experimental"):
        facts.append("Experimental.")
    return [fact for fact in (*facts, *_doubts(schema)) if fact]


def _doubts(schema: Schema) -> list[str]:
    """Return notes about uncertain facts of a field, as short sentences."""
    doubts: list[str] = []
    if schema.get("x-uncertain-type"):
        doubts.append("The type is uncertain.")
    if "x-uncertain-enum" in schema:
        values = ", ".join(map(str, schema["x-uncertain-enum"]))
        doubts.append(f"The values are uncertain: perhaps {values}.")
    if schema.get("x-uncertain-required"):
        doubts.append("Whether the API requires it is uncertain.")
    return doubts


def schema_doubts(schema: Schema) -> list[str]:
    """Return notes about uncertain facts of an object, as sentences."""
    doubts: list[str] = []
    if schema.get("x-uncertain-required"):
        doubts.append("Which fields a response always has is uncertain.")
    if "x-required-from" in schema:
        doubts.append("Which fields a request needs is uncertain: the API may require fewer.")
    return doubts


def operation_doubts(facts: Mapping[str, Any]) -> list[str]:
    """Return notes about uncertain facts of an operation, as sentences."""
    doubts: list[str] = []
    if "x-uncertain-status" in facts:
        statuses = " or ".join(map(str, facts["x-uncertain-status"]))
        doubts.append(f"Whether success is status {statuses} is uncertain.")
    if "x-uncertain-errors" in facts:
        statuses = " and ".join(map(str, facts["x-uncertain-errors"]))
        doubts.append(f"Whether errors have the statuses {statuses} is uncertain.")
    if facts.get("x-uncertain-beta"):
        doubts.append("Whether it is a beta is uncertain.")
    return doubts


def with_article(noun: str) -> str:
    """Return a noun with ``a`` or ``an`` before it."""
    return f"{'an' if noun.lstrip('`')[0].lower() in 'aeiou' else 'a'} {noun}"


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    parts = []
    if low is not None and high is not None:
        parts.append(f"{low:,} to {high:,}")
    elif low is not None:
        parts.append(f"at least {low:,}")
    elif high is not None:
        parts.append(f"at most {high:,}")
    if above is not None:
        parts.append(f"above {above:,}")
    if "multipleOf" in schema:
        parts.append(f"a multiple of {schema['multipleOf']:,}")
    return _sentence(", ".join(parts))


def _lengths(schema: Schema) -> str:
    low, high = schema.get("minLength"), schema.get("maxLength")
    pattern = f"matching ``{schema['pattern']}``" if "pattern" in schema and _short(schema) else ""
    length = ""
    if low is not None and high is not None:
        length = f"{low:,} to {high:,} characters"
    elif high is not None:
        length = f"at most {high:,} characters"
    elif low is not None:
        length = f"at least {low:,} character{'' if low == 1 else 's'}"
    return _sentence(", ".join(part for part in (length, pattern) if part))


def _short(schema: Schema) -> bool:
    return len(schema["pattern"]) < WIDTH // 2


def _items(schema: Schema) -> str:
    low = schema.get("minItems", schema.get("minProperties"))
    high = schema.get("maxItems", schema.get("maxProperties"))
    if low and high:
        return f"{low} to {high} items."
    if high:
        return f"At most {high} items."
    return f"At least {low} {'item' if low == 1 else 'items'}." if low else ""


def _values(schema: Schema) -> str:
    values = [v for v in schema.get("enum", ()) if v is not None and not isinstance(v, str)]
    return f"One of {', '.join(map(str, values))}." if len(values) > 1 else ""


def _literal(value: object) -> str:
    return f"``{str(value).lower() if isinstance(value, bool) else value}``"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""


def _entry(name: str, text: str, width: int) -> str:
    """Return one entry of a section, with its further lines indented."""
    return textwrap.fill(
        f"{name}: {text}" if name else text,
        width,
        subsequent_indent="    " if name else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _fill(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
