"""The description of a control plane, read from files or made in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.desired.document import DesiredDocument

from .kinds import ENGINE

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.engine import Engine


@attrs.frozen(init=False)
class DesiredControlPlane(DesiredDocument):
    """The description of a control plane: its applications, APIs, consumers and the rest.

    Args:
        name: Name of what is described.
        organization: ID of the organisation of all resources that name none.
        defaults: Fields that resources of a kind have unless they name them, by kind.
        prune: Kinds of which nothing else is to be there.
        **resources: The resources of each kind, as mappings of their fields:
            ``applications=[...]``.

    Attributes:
        description: What is described, as plans have it.

    Raises:
        DescriptionError: There are mistakes; each is named with its place and reason.
    """

    @staticmethod
    def _engine() -> Engine:
        return ENGINE
