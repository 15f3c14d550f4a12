"""Filters by tag, such as ``tag:env=prod``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call


@attrs.frozen
class TagFilter:
    """A filter for a tag.

    Args:
        key: Its key.
        value: Its value, or None for any.
    """

    key: str
    value: str | None

    def matches(self, tags: Iterable[Mapping[str, str]]) -> bool:
        """Return whether one of the tags matches the filter."""
        return any(
            tag["key"] == self.key and self.value in {None, tag.get("value", "")} for tag in tags
        )


def tag_filters(call: Call) -> list[TagFilter]:
    """Return the filters of a query, all of which have to match.

    In live mode, a filter that does not begin with ``tag:`` is ignored, so that everything
    matches.

    Raises:
        Problem: 400 for an invalid filter.
    """
    texts: list[str] = call.query.get("filter", [])
    if call.organization.world.is_live:
        texts = [text for text in texts if text.startswith("tag:")]
    return [_read(text) for text in texts]


def _read(text: str) -> TagFilter:
    kind, _, rest = text.partition(":")
    key, separator, value = rest.partition("=")
    if kind != "tag" or not key:
        raise bad_request(f"filter: {text!r} is neither tag:Key=Value nor tag:Key")
    return TagFilter(key, value if separator else None)
