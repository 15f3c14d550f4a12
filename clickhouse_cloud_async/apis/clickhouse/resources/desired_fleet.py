"""The description of a fleet, read from files or created in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.desired.document import DesiredDocument

from .kinds import ENGINE

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.engine import Engine


@attrs.frozen(init=False)
class DesiredFleet(DesiredDocument):
    """The description of a fleet: its services, and other resources of an organisation.

    Args:
        name: Name of the fleet; services carry it in the tag ``chcloud.fleet``.
        organization: Default organisation of all resources.
        defaults: Default fields of resources, by kind.
        prune: Kinds of which all resources that are not described are deleted.
        adopt: Whether existing services that are in no fleet become a part of this one; None for
            yes.
        **resources: The resources of each kind, as mappings of their fields: ``services=[...]``.
            A `DesiredService` may replace such a mapping.

    Attributes:
        description: The description, as plans use it.

    Raises:
        DescriptionError: The description has errors; the message lists each with path and reason.
    """

    @staticmethod
    def _engine() -> Engine:
        return ENGINE
