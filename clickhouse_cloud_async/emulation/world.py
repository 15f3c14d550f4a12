"""The documents of one emulator, and its time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

import orjson

from .clock import moment_at, timestamp
from .history import History
from .randomness import seeded
from .state_file import StateFile, StateFileError
from .store import Store
from .timers import Timers
from .validation import Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract

    from .clock import Clock
    from .faults import Faults
    from .json_values import JsonObject
    from .messages import RecordedRequest
    from .store import Key, Path

Strictness: TypeAlias = Literal["live", "documented"]
"""Which rules apply where an API deviates from its documentation."""

Action: TypeAlias = "Callable[[World, Path], None]"
"""The action of a timer on the existing document at a path."""

MOST_TIMERS_IN_PASSING = 5_000
"""Number of timers that run in a row before requests and signals are handled."""

MOST_TIMERS_IN_ADVANCE = 1_000_000
"""Maximum number of timers of one `World.advance`; they take about a minute."""

MOMENT: Path = ("_emulator", "moment")
"""The document with the emulated time of the last change."""


class World:
    """The documents, clock, timers and faults of one emulator.

    Args:
        contract: The contract, with all schemas.
        clock: The emulator's clock.
        seed: Seed of all generated values.
        actions: The actions of timers by name.
        faults: The injected faults.
        strictness: ``live`` for the observed behaviour of the API, ``documented`` for that of its
            documentation where the two differ.

    Attributes:
        actions: As the argument.
        store: Every document.
        history: Earlier versions of documents, while faults need them.
        timers: The timers.
        random: The source of ids and secrets.
        requests: The recorded requests, in order.
        state_file: The file in which changes are saved; None for none.
        elapsed: The present emulated time, in seconds: that of a request's arrival, or of a timer.
        runs: Number of times that documents were loaded.
        companion: An object that the emulator of an API runs beside its documents, if any.
    """

    def __init__(  # noqa: PLR0913 - the parts that a world is made of
        self,
        contract: Contract,
        clock: Clock,
        seed: int,
        actions: Mapping[str, Action],
        faults: Faults,
        *,
        strictness: Strictness = "live",
    ) -> None:
        self.contract = contract
        self.clock = clock
        self.seed = seed
        self.faults = faults
        self.strictness: Strictness = strictness
        self.validator: Validator = Validator(contract)
        self.store: Store = Store()
        self.history: History = History(self.store)
        self.timers: Timers = Timers(self.store)
        self.random: Random = seeded(seed, "world")
        self.elapsed: float = clock.elapsed
        self.runs: int = 0
        self.requests: list[RecordedRequest] = []
        self.state_file: StateFile | None = None
        self.companion: object = None
        self.actions = actions

    @property
    def is_live(self) -> bool:
        """Whether the API behaves as observed where its documentation differs."""
        return self.strictness == "live"

    def draw(self, *purpose: str) -> Random:
        """Return a source of randomness that depends on the seed and its purpose only."""
        return seeded(self.seed, *purpose)

    def run_due_timers(self) -> None:
        """Run every timer that is due by now, in order and each at its own time.

        With a fast clock, or after a machine was asleep, more timers may be due than can run
        without delaying requests and signals. Then emulated time falls behind: it continues from
        the last timer that was run.
        """
        self.history.keep(self.faults.need_history)
        now = self.clock.elapsed
        if self._run_timers(now, MOST_TIMERS_IN_PASSING):
            self.elapsed = now
        else:
            self.clock.set(self.elapsed)

    def _run_timers(self, now: float, most: int) -> bool:
        """Run a limited number of timers that are due by a time; return whether none is left."""
        if not self.timers.is_due(now):
            return True
        with self.store.transaction():
            for _ in range(most):
                timer = self.timers.take(now)
                if timer is None:
                    return True
                self.elapsed = timer.due
                if self.store.find(timer.path) is not None:
                    self.actions[timer.name](self, timer.path)
                    self.history.note(self.elapsed)
        return not self.timers.is_due(now)

    def advance(self, seconds: float) -> None:
        """Advance time, and run every timer that is due then.

        Args:
            seconds: Emulated seconds.

        Raises:
            ValueError: The number is negative or not finite, time would go on beyond its end, or
                too many timers are due until then; in the last case time is advanced to the last
                timer that was run.
        """
        self.run_due_timers()
        self.clock.advance(seconds)
        now = self.clock.elapsed
        is_done = self._run_timers(now, MOST_TIMERS_IN_ADVANCE)
        if is_done:
            self.elapsed = now
        else:
            self.clock.set(self.elapsed)
        self.note_moment()
        self.commit()
        if not is_done:
            raise ValueError(
                f"more than {MOST_TIMERS_IN_ADVANCE:,} timers are due in the next {seconds:g} s of"
                f" emulated time; it was moved only to {timestamp(moment_at(self.elapsed))}"
            )

    @contextmanager
    def change(self) -> Generator[None]:
        """Let a block change documents, at the present emulated time."""
        self.run_due_timers()
        with self.store.transaction():
            yield
        self.commit()

    def commit(self) -> None:
        """End a change: discard values derived from the old documents, and save it in the file.

        Raises:
            StateFileError: The file cannot be written.
        """
        self.history.note(self.elapsed)
        touched = self.store.commit()
        if touched and self.state_file is not None:
            self.note_moment()
            touched |= self.store.commit()
            try:
                self.state_file.write(touched)
            except StateFileError:
                # The next change writes this one too, if the file can be written then.
                self.store.touched |= touched
                raise

    def dump(self) -> list[tuple[Key, bytes]]:
        """Return every document in encoded form, and the emulated time."""
        self.run_due_timers()
        self.note_moment()
        self.commit()
        return [(key, orjson.dumps(document)) for key, document in self.store.all()]

    def note_moment(self) -> None:
        """Store the emulated time beside the documents."""
        self.store.put(MOMENT, {"elapsed": self.elapsed, "runs": self.runs})

    def load(self, documents: Iterable[tuple[Key, JsonObject]]) -> None:
        """Replace all documents, and set the clock to their time."""
        self.store.load(documents)
        moment = self.store.peek(MOMENT)
        assert moment is not None
        self.clock.set(moment["elapsed"])
        self.elapsed = moment["elapsed"]
        self.runs = moment["runs"] + 1
        # Values that are drawn from now on must differ from those drawn before.
        self.random.seed(f"{self.seed}/world/{self.runs}")
        self.timers.reload()
        self.store.commit()
        if self.state_file is not None:
            self.state_file.write_all()
