"""The limiters of this process, one for each key."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from .forking import ForkLock
from .limiter import Limiter

if TYPE_CHECKING:
    from .limits import RateLimit


class LimiterRegistry:
    """The limiters of a process, one for each key."""

    def __init__(self) -> None:
        self._limiters: weakref.WeakValueDictionary[tuple[str, str], Limiter] = (
            weakref.WeakValueDictionary()
        )
        # A limiter must outlive its clients until its window is empty.
        self._in_use: dict[tuple[str, str], Limiter] = {}
        self._lock = ForkLock()

    def limiter_for(
        self, base_url: str, identity: str, limit: RateLimit | None, default: RateLimit
    ) -> Limiter:
        """Return the limiter that all clients of this process share for a key.

        All limits that clients request apply, regardless of the order of their creation.

        Args:
            base_url: Base URL at which the key is used.
            identity: Non-secret text that identifies the key.
            limit: The limit that the client requests; None for the default.
            default: The limit that applies as long as no client requests another.
        """
        key = base_url, identity
        with self._lock:
            limiter = self._limiters.get(key)
            if limiter is None:
                limiter = Limiter(limit or default, is_asked_for=limit is not None)
                self._limiters[key] = limiter
            elif limit is not None:
                limiter.ask_for(limit)
            self._in_use = {name: it for name, it in self._in_use.items() if not it.is_idle}
            self._in_use[key] = limiter
            return limiter


registry: LimiterRegistry = LimiterRegistry()
"""The limiters of this process."""


def limiter_for(
    base_url: str, identity: str, limit: RateLimit | None, default: RateLimit
) -> Limiter:
    """Return the limiter of a key in this process; see `LimiterRegistry.limiter_for`."""
    return registry.limiter_for(base_url, identity, limit, default)
