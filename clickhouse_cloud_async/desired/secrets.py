"""Secrets in descriptions: never compared, and never in a plan."""

from __future__ import annotations

from typing import Any

from clickhouse_cloud_async.core.values import MASK, Secret, SecretObject


def holds_secret(value: Any) -> bool:
    """Return whether there is a secret in a plain value.

    Args:
        value: The value.
    """
    if isinstance(value, dict):
        return any(map(holds_secret, value.values()))
    if isinstance(value, list):
        return any(map(holds_secret, value))
    return isinstance(value, Secret | SecretObject)


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
