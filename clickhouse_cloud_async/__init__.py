"""Asyncio-first client of the ClickHouse Cloud management API.

`AsyncClickHouseCloud` is the client, `ClickHouseCloud` the same without ``await``. Models are in
`clickhouse_cloud_async.models`, an emulator of the API in `clickhouse_cloud_async.emulator`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .apis.clickhouse.client import AsyncClickHouseCloud
    from .apis.clickhouse.connection import ServiceConnection
    from .apis.clickhouse.queries.errors import QueryError, ServiceNotRunningError
    from .apis.clickhouse.queries.results import QueryKey, QueryResult
    from .apis.clickhouse.sync.client import ClickHouseCloud
    from .core.drift import Drift, DriftInfo, DriftKind
    from .core.errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        CloudError,
        ConfigurationError,
        ConflictError,
        FailedDependencyError,
        IncompleteListError,
        InvalidArgumentError,
        NotFoundError,
        OperationInProgressError,
        OutcomeUnknownError,
        PartialFailureError,
        PermissionDeniedError,
        PreconditionRequiredError,
        RateLimitError,
        ResponseDecodeError,
        ServerError,
        UnprocessableError,
        UnreachableStateError,
        WaitError,
        WaitTimeoutError,
    )
    from .core.files import Upload
    from .core.http_options import HTTPOptions
    from .core.limits import LimiterStatistics, RateLimit
    from .core.permissions import required_permissions
    from .core.recording import RawResponse
    from .core.retry import RetryPolicy
    from .core.telemetry import RequestInfo, ResponseInfo, RetryInfo, Stats
    from .core.values import UNSET, OpenText, Secret, SecretObject, Unset
    from .core.waiting.policy import Polling
    from .core.waiting.statistics import PollerStatistics
    from .core.waiting.wait import Change, Progress
    from .hashing import KeyMaterial, PasswordHashes, hash_password

__all__ = [
    "UNSET",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClickHouseCloud",
    "AuthenticationError",
    "BadRequestError",
    "Change",
    "ClickHouseCloud",
    "CloudError",
    "ConfigurationError",
    "ConflictError",
    "Drift",
    "DriftInfo",
    "DriftKind",
    "FailedDependencyError",
    "HTTPOptions",
    "IncompleteListError",
    "InvalidArgumentError",
    "KeyMaterial",
    "LimiterStatistics",
    "NotFoundError",
    "OpenText",
    "OperationInProgressError",
    "OutcomeUnknownError",
    "PartialFailureError",
    "PasswordHashes",
    "PermissionDeniedError",
    "PollerStatistics",
    "Polling",
    "PreconditionRequiredError",
    "Progress",
    "QueryError",
    "QueryKey",
    "QueryResult",
    "RateLimit",
    "RateLimitError",
    "RawResponse",
    "RequestInfo",
    "ResponseDecodeError",
    "ResponseInfo",
    "RetryInfo",
    "RetryPolicy",
    "Secret",
    "SecretObject",
    "ServerError",
    "ServiceConnection",
    "ServiceNotRunningError",
    "Stats",
    "UnprocessableError",
    "UnreachableStateError",
    "Unset",
    "Upload",
    "WaitError",
    "WaitTimeoutError",
    "hash_password",
    "required_permissions",
]

_MODULES = {
    "AsyncClickHouseCloud": ".apis.clickhouse.client",
    "ClickHouseCloud": ".apis.clickhouse.sync.client",
    "ServiceConnection": ".apis.clickhouse.connection",
    "QueryError": ".apis.clickhouse.queries.errors",
    "ServiceNotRunningError": ".apis.clickhouse.queries.errors",
    "QueryKey": ".apis.clickhouse.queries.results",
    "QueryResult": ".apis.clickhouse.queries.results",
    "HTTPOptions": ".core.http_options",
    "Change": ".core.waiting.wait",
    "KeyMaterial": ".hashing",
    "PasswordHashes": ".hashing",
    "Polling": ".core.waiting.policy",
    "PollerStatistics": ".core.waiting.statistics",
    "Progress": ".core.waiting.wait",
    "LimiterStatistics": ".core.limits",
    "RateLimit": ".core.limits",
    "RawResponse": ".core.recording",
    "Drift": ".core.drift",
    "DriftInfo": ".core.drift",
    "DriftKind": ".core.drift",
    "RequestInfo": ".core.telemetry",
    "ResponseInfo": ".core.telemetry",
    "RetryInfo": ".core.telemetry",
    "RetryPolicy": ".core.retry",
    "Stats": ".core.telemetry",
    "OpenText": ".core.values",
    "UNSET": ".core.values",
    "Secret": ".core.values",
    "SecretObject": ".core.values",
    "Unset": ".core.values",
    "Upload": ".core.files",
    "hash_password": ".hashing",
    "required_permissions": ".core.permissions",
}


if not TYPE_CHECKING:
    # Type checkers would take every misspelt name for one that is there.

    def __getattr__(name: str) -> object:
        """Load a public name when it is used, so that the import costs next to nothing."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(_MODULES.get(name, ".core.errors"), __name__)
        value: object = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
