"""Everything that one emulator holds: its organisations and the time that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.clock import START, timestamp
from clickhouse_cloud_async.emulator.credentials import KeyHashes, same_secret, sha256
from clickhouse_cloud_async.emulator.faults import Faults
from clickhouse_cloud_async.emulator.layout import Layout
from clickhouse_cloud_async.emulator.organization import Organization
from clickhouse_cloud_async.emulator.randomness import random_uuid, seeded
from clickhouse_cloud_async.emulator.registry import load_actions, load_starters
from clickhouse_cloud_async.emulator.resources import Resources
from clickhouse_cloud_async.emulator.store import Store
from clickhouse_cloud_async.emulator.timers import Timers
from clickhouse_cloud_async.emulator.validation import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract
    from clickhouse_cloud_async.emulator.clock import Clock
    from clickhouse_cloud_async.emulator.credentials import Credential
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.store import Path

ORGANIZATIONS: Path = ("v1", "organizations")


class Cloud:
    """The emulated cloud.

    Args:
        contract: What objects look like.
        clock: The emulator's clock.
        seed: What everything made up depends on.

    Attributes:
        store: Every document.
        timers: What happens later.
        faults: What goes wrong on purpose.
        resources: Makes documents out of requests.
        random: Where ids and secrets are drawn from.
        elapsed: The moment of what happens now, in emulated seconds: a request's arrival, or the
            moment at which a timer was due.
    """

    def __init__(self, contract: Contract, clock: Clock, seed: int) -> None:
        self.contract = contract
        self.clock = clock
        self.seed = seed
        self.validator: Validator = Validator(contract)
        self.layout: Layout = Layout(contract)
        self.store: Store = Store()
        self.timers: Timers = Timers(self.store)
        self.faults: Faults = Faults(seed)
        self.random: Random = seeded(seed, "cloud")
        self.resources: Resources = Resources(self)
        self.elapsed: float = clock.elapsed
        self._actions = load_actions()
        self._organizations: dict[str, Organization] = {}
        self._key_paths: dict[str, Path] = {}

    @property
    def organizations(self) -> Iterator[Organization]:
        """Every organisation, in the order in which they were added."""
        return map(self.organization, self.store.collection(ORGANIZATIONS))

    def organization(self, organization_id: str) -> Organization:
        """An organisation by its id."""
        found = self._organizations.get(organization_id)
        if found is None:
            found = Organization(self, (*ORGANIZATIONS, organization_id))
            self._organizations[organization_id] = found
        return found

    def add_organization(self, name: str) -> Organization:
        """Add an organisation with what every organisation has from the start."""
        organization_id = random_uuid(self.random)
        self.store.put(
            (*ORGANIZATIONS, organization_id),
            {
                "id": organization_id,
                "createdAt": timestamp(START.replace(year=START.year - 2)),
                "name": name,
                "privateEndpoints": [],
                "enableCoreDumps": True,
            },
        )
        organization = self.organization(organization_id)
        for start in load_starters():
            start(organization)
        return organization

    def settle(self) -> None:
        """Let everything happen that is due by now, in its order and each at its own moment."""
        now = self.clock.elapsed
        with self.store.transaction():
            while (timer := self.timers.take(now)) is not None:
                self.elapsed = timer.due
                if self.store.find(timer.path) is not None:
                    organization = self.organization(timer.path[len(ORGANIZATIONS)])
                    self._actions[timer.name](organization, timer.path)
        self.elapsed = now

    def advance(self, seconds: float) -> None:
        """Move time forward at once, and let everything happen that is due then.

        Args:
            seconds: Emulated seconds.

        Raises:
            ValueError: The number is negative or not finite.
        """
        self.clock.advance(seconds)
        self.settle()
        self.store.commit()

    def key_of(self, claim: Credential) -> Path | None:
        """Where the API key is that a credential belongs to; None where it belongs to none.

        Args:
            claim: Id and secret of a key.
        """
        path = self._key_paths.get(sha256(claim.key_id))
        key = None if path is None else self.store.find(path)
        if key is None or not same_secret(sha256(claim.secret), key["_secretHash"]):
            return None
        return path

    def register_key(self, path: Path, hashes: KeyHashes) -> JsonObject:
        """Let an API key be found by the id that callers send.

        Args:
            path: Where the key is.
            hashes: What is kept of its id and secret.

        Returns:
            The key.
        """
        key = self.store.document(path)
        key["_idHash"], key["_secretHash"] = hashes.id_hash, hashes.secret_hash
        self._key_paths[hashes.id_hash] = path
        return key

    def reload(self) -> None:
        """Take up what the store holds, after all of it was exchanged."""
        self.timers.reload()
        self._organizations.clear()
        self._key_paths = {
            key["_idHash"]: (*organization.path, "keys", key_id)
            for organization in self.organizations
            for key_id, key in organization.collection("keys").items()
        }
