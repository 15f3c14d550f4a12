"""Everything that one emulator holds: its organisations and the time that they share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.emulator.access.credentials import KeyHashes, same_secret, sha256
from clickhouse_cloud_async.emulator.clock import START, timestamp
from clickhouse_cloud_async.emulator.faults import Faults
from clickhouse_cloud_async.emulator.organization import Organization
from clickhouse_cloud_async.emulator.randomness import random_uuid, seeded
from clickhouse_cloud_async.emulator.registry import load_actions, load_starters
from clickhouse_cloud_async.emulator.state_file import StateFile, StateFileError
from clickhouse_cloud_async.emulator.store import Store
from clickhouse_cloud_async.emulator.timers import Timers
from clickhouse_cloud_async.emulator.validation import Validator

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path as FilePath
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract
    from clickhouse_cloud_async.emulator.access.credentials import Credential
    from clickhouse_cloud_async.emulator.clock import Clock
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import RecordedRequest
    from clickhouse_cloud_async.emulator.store import Key, Path

ORGANIZATIONS: Path = ("v1", "organizations")

_MOMENT: Path = ("_emulator", "moment")
"""The emulated moment of the last change."""


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
        random: Where ids and secrets are drawn from.
        requests: What was asked for and how it was answered, in order.
        state_file: Where changes are kept, or None where they are not.
        elapsed: The moment of what happens now, in emulated seconds: a request's arrival, or the
            moment at which a timer was due.
    """

    def __init__(self, contract: Contract, clock: Clock, seed: int) -> None:
        self.contract = contract
        self.clock = clock
        self.seed = seed
        self.validator: Validator = Validator(contract)
        self.store: Store = Store()
        self.timers: Timers = Timers(self.store)
        self.faults: Faults = Faults(seed, contract.operations.keys())
        self.random: Random = seeded(seed, "cloud")
        self.elapsed: float = clock.elapsed
        self.requests: list[RecordedRequest] = []
        self.state_file: StateFile | None = None
        self._actions = load_actions()
        self._runs = 0
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
        if self.timers.is_due(now):
            self._let_happen(now)
        self.elapsed = now

    def _let_happen(self, now: float) -> None:
        with self.store.transaction():
            while (timer := self.timers.take(now)) is not None:
                self.elapsed = timer.due
                if self.store.find(timer.path) is not None:
                    organization = self.organization(timer.path[len(ORGANIZATIONS)])
                    self._actions[timer.name](organization, timer.path)

    def advance(self, seconds: float) -> None:
        """Move time forward at once, and let everything happen that is due then.

        Args:
            seconds: Emulated seconds.

        Raises:
            ValueError: The number is negative or not finite.
        """
        self.clock.advance(seconds)
        self.settle()
        self._note_moment()
        self.commit()

    @contextmanager
    def change(self) -> Generator[None]:
        """Let a block change documents, at the moment that the clock shows."""
        self.settle()
        with self.store.transaction():
            yield
        self.commit()

    def commit(self) -> None:
        """End a change: forget what was made of documents before it, and keep it in the file.

        Raises:
            StateFileError: The file can not be written.
        """
        touched = self.store.commit()
        if touched and self.state_file is not None:
            self._note_moment()
            touched |= self.store.commit()
            try:
                self.state_file.write(touched)
            except StateFileError:
                # The next change writes it, if the file can be written then.
                self.store.touched |= touched
                raise

    def open_file(self, file: FilePath) -> None:
        """Keep everything in a file from now on.

        Raises:
            StateFileError: The file can not be used.
        """
        self.settle()
        self._note_moment()
        self.store.commit()
        self.state_file = StateFile(file, self.store)

    def close_file(self) -> None:
        """Keep the moment, and nothing from then on.

        Raises:
            StateFileError: The file can not be written.
        """
        try:
            self.settle()
            self._note_moment()
            self.commit()
        finally:
            if self.state_file is not None:
                self.state_file.close()
                self.state_file = None

    def key_of(self, claim: Credential) -> Path | None:
        """Where the API key is that a credential belongs to; None where it belongs to none.

        Args:
            claim: Id and secret of a key.
        """
        path = self._key_paths.get(claim.hashes.id_hash)
        key = None if path is None else self.store.peek(path)
        if key is None or not same_secret(claim.hashes.secret_hash, key["_secretHash"]):
            return None
        return path

    def has_key(self, key_id: str) -> bool:
        """Whether there is an API key of the id that callers send."""
        return self.has_key_hash(sha256(key_id))

    def has_key_hash(self, id_hash: str) -> bool:
        """Whether there is an API key of the hash of the id that callers send."""
        path = self._key_paths.get(id_hash)
        return path is not None and self.store.peek(path) is not None

    def exchange_key(self, key_id: str, hashes: KeyHashes) -> None:
        """Let a key, found by the id that callers send, have another id and secret.

        Nothing happens where the key was deleted.
        """
        path = self._key_paths.pop(sha256(key_id), None)
        if path is not None and self.store.find(path) is not None:
            self.register_key(path, hashes)["keySuffix"] = hashes.id_suffix

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

    def dump(self) -> list[tuple[Key, bytes]]:
        """Every document in encoded form, with the moment in which they are as they are."""
        self.settle()
        self._note_moment()
        self.commit()
        return [(key, orjson.dumps(document)) for key, document in self.store.all()]

    def _note_moment(self) -> None:
        self.store.put(_MOMENT, {"elapsed": self.elapsed, "runs": self._runs})

    def load(self, documents: Iterable[tuple[Key, JsonObject]]) -> None:
        """Put documents in the place of everything that is there, and go to their moment."""
        self.store.load(documents)
        moment = self.store.peek(_MOMENT)
        assert moment is not None
        self.clock.set(moment["elapsed"])
        self.elapsed = moment["elapsed"]
        self._runs = moment["runs"] + 1
        # What is drawn from now on must not be what was drawn before.
        self.random.seed(f"{self.seed}/cloud/{self._runs}")
        self.timers.reload()
        self._organizations.clear()
        self._key_paths = {
            key["_idHash"]: (*organization.path, "keys", key_id)
            for organization in self.organizations
            for key_id, key in organization.collection("keys").items()
        }
        self.store.commit()
        if self.state_file is not None:
            self.state_file.write_all()
