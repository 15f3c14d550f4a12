"""Creates clients from the options of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.http_options import HTTPOptions

    from .options import Options

    C = TypeVar("C", bound=AsyncAPIClient)


def connect(kind: type[C], options: Options) -> C:
    """Create a client of an API.

    Args:
        kind: Its class.
        options: How to reach it.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
        InvalidArgumentError: The timeout is not a positive number.
        BadParameter: Several profiles are named, or an organisation of an API without any.
    """
    return connect_profile(kind, options, options.single_profile, timeout=options.timeout)


def connect_profile(
    kind: type[C],
    options: Options,
    profile: str | None,
    *,
    timeout: float | None,
    shows_progress: bool = False,
) -> C:
    """Create a client for one of the profiles in the options.

    Args:
        kind: Its class.
        options: How to reach it.
        profile: The profile; None for the settings of the environment or the default profile.
        timeout: Seconds for each request; None for the client's own default.
        shows_progress: Whether the command itself shows the progress of waits.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
        InvalidArgumentError: The timeout is not a positive number.
        BadParameter: An organisation is named, and the API has none.
    """
    from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT, api_of

    arguments: dict[str, Any] = {
        "profile": profile,
        "base_url": options.url,
        "timeout": DEFAULT_TIMEOUT if timeout is None else timeout,
        "http": http_options(options),
    }
    if options.organization is not None:
        api = api_of(kind)
        if not any(scope.argument == "organization_id" for scope in api.scopes):
            raise typer.BadParameter(f"{api.title} has no organisations: omit --organization")
        arguments["organization_id"] = options.organization
    from .trace import tell_long_wait, tell_response, tell_retry

    if options.verbose:
        arguments |= {"on_response": tell_response, "on_retry": tell_retry}
    elif not shows_progress:
        arguments["on_retry"] = tell_long_wait
    return kind(**arguments)


def http_options(options: Options) -> HTTPOptions:
    """Return the connection settings.

    Args:
        options: Proxy and certificates.

    Raises:
        ConfigurationError: One of them cannot be used.
    """
    from clickhouse_cloud_async.core.http_options import HTTPOptions

    return HTTPOptions(
        # As in other command line programs, the environment configures the network.
        trust_env=True,
        proxy=options.proxy,
        ca_bundle=options.ca_bundle,
        client_cert=options.client_cert,
        client_key=options.client_key,
    )
