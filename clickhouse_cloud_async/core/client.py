"""What the clients of all APIs share: settings, opening and closing."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from .errors import ConfigurationError, InvalidArgumentError
from .settings import API, Settings, checked_timeout, resolve_settings
from .values import MASK, Secret, protect

if TYPE_CHECKING:
    from types import TracebackType
    from uuid import UUID

    import aiohttp

    from .caller import Caller
    from .transport import HTTPOptions

DEFAULT_TIMEOUT = 60.0


class AsyncAPIClient:
    """A client of one API; subclasses add its namespaces.

    It is an async context manager. Whoever uses it without ``async with`` has to await `close`.
    """

    _api: ClassVar[API]

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | Secret | None = None,
        *,
        token: str | Secret | None = None,
        organization_id: str | UUID | None = None,
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        http: aiohttp.ClientSession | HTTPOptions | None = None,
    ) -> None:
        api_secret, token = protect(api_secret), protect(token)
        self._http = http
        try:
            self._timeout = checked_timeout(timeout)
            self._settings = resolve_settings(
                self._api,
                api_key=api_key,
                api_secret=api_secret,
                token=token,
                organization_id=None if organization_id is None else str(organization_id),
                base_url=base_url,
            )
        except (ConfigurationError, InvalidArgumentError) as error:
            # The frames below have seen the environment and the profile with their secrets.
            raise error.with_traceback(None) from None

    @cached_property
    def _caller(self) -> Caller:
        """Made with the first call, because it needs what is slow to import."""
        from .caller import Caller
        from .transport import Transport

        settings = self._settings
        return Caller(
            self._api,
            Transport(settings.base_url, settings.credentials, self._http),
            self._timeout,
            settings.organization_id,
            self._find_scope,
        )

    @property
    def base_url(self) -> str:
        """Where requests go, without the version segment."""
        return self._settings.base_url

    async def close(self) -> None:
        """Close all connections; the client cannot be used again. A second call does nothing."""
        await self._caller.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        settings: Settings | None = self.__dict__.get("_settings")
        where = f" of {settings.base_url} with {MASK}" if settings else ""
        return f"<{type(self).__name__}{where}>"

    def __del__(self) -> None:
        caller = self.__dict__.get("_caller")
        if caller is not None and caller.transport.needs_closing:
            warnings.warn(
                f"{self!r} was dropped unclosed: use `async with` or await close()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
            caller.transport.drop()

    async def _find_scope(self) -> str:
        """Ask the API for the scope that the credentials belong to."""
        raise NotImplementedError


class AsyncNamespace:
    """A group of operations of a client.

    Args:
        caller: The client's way to its API.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
