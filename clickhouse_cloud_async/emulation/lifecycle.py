"""States that pass by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from .registry import observe, timer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization

    from .json_values import JsonObject
    from .store import Path

GONE: Final = "gone"
"""No state of the API: the resource is not there any more."""

JITTER = 0.1
"""By how much of itself a typical duration may be shorter or longer."""

REMEMBERED = 100
"""How many of its last states a document keeps."""


@attrs.frozen
class Passing:
    """A state that passes by itself.

    Args:
        following: The state that follows; `GONE` where the document ends.
        seconds: After how many emulated seconds, typically.
    """

    following: str
    seconds: float


def _nothing(_organization: Organization, _path: Path, _state: str) -> None:
    """What most resources do on entering a state."""


@attrs.frozen
class StateMachine:
    """The states of one kind of resource.

    Args:
        kind: Name of the kind, such as ``service``; faults name it too.
        passing: States that pass by themselves.
        field: The property that holds the state.
        entered: Called with organisation, path and state after a document entered a state.
        variant: Which resources of the kind these are, where not all go through the same states.
    """

    kind: str
    passing: Mapping[str, Passing]
    field: str = "state"
    entered: Callable[[Organization, Path, str], None] = _nothing
    variant: str = ""

    def __attrs_post_init__(self) -> None:
        timer(self._timer)(self._pass)

    @property
    def _timer(self) -> str:
        return f"{self.kind}.{self.variant}" if self.variant else self.kind

    def enter(self, organization: Organization, path: Path, state: str) -> JsonObject:
        """Put a document into a state, from which it goes on by itself where that passes.

        Args:
            organization: What the document belongs to.
            path: Where it is.
            state: The state, as the API names it.

        Returns:
            The document.
        """
        document = organization.store.document(path)
        document[self.field] = state
        history = document.setdefault("_history", [])
        history.append([organization.elapsed, state])
        del history[:-REMEMBERED]
        step = self.passing.get(state)
        if step is None:
            organization.timers.cancel(path, self._timer)
        else:
            random = organization.draw(self.kind, *path, state, f"{organization.elapsed:.3f}")
            seconds = step.seconds * random.uniform(1 - JITTER, 1 + JITTER)
            organization.timers.set(path, self._timer, organization.elapsed + seconds)
        self._entered(organization, path, state)
        return document

    def _pass(self, organization: Organization, path: Path) -> None:
        document = organization.store.document(path)
        state: str = document[self.field]
        following = organization.faults.divert(
            self.kind, state, self.passing[state].following, _service(organization, path)
        )
        if following == GONE:
            self._entered(organization, path, GONE)
            organization.store.remove(path)
        else:
            self.enter(organization, path, following)

    def _entered(self, organization: Organization, path: Path, state: str) -> None:
        observe(self.kind, organization, path, state)
        self.entered(organization, path, state)


def _service(organization: Organization, path: Path) -> JsonObject | None:
    """The service that a document is or belongs to, managed Postgres included."""
    if path[-2] == "attachments":
        return organization.store.peek((*organization.path, "services", path[-1]))
    depth = len(organization.path)
    if path[depth] not in {"services", "postgres"}:
        return None
    return organization.store.peek(path[: depth + 2])
