"""The emulator of API7 Cloud, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.emulation.emulator import BaseEmulator
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.snapshot import Snapshot

from .api import load_api
from .call import new_id, now
from .certificates import make_certificate
from .gateways import gateways_of, start_gateway
from .organizations import accept, add_member, add_organization
from .place import Place
from .seeding import Seeder, checked_object, items_of, read_description
from .states import CONTROL_PLANES
from .tokens import new_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.rate_limit import RequestLimit
    from clickhouse_cloud_async.emulation.world import Strictness

_FIRST = ("_emulator", "first")
"""The first organisation and its owner's token."""


@attrs.frozen
class EmulatedUser:
    """A user that a program has added.

    Attributes:
        id: Its ID.
        email: Its address.
        token: An access token of the user.
    """

    id: str
    email: str
    token: str = attrs.field(repr=False)


@attrs.frozen
class Seeded:
    """The resources that a description has added.

    Attributes:
        applications: IDs of the applications, in the order of the description.
        users: The users, likewise.
    """

    applications: tuple[str, ...]
    users: tuple[EmulatedUser, ...]


class API7Emulator(BaseEmulator):
    """An emulator of API7 Cloud on this machine.

    Use it as a context manager: ``async with`` serves requests in the running event loop, ``with``
    in a separate thread. It starts with one organisation, whose control plane is ready, and one
    user, who owns it.

    Args:
        time_scale: Emulated seconds per real second; with 0, time stands still until `advance`.
        seed: Seed of all generated values, including the first token.
        strictness: ``live`` for the behaviour that the vendor's own clients expect, ``documented``
            for the documented behaviour where the two differ: creating an API and replacing a
            consumer return nothing, and bodies may contain only documented fields.
        rate_limit: Limit on requests per user, measured on the emulator's clock; None for none.
        state: File for the state of the emulator. If it exists, the emulator continues from it.
        kept_requests: Number of recent requests that ``requests`` keeps; all if None.
        on_request: Called with each request after it was carried out.
        host: Loopback address or name to listen on.
        port: Port to listen on; 0 selects a free one.
        allowed_hosts: Names that the ``Host`` header of requests may have, in addition to those
            of this machine.

    Attributes:
        token: The access token of the first organisation's owner, which never expires.
        organization_id: ID of the first organisation.
        control_plane_id: ID of its control plane.

    Raises:
        ValueError: The host is not a loopback address, a number is out of bounds, or the state file
            cannot be used.
    """

    def __init__(  # noqa: PLR0913 - one keyword per trait of the emulated API
        self,
        *,
        time_scale: float = 1.0,
        seed: int = 0,
        strictness: Strictness = "live",
        rate_limit: RequestLimit | None = None,
        state: str | PathLike[str] | None = None,
        kept_requests: int | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        super().__init__(
            load_api(strictness),
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
        first = self._world.store.peek(_FIRST) if self._load_state() else self._begin()
        if first is None:
            raise ValueError(f"{state} is damaged: the first organisation is missing")
        self.token: str = first["token"]
        self.organization_id: str = first["organization_id"]
        self.control_plane_id: str = first["control_plane_id"]

    def seed(self, description: str | PathLike[str] | Mapping[str, object]) -> Seeded:
        """Add the applications, consumers, gateways and users in a description.

        They belong to the first control plane, and are ready at once. Applications, their ``apis``
        and ``canary_releases``, and consumers have the API's own fields. An application needs only
        a name, and ``count`` creates several. A gateway is an ID, or an object with ``id`` and
        ``configured``. A user is an object with ``email`` and ``role``.

        Args:
            description: The description, or a YAML or JSON file with one. YAML requires the extra
                ``yaml``.

        Returns:
            The IDs of the applications, and the users with their tokens.

        Raises:
            ValueError: A value is unknown or invalid; the message has its path. Nothing was added
                then.
            OSError: The file cannot be read.
        """
        return self._call(self._seed, read_description(description))

    def add_user(
        self, email: str, *, role: str | None = None, control_plane_id: str | None = None
    ) -> EmulatedUser:
        """Add a user with an access token.

        Args:
            email: The user's address.
            role: Name of the role in the first organisation: ``Admin``, ``Control Plane Manager``
                or ``Viewer``; None for a user who is not a member.
            control_plane_id: The only control plane that the role is for; None for all.

        Raises:
            ValueError: There is no such role.
        """
        return self._call(self._add_user, email, role, control_plane_id)

    def accept_invitation(self, email: str) -> EmulatedUser:
        """Accept an invitation to the first organisation, which the API has no operation for.

        Args:
            email: The invited address.

        Returns:
            The new user.

        Raises:
            ValueError: The address is not invited.
        """
        return self._call(self._accept, email)

    def start_gateway(self, instance_id: str, *, configured: bool = True) -> None:
        """Start a gateway of the first control plane, which reports every 10 seconds.

        Args:
            instance_id: Its id.
            configured: Whether configuration reaches it.
        """
        self._call(self._start_gateway, instance_id, configured)

    def stop_gateway(self, instance_id: str) -> None:
        """Stop a gateway.

        Args:
            instance_id: Its id.

        Raises:
            ValueError: There is no such gateway.
        """
        self._call(self._stop_gateway, instance_id)

    def make_certificate(self, name: str) -> tuple[str, str]:
        """Create a certificate for a host name that the emulator accepts; needs `cryptography`.

        Args:
            name: The host name.

        Returns:
            The certificate and its private key, as PEM texts.
        """
        return self._call(make_certificate, name, self._world)

    def _seed(self, description: Mapping[str, Any]) -> Seeded:
        before = Snapshot.of(self._world)
        try:
            with self._world.change():
                owner: str = self._world.store.document(("orgs", self.organization_id))["owner_id"]
                added = Seeder(self._world, self.control_plane_id, owner).add(description)
            return Seeded(added, self._seed_users(description))
        except BaseException:
            before.restore(self._world)
            raise

    def _seed_users(self, description: Mapping[str, Any]) -> tuple[EmulatedUser, ...]:
        users: list[EmulatedUser] = []
        for where, item in items_of(description, "users"):
            entry = checked_object(item, where, ("email", "role"))
            if not isinstance(entry.get("email"), str):
                raise ValueError(f"{where}.email: must be a text")  # noqa: TRY004 - of a file
            try:
                users.append(self._add_user(entry["email"], entry.get("role"), None))
            except ValueError as problem:
                raise ValueError(f"{where}.role: {problem}") from problem
        return tuple(users)

    def _begin(self) -> JsonObject:
        with self._world.change():
            user = self._new_user("owner@example.com")
            organization = add_organization(self._world, "Emulated organisation", user.id)
            planes = self._world.store.collection(("controlplanes",)).peek_all()
            plane = next(iter(planes))
            CONTROL_PLANES.enter(Place(self._world), ("controlplanes", plane), "normal")
            first = {
                "token": user.token,
                "organization_id": organization["id"],
                "control_plane_id": plane,
            }
            return self._world.store.put(_FIRST, first)

    def _new_user(self, email: str) -> EmulatedUser:
        user = random_uuid(self._world.random)
        names = {"first_name": email.partition("@")[0], "last_name": "Example"}
        times = {"created_at": now(self._world), "updated_at": now(self._world)}
        self._world.store.put(("users", user), {"id": user, "email": email, **names, **times})
        token = new_token(self._world, user, new_id(self._world), None, "emulator")
        return EmulatedUser(user, email, token)

    def _add_user(self, email: str, role: str | None, control_plane: str | None) -> EmulatedUser:
        roles = self._world.store.collection(("orgs", self.organization_id, "roles")).peek_all()
        found = next((one["id"] for one in roles.values() if one["name"] == role), None)
        if role is not None and found is None:
            names = ", ".join(one["name"] for one in roles.values())
            raise ValueError(f"there is no role {role!r}; the roles are {names}")
        with self._world.change():
            user = self._new_user(email)
            if found is not None:
                document = self._world.store.document(("users", user.id))
                member = add_member(self._world, self.organization_id, email, found, document)
                if control_plane is not None:
                    member["_roles"][0]["control_plane_id"] = control_plane
        return user

    def _accept(self, email: str) -> EmulatedUser:
        path = ("orgs", self.organization_id, "members")
        members = self._world.store.collection(path).peek_all().values()
        invited = [one["id"] for one in members if one["email"] == email]
        if not invited or self._member(path, invited[0])["state"] != "Pending":
            raise ValueError(f"{email} is not invited")
        with self._world.change():
            user = self._new_user(email)
            member = self._world.store.document((*path, invited[0]))
            accept(self._world, member, self._world.store.document(("users", user.id)))
        return user

    def _member(self, path: tuple[str, ...], member: str) -> dict[str, Any]:
        return self._world.store.document((*path, member))

    def _start_gateway(self, instance: str, configured: bool) -> None:  # noqa: FBT001 - one call
        with self._world.change():
            start_gateway(self._world, self.control_plane_id, instance, configured=configured)

    def _stop_gateway(self, instance: str) -> None:
        path = (*gateways_of(self.control_plane_id), instance)
        if self._world.store.peek(path) is None:
            raise ValueError(f"there is no gateway {instance!r}")
        with self._world.change():
            self._world.store.document(path)["_stopped"] = self._world.elapsed

    def __repr__(self) -> str:
        where = self.url if self._server else "not listening"
        return f"<API7Emulator {where}>"
