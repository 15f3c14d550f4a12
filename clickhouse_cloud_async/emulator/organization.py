"""Everything that the emulated organisation holds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.clock import START, timestamp
from clickhouse_cloud_async.emulator.credentials import KeyHashes, same_secret, sha256
from clickhouse_cloud_async.emulator.lifecycle import GONE
from clickhouse_cloud_async.emulator.population import populate
from clickhouse_cloud_async.emulator.problems import not_found
from clickhouse_cloud_async.emulator.randomness import random_uuid, seeded
from clickhouse_cloud_async.emulator.resources import Resources
from clickhouse_cloud_async.emulator.router import segments
from clickhouse_cloud_async.emulator.validation import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract
    from clickhouse_cloud_async.emulator.clock import Clock
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.layout import Template
    from clickhouse_cloud_async.emulator.resources import Path
    from clickhouse_cloud_async.emulator.services import Service

_ORGANIZATION = segments("/v1/organizations/{organizationId}")
_SERVICE = (*_ORGANIZATION, "services", "{serviceId}")
_KEYS = (*_ORGANIZATION, "keys")
_BYOC = (*_ORGANIZATION, "byocInfrastructure")


class Organization:
    """The one organisation of an emulator: services with rules, and all else as stored objects.

    Args:
        contract: What objects look like.
        clock: The emulator's clock.
        seed: What everything made up depends on.
        services: How many services to invent, or what is known of each.

    Raises:
        ValueError: The services do not fit the contract.
    """

    def __init__(
        self,
        contract: Contract,
        clock: Clock,
        seed: int,
        services: int | Iterable[Mapping[str, object]],
    ) -> None:
        self.contract = contract
        self.clock = clock
        self.seed = seed
        self.validator: Validator = Validator(contract)
        self.random: Random = seeded(seed, "organization")
        self.id: str = random_uuid(self.random)
        self.facts: JsonObject = {
            "id": self.id,
            "createdAt": timestamp(START.replace(year=START.year - 2)),
            "name": "Emulated organisation",
            "privateEndpoints": [],
            "enableCoreDumps": True,
        }
        self.resources: Resources = Resources(contract, self.validator, clock, seed)
        self.services: dict[str, Service] = {
            service.facts["id"]: service
            for service in populate(services, contract, self.validator, seed)
        }
        self._keys: dict[str, tuple[str, str]] = {}

    @property
    def now(self) -> datetime:
        """The emulated moment."""
        return self.clock.now()

    def settle(self) -> None:
        """Bring everything that changes with time up to date."""
        now = self.clock.elapsed
        for service_id, service in list(self.services.items()):
            service.lifecycle.settle(now, service.idle_after)
            if service.lifecycle.state == GONE:
                del self.services[service_id]
                self.resources.drop(self._path(_SERVICE, service_id))

    def service(self, service_id: str) -> Service:
        """A service by its id.

        Raises:
            Problem: 404 where it is not there.
        """
        if service_id not in self.services:
            raise not_found(f"service {service_id}")
        return self.services[service_id]

    def require(self, template: Template, path: Path) -> None:
        """Make sure that an item is there.

        Args:
            template: Path template of the item.
            path: Its path.

        Raises:
            Problem: 404 where it is not.
        """
        if template == _SERVICE:
            self.service(path[-1])
        elif template != _ORGANIZATION:
            self.resources.item(template, path)

    def wire(self) -> JsonObject:
        """The organisation as the API shows it."""
        byoc = self.resources.collection(_BYOC, self._path(_BYOC))
        return self.facts | {"byocConfig": list(byoc.values())}

    def add_key(self, body: JsonObject, hashes: KeyHashes) -> JsonObject:
        """Add an API key.

        Args:
            body: What the key is to be, as a request to create one says it.
            hashes: What is kept of its id and secret.

        Returns:
            The key as the API shows it.
        """
        schema = self.contract.schemas["ApiKeyPostRequest"]
        key = self.resources.add(_KEYS, self._path(_KEYS), body, schema, keySuffix=hashes.id_suffix)
        key.pop("usedAt", None)
        self._keys[hashes.id_hash] = (key["id"], hashes.secret_hash)
        return key

    def authenticates(self, key_id: str, secret: str) -> bool:
        """Whether a key may ask: it is there, enabled and not expired, and the secret is right."""
        uuid, expected = self._keys.get(sha256(key_id), ("", ""))
        key = self.resources.collection(_KEYS, self._path(_KEYS)).get(uuid)
        if key is None or key["state"] != "enabled" or not same_secret(sha256(secret), expected):
            return False
        expiry = key.get("expireAt")
        return not expiry or datetime.fromisoformat(expiry) > self.now

    def owns_key(self, key_id: str | None, uuid: str) -> bool:
        """Whether the key that asks, by its user name, is the one of an id."""
        return key_id is not None and self._keys.get(sha256(key_id), ("", ""))[0] == uuid

    def _path(self, template: Template, *ids: str) -> Path:
        values = iter((self.id, *ids))
        return tuple(next(values) if part.startswith("{") else part for part in template)
