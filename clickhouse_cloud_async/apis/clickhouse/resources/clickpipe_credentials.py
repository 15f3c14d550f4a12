"""The credentials of sources, which pipes need at their creation and the API never shows.

The contract declares most of them as optional. Which of them a source needs is deduced from its way
to authenticate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .variables import reference_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BY_AUTHENTICATION: Mapping[str, Mapping[str, str]] = {
    "kafka": {
        "PLAIN": "credentials",
        "SCRAM-SHA-256": "credentials",
        "SCRAM-SHA-512": "credentials",
        "IAM_USER": "credentials",
        "MUTUAL_TLS": "credentials",
    },
    "object_storage": {
        "IAM_USER": "access_key",
        "SERVICE_ACCOUNT": "service_account_key",
        "CONNECTION_STRING": "connection_string",
    },
    "kinesis": {"IAM_USER": "access_key"},
    "pubsub": {"SERVICE_ACCOUNT": "service_account_key"},
    "bigquery": {"SERVICE_ACCOUNT": "credentials"},
    "postgres": {"basic": "credentials"},
    "mysql": {"basic": "credentials"},
}
"""The field with the credentials, by kind of source and way to authenticate."""

_USUAL: Mapping[str, str] = {"postgres": "basic", "mysql": "basic"}
"""The way to authenticate of sources that name none."""

_KEY_FILE = "service_account_file"
_KEY_FILES = frozenset({("pubsub", "service_account_key"), ("bigquery", "credentials")})
"""Credentials that consist of a key file."""

_TEXTS = frozenset({"connection_string", "service_account_key"})
"""Credentials that consist of one secret."""


def missing_credentials(kind: str, source: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of a source without which its pipe cannot be created.

    Args:
        kind: The kind of the source.
        source: Its description.
    """
    field = _field_of(kind, source)
    if field is not None and not source.get(field):
        yield field
    registry = source.get("schema_registry") or {}
    if registry.get("authentication") and not registry.get("credentials"):
        yield "schema_registry.credentials"


def placeholders(kind: str, source: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the credentials of an exported source that consist of nothing but secrets.

    Others contain a user name or the ID of a key, which only a user can fill in.

    Args:
        kind: The kind of the source.
        source: The source as the API shows it.
        name: The name of its pipe, after which variables are named.
    """
    if kind == "mongodb":
        return {"uri": reference_to("clickpipe", name, "uri")}
    field = _field_of(kind, source)
    if field is None:
        return {}
    if (kind, field) in _KEY_FILES:
        return {field: {_KEY_FILE: reference_to("clickpipe", name, _KEY_FILE)}}
    return {field: reference_to("clickpipe", name, field)} if field in _TEXTS else {}


def _field_of(kind: str, source: Mapping[str, Any]) -> str | None:
    way = source.get("authentication") or _USUAL.get(kind)
    return _BY_AUTHENTICATION.get(kind, {}).get(str(way))
