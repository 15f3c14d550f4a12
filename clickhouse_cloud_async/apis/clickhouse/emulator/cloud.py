"""Everything that one emulator holds: its organisations and the time that they share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.emulation.clock import DAY, LATEST, START, moment_at, timestamp
from clickhouse_cloud_async.emulation.faults import Faults
from clickhouse_cloud_async.emulation.randomness import random_uuid, seeded
from clickhouse_cloud_async.emulation.registry import load_actions, load_starters
from clickhouse_cloud_async.emulation.state_file import StateFile, StateFileError, read_state
from clickhouse_cloud_async.emulation.store import Store
from clickhouse_cloud_async.emulation.timers import TIMERS, Timers
from clickhouse_cloud_async.emulation.validation import Validator

from .access.credentials import KeyHashes, same_secret, sha256
from .organization import Organization

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path as FilePath
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract
    from clickhouse_cloud_async.emulation.clock import Clock
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.store import Key, Path

    from .access.credentials import Credential

ORGANIZATIONS: Path = ("v1", "organizations")

MOST_TIMERS_IN_PASSING = 5_000
"""Timers that are run while emulated time passes, before requests and signals have their turn."""

MOST_TIMERS_IN_ADVANCE = 1_000_000
"""Timers that one call of `Cloud.advance` runs at most; they take about a minute."""

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
        self._kept_run: int | None = None
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

    def run_due_timers(self) -> None:
        """Run every timer that is due by now, in order and each at its own moment.

        A clock that runs fast, or a machine that was asleep, may leave more to do than can be done
        without holding up requests and signals. Then emulated time falls behind: it stands at the
        last timer that was run, and goes on from there.
        """
        now = self.clock.elapsed
        if self._run_timers(now, MOST_TIMERS_IN_PASSING):
            self.elapsed = now
        else:
            self.clock.set(self.elapsed)

    def _run_timers(self, now: float, most: int) -> bool:
        """Run timers that are due by a moment, so many at most; tell whether none is left."""
        if not self.timers.is_due(now):
            return True
        with self.store.transaction():
            for _ in range(most):
                timer = self.timers.take(now)
                if timer is None:
                    return True
                self.elapsed = timer.due
                if self.store.find(timer.path) is not None:
                    organization = self.organization(timer.path[len(ORGANIZATIONS)])
                    self._actions[timer.name](organization, timer.path)
        return not self.timers.is_due(now)

    def advance(self, seconds: float) -> None:
        """Move time forward at once, and run every timer that is due then.

        Args:
            seconds: Emulated seconds.

        Raises:
            ValueError: The number is negative or not finite, time would go on beyond its end, or
                more is due until then than can be run at once; in the last case time stands where
                that many timers were run.
        """
        self.run_due_timers()
        self.clock.advance(seconds)
        now = self.clock.elapsed
        is_done = self._run_timers(now, MOST_TIMERS_IN_ADVANCE)
        if is_done:
            self.elapsed = now
        else:
            self.clock.set(self.elapsed)
        self._note_moment()
        self.commit()
        if not is_done:
            raise ValueError(
                f"more than {MOST_TIMERS_IN_ADVANCE:,} things are due in the next {seconds:g} s of"
                f" emulated time; it was moved only to {timestamp(moment_at(self.elapsed))}"
            )

    @contextmanager
    def change(self) -> Generator[None]:
        """Let a block change documents, at the moment that the clock shows."""
        self.run_due_timers()
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

    def load_file(self, file: FilePath) -> bool:
        """Take up what a file holds, and tell whether it holds anything.

        Raises:
            StateFileError: The file can not be used.
        """
        kept = read_state(file)
        if kept:
            try:
                self._check_kept(kept)
                self.load(kept)
            except ValueError as problem:
                raise StateFileError(f"{file} is damaged: {problem}") from problem
            except (AttributeError, LookupError, TypeError) as problem:
                what = f"something is missing or of a wrong type ({problem!r})"
                raise StateFileError(f"{file} is damaged: {what}") from problem
            self._kept_run = self._runs - 1
        return bool(kept)

    def _check_kept(self, kept: list[tuple[Key, JsonObject]]) -> None:
        """Make sure that time can go on from what a file holds.

        Raises:
            ValueError: The emulated moment or a timer is not one that an emulator wrote.
        """
        moment = dict(kept)[_MOMENT[:-1], _MOMENT[-1]]
        elapsed = moment["elapsed"]
        if not 0 <= elapsed <= LATEST:
            raise ValueError(f"emulated time is at {elapsed} s, must be from 0 to {LATEST} s")
        for key, timer in kept:
            if key[0] == TIMERS and (timer["name"] not in self._actions or timer["due"] < 0):
                raise ValueError(f"there is no timer {timer['name']} at {timer['due']} s")
            if key[0] == TIMERS and timer["due"] < elapsed - DAY:
                raise ValueError(
                    f"emulated time is at {timestamp(moment_at(elapsed))}, and timer"
                    f" {timer['name']} was due at {timestamp(moment_at(timer['due']))} already"
                )

    def open_file(self, file: FilePath) -> None:
        """Keep everything in a file from now on.

        Raises:
            StateFileError: The file can not be used, or another emulator has written it since
                this one knew it.
        """
        self.run_due_timers()
        self._note_moment()
        self.store.commit()
        opened = StateFile(file, self.store)
        try:
            self._check_known(opened, file)
            opened.write_all()
        except StateFileError:
            opened.close()
            raise
        self.state_file, self._kept_run = opened, self._runs

    def _check_known(self, opened: StateFile, file: FilePath) -> None:
        moment = opened.document(_MOMENT)
        if moment is not None and moment["runs"] != self._kept_run:
            raise StateFileError(f"{file} was written by another emulator in the meantime")

    def close_file(self) -> None:
        """Keep the moment, and nothing from then on.

        Raises:
            StateFileError: The file can not be written.
        """
        try:
            self.run_due_timers()
            self._note_moment()
            self.commit()
        finally:
            if self.state_file is not None:
                self.state_file.close()
                self.state_file, self._kept_run = None, self._runs

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
        self.run_due_timers()
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
