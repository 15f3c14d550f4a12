"""Notes of a plan: warnings, and what it could not compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .differences import uncompared
from .kind_plan import find_resource
from .names import UnresolvedError
from .secrets import version_of, versions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .handler import Context
    from .resource import Resource
    from .wanted import Wanted


def notes_of(context: Context) -> Iterator[str]:
    """Yield warnings of the document, and notes about what could not be compared or read.

    Args:
        context: Has the description and the inventory.
    """
    yield from map(str, context.desired.warnings)
    for wanted in context.wanted:
        if (remark := _remark(wanted, context)) is not None:
            yield f"{wanted.kind.noun} {wanted.label}: {remark}"
        fields = ", ".join(uncompared(wanted))
        is_resent = f"{wanted.kind.name}/{wanted.label}" in context.options.resend
        if fields and not is_resent and not _has_version(wanted, context):
            versions = "".join(f", version {version}" for version in versions_in(wanted.fields))
            yield f"{wanted.kind.noun} {wanted.label}: {fields} cannot be compared{versions}"
    inventory = context.inventory
    for (kind, parent), reason in (inventory.problems | inventory.hidden).items():
        if kind in context.desired.prune:
            yield f"{kind} of {inventory.label(parent)}: none of them are deleted: {reason}"


def _remark(wanted: Wanted, context: Context) -> str | None:
    """Return the remark of its kind about an existing resource."""
    found = None if wanted.described.is_absent else _find(wanted, context)
    return None if found is None else wanted.kind.remark(found, wanted.fields)


def _has_version(wanted: Wanted, context: Context) -> bool:
    """Return whether the version of the secrets shows if they differ."""
    if not wanted.kind.keeps_versions or version_of(wanted.fields) is None:
        return False
    found = _find(wanted, context)
    return found is not None and wanted.kind.sent_version(found) is not None


def _find(wanted: Wanted, context: Context) -> Resource[Any] | None:
    """Return the resource of a description, if it can be determined."""
    try:
        return find_resource(wanted, context.inventory, context.names)
    except UnresolvedError:
        return None
