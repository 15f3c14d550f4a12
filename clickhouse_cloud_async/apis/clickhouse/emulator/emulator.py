"""The emulator as programs use it."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Self, TypeVar

import attrs

from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulation.clock import Clock
from clickhouse_cloud_async.emulation.dispatch import Dispatcher
from clickhouse_cloud_async.emulation.hosts import HostCheck, is_loopback
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.randomness import random_text
from clickhouse_cloud_async.emulation.rate_limit import RateLimiter, RequestLimit
from clickhouse_cloud_async.emulation.snapshot import Snapshot
from clickhouse_cloud_async.emulation.state_file import StateFileError
from clickhouse_cloud_async.emulation.validation import MismatchError

from .access.credentials import KeyHashes
from .access.keys import add_key
from .access.members import accept
from .cloud import ORGANIZATIONS, Cloud
from .plans import change_plan
from .seeding import read_description
from .services.population import populate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from os import PathLike
    from types import TracebackType

    from anyio.from_thread import BlockingPortal

    from clickhouse_cloud_async.core.contract import Contract
    from clickhouse_cloud_async.emulation.faults import Faults
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.server import Server
    from clickhouse_cloud_async.emulation.store import Collection
    from clickhouse_cloud_async.emulation.store import Path as DocumentPath

    from .organization import Organization
    from .seeding import OrganizationDescription

_T = TypeVar("_T")

_LAST_PORT = 65535

_FIRST: DocumentPath = ("_emulator", "first")
"""The first organisation and its credentials."""


@attrs.frozen
class EmulatedKey:
    """An API key that was added.

    Attributes:
        id: Its UUID.
        api_key: Id that callers send.
        api_secret: Secret that callers send.
    """

    id: str
    api_key: str
    api_secret: str = attrs.field(repr=False)


@attrs.frozen
class EmulatedOrganization:
    """An organisation that was added, with a key that may do everything there.

    Attributes:
        id: Its UUID.
        name: Its name.
        api_key: Id of the key.
        api_secret: Secret of the key.
    """

    id: str
    name: str
    api_key: str
    api_secret: str = attrs.field(repr=False)


@attrs.frozen
class Seeded:
    """What a description of a fleet has added.

    Attributes:
        organizations: The further organisations.
        keys: The keys, in the order of the description.
    """

    organizations: tuple[EmulatedOrganization, ...]
    keys: tuple[EmulatedKey, ...]


class Emulator:
    """The ClickHouse Cloud API on this machine.

    It serves while one of its context managers is entered: ``async with`` serves in the running
    event loop, ``with`` in a thread of its own. Everything it makes up, ids and credentials
    included, depends on the seed and on what was asked before; only the bearer token does not.

    It begins with one organisation and one API key, which may do everything there.

    Args:
        services: How many services to invent, or what is known of each as parts of the API's
            Service objects, such as ``{"name": "etl", "state": "stopped"}``.
        time_scale: Emulated seconds per real second; 0 stands still until `advance`.
        seed: What is made up depends on it.
        api_key: Id of the API key to accept; made up if None.
        api_secret: Secret of that key; made up if None.
        rate_limit: Limit on requests per key, measured on the emulator's clock; None for none.
        state: File in which everything is kept. What an earlier emulator left there is taken up
            where it ended, and ``services`` counts only where nothing is there yet.
        kept_requests: How many of the last requests ``requests`` keeps; all if None.
        on_request: Called with each request after it was carried out, where requests are answered;
            what it raises is logged.
        host: Loopback address or name to listen on.
        port: Port to listen on; 0 takes a free one.
        allowed_hosts: Names that the ``Host`` header of requests may have beside ``localhost`` and
            loopback addresses. Any other name is refused with 421, so that no web page can read
            the emulator by letting its own name resolve to this machine.

    Attributes:
        api_key: Id of the API key that is accepted.
        api_secret: Secret of that key.
        token: Bearer token that is accepted in its place.
        time_scale: As the argument.
        rate_limit: As the argument.

    Raises:
        ValueError: The host is no loopback address, a number is out of bounds, the key's id is
            empty or has a colon, a service has a property, a state or a value that the API does not
            have, or the state file can not be used.
        TypeError: ``allowed_hosts`` is a single text.
    """

    def __init__(  # noqa: PLR0913 - one keyword per trait of the emulated API
        self,
        services: int | Iterable[Mapping[str, object]] = 0,
        *,
        time_scale: float = 1.0,
        seed: int = 0,
        api_key: str | None = None,
        api_secret: str | None = None,
        rate_limit: RequestLimit | None = None,
        state: str | PathLike[str] | None = None,
        kept_requests: int | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        _check_options(host, port, kept_requests, allowed_hosts)
        # The name may stand for two addresses, which would get two different free ports.
        self._host = "127.0.0.1" if host == "localhost" else host
        self._port = port
        self._host_check = HostCheck(allowed_hosts)
        self.token: str = secrets.token_urlsafe(32)
        self.time_scale: float = time_scale
        self.rate_limit: RequestLimit | None = rate_limit
        clock = Clock(time_scale)
        self._cloud = Cloud(_contract(), clock, seed)
        self._file = None if state is None else Path(state)
        if self._file is not None and self._cloud.load_file(self._file):
            self._first = self._kept_first(self._file)
            if api_key not in {None, self._first.api_key} or api_secret is not None:
                self._exchange_key(api_key, api_secret)
        else:
            self._first = self._add_organization(
                "Emulated organisation", services, api_key, api_secret
            )
            self._cloud.store.put(_FIRST, attrs.asdict(self._first))
        self.api_key: str = self._first.api_key
        self.api_secret: str = self._first.api_secret
        limiter = None if rate_limit is None else RateLimiter(rate_limit, clock)
        self._dispatcher = Dispatcher(self._cloud, self.token, limiter, kept_requests, on_request)
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving_thread = 0
        self._thread: AbstractContextManager[BlockingPortal] | None = None
        self._portal: BlockingPortal | None = None

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:8123``.

        Raises:
            RuntimeError: It does not listen.
        """
        if self._server is None:
            raise RuntimeError("the emulator listens only inside its context manager")
        return self._server.url

    @property
    def organization_id(self) -> str:
        """Id of the first organisation."""
        return self._first.id

    @property
    def now(self) -> datetime:
        """The emulated moment, in UTC."""
        return self._cloud.clock.now()

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request that was answered, in order."""
        return self._cloud.requests

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> Awaitable[None]:
        """Move emulated time forward at once; everything due until then happens, in its order.

        It has happened when the call returns. In coroutines ``await emulator.advance(...)`` may
        be written too.

        Args:
            seconds: Emulated seconds.
            minutes: Emulated minutes, added to them.
            hours: Emulated hours, added to them.
            days: Emulated days, added to them.

        Raises:
            ValueError: The time is negative or not finite, it ends after 2125, or more than a
                million things are due in it; in the last case time was moved as far as that.
        """
        self._call(self._cloud.advance, seconds + 60 * (minutes + 60 * (hours + 24 * days)))
        return _Done()

    def add_organization(
        self,
        name: str,
        services: int | Iterable[Mapping[str, object]] = 0,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
    ) -> EmulatedOrganization:
        """Add an organisation with an API key of its own, which may do everything there.

        Args:
            name: Its name.
            services: How many services to invent, or what is known of each.
            api_key: Id of the API key; made up if None.
            api_secret: Secret of that key; made up if None.

        Raises:
            ValueError: A service has a property, a state or a value that the API does not have,
                or there is a key of that id already.
        """
        return self._call(self._add_organization, name, services, api_key, api_secret)

    def add_key(
        self,
        name: str,
        *,
        roles: Sequence[str] = ("admin",),
        organization_id: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
    ) -> EmulatedKey:
        """Add an API key.

        Args:
            name: Its name.
            roles: What it may do, by system roles: ``admin``, ``developer``, ``query_endpoints``.
            organization_id: The organisation that it belongs to; the first one if None.
            api_key: Id that callers send; made up if None.
            api_secret: Secret that callers send; made up if None.

        Raises:
            ValueError: There is no such organisation or role, no role at all, no name, a key of
                that id already, or the id is empty or has a colon.
        """
        wanted = organization_id or self._first.id
        return self._call(self._add_key, wanted, name, tuple(roles), api_key, api_secret)

    def accept_invitation(
        self, email: str, *, name: str, organization_id: str | None = None
    ) -> str:
        """Let somebody who is invited become a member, which no operation of the API can.

        Args:
            email: Their address, as the invitation has it.
            name: Their name.
            organization_id: The organisation that they are invited to; the first one if None.

        Returns:
            The id of the member.

        Raises:
            ValueError: There is no such organisation, or this address is not invited there.
        """
        wanted = organization_id or self._first.id
        return self._call(self._accept_invitation, wanted, email, name)

    def seed(self, description: str | PathLike[str] | Mapping[str, object]) -> Seeded:
        """Add what a description of a fleet names: services, keys, further organisations.

        Args:
            description: The description, or a YAML or JSON file that holds one. YAML needs the
                package's extra ``yaml``.

        Returns:
            The organisations and keys that were added, with their credentials.

        Raises:
            ValueError: Something is unknown or does not fit; the message says where. Nothing was
                added then.
            OSError: The file can not be read.
        """
        return self._call(self._plant, read_description(description))

    def snapshot(self) -> Snapshot:
        """Take a snapshot of everything that it holds, to go back to by `restore`."""
        return self._call(Snapshot.of, self._cloud)

    def restore(self, snapshot: Snapshot) -> None:
        """Hold what it held when a snapshot was taken, and go back to that moment.

        Requests that were recorded and faults stay.

        Args:
            snapshot: What `snapshot` of this emulator returned.

        Raises:
            ValueError: It is of another emulator.
        """
        self._call(snapshot.restore, self._cloud)

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose: nothing until faults are added."""
        return self._cloud.faults

    def _call(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Call a function where requests are answered, so that nothing runs beside it."""
        if self._loop is None or self._serving_thread == get_ident():
            return function(*arguments)

        async def call() -> _T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def _add_organization(
        self,
        name: str,
        services: int | Iterable[Mapping[str, object]],
        api_key: str | None,
        api_secret: str | None,
    ) -> EmulatedOrganization:
        with self._cloud.change():
            organization = self._cloud.add_organization(name)
            populate(organization, services)
        key = self._add_key(organization.id, "emulator", ("admin",), api_key, api_secret)
        return EmulatedOrganization(organization.id, name, key.api_key, key.api_secret)

    def _add_key(
        self,
        organization_id: str,
        name: str,
        roles: tuple[str, ...],
        api_key: str | None,
        api_secret: str | None,
    ) -> EmulatedKey:
        organization = self._organization(organization_id)
        body = {"name": name, "roles": list(roles)}
        try:
            self._cloud.validator.check(self._cloud.contract.schemas["ApiKeyPostRequest"], body)
        except MismatchError as problem:
            raise ValueError(f"key {name}: {problem}") from problem
        random = self._cloud.random
        key_id = random_text(random, 20) if api_key is None else api_key
        secret = random_text(random, 40) if api_secret is None else api_secret
        _check_key_id(key_id)
        if self._cloud.has_key(key_id):
            raise ValueError(f"key {name}: there is a key of this id already")
        try:
            with self._cloud.change():
                key = add_key(organization, body, KeyHashes.of(key_id, secret))
        except Problem as problem:
            raise ValueError(f"key {name}: {problem}") from problem
        return EmulatedKey(key["id"], key_id, secret)

    def _accept_invitation(self, organization_id: str, email: str, name: str) -> str:
        organization = self._organization(organization_id)
        with self._cloud.change():
            member = accept(organization, email, name)
        user_id: str = member["userId"]
        return user_id

    def _organization(self, organization_id: str) -> Organization:
        if organization_id not in self._cloud.store.collection(ORGANIZATIONS):
            raise ValueError(f"there is no organisation {organization_id}")
        return self._cloud.organization(organization_id)

    def _plant(self, descriptions: list[OrganizationDescription]) -> Seeded:
        before = Snapshot.of(self._cloud)
        try:
            return self._planted(descriptions)
        except BaseException:
            before.restore(self._cloud)
            raise

    def _planted(self, descriptions: list[OrganizationDescription]) -> Seeded:
        organizations: list[EmulatedOrganization] = []
        keys: list[EmulatedKey] = []
        for description in descriptions:
            organization_id = self._first.id
            if description.name:
                added = self._add_organization(description.name, 0, None, None)
                organizations.append(added)
                organization_id = added.id
            with self._cloud.change():
                organization = self._cloud.organization(organization_id)
                if description.plan is not None:
                    change_plan(organization, description.plan)
                populate(organization, description.services, description.places)
            keys += [
                self._add_key(organization_id, key.name, key.roles, key.api_key, key.api_secret)
                for key in description.keys
            ]
        return Seeded(tuple(organizations), tuple(keys))

    def _kept_first(self, file: Path) -> EmulatedOrganization:
        try:
            first = EmulatedOrganization(**self._cloud.store.document(_FIRST))
            self._organization(first.id)
        except (Problem, TypeError, ValueError) as problem:
            raise StateFileError(
                f"{file} is damaged: the first organisation is missing"
            ) from problem
        return first

    def _exchange_key(self, api_key: str | None, api_secret: str | None) -> None:
        """Let the first organisation have other credentials than those of the state file."""
        key_id = self._first.api_key if api_key is None else api_key
        _check_key_id(key_id)
        secret = self._first.api_secret if api_secret is None else api_secret
        with self._cloud.change():
            self._cloud.exchange_key(self._first.api_key, KeyHashes.of(key_id, secret))
            self._first = attrs.evolve(self._first, api_key=key_id, api_secret=secret)
            self._cloud.store.put(_FIRST, attrs.asdict(self._first))

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    def __enter__(self) -> Self:
        from anyio.from_thread import start_blocking_portal

        thread = start_blocking_portal()
        portal = thread.__enter__()
        try:
            portal.call(self._start)
        except BaseException as problem:
            thread.__exit__(type(problem), problem, problem.__traceback__)
            raise
        self._thread, self._portal = thread, portal
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._thread is not None
        assert self._portal is not None
        try:
            self._portal.call(self._stop)
        finally:
            self._thread.__exit__(None, None, None)
            self._thread = self._portal = None

    def __repr__(self) -> str:
        where = self.url if self._server else "not listening"
        return f"<Emulator {where}, {len(self._services())} services>"

    def _services(self) -> Collection:
        return self._cloud.organization(self._first.id).collection("services")

    async def _start(self) -> None:
        from clickhouse_cloud_async.emulation.server import Server

        if self._server is not None:
            raise RuntimeError("the emulator listens already")
        if self._file is not None:
            self._cloud.open_file(self._file)
        server = Server(self._dispatcher, self._host, self._port, self._host_check)
        try:
            await server.start()
        except BaseException:
            self._cloud.close_file()
            raise
        self._server = server
        self._loop, self._serving_thread = asyncio.get_running_loop(), get_ident()

    async def _stop(self) -> None:
        assert self._server is not None
        server, self._server, self._loop = self._server, None, None
        await server.stop()
        self._cloud.close_file()


@cache
def _contract() -> Contract:
    """The contract, read once: whatever is worked out from it is kept for as long as it lives."""
    return load_contract("clickhouse")


def _check_options(
    host: str, port: int, kept_requests: int | None, allowed_hosts: Iterable[str]
) -> None:
    if not is_loopback(host):
        raise ValueError(f"{host} is no loopback address")
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port must be from 0 to {_LAST_PORT}, not {port}")
    if kept_requests is not None and kept_requests < 0:
        raise ValueError(f"kept_requests must not be negative, not {kept_requests}")
    if isinstance(allowed_hosts, str):
        raise TypeError(f"allowed_hosts must be a collection of names, not {allowed_hosts!r}")


def _check_key_id(key_id: str) -> None:
    """Refuse an id that no ``Authorization`` header can bring."""
    if not key_id or ":" in key_id:
        raise ValueError(f"the id of a key must not be empty nor have a colon: {key_id!r}")


class _Done:
    """What has happened already and may still be waited for."""

    def __await__(self) -> Generator[None]:
        return
        yield
