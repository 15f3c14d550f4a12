"""Processors, memory and storage of the instance types of managed Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEMORY_GB: Mapping[str, float] = {
    "c6gd": 2, "m6gd": 4, "m6id": 4, "m8gd": 4, "r6gd": 8, "r6id": 8, "r8gd": 8,
    "i7i": 8, "i7ie": 8, "i8g": 8, "i8ge": 8,
    "highmem": 8, "standard": 4, "highlssd": 8, "standardlssd": 8,
}  # fmt: skip
"""Memory per processor, by family or, if the name ends with a number, by its middle part."""

_STORAGE_GB: Mapping[str, float] = {
    "c6gd": 59.375, "m6gd": 59.375, "m6id": 59.375, "m8gd": 59.375,
    "r6gd": 59.375, "r6id": 59.375, "r8gd": 59.375,
    "i7i": 234.375, "i7ie": 625, "i8g": 234.375, "i8ge": 625,
    "highmem": 93.75, "standard": 93.75, "highlssd": 375, "standardlssd": 205,
}  # fmt: skip
"""Local storage per processor."""


def processors(size: str) -> int:
    """Return the number of processors of an instance type."""
    family, _, amount = size.partition(".")
    if not amount:
        return int(family.rpartition("-")[2])
    if amount == "medium":
        return 1
    return 2 if amount == "large" else 4 * int(amount.removesuffix("xlarge") or 1)


def memory_gb(size: str) -> int:
    """Return the memory of an instance type."""
    return int(processors(size) * _MEMORY_GB[_kind(size)])


def storage_gb(size: str) -> int:
    """Return the local storage of an instance type."""
    return int(processors(size) * _STORAGE_GB[_kind(size)])


def _kind(size: str) -> str:
    family, _, _ = size.partition(".")
    if family != size:
        return family
    # "z3-highlssd-8" and "z3-highmem-highlssd-8" are two spellings of one type, and so are
    # "c4-highmem-8" and "c4-highmem-lssd-8".
    return next(part for part in reversed(size.split("-")) if part in _MEMORY_GB)
