"""Faults as JSON objects and as text, for programs in other languages and for command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .faults import (
    ConnectionReset,
    ErrorResponse,
    FailedTransition,
    Latency,
    LostResponse,
    StaleRead,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import AddedFault, Fault, Faults

KINDS: Mapping[str, type[Fault]] = {
    "latency": Latency,
    "error_response": ErrorResponse,
    "connection_reset": ConnectionReset,
    "lost_response": LostResponse,
    "stale_read": StaleRead,
    "failed_transition": FailedTransition,
}
"""Names of the kinds of faults."""

_LIMITS = {
    "operation": "str",
    "resource": "str",
    "probability": "float",
    "count": "int",
    "duration": "float",
}
"""Arguments of all kinds of faults, with their types: `duration` is in emulated seconds."""


def add_fault(faults: Faults, document: Mapping[str, Any]) -> AddedFault:
    """Add the fault that a JSON object describes.

    Args:
        faults: The faults of an emulator.
        document: ``kind``, the arguments of that kind, and any of ``operation``, ``resource``,
            ``probability``, ``count`` and ``duration``.

    Raises:
        ValueError: There is no such kind or argument, or a value does not fit.
    """
    kind = KINDS.get(str(document.get("kind")))
    if kind is None:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {document.get('kind')!r}")
    types = _types(kind)
    known = {**types, **_LIMITS}
    given = {key: value for key, value in document.items() if key != "kind" and value is not None}
    for key, value in given.items():
        if key not in known:
            raise ValueError(f"{document['kind']} has no {key!r}; known are {', '.join(known)}")
        _check(key, value, known[key])
    fault = kind(**{key: value for key, value in given.items() if key in types})
    limits = {key: value for key, value in given.items() if key in _LIMITS}
    if "duration" in limits:
        limits["seconds"] = limits.pop("duration")
    return faults.add(fault, **limits)


def document_of(added: AddedFault) -> dict[str, Any]:
    """Return a fault as a JSON object, with its number and how many times it has happened.

    Args:
        added: The fault.
    """
    kind = next(name for name, each in KINDS.items() if isinstance(added.fault, each))
    return {
        "id": added.number,
        "kind": kind,
        **attrs.asdict(added.fault),
        "operation": added.operation,
        "resource": added.resource,
        "probability": added.probability,
        "count": added.count,
        "happened": added.happened,
    }


def parse_fault(text: str) -> dict[str, Any]:
    """Return the JSON object of a fault that is written as text.

    Args:
        text: The kind, and arguments as ``key=value`` with commas in front, such as
            ``error_response,status=503,count=2``.

    Raises:
        ValueError: An argument has no value, or its value is not the expected number.
    """
    kind, *arguments = text.split(",")
    known = {**(_types(KINDS[kind]) if kind in KINDS else {}), **_LIMITS}
    document: dict[str, Any] = {"kind": kind}
    for argument in arguments:
        key, separator, value = argument.partition("=")
        if not separator:
            raise ValueError(f"{argument!r} in the fault {text!r} is not KEY=VALUE")
        document[key] = _value(key, value, known.get(key, "str"))
    return document


def _types(kind: type[Fault]) -> dict[str, str]:
    """Return the JSON type of each argument of a kind."""
    types = {field.name: str(field.type) for field in attrs.fields(kind)}
    return {
        name: next((each for each in ("float", "int") if each in written), "str")
        for name, written in types.items()
    }


def _value(key: str, text: str, kind: str) -> Any:
    if kind == "str":
        return text
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        raise ValueError(f"{key} must be a number, not {text!r}") from None


def _check(key: str, value: object, kind: str) -> None:
    fitting = {"str": (str,), "int": (int,), "float": (int, float)}[kind]
    if not isinstance(value, fitting) or isinstance(value, bool):
        noun = {"str": "a text", "int": "a whole number", "float": "a number"}[kind]
        raise ValueError(f"{key} must be {noun}, not {value!r}")  # noqa: TRY004 - as any misfit
