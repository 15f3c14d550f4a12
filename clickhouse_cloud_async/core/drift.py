"""Collects deviations of responses from the contract."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import attrs

from .codec import DriftKind, decode, deviations_of, read_tolerantly
from .errors import ResponseDecodeError
from .telemetry import logger, notify

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

__all__ = ["Drift", "DriftInfo", "DriftKind"]

MOST_NOTICED = 1_000
"""Maximum number of deviations per operation: a field may have become free text."""


@attrs.frozen
class DriftInfo:
    """A deviation of an operation's responses from the contract.

    Attributes:
        operation: Id of the operation in the contract.
        path: Its place in the result, such as ``$[].endpoints[].colour``: ``[]`` is any item of a
            list, ``.*`` any value of a mapping.
        kind: How it differs from the contract.
        detail: For a wrong type, the expected and the actual type; it never contains a value.
    """

    operation: str
    path: str
    kind: DriftKind
    detail: str = ""


class Drift:
    """Deviations of a client's responses from the contract, each once.

    It can be iterated, and has a length.

    Args:
        hook: Called with each `DriftInfo` when it first occurs; None for no hook.
        strict: Whether a value of a wrong type makes a response unreadable.
    """

    def __init__(
        self, hook: Callable[[DriftInfo], object] | None = None, *, strict: bool = False
    ) -> None:
        self._hook = hook
        self._strict = strict
        self._found: dict[DriftInfo, None] = {}
        self._noticed: dict[str, set[Hashable]] = defaultdict(set)

    def __iter__(self) -> Iterator[DriftInfo]:
        # A copy: the event loop of a sync client may add to it meanwhile.
        return iter(list(self._found))

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<Drift with {len(self)} deviations>"

    def decode(self, operation: str, kind: Any, value: object) -> Any:
        """Decode a result, and record its deviations from the contract.

        Args:
            operation: Id of the operation.
            kind: The declared type of its result.
            value: The parsed result.

        Raises:
            ResponseDecodeError: The result as a whole, or an item of a list, is of a wrong type; in
                strict mode, any value.
        """
        if self._strict:
            return decode(kind, value)
        result, noticed = read_tolerantly(decode, kind, value)
        if noticed:
            known = self._noticed[operation]
            if not noticed <= known and len(known) < MOST_NOTICED:
                self._describe(operation, kind, value)
                known |= noticed
        return result

    def _describe(self, operation: str, kind: Any, value: object) -> None:
        """Walk through a value, slowly, to find its deviations and their paths."""
        for path, how, detail in deviations_of(kind, value):
            if how is DriftKind.TYPE and path in {"$", "$[]"}:
                raise ResponseDecodeError(_broken_promise(kind, value))
            info = DriftInfo(operation, path, how, detail)
            if info in self._found:
                continue
            self._found[info] = None
            if how is DriftKind.TYPE:
                logger.warning("%s: %s: %s; kept unchanged", operation, path, detail)
            else:
                logger.debug("%s: %s: %s", operation, path, how)
            notify(self._hook, info)


def _broken_promise(kind: Any, value: object) -> str:
    """Return the message for a result, or an item of a list, of a wrong type."""
    return next(
        f"{path}: {detail}"
        for path, how, detail in deviations_of(kind, value, exact=True)
        if how is DriftKind.TYPE and re.fullmatch(r"\$(\[\d+\])?", path)
    )
