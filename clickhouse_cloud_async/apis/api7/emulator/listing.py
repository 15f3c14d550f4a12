"""Lists: search, labels, order and pages, as documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIELDS = {"expiry_time": "not_after"}
"""Fields for sort keys that are not names of fields."""


def page_of(documents: Iterable[Mapping[str, Any]], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of documents.

    Args:
        documents: All documents, in the order of their creation.
        query: The query of the request.

    Raises:
        Problem: 400 for an invalid direction.
    """
    direction = str(query.get("direction", "DESC")).upper()
    if direction not in {"ASC", "DESC"}:
        raise bad_request("direction: must be ASC or DESC")
    word = str(query.get("search", "")).lower()
    labels = set(query.get("labels", ()))
    found = [
        document
        for document in documents
        if word in str(document.get("name", "")).lower()
        and labels <= set(document.get("labels") or ())
    ]
    order = str(query.get("order_by", "updated_at"))
    field = _FIELDS.get(order, order)
    # Items with the same time are in the order of their creation.
    found.sort(key=lambda document: str(document.get(field, "")))
    if direction == "DESC":
        found.reverse()
    size = query.get("page_size", 10)
    first = (query.get("page", 1) - 1) * size
    return {"count": len(found), "list": found[first : first + size]}
