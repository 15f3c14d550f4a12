"""Cuts lists into the pages that the contract describes."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.messages import Reply
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .call import Call


_MOST = 100
"""The default size of a page, if the contract has none."""


def paged(call: Call, entries: Sequence[Any]) -> object:
    """Return the response for a list, in the form that its operation uses.

    Args:
        call: The call, with ``limit``, ``cursor`` and ``offset``.
        entries: The whole list.

    Returns:
        The whole list, or a page of it with the paging state.

    Raises:
        Problem: 400 for a limit or offset below its minimum, or an unknown cursor.
    """
    names = {parameter.name for parameter in call.operation.parameters_in("query")}
    if "limit" not in names:
        return list(entries)
    limit = call.query.get("limit", _MOST)
    if limit < 1:
        raise bad_request("limit: must be at least 1")
    if "cursor" in names:
        return _by_cursor(call, entries, limit)
    offset = call.query["offset"]
    if offset < 0:
        raise bad_request("offset: must be at least 0")
    return list(entries[offset : offset + limit])


def _by_cursor(call: Call, entries: Sequence[Any], limit: int) -> object:
    cursor = call.query.get("cursor")
    begin = _read_cursor(cursor) if cursor else 0
    end = begin + limit
    following = _cursor(end) if end < len(entries) else None
    page = list(entries[begin:end])
    _, envelope = call.operation.success_content
    if envelope is not None and "nextCursor" in envelope["properties"]:
        beside = {"limit": limit, "totalCount": len(entries), "nextCursor": following}
        known = {name: value for name, value in beside.items() if name in envelope["properties"]}
        return Reply(page, beside=known)
    pagination = {
        "totalRecords": len(entries),
        "currentCursor": cursor or None,
        "nextCursor": following,
        "limit": limit,
    }
    return {"items": page, "pagination": pagination}


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode()


def _read_cursor(cursor: str) -> int:
    try:
        word, _, position = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        if word == "after" and position.isdecimal():
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise bad_request("cursor: was not given by this API")
