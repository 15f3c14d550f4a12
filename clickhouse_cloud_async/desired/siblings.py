"""Resources of one list, in which creations search for namesakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from datetime import datetime

    from .resource import Resource


@attrs.frozen(eq=False)
class Sibling:
    """A resource in a list of its siblings.

    Attributes:
        resource: The resource.
        state: Its state.
    """

    resource: Resource[Any]
    state: str

    @property
    def id(self) -> str:
        """Its ID."""
        return self.resource.id

    @property
    def name(self) -> str:
        """The text of its key."""
        return self.resource.name

    @property
    def created_at(self) -> datetime | None:
        """When it was created, where the API shows it."""
        moment: datetime | None = getattr(self.resource.item, "created_at", None)
        return moment
