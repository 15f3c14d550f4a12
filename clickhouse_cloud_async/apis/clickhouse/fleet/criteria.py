"""Criteria that select services."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.common import CloudProvider
from clickhouse_cloud_async.apis.clickhouse.models.services import ServiceState
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

    from clickhouse_cloud_async.apis.clickhouse.models.common import (
        CloudProviderText,
        Region,
        RegionText,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service, ServiceStateText
    from clickhouse_cloud_async.core.values import OpenText

States: TypeAlias = "ServiceState | ServiceStateText | Collection[ServiceState | ServiceStateText]"
"""One or more states; text other than a known state is refused, also by type checkers."""

Providers: TypeAlias = (
    "CloudProvider | CloudProviderText | Collection[CloudProvider | CloudProviderText]"
)
"""One or more cloud providers; other text is refused, also by type checkers."""

Regions: TypeAlias = "Region | RegionText | OpenText | Collection[Region | RegionText | OpenText]"
"""One or more regions. Any text is taken, for new ones; type checkers see misspelt ones."""

_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
"""Text that needs no quoting in a filter of the API."""


@attrs.frozen(kw_only=True)
class Criteria:
    """Criteria that a service has to match, all of them; None matches every service.

    Attributes:
        tags: Accepted values of tags by key; None for any value.
        names: Patterns, one of which the name has to match.
        regions: The regions.
        providers: The cloud providers.
        states: The states.
        where: Further condition, called with a service.
    """

    tags: Mapping[str, frozenset[str] | None] = attrs.field(factory=dict)
    names: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    providers: frozenset[str] | None = None
    states: frozenset[str] | None = None
    where: Callable[[Service], object] | None = None

    @classmethod
    def of(
        cls,
        *,
        tags: Mapping[str, str | Collection[str] | None] | None = None,
        name: str | Collection[str] | None = None,
        region: Regions | None = None,
        provider: Providers | None = None,
        state: States | None = None,
        where: Callable[[Service], object] | None = None,
    ) -> Criteria:
        """Return criteria from the arguments of `select`.

        Raises:
            InvalidArgumentError: An argument is of a wrong type, or there is no such state or
                provider.
        """
        if tags is not None and not isinstance(tags, Mapping):
            raise InvalidArgumentError(f"tags: expected a mapping, found {type(tags).__name__}")
        if where is not None:
            checked_function("where", where)
        return cls(
            tags={
                _text("tags", key): _texts(f"tags[{key!r}]", value)
                for key, value in (tags or {}).items()
            },
            names=_texts("name", name),
            regions=_texts("region", region),
            providers=_words("provider", provider, CloudProvider),
            states=_words("state", state, ServiceState),
            where=where,
        )

    def match(self, service: Service) -> bool:
        """Return whether a service is selected."""
        return (
            (self.states is None or service.state in self.states)
            and (self.providers is None or service.provider in self.providers)
            and (self.regions is None or service.region in self.regions)
            and (self.names is None or any(fnmatchcase(service.name, n) for n in self.names))
            and (not self.tags or self._has_tags(service))
            and (self.where is None or bool(self.where(service)))
        )

    @property
    def filters(self) -> list[str]:
        """The criteria that the API can apply, which makes its responses shorter."""
        return [
            f"tag:{key}" if values is None else f"tag:{key}={next(iter(values))}"
            for key, values in self.tags.items()
            if all(map(_PLAIN.fullmatch, (key, *(values or ()))))
            and (values is None or len(values) == 1)
        ]

    def _has_tags(self, service: Service) -> bool:
        present = {tag.key: tag.value or "" for tag in service.tags or ()}
        return all(
            key in present and (values is None or present[key] in values)
            for key, values in self.tags.items()
        )


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name}: expected text, found {type(value).__name__}")
    return str(value)


def _texts(name: str, value: str | Iterable[str] | None) -> frozenset[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return frozenset((str(value),))
    if isinstance(value, Mapping) or not isinstance(value, Collection):
        raise InvalidArgumentError(
            f"{name}: expected a text or several, found {type(value).__name__}"
        )
    return frozenset(_text(name, each) for each in value)


def _words(
    name: str, value: str | Iterable[str] | None, known: type[StrEnum]
) -> frozenset[str] | None:
    texts = _texts(name, value)
    unknown = sorted((texts or frozenset()) - {str(word) for word in known})
    if unknown:
        raise InvalidArgumentError(
            f"{name}: {', '.join(map(repr, unknown))} is not one of {', '.join(sorted(known))}"
            f"{did_you_mean(unknown[0], known)}"
        )
    return texts
