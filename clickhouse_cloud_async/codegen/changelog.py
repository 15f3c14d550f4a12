"""Writes changelog lines about a newer contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .diff import difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .facts import Json
    from .overlay import Overlay


def changelog_lines(new: Json, present: Json, overlay: Overlay) -> Iterator[str]:
    """Yield lines for added methods, for removed ones, and for other changes.

    Args:
        new: The new contract.
        present: The one before.
        overlay: The names of methods.
    """
    methods = {
        method.operation: f"`{namespace.name}.{method.name}`"
        for namespace in overlay.namespaces
        for method in namespace.methods
        if not method.preset
    }
    changes = difference(new, present).changes
    operations = [change for change in changes if change.kind == "operation"]
    added = [methods[each.place] for each in operations if each.action == "added"]
    removed = [each.place for each in operations if each.action == "removed"]
    others = len(changes) - len(operations)
    if added:
        yield f"- New methods: {', '.join(added)}."
    if removed:
        yield f"- The API no longer has the operations {', '.join(removed)}."
    if others:
        yield f"- Other facts that changed, of parameters, objects and words: {others}."
