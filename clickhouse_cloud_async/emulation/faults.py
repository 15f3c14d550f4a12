"""Faults that are injected into an emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from .randomness import seeded
from .transitions import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Mapping
    from random import Random

    from .clock import Clock
    from .store import Key


@attrs.frozen
class Latency:
    """A delay of the response, in real seconds.

    Args:
        seconds: The delay: exact for ``constant``, the middle for ``uniform``, the mean for
            ``exponential``, and the median for ``lognormal``.
        distribution: Distribution of the delays.
        spread: For ``uniform``, the largest distance from the middle, as a share of it; for
            ``lognormal``, the standard deviation of the logarithm. Ignored by the others.
    """

    seconds: float = attrs.field(validator=attrs.validators.ge(0))
    distribution: Literal["constant", "uniform", "exponential", "lognormal"] = attrs.field(
        default="constant",
        validator=attrs.validators.in_(("constant", "uniform", "exponential", "lognormal")),
    )
    spread: float = attrs.field(default=0.5, validator=attrs.validators.ge(0))

    def draw(self, random: Random) -> float:
        """Draw the delay of the next response, in seconds."""
        if self.distribution == "uniform":
            share = random.uniform(1 - self.spread, 1 + self.spread)
            return max(0.0, self.seconds * share)
        if self.distribution == "exponential":
            return random.expovariate(1) * self.seconds
        if self.distribution == "lognormal":
            return self.seconds * random.lognormvariate(0, self.spread)
        return self.seconds


@attrs.frozen
class ErrorResponse:
    """The request is refused, and is not carried out.

    Args:
        status: HTTP status code, 400 to 599: 409, 424 and 404 pass by themselves, too.
        message: Error message in the response.
    """

    status: int = attrs.field(
        default=500, validator=(attrs.validators.ge(400), attrs.validators.le(599))
    )
    message: str = "an injected fault"


@attrs.frozen
class ConnectionReset:
    """The connection is reset before anything is done."""


@attrs.frozen
class LostResponse:
    """The request is carried out, and the connection closes without a response."""


@attrs.frozen
class StaleRead:
    """A read shows an earlier state; resources that did not exist then are absent.

    It affects only reads whose result would otherwise differ, including reads of resources below
    the changed one. No state from before the fault was added is shown.

    Args:
        seconds: Age of the state, in emulated seconds.
    """

    seconds: float = attrs.field(default=10.0, validator=attrs.validators.gt(0))


@attrs.frozen
class FailedTransition:
    """A transitional state leads to a different state.

    Args:
        to: The state to which it leads, such as ``failed`` or ``degraded``.
        kind: Kind of the resource, such as ``service`` or ``backup``; the API's main kind if None.
        state: The transitional state, such as ``starting``; any but the last one if None.
    """

    to: str = "failed"
    kind: str | None = None
    state: str | None = None


Fault: TypeAlias = (
    Latency | ErrorResponse | ConnectionReset | LostResponse | StaleRead | FailedTransition
)
"""All kinds of faults."""


@attrs.define(eq=False)
class AddedFault:
    """A fault that is active until its count is used up or it is removed.

    Args:
        fault: The fault.
        operation: ID of the only operation that is affected; None for all.
        resource: ID or name of the only resource that is affected; None for all.
        probability: Probability that the fault happens each time that it could.
        count: Maximum number of times that it happens; None for no limit.
        until: Time of its end, in emulated seconds; None for no end.
        number: Its number, from 1 on.

    Attributes:
        happened: Number of times that it has happened.
    """

    fault: Fault
    operation: str | None
    resource: str | None
    probability: float
    count: int | None
    until: float | None
    number: int
    _random: Random = attrs.field(repr=False)
    happened: int = attrs.field(default=0, init=False)

    def happens(self, names: Container[str], now: float) -> bool:
        """Decide by chance whether the fault happens, and count it.

        Args:
            names: Ids and names of the resources that it could happen to.
            now: The emulated time, in seconds.
        """
        if self.resource is not None and self.resource not in names:
            return False
        if self.count is not None and self.happened >= self.count:
            return False
        if self.until is not None and now >= self.until:
            return False
        if self._random.random() >= self.probability:
            return False
        self.happened += 1
        return True

    def draw_latency(self, latency: Latency) -> float:
        """Draw the delay of a response, in seconds."""
        return latency.draw(self._random)


class Faults:
    """The faults of an emulator: none until some are added.

    Random choices depend only on the emulator's seed and on the order of requests and of calls of
    ``add``, so a run can be repeated exactly.

    Args:
        seed: Seed of random choices.
        operations: The ids of all operations.
        kinds: The kinds of resources that have states; the first one is the main one.
        clock: The emulator's clock.
    """

    def __init__(
        self, seed: int, operations: Container[str], kinds: Collection[str], clock: Clock
    ) -> None:
        self._seed = seed
        self._operations = operations
        self._kinds = kinds
        self._clock = clock
        self._added: list[AddedFault] = []
        self._count = 0

    def add(  # noqa: PLR0913 - one keyword per way to limit it
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        resource: str | None = None,
        probability: float = 1.0,
        count: int | None = None,
        seconds: float | None = None,
    ) -> AddedFault:
        """Add a fault.

        Args:
            fault: The fault. If several faults could end a request, the first one does.
            operation: The only operation that is affected, such as ``instanceGet``; all if None.
            resource: ID or name of the only resource that is affected, together with all that
                belongs to it: a service, a ClickPipe, a key; all if None.
            probability: Probability that the fault happens each time that it could, from 0 to 1.
            count: Maximum number of times that it happens; None for no limit.
            seconds: Emulated seconds for which the fault is active; None for no end.

        Returns:
            The added fault, which counts how many times it has happened.

        Raises:
            ValueError: There is no such operation or kind, a number is out of bounds, or an
                operation is given for a transition, which belongs to none.
        """
        if operation is not None and operation not in self._operations:
            raise ValueError(f"there is no operation {operation}")
        if operation is not None and isinstance(fault, FailedTransition):
            raise ValueError("a transition belongs to no operation")
        if isinstance(fault, FailedTransition) and fault.kind not in {None, *self._kinds}:
            kinds = ", ".join(sorted(self._kinds))
            raise ValueError(f"there is no kind {fault.kind!r}; the kinds are {kinds}")
        if not 0 <= probability <= 1:
            raise ValueError(f"probability must be from 0 to 1, not {probability}")
        if count is not None and count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        if seconds is not None and not seconds > 0:
            raise ValueError(f"seconds must be more than 0, not {seconds}")
        random = seeded(self._seed, "faults", str(self._count))
        self._count += 1
        until = None if seconds is None else self._clock.elapsed + seconds
        added = AddedFault(
            fault, operation, resource, probability, count, until, self._count, random
        )
        self._added.append(added)
        return added

    def remove(self, added: AddedFault) -> None:
        """Remove a fault.

        Args:
            added: The return value of `add`.
        """
        self._added.remove(added)

    def clear(self) -> None:
        """Remove all faults."""
        self._added.clear()

    def __iter__(self) -> Iterator[AddedFault]:
        return iter(tuple(self._added))

    def __len__(self) -> int:
        return len(self._added)

    @property
    def need_history(self) -> bool:
        """Whether one of them shows earlier versions of documents."""
        return any(isinstance(added.fault, StaleRead) for added in self._added)

    def stale_read(
        self,
        operation_id: str,
        hidden: Callable[[AddedFault, StaleRead], Mapping[Key, bytes | None]],
    ) -> dict[Key, bytes | None]:
        """Decide which stale reads happen to a request, and return the documents that they show.

        Args:
            operation_id: Id of its operation.
            hidden: Returns the documents that a fault would show in place of the present ones.
        """
        shown: dict[Key, bytes | None] = {}
        for added in self._added:
            fault = added.fault
            if isinstance(fault, StaleRead) and added.operation in {None, operation_id}:
                older = hidden(added, fault)
                # The resource need not be on the request's path: a list shows it, too.
                if older and added.happens({added.resource or ""}, self._clock.elapsed):
                    shown.update(older)
        return shown

    def of_request(self, operation_id: str, names: Container[str]) -> list[AddedFault]:
        """Return the other faults that happen to a request; of those that end it, only the first.

        Args:
            operation_id: Id of its operation.
            names: Ids and names of the resources of the request.
        """
        happening: list[AddedFault] = []
        ended = False
        for added in self._added:
            fault = added.fault
            if isinstance(fault, FailedTransition | StaleRead):
                continue
            if added.operation not in {None, operation_id}:
                continue
            ends = not isinstance(fault, Latency)
            if not (ends and ended) and added.happens(names, self._clock.elapsed):
                happening.append(added)
                ended = ended or ends
        return happening

    def divert(self, kind: str, state: str, following: str, names: Container[str]) -> str:
        """Return the state that a transition leads to.

        Args:
            kind: Kind of the resource, such as ``service``.
            state: The state that ends.
            following: The state that follows without a fault.
            names: Ids and names of the resource and those that it belongs to.
        """
        for added in self._added:
            fault = added.fault
            if (
                isinstance(fault, FailedTransition)
                and kind == (fault.kind or next(iter(self._kinds)))
                and (following != GONE if fault.state is None else state == fault.state)
                and added.happens(names, self._clock.elapsed)
            ):
                return fault.to
        return following
