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
"""How one can log in, by type of storage; without, the files are public."""


def check(source: JsonObject, place: str) -> None:
    """Check a new source.

    Args:
        source: What the request says of it.
        place: Where it stands in the request.

    Raises:
        Problem: 400 where a rule is broken.
    """
    need(source, place, "type", "format")
    if source.get("authentication") != "CONNECTION_STRING":
        need(source, place, "url")
    check_access(source, place)
    check_reading(source, place)


def check_access(source: JsonObject, place: str) -> None:
    """Check how a pipe logs in.

    Raises:
        Problem: 400 where the storage has no such way, or something is missing for it.
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
    """Check in which order and how long files are read.

    Raises:
        Problem: 400 where a rule is broken.
    """
    if not source.get("isContinuous"):
        refuse(source, place, "queueUrl", "is only for a continuous pipe")
    if source.get("authentication") is None:
        refuse(source, place, "queueUrl", "is not for public files")
    if not given(source.get("queueUrl")):
        refuse(source, place, "skipInitialLoad", "is only with queueUrl")
    if source.get("skipInitialLoad"):
        refuse(source, place, "startAfter", "excludes skipInitialLoad")
