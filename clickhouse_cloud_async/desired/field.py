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

    Its type, and so its bounds and words, are those of the field of its argument's name in the
    request models of its kind.

    Attributes:
        name: Its name in documents.
        argument: The client's argument that takes it, where that has another name.
        read: Returns its value from an item of the API; by default the attribute of its name.
        compare: How values are compared, such as `as_set`.
        strict: How they are compared where the description is strict, if more than is described is
            allowed otherwise, such as what the API adds; None for the same way.
        change: The request that changes it, as plans name it; None for what is chosen at creation.
        in_creation: Whether a creation takes it. What it does not take, `change` sets afterwards.
        is_history: Whether it counts at creation only and no difference matters later, as a backup
            to restore does.
        is_listed: Whether lists show it; what they do not show takes a request for each resource.
        is_secret: Whether the API never shows it. It is in no plan and cannot be compared.
        refers_to: The kind whose resources it names, one or a list of them.
        may_follow: Whether what it names may be created later, unless a creation needs it. Thus
            resources of a kind can name each other: they are created first and linked then.
        output: The attribute of such a resource that the API wants in place of its name.
        disclose: Returns a described value with what can be compared of its secrets in their place,
            such as the host of a URI; None where nothing can.
        embeds: Attributes of other resources that stand within its values, each with its kind: an
            export has references in their place.
        normalise: Brings a plain value into one form, whether of a document or of the API.
        default: What null in a document stands for when it is compared.
        type: Annotation of its values, where no request model has it.
        warning: What a change of it entails, where that has to be known beforehand.
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
        # Models for both directions have `UNSET` for a field that a response omits.
        if known is None or known is UNSET:
            known = self.default
        return known if self.normalise is None or known is None else self.normalise(known)

    def disclosed(self, value: Any) -> Any:
        """Return a described value with secrets replaced by their comparable parts.

        Args:
            value: The value, as it is described.
        """
        known = value if self.disclose is None or value is None else self.disclose(value)
        return without_secrets(known)

    @property
    def is_compared(self) -> bool:
        """Whether it is compared."""
        return not self.is_history and not self.is_secret
