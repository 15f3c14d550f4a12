"""The description of a fleet, read from files or made in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.desired.document import DesiredDocument

from .kinds import ENGINE

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.engine import Engine


@attrs.frozen(init=False)
class DesiredFleet(DesiredDocument):
    """The description of a fleet: its services, and whatever else an organisation has.

    Args:
        name: Name of the fleet; services carry it in the tag ``chcloud.fleet``.
        organization: ID of the organisation of all resources that name none.
        defaults: Fields that resources of a kind have unless they name them, by kind.
        prune: Kinds of which nothing else is to be there.
        **resources: The resources of each kind, as mappings of their fields: ``services=[...]``.
            A `DesiredService` may stand for such a mapping.

    Attributes:
        description: What is described, as plans have it.

    Raises:
        DescriptionError: There are mistakes; each is named with its place and reason.
    """

    @staticmethod
    def _engine() -> Engine:
        return ENGINE
