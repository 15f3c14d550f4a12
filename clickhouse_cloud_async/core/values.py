"""Values that JSON cannot express: omitted fields and secrets."""

from __future__ import annotations

import enum
import hmac
from collections.abc import Mapping
from typing import Final, NewType, TypeVar, cast, overload
from urllib.parse import quote

from .errors import InvalidArgumentError

T = TypeVar("T")


class Unset(enum.Enum):
    """The type of `UNSET`, the default of all arguments that a request may omit."""

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""Leaves an argument or field out of a request; None sends ``null`` instead."""

MASK: Final = "**********"


class Secret:
    """A text that is kept out of logs, reprs and tracebacks.

    Args:
        value: The text to protect; another secret is copied.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """Return the protected text."""
        return self._value

    def into_url(self, template: str) -> Secret:
        """Insert the text into a URL, such as that of a database, which then is a secret too.

        An f-string would contain asterisks instead.

        Args:
            template: The URL, with ``{}`` where the text is inserted, percent-encoded.

        Returns:
            The URL.

        Raises:
            InvalidArgumentError: The template does not contain exactly one ``{}``.
        """
        if template.count("{}") != 1:
            raise InvalidArgumentError('template: a URL needs one "{}" for the secret')
        return Secret(template.replace("{}", quote(self.reveal(), safe="")))

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)


OpenText = NewType("OpenText", str)
"""A word that this version does not know, to a type checker: text that is not misspelt.

Where the API defines words, arguments are annotated with those, so that type checkers see misspelt
ones. ``OpenText("new word")`` passes any other; at run time it is the text itself.
"""


class Veiled:
    """A value that no `repr` shows, because a secret may be anywhere in it.

    Args:
        value: The value to protect.
    """

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def reveal(self) -> object:
        """Return the protected value."""
        return self._value

    def __repr__(self) -> str:
        return f"<{MASK}>"


def veil(value: T) -> T:
    """Keep a value out of tracebacks; `UNSET` and None are returned unchanged.

    The result is `Veiled`, which only the encoder of requests unwraps. It is annotated with the
    original type, so that it can be passed on as a value of that type.
    """
    stays = value is UNSET or value is None or isinstance(value, Veiled)
    veiled: object = value if stays else Veiled(value)
    return cast("T", veiled)


class SecretObject:  # noqa: PLW1641 - it may hold lists, like any JSON object
    """A JSON object that is kept out of logs, reprs and tracebacks, whatever its members are.

    Args:
        value: The object to protect, which is copied; another secret object is copied too.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Mapping[str, object] | SecretObject) -> None:
        self._value: dict[str, object] = (
            value.reveal() if isinstance(value, SecretObject) else dict(value)
        )

    def reveal(self) -> dict[str, object]:
        """Return the protected object."""
        return dict(self._value)

    def __repr__(self) -> str:
        return f"SecretObject({{{MASK}}})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretObject):
            return NotImplemented
        return self._value == other._value

    def __bool__(self) -> bool:
        return bool(self._value)


@overload
def protect(value: Unset) -> Unset: ...
@overload
def protect(value: None) -> None: ...
@overload
def protect(value: str | Secret) -> Secret: ...
def protect(value: str | Secret | Unset | None) -> Secret | Unset | None:
    """Wrap a text in `Secret`; everything else is returned unchanged."""
    return Secret(value) if isinstance(value, str) else value


@overload
def protect_values(value: Unset) -> Unset: ...
@overload
def protect_values(value: None) -> None: ...
@overload
def protect_values(value: Mapping[str, str | Secret]) -> Mapping[str, Secret]: ...
def protect_values(
    value: Mapping[str, str | Secret] | Unset | None,
) -> Mapping[str, Secret] | Unset | None:
    """Wrap every value of a mapping in `Secret`; `UNSET` and None are returned unchanged."""
    if isinstance(value, Mapping):
        return {key: protect(item) for key, item in value.items()}
    return value


@overload
def protect_object(value: Unset) -> Unset: ...
@overload
def protect_object(value: None) -> None: ...
@overload
def protect_object(value: Mapping[str, object] | SecretObject) -> SecretObject: ...
def protect_object(
    value: Mapping[str, object] | SecretObject | Unset | None,
) -> SecretObject | Unset | None:
    """Wrap a mapping in `SecretObject`; `UNSET` and None are returned unchanged."""
    return SecretObject(value) if isinstance(value, Mapping) else value
