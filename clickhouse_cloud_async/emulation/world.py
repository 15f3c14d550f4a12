"""Everything that one emulator holds, and the time that passes in it."""

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
"""What a timer does to the document at a path, which is there."""

MOST_TIMERS_IN_PASSING = 5_000
"""Timers that are run while emulated time passes, before requests and signals have their turn."""

MOST_TIMERS_IN_ADVANCE = 1_000_000
"""Timers that one call of `World.advance` runs at most; they take about a minute."""

MOMENT: Path = ("_emulator", "moment")
"""The emulated moment of the last change."""


class World:
    """The documents of one emulator, and what happens to them.

    Args:
        contract: What objects look like.
        clock: The emulator's clock.
        seed: What everything made up depends on.
        actions: What timers do, by their names.
        faults: What goes wrong on purpose.
        strictness: ``live`` for the API as it was seen to behave, ``documented`` for what its
            documentation says where the two differ.

    Attributes:
        actions: As the argument.
        store: Every document.
        history: Earlier versions of documents, while faults need them.
        timers: What happens later.
        random: Where ids and secrets are drawn from.
        requests: What was asked for and how it was answered, in order.
        state_file: Where changes are kept, or None where they are not.
        elapsed: The moment of what happens now, in emulated seconds: a request's arrival, or the
            moment at which a timer was due.
        runs: How often documents were loaded until now.
        companion: What the emulator of an API runs beside its documents, if anything.
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
        """Whether the API behaves as it was seen to, where its documentation says otherwise."""
        return self.strictness == "live"

    def draw(self, *purpose: str) -> Random:
        """A source of randomness that depends on nothing but the seed and what it is for."""
        return seeded(self.seed, *purpose)

    def run_due_timers(self) -> None:
        """Run every timer that is due by now, in order and each at its own moment.

        A clock that runs fast, or a machine that was asleep, may leave more to do than can be done
        without holding up requests and signals. Then emulated time falls behind: it stands at the
        last timer that was run, and goes on from there.
        """
        self.history.keep(self.faults.need_history)
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
                    self.actions[timer.name](self, timer.path)
                    self.history.note(self.elapsed)
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
        self.note_moment()
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
                # The next change writes it, if the file can be written then.
                self.store.touched |= touched
                raise

    def dump(self) -> list[tuple[Key, bytes]]:
        """Every document in encoded form, with the moment in which they are as they are."""
        self.run_due_timers()
        self.note_moment()
        self.commit()
        return [(key, orjson.dumps(document)) for key, document in self.store.all()]

    def note_moment(self) -> None:
        """Note the moment in which the documents are as they are, beside them."""
        self.store.put(MOMENT, {"elapsed": self.elapsed, "runs": self.runs})

    def load(self, documents: Iterable[tuple[Key, JsonObject]]) -> None:
        """Put documents in the place of everything that is there, and go to their moment."""
        self.store.load(documents)
        moment = self.store.peek(MOMENT)
        assert moment is not None
        self.clock.set(moment["elapsed"])
        self.elapsed = moment["elapsed"]
        self.runs = moment["runs"] + 1
        # What is drawn from now on must not be what was drawn before.
        self.random.seed(f"{self.seed}/world/{self.runs}")
        self.timers.reload()
        self.store.commit()
        if self.state_file is not None:
            self.state_file.write_all()
