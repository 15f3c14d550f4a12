"""What a plan cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .differences import uncompared
from .kind_plan import find_resource
from .names import UnresolvedError
from .secrets import version_of, versions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .handler import Context
    from .wanted import Wanted


def notes_of(context: Context) -> Iterator[str]:
    """Yield warnings of the document, and what could not be compared or looked at.

    Args:
        context: What is described, and what was found.
    """
    yield from map(str, context.desired.warnings)
    for wanted in context.wanted:
        fields = ", ".join(uncompared(wanted))
        is_resent = f"{wanted.kind.name}/{wanted.label}" in context.options.resend
        if fields and not is_resent and not _has_version(wanted, context):
            versions = "".join(f", version {version}" for version in versions_in(wanted.fields))
            yield f"{wanted.kind.noun} {wanted.label}: {fields} cannot be compared{versions}"
    inventory = context.inventory
    for (kind, parent), reason in (inventory.problems | inventory.hidden).items():
        if kind in context.desired.prune:
            yield f"{kind} of {parent}: nothing of them is removed: {reason}"


def _has_version(wanted: Wanted, context: Context) -> bool:
    """Return whether the version of secrets tells if they differ."""
    if not wanted.kind.keeps_versions or version_of(wanted.fields) is None:
        return False
    try:
        found = find_resource(wanted, context.inventory, context.names)
    except UnresolvedError:
        return False
    return found is not None and wanted.kind.sent_version(found) is not None
