"""The emulator of Omnistrate, for programs."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from clickhouse_cloud_async.apis.omnistrate.emulator.access.accounts import (
    add_api_key,
    add_org,
    add_user,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.access.tokens import digest, new_token
from clickhouse_cloud_async.apis.omnistrate.emulator.customers import subscriptions
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.portals import DOMAINS, PORTAL_DOMAINS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.description_file import read_description_file
from clickhouse_cloud_async.emulation.emulator import BaseEmulator
from clickhouse_cloud_async.emulation.json_values import is_object
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.randomness import random_text
from clickhouse_cloud_async.emulation.snapshot import Snapshot

from .api import load_api
from .place import Place
from .population import add_account, populate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.rate_limit import RequestLimit
    from clickhouse_cloud_async.emulation.world import Strictness

Description: TypeAlias = (
    "str | PathLike[str] | Mapping[str, object] | Iterable[Mapping[str, object]]"
)
"""Initial services of an emulator, or a file with their description."""

_FIRST = ("_emulator", "first")
"""The first organisation and the credentials of its owner."""

ROLES = ("admin", "editor", "reader", "service_editor", "service_reader", "service_operator")
"""Roles of users and API keys; the owner is ``root``."""

PASSWORD = "emulated"  # noqa: S105 - of invented users
"""Password of users that are added without one."""

SUBSCRIPTION_STATES = ("ACTIVE", "SUSPENDED", "TERMINATED", "CANCELLED")


@attrs.frozen
class EmulatedUser:
    """A user that a program has added.

    Attributes:
        id: Its ID.
        email: Its address.
        password: Its password.
        token: An access token that is valid as long as the user exists.
    """

    id: str
    email: str
    password: str = attrs.field(repr=False)
    token: str = attrs.field(repr=False)


class OmnistrateEmulator(BaseEmulator):
    """An emulator of Omnistrate on this machine.

    Use it as a context manager: ``async with`` serves requests in the running event loop, ``with``
    in a separate thread. It starts with one organisation, that of a vendor, with its owner, an API
    key and a cloud account on AWS that is ready.

    Args:
        services: Known properties of each initial service, such as
            ``{"name": "Postgres", "plans": ["Free", "Premium"], "instances": 3}``, or a file as for
            `add_services`. By default each plan is released with one resource named ``Cluster``.
        time_scale: Emulated seconds per real second; with 0, time stands still until `advance`.
        seed: Seed of all generated values, including credentials.
        email: Address of the owner.
        password: Password of the owner; generated if None.
        api_key: The API key; generated if None.
        strictness: ``live`` or ``documented``; for this API there is no difference.
        rate_limit: Limit on requests per user, measured on the emulator's clock; None for none.
        state: File for the state of the emulator. If it exists, the emulator continues from it,
            and ``services`` and credentials are ignored.
        kept_requests: Number of recent requests that ``requests`` keeps; all if None.
        on_request: Called with each request after it was carried out.
        host: Loopback address or name to listen on.
        port: Port to listen on; 0 selects a free one.
        allowed_hosts: Names that the ``Host`` header of requests may have, in addition to those
            of this machine.

    Attributes:
        email: Address of the owner.
        password: Password of the owner.
        api_key: The API key, which has the owner's permissions.
        token: An access token of the owner that never expires.
        organization_id: ID of the organisation.

    Raises:
        ValueError: The host is not a loopback address, a number is out of bounds, a service has
            an unknown property, or the state file cannot be used.
    """

    def __init__(  # noqa: PLR0913 - one keyword per trait of the emulated API
        self,
        services: Description = (),
        *,
        time_scale: float = 1.0,
        seed: int = 0,
        email: str = "owner@example.com",
        password: str | None = None,
        api_key: str | None = None,
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
            load_api(),
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
        if self._load_state():
            first = self._world.store.peek(_FIRST)
        else:
            first = self._begin(email, password, api_key)
            self._populate(_services(services))
        if first is None:
            raise ValueError(f"{state} is damaged: the first organisation is missing")
        self.email: str = first["email"]
        self.password: str = first["password"]
        self.api_key: str = first["api_key"]
        self.token: str = first["token"]
        self.organization_id: str = first["organization_id"]

    def add_services(self, description: Description) -> None:
        """Add services to the first organisation.

        Args:
            description: Known properties of each service, as for the constructor; a mapping with
                them under ``services``; or a YAML or JSON file with one of these. YAML requires the
                extra ``yaml``.

        Raises:
            ValueError: A value is unknown or invalid; the message has its path. Nothing was added
                then.
            OSError: The file cannot be read.
        """
        self._call(self._populate, _services(description))

    def add_user(
        self, email: str, *, role: str = "editor", password: str = PASSWORD
    ) -> EmulatedUser:
        """Add a user to the first organisation.

        Args:
            email: The user's address.
            role: The role, such as ``admin``, ``editor`` or ``reader``.
            password: The password.

        Raises:
            ValueError: There is no such role, or the address is in use.
        """
        return self._call(self._add_user, email, role, password)

    def add_customer(self, email: str, *, password: str = PASSWORD) -> EmulatedUser:
        """Add a customer of the first organisation, with a separate organisation.

        Args:
            email: The customer's address.
            password: The password.

        Raises:
            ValueError: The address is in use.
        """
        return self._call(self._add_customer, email, password)

    def add_api_key(self, *, role: str = "editor") -> str:
        """Add an API key to the first organisation.

        Args:
            role: Its role.

        Returns:
            The key.

        Raises:
            ValueError: There is no such role.
        """
        return self._call(self._add_api_key, role)

    def link_token(self, email: str) -> str:
        """Return the token of the last link that was sent to an address.

        Args:
            email: The address.

        Raises:
            ValueError: No link was sent there, or the link was already used.
        """
        return self._call(self._link_token, email)

    def add_provider_code(self, email: str) -> str:
        """Create a sign-in code of an identity provider, which works once.

        Args:
            email: Address of the user.
        """
        return self._call(self._add_provider_code, email)

    def decide_request(self, request_id: str, *, approve: bool = True) -> None:
        """Approve or deny a request for a subscription, which the API has no operation for.

        Args:
            request_id: ID of the request.
            approve: Whether it is approved.

        Raises:
            ValueError: There is no such request, or it is already decided.
        """
        self._call(self._decide_request, request_id, "APPROVED" if approve else "DENIED")

    def set_subscription_status(self, subscription_id: str, status: str) -> None:
        """Change the state of a subscription, which the API has no operation for.

        Args:
            subscription_id: Id of the subscription.
            status: ``ACTIVE``, ``SUSPENDED``, ``TERMINATED`` or ``CANCELLED``.

        Raises:
            ValueError: There is no such subscription or state.
        """
        self._call(self._set_subscription_status, subscription_id, status)

    def point_record(self, name: str) -> None:
        """Set the DNS record of a name to its target.

        Args:
            name: Name of an instance or of a portal's domain, which then becomes ready.

        Raises:
            ValueError: There is no such name.
        """
        self._call(self._point_record, name)

    def set_payment(self, organization_id: str, *, configured: bool) -> None:
        """Set whether an organisation has a payment method; initially each has one.

        Args:
            organization_id: Id of the organisation.
            configured: Whether it has one.

        Raises:
            ValueError: There is no such organisation.
        """
        self._call(self._set_payment, organization_id, configured)

    def _begin(self, email: str, password: str | None, api_key: str | None) -> JsonObject:
        random = self._world.random
        with self._world.change():
            org = add_org(self._world, "Emulated vendor")["id"]
            secret = random_text(random, 20) if password is None else password
            owner = add_user(self._world, org, email, name="Owner", role="root", password=secret)
            key = f"om_{random_text(random, 40)}" if api_key is None else api_key
            add_api_key(self._world, org, "root", key)
            add_account(self._world, org, "aws")
            first = {
                "email": email,
                "password": secret,
                "api_key": key,
                "token": new_token(self._world, owner["id"], None),
                "organization_id": org,
                "owner": owner["id"],
            }
            return self._world.store.put(_FIRST, first)

    def _populate(self, services: Iterable[Mapping[str, object]]) -> None:
        before = Snapshot.of(self._world)
        try:
            with self._world.change():
                first = self._world.store.document(_FIRST)
                owner = self._world.store.document(("users", first["owner"]))
                populate(self._world, owner, services)
        except Problem as problem:
            before.restore(self._world)
            raise ValueError(problem.message) from problem
        except BaseException:
            before.restore(self._world)
            raise

    def _add_user(self, email: str, role: str, password: str) -> EmulatedUser:
        _check_role(role)
        return self._added(email, password, org=self.organization_id, role=role, vendor=None)

    def _add_customer(self, email: str, password: str) -> EmulatedUser:
        return self._added(email, password, org=None, role="root", vendor=self.organization_id)

    def _added(
        self, email: str, password: str, *, org: str | None, role: str, vendor: str | None
    ) -> EmulatedUser:
        name = email.partition("@")[0]
        try:
            with self._world.change():
                own = org or add_org(self._world, email.partition("@")[2])["id"]
                user = add_user(
                    self._world, own, email, name=name, role=role, password=password, vendor=vendor
                )
                token = new_token(self._world, user["id"], None)
        except Problem as problem:
            raise ValueError(problem.message) from problem
        return EmulatedUser(user["id"], email, password, token)

    def _add_api_key(self, role: str) -> str:
        _check_role(role)
        with self._world.change():
            key = f"om_{random_text(self._world.random, 40)}"
            add_api_key(self._world, self.organization_id, role, key)
        return key

    def _link_token(self, email: str) -> str:
        for mail in having(self._world, "mails", to=email):
            token: str = mail["token"]
            return token
        raise ValueError(f"no link was sent to {email}, or it was followed already")

    def _add_provider_code(self, email: str) -> str:
        with self._world.change():
            code = random_text(self._world.random, 24)
            self._world.store.put(("codes", digest(code)), {"email": email})
        return code

    def _decide_request(self, key: str, status: str) -> None:
        request = self._known("subscription-requests", key)
        if request["status"] != "PENDING":
            raise ValueError(f"the request is {request['status']} already")
        with self._world.change():
            request = self._world.store.document(("subscription-requests", key))
            owner = self._world.store.document(_FIRST)["owner"]
            user = self._world.store.document(("users", owner))
            subscriptions.decide(self._world, request, status, user)

    def _set_subscription_status(self, key: str, status: str) -> None:
        self._known("subscriptions", key)
        if status not in SUBSCRIPTION_STATES:
            words = ", ".join(SUBSCRIPTION_STATES)
            raise ValueError(f"status must be one of {words}, got {status!r}")
        with self._world.change():
            subscriptions.change_status(self._world, key, status)

    def _point_record(self, name: str) -> None:
        with self._world.change():
            for instance in list(having(self._world, "instances")):
                if instance.get("_dns", {}).get("dnsName") == name:
                    document = self._world.store.document(("instances", instance["id"]))
                    document["_dns"]["status"] = "READY"
                    return
            domains = self._world.store.collection(PORTAL_DOMAINS)
            for key, domain in list(domains.peek_all().items()):
                if domain["customDomain"] == name:
                    DOMAINS.enter(Place(self._world), (*PORTAL_DOMAINS, key), "DEPLOYING")
                    return
        raise ValueError(f"no instance and no portal has the name {name}")

    def _set_payment(self, org: str, configured: bool) -> None:  # noqa: FBT001 - one call
        self._known("orgs", org)
        with self._world.change():
            self._world.store.document(("orgs", org))["_unpaid"] = not configured

    def _known(self, collection: str, key: str) -> JsonObject:
        found = self._world.store.peek((collection, key))
        if found is None:
            raise ValueError(f"there is no {key!r} among the {collection}")
        return found

    def __repr__(self) -> str:
        where = self.url if self._server else "not listening"
        return f"<OmnistrateEmulator {where}>"


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}, got {role!r}")


def _services(description: object) -> list[Any]:
    """Return the services of a description."""
    if isinstance(description, str | PathLike):
        description = read_description_file(Path(description))
    if is_object(description):
        unknown = sorted(set(description) - {"services"})
        if unknown:
            raise ValueError(f"{unknown[0]} is not known; a description has services")
        description = description.get("services", [])
    if not isinstance(description, Iterable) or is_object(description):
        raise ValueError("services must be a list")
    return list(description)
