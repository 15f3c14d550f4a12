"""What goes wrong on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from .randomness import seeded
from .transitions import GONE

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator
    from random import Random

    from .json_values import JsonObject


@attrs.frozen
class Latency:
    """The answer comes late, measured in real seconds.

    Args:
        seconds: How late: exactly for ``constant``, in the middle for ``uniform``, on average for
            ``exponential``, and in the median for ``lognormal``.
        distribution: How delays are spread.
        spread: For ``uniform`` the largest distance from the middle, as a share of it; for
            ``lognormal`` the standard deviation of the logarithm. Without meaning otherwise.
    """

    seconds: float = attrs.field(validator=attrs.validators.ge(0))
    distribution: Literal["constant", "uniform", "exponential", "lognormal"] = attrs.field(
        default="constant",
        validator=attrs.validators.in_(("constant", "uniform", "exponential", "lognormal")),
    )
    spread: float = attrs.field(default=0.5, validator=attrs.validators.ge(0))

    def draw(self, random: Random) -> float:
        """How late the next answer comes, in seconds."""
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
    """The answer is an error of the server, and nothing was done.

    Args:
        status: HTTP status code, 500 to 599.
        message: Text of the envelope's ``error`` property.
    """

    status: int = attrs.field(
        default=500, validator=(attrs.validators.ge(500), attrs.validators.le(599))
    )
    message: str = "a fault that was asked for"


@attrs.frozen
class ConnectionReset:
    """The connection is reset before anything is done."""


@attrs.frozen
class LostResponse:
    """The request is carried out, and the connection closes without an answer."""


@attrs.frozen
class FailedTransition:
    """A state that passes by itself leads elsewhere.

    Args:
        to: The state that it leads to, such as ``failed`` or ``degraded``.
        kind: Kind of the resource, such as ``service`` or ``backup``; the API's main kind if None.
        state: The state that passes, such as ``starting``; any but the last one if None.
    """

    to: str = "failed"
    kind: str | None = None
    state: str | None = None


Fault: TypeAlias = Latency | ErrorResponse | ConnectionReset | LostResponse | FailedTransition
"""Whatever can go wrong."""


@attrs.define(eq=False)
class AddedFault:
    """A fault that happens from now on, until its count is used up or it is removed.

    Args:
        fault: What goes wrong.
        operation: The only operation that it happens to, by id; None for all.
        service: The only service that it happens to, by id or name; None for all.
        probability: How often it happens where it could.
        count: How often it happens at most; None for no end.

    Attributes:
        happened: How often it has happened.
    """

    fault: Fault
    operation: str | None
    service: str | None
    probability: float
    count: int | None
    _random: Random = attrs.field(repr=False)
    happened: int = attrs.field(default=0, init=False)

    def happens(self, service: JsonObject | None) -> bool:
        """Decide whether the fault happens where it could, and count it."""
        names = () if service is None else (service["id"], service["name"])
        if self.service is not None and self.service not in names:
            return False
        if self.count is not None and self.happened >= self.count:
            return False
        if self._random.random() >= self.probability:
            return False
        self.happened += 1
        return True

    def draw_latency(self, latency: Latency) -> float:
        """How late an answer comes, in seconds."""
        return latency.draw(self._random)


class Faults:
    """The faults of an emulator: none until some are added.

    Chance depends on the emulator's seed and on the order of requests and of ``add`` alone, so a
    run can be repeated exactly.

    Args:
        seed: What chance depends on.
        operations: The ids of all operations.
        kinds: The kinds of resources that have states; the first one is the main one.
    """

    def __init__(self, seed: int, operations: Container[str], kinds: Collection[str]) -> None:
        self._seed = seed
        self._operations = operations
        self._kinds = kinds
        self._added: list[AddedFault] = []
        self._count = 0

    def add(
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        service: str | None = None,
        probability: float = 1.0,
        count: int | None = None,
    ) -> AddedFault:
        """Let something go wrong from now on.

        Args:
            fault: What goes wrong. Of several faults that could end a request the first does.
            operation: The only operation that it happens to, such as ``instanceGet``; all if None.
            service: The only service that it happens to, by id or name; all if None.
            probability: How often it happens where it could, from 0 to 1.
            count: How often it happens at most; None for no end.

        Returns:
            The fault, which counts how often it has happened.

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
        random = seeded(self._seed, "faults", str(self._count))
        self._count += 1
        added = AddedFault(fault, operation, service, probability, count, random)
        self._added.append(added)
        return added

    def remove(self, added: AddedFault) -> None:
        """Let a fault happen no more.

        Args:
            added: What `add` returned.
        """
        self._added.remove(added)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._added.clear()

    def __iter__(self) -> Iterator[AddedFault]:
        return iter(tuple(self._added))

    def __len__(self) -> int:
        return len(self._added)

    def of_request(self, operation_id: str, service: JsonObject | None) -> list[AddedFault]:
        """The faults that happen to a request; of those that end it only the first.

        Args:
            operation_id: What is asked for.
            service: The service that it is about, if there is one.
        """
        happening: list[AddedFault] = []
        ended = False
        for added in self._added:
            if isinstance(added.fault, FailedTransition) or added.operation not in {
                None,
                operation_id,
            }:
                continue
            ends = not isinstance(added.fault, Latency)
            if not (ends and ended) and added.happens(service):
                happening.append(added)
                ended = ended or ends
        return happening

    def divert(self, kind: str, state: str, following: str, service: JsonObject | None) -> str:
        """Where a transition leads.

        Args:
            kind: Kind of the resource, such as ``service``.
            state: The state that ends.
            following: The state that follows where nothing goes wrong.
            service: The service that the resource is or belongs to, if there is one.
        """
        for added in self._added:
            fault = added.fault
            if (
                isinstance(fault, FailedTransition)
                and kind == (fault.kind or next(iter(self._kinds)))
                and (following != GONE if fault.state is None else state == fault.state)
                and added.happens(service)
            ):
                return fault.to
        return following
