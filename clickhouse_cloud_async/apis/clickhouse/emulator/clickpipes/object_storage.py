"""Sources that are files in a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

from .rules import given, need, refuse
from .streams import check_access_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

AUTHENTICATIONS: Mapping[str, tuple[str, ...]] = {
    "s3": ("IAM_USER", "IAM_ROLE"),
    "gcs": ("IAM_USER", "SERVICE_ACCOUNT", "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"),
    "dospaces": ("IAM_USER",),
    "azureblobstorage": ("CONNECTION_STRING",),
}
"""Authentication methods by type of storage; without one, the files must be public."""


def check(source: JsonObject, place: str) -> None:
    """Check a new source.

    Args:
        source: The source in the request.
        place: Its path in the request.

    Raises:
        Problem: 400 if a rule is broken.
    """
    need(source, place, "type", "format")
    if source.get("authentication") != "CONNECTION_STRING":
        need(source, place, "url")
    check_access(source, place)
    check_reading(source, place)


def check_access(source: JsonObject, place: str) -> None:
    """Check the authentication of a pipe.

    Raises:
        Problem: 400 if the storage does not support the method, or a value for it is missing.
    """
    storage, authentication = source["type"], source.get("authentication")
    if authentication is None:
        return
    known = AUTHENTICATIONS.get(storage, ())
    if authentication not in known:
        choices = f"must be one of {', '.join(known)}" if known else "is not known"
        raise bad_request(f"{place}.authentication: {choices} for {storage}")
    why = f"for {authentication}"
    if authentication == "IAM_USER":
        check_access_key(source, place)
    elif authentication == "IAM_ROLE":
        need(source, place, "iamRole", why=why)
    elif authentication == "SERVICE_ACCOUNT":
        need(source, place, "serviceAccountKey", why=why)
    elif authentication == "CONNECTION_STRING":
        need(source, place, "azureContainerName", "connectionString", why=why)


def check_reading(source: JsonObject, place: str) -> None:
    """Check the order in which files are read, and for how long.

    Raises:
        Problem: 400 if a rule is broken.
    """
    if not source.get("isContinuous"):
        refuse(source, place, "queueUrl", "is only for a continuous pipe")
    if source.get("authentication") is None:
        refuse(source, place, "queueUrl", "is not for public files")
    if not given(source.get("queueUrl")):
        refuse(source, place, "skipInitialLoad", "is only with queueUrl")
    if source.get("skipInitialLoad"):
        refuse(source, place, "startAfter", "excludes skipInitialLoad")
