"""The emulator of the ClickHouse Cloud API, for programs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.emulation.emulator import BaseEmulator
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.randomness import random_text
from clickhouse_cloud_async.emulation.snapshot import Snapshot
from clickhouse_cloud_async.emulation.state_file import StateFileError
from clickhouse_cloud_async.emulation.validation import MismatchError

from .access.credentials import KeyHashes
from .access.key_index import exchange_key, has_key
from .access.keys import add_key
from .access.members import accept
from .api import load_api
from .envelope import wrap_flat
from .organization import ORGANIZATIONS, Organization
from .organizations import add_organization
from .plans import change_plan
from .seeding import read_description
from .services.population import populate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike

    from clickhouse_cloud_async.emulation.api import EmulatedAPI
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.rate_limit import RequestLimit
    from clickhouse_cloud_async.emulation.store import Collection
    from clickhouse_cloud_async.emulation.store import Path as DocumentPath
    from clickhouse_cloud_async.emulation.world import Strictness

    from .seeding import OrganizationDescription
    from .sql.plane import DataPlane

_FIRST: DocumentPath = ("_emulator", "first")
"""The first organisation and its credentials."""


_FROM_ANYWHERE = {
    "ipAccessList": [
        {"source": source, "description": "anywhere"} for source in ("0.0.0.0/0", "::/0")
    ]
}
"""The access list of keys that the emulator creates."""


@attrs.frozen
class EmulatedKey:
    """An API key that a program has added.

    Attributes:
        id: Its UUID.
        api_key: ID that callers send.
        api_secret: Secret that callers send.
    """

    id: str
    api_key: str
    api_secret: str = attrs.field(repr=False)


@attrs.frozen
class EmulatedOrganization:
    """An organisation that a program has added, with a key that has all permissions.

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
    """The organisations and keys that a description of a fleet has added.

    Attributes:
        organizations: The additional organisations.
        keys: The keys, in the order of the description.
    """

    organizations: tuple[EmulatedOrganization, ...]
    keys: tuple[EmulatedKey, ...]


class Emulator(BaseEmulator):
    """An emulator of the ClickHouse Cloud API on this machine.

    Use it as a context manager: ``async with`` serves requests in the running event loop, ``with``
    in a separate thread. The seed and the earlier requests determine all generated values,
    including IDs and credentials, except the bearer token.

    An emulator starts with one organisation and one API key that has all permissions.

    Args:
        services: Number of services to generate, or known properties of each as parts of the
            API's Service objects, such as ``{"name": "etl", "state": "stopped"}``.
        time_scale: Emulated seconds per real second; with 0, time stands still until `advance`.
        seed: Seed of all generated values.
        api_key: ID of the API key to accept; generated if None.
        api_secret: Secret of that key; generated if None.
        strictness: ``live`` for the observed behaviour of the API, ``documented`` for the
            documented behaviour where the two differ.
        flat_pages: Whether lists of functions, of their versions and attachments, and of query API
            endpoints are arrays with the paging state next to them, as clickhousectl 0.5.0
            expects, instead of the contract's objects.
        rate_limit: Limit on requests per key, measured on the emulator's clock; None for none.
        state: File for the state of the emulator. If it exists, the emulator continues from it,
            and ``services`` is ignored.
        kept_requests: Number of recent requests that ``requests`` keeps; all if None.
        on_request: Called with each request after it was carried out, in the thread that serves
            requests. Its exceptions are logged.
        host: Loopback address or name to listen on.
        port: Port to listen on; 0 selects a free one.
        sql: Whether running services accept SQL. Each has a ClickHouse engine and a separate port,
            which its endpoints contain. Requires the extra ``sql``. Data is stored in a folder
            next to the state file; without a state file it is deleted with the emulator.
        allowed_hosts: Names that the ``Host`` header of requests may have, in addition to
            ``localhost`` and loopback addresses. Any other name is refused with 421, so that no
            web page can read the emulator by letting its own name resolve to this machine.

    Attributes:
        api_key: ID of the accepted API key.
        api_secret: Secret of that key.
        token: Bearer token that is accepted instead of the key.
        time_scale: As the argument.
        rate_limit: As the argument.

    Raises:
        ValueError: The host is not a loopback address, a number is out of bounds, the key's ID is
            empty or has a colon, a service has a property, state or value that the API does not
            have, the state file cannot be used, or the extra ``sql`` is not installed.
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
        strictness: Strictness = "live",
        flat_pages: bool = False,
        rate_limit: RequestLimit | None = None,
        state: str | PathLike[str] | None = None,
        kept_requests: int | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
        sql: bool = False,
    ) -> None:
        if sql:
            _require_engine()
        api = self._load_api()
        super().__init__(
            attrs.evolve(api, wrap=wrap_flat) if flat_pages else api,
            time_scale=time_scale,
            seed=seed,
            strictness=strictness,
            rate_limit=rate_limit,
            state=state,
            kept_requests=kept_requests,
            on_request=on_request,
            host=host,
            port=port,
            allowed_hosts=allowed_hosts,
        )
        self._data = self._data_plane() if sql else None
        if self._load_state():
            self._first = self._kept_first()
            if api_key not in {None, self._first.api_key} or api_secret is not None:
                self._exchange_key(api_key, api_secret)
        else:
            self._first = self._add_organization(
                "Emulated organisation", services, api_key, api_secret
            )
            self._world.store.put(_FIRST, attrs.asdict(self._first))
        self.api_key: str = self._first.api_key
        self.api_secret: str = self._first.api_secret

    def _load_api(self) -> EmulatedAPI:
        return load_api()

    def _data_plane(self) -> DataPlane:
        from .sql.plane import DataPlane

        file = self._persistence.file if self._persistence else None
        folder = None if file is None else file.with_name(f"{file.name}.data")
        plane = DataPlane(self._world, self._gate, folder, self._pipeline.run_due_timers)
        self._world.companion = plane
        self._routes.update(plane.routes)
        return plane

    async def _start(self) -> None:
        await super()._start()
        if self._data is not None:
            try:
                await self._data.start()
            except BaseException:
                await super()._stop()
                raise

    async def _stop(self) -> None:
        if self._data is not None:
            await self._data.stop()
        await super()._stop()

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the documents and the time of a snapshot.

        Recorded requests, faults and the data of services are kept.

        Args:
            snapshot: What `snapshot` of this emulator returned.

        Raises:
            ValueError: The snapshot is of another emulator.
        """
        super().restore(snapshot)
        if self._data is not None:
            self._call(self._data.take_stock)

    @property
    def organization_id(self) -> str:
        """ID of the first organisation."""
        return self._first.id

    def add_organization(
        self,
        name: str,
        services: int | Iterable[Mapping[str, object]] = 0,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
    ) -> EmulatedOrganization:
        """Add an organisation, with an API key that has all permissions there.

        Args:
            name: Its name.
            services: Number of services to generate, or known properties of each.
            api_key: Id of the API key; generated if None.
            api_secret: Secret of that key; generated if None.

        Raises:
            ValueError: A property, state or value of a service is unknown to the API, or a key with
                that ID exists already.
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
            roles: Its system roles: ``admin``, ``developer``, ``query_endpoints``.
            organization_id: The organisation that it belongs to; the first one if None.
            api_key: Id that callers send; generated if None.
            api_secret: Secret that callers send; generated if None.

        Raises:
            ValueError: There is no such organisation or role, no role or name is given, a key with
                that ID exists already, or the ID is empty or has a colon.
        """
        wanted = organization_id or self._first.id
        return self._call(self._add_key, wanted, name, tuple(roles), api_key, api_secret)

    def accept_invitation(
        self, email: str, *, name: str, organization_id: str | None = None
    ) -> str:
        """Accept an invitation, which the API has no operation for.

        Args:
            email: The invited address.
            name: Name of the new member.
            organization_id: The organisation that the invitation is for; the first one if None.

        Returns:
            The ID of the member.

        Raises:
            ValueError: There is no such organisation, or the address is not invited there.
        """
        wanted = organization_id or self._first.id
        return self._call(self._accept_invitation, wanted, email, name)

    def seed(self, description: str | PathLike[str] | Mapping[str, object]) -> Seeded:
        """Add the services, keys and organisations in a description of a fleet.

        Args:
            description: The description, or a YAML or JSON file with one. YAML requires the extra
                ``yaml``.

        Returns:
            The organisations and keys that were added, with their credentials.

        Raises:
            ValueError: A value is unknown or invalid; the message has its path. Nothing was added
                then.
            OSError: The file cannot be read.
        """
        return self._call(self._load_descriptions, read_description(description))

    def _add_organization(
        self,
        name: str,
        services: int | Iterable[Mapping[str, object]],
        api_key: str | None,
        api_secret: str | None,
    ) -> EmulatedOrganization:
        with self._world.change():
            organization = add_organization(self._world, name)
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
            self._world.validator.check(self._world.contract.schemas["ApiKeyPostRequest"], body)
        except MismatchError as problem:
            raise ValueError(f"key {name}: {problem}") from problem
        random = self._world.random
        key_id = random_text(random, 20) if api_key is None else api_key
        secret = random_text(random, 40) if api_secret is None else api_secret
        _check_key_id(key_id)
        if has_key(self._world, key_id):
            raise ValueError(f"key {name}: there is a key of this id already")
        try:
            with self._world.change():
                key = add_key(organization, body | _FROM_ANYWHERE, KeyHashes.of(key_id, secret))
        except Problem as problem:
            raise ValueError(f"key {name}: {problem}") from problem
        return EmulatedKey(key["id"], key_id, secret)

    def _accept_invitation(self, organization_id: str, email: str, name: str) -> str:
        organization = self._organization(organization_id)
        with self._world.change():
            member = accept(organization, email, name)
        user_id: str = member["userId"]
        return user_id

    def _organization(self, organization_id: str) -> Organization:
        if organization_id not in self._world.store.collection(ORGANIZATIONS):
            raise ValueError(f"there is no organisation {organization_id}")
        return Organization(self._world, (*ORGANIZATIONS, organization_id))

    def _load_descriptions(self, descriptions: list[OrganizationDescription]) -> Seeded:
        before = Snapshot.of(self._world)
        try:
            return self._load_each(descriptions)
        except BaseException:
            before.restore(self._world)
            raise

    def _load_each(self, descriptions: list[OrganizationDescription]) -> Seeded:
        organizations: list[EmulatedOrganization] = []
        keys: list[EmulatedKey] = []
        for description in descriptions:
            organization_id = self._first.id
            if description.name:
                added = self._add_organization(description.name, 0, None, None)
                organizations.append(added)
                organization_id = added.id
            with self._world.change():
                organization = Organization(self._world, (*ORGANIZATIONS, organization_id))
                if description.plan is not None:
                    change_plan(organization, description.plan)
                populate(organization, description.services, description.places)
            keys += [
                self._add_key(organization_id, key.name, key.roles, key.api_key, key.api_secret)
                for key in description.keys
            ]
        return Seeded(tuple(organizations), tuple(keys))

    def _kept_first(self) -> EmulatedOrganization:
        try:
            first = EmulatedOrganization(**self._world.store.document(_FIRST))
            self._organization(first.id)
        except (Problem, TypeError, ValueError) as problem:
            file = self._persistence.file if self._persistence else None
            message = f"{file} is damaged: the first organisation is missing"
            raise StateFileError(message) from problem
        return first

    def _exchange_key(self, api_key: str | None, api_secret: str | None) -> None:
        """Replace the credentials of the first organisation in the state file."""
        key_id = self._first.api_key if api_key is None else api_key
        _check_key_id(key_id)
        secret = self._first.api_secret if api_secret is None else api_secret
        with self._world.change():
            exchange_key(self._world, self._first.api_key, KeyHashes.of(key_id, secret))
            self._first = attrs.evolve(self._first, api_key=key_id, api_secret=secret)
            self._world.store.put(_FIRST, attrs.asdict(self._first))

    def __repr__(self) -> str:
        where = self.url if self._server else "not listening"
        return f"<Emulator {where}, {len(self._services())} services>"

    def _services(self) -> Collection:
        return self._organization(self._first.id).collection("services")


def _check_key_id(key_id: str) -> None:
    """Refuse an ID that an ``Authorization`` header cannot contain."""
    if not key_id or ":" in key_id:
        raise ValueError(f"the id of a key must not be empty or contain a colon: {key_id!r}")


def _require_engine() -> None:
    """Check that the engine is installed.

    Raises:
        ValueError: It is not.
    """
    if find_spec("chdb") is None:
        raise ValueError(f"sql needs chdb, which is not installed: run {install_command('sql')}")
