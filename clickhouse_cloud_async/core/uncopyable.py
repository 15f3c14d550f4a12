"""Objects that cannot be pickled or copied."""

from __future__ import annotations

from typing import NoReturn


class Uncopyable:
    """Base class of clients and their parts, which cannot be pickled or copied."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse `pickle`, `copy.copy` and `copy.deepcopy`.

        Raises:
            TypeError: Always.
        """
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied, because it holds connections:"
            " make a client where you need one"
        )
