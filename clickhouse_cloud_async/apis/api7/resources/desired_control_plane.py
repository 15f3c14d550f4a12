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
    """The description of a control plane: its applications, APIs, consumers and other resources.

    Args:
        name: Name of the description.
        organization: Default organisation of all resources.
        defaults: Default fields of resources, by kind.
        prune: Kinds of which all resources that are not described are deleted.
        **resources: The resources of each kind, as mappings of their fields:
            ``applications=[...]``.

    Attributes:
        description: The description, as plans use it.

    Raises:
        DescriptionError: The description has errors; the message lists each with path and reason.
    """

    @staticmethod
    def _engine() -> Engine:
        return ENGINE
