"""Secrets in descriptions, which are never compared and never part of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.values import MASK, Secret, SecretObject

from .external import ExternalSecret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def holds_secret(value: Any) -> bool:
    """Return whether a plain value contains a secret.

    Args:
        value: The value.
    """
    if isinstance(value, dict):
        return any(map(holds_secret, value.values()))
    if isinstance(value, list):
        return any(map(holds_secret, value))
    return isinstance(value, Secret | SecretObject)


def secrets_in(value: Any) -> Iterator[Secret]:
    """Yield the secrets in a plain value.

    Args:
        value: The value.
    """
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secrets_in(item)


def versions_in(value: Any) -> dict[str, None]:
    """Return the versions of secrets in a plain value.

    Args:
        value: The value.
    """
    places = (secret.place for secret in secrets_in(value) if isinstance(secret, ExternalSecret))
    return {place.version: None for place in places if place.version is not None}


def version_of(fields: Mapping[str, Any]) -> str | None:
    """Return the versions of all secrets of a resource as one text; None if no secret has one.

    Args:
        fields: The fields of the resource.
    """
    secrets = secrets_in(dict(fields))
    places = (each.place if isinstance(each, ExternalSecret) else None for each in secrets)
    versions = [None if place is None else place.version for place in places]
    if not any(versions):
        return None
    return ".".join(version or "-" for version in versions)


def read_all(secrets: Iterable[Secret]) -> None:
    """Read external secrets, so that missing ones are reported before anything is sent.

    Args:
        secrets: The secrets.

    Raises:
        ConfigurationError: Some do not exist; the message names the source of each.
    """
    missing: dict[str, None] = {}
    for secret in secrets:
        try:
            secret.reveal()
        except ConfigurationError as error:
            missing[error.message] = None
    if missing:
        raise ConfigurationError("; ".join(missing))


def without_secrets(value: Any) -> Any:
    """Return a plain value without the entries of mappings that are secrets.

    Args:
        value: The value.
    """
    if isinstance(value, dict):
        return {
            key: without_secrets(item)
            for key, item in value.items()
            if not isinstance(item, Secret | SecretObject)
        }
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def masked(value: Any) -> Any:
    """Return a plain value with its secrets masked.

    Args:
        value: The value.
    """
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return MASK if isinstance(value, Secret | SecretObject) else value
