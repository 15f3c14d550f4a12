"""A field of a kind: how to read, compare and change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.values import UNSET

from .comparison import Comparison, as_value
from .plain import plain
from .secrets import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.frozen(kw_only=True)
class Field:
    """A field of documents.

    Its type, and therefore its bounds and constants, is that of the field in the request models of
    its kind that has the name of its argument.

    Attributes:
        name: Its name in documents.
        argument: The client's argument for it, if that has another name.
        read: Returns its value from an item of the API; by default the attribute of its name.
        compare: How values are compared, such as `as_set`.
        strict: How values are compared if the description is strict, for a field that otherwise
            may have more entries than described, such as some that the API adds; None for no
            difference.
        change: The request that changes it, as plans name it; None if it is set at creation only.
        in_creation: Whether the creation sets it; otherwise `change` sets it afterwards.
        is_history: Whether it matters only at creation, such as the backup to restore; later
            differences are ignored.
        is_listed: Whether lists show it; otherwise it takes a request for each resource.
        is_secret: Whether the API never shows it. It is in no plan and cannot be compared.
        refers_to: The kind of the resources that it refers to, one or a list of them.
        may_follow: Whether the referenced resource may be created later, unless the creation needs
            it. This lets resources of a kind refer to each other: all are created first, and
            linked afterwards.
        output: The attribute of the referenced resource that the API expects instead of its name.
        disclose: Returns a described value in which secrets are replaced by their comparable
            parts, such as the host of a URI; None if there are none.
        embeds: Attributes of other resources that occur within its values, each with its kind: an
            export replaces them by references.
        normalise: Brings a plain value of a document or of the API into one form.
        default: The value that null in a document stands for in comparisons.
        type: Annotation of its values, if no request model has it.
        warning: A consequence of a change that users have to know beforehand.
    """

    name: str = attrs.field(kw_only=False)
    argument: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    read: Callable[[Any], Any] | None = None
    compare: Comparison = as_value
    strict: Comparison | None = None
    change: str | None = "update"
    in_creation: bool = True
    is_history: bool = False
    is_listed: bool = True
    is_secret: bool = False
    refers_to: str | None = None
    may_follow: bool = False
    output: str = "id"
    disclose: Callable[[Any], Any] | None = None
    embeds: tuple[tuple[str, str], ...] = ()
    normalise: Callable[[Any], Any] | None = None
    default: Any = None
    type: Any = None
    warning: str | None = None

    def value_of(self, item: Any) -> Any:
        """Return the field of an item of the API as a normalised plain value.

        Args:
            item: The item.
        """
        value = getattr(item, self.name, None) if self.read is None else self.read(item)
        return self.normal(value)

    def normal(self, value: Any) -> Any:
        """Return a value in its form for comparison.

        Args:
            value: A value of a document or of the API.
        """
        known = plain(value)
        # Models used in requests and responses have `UNSET` for fields that a response omits.
        if known is None or known is UNSET:
            known = self.default
        return known if self.normalise is None or known is None else self.normalise(known)

    def disclosed(self, value: Any) -> Any:
        """Return a described value with secrets replaced by their comparable parts.

        Args:
            value: The described value.
        """
        known = value if self.disclose is None or value is None else self.disclose(value)
        return without_secrets(known)

    @property
    def is_compared(self) -> bool:
        """Whether its values are compared."""
        return not self.is_history and not self.is_secret
