"""Converts names of the API to Python names."""

from __future__ import annotations

import keyword
import re

# The s of a plural acronym, as in "loanIDs" or "URLsByName", begins no word.
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s(?![a-z]))[a-z])")
_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")


def snake_case(name: str) -> str:
    """``minReplicaMemoryGb`` -> ``min_replica_memory_gb``, ``loanIDs`` -> ``loan_ids``."""
    words = _NOT_WORD.sub("_", _WORD_START.sub("_", name)).strip("_").lower()
    return f"{words}_" if keyword.iskeyword(words) else words


def pascal_case(name: str) -> str:
    """``reverse_private_endpoints`` -> ``ReversePrivateEndpoints``."""
    words = _NOT_WORD.sub("_", _WORD_START.sub("_", name)).split("_")
    return "".join(word[:1].upper() + word[1:] for word in words)


def enum_member(value: str, prefix: str) -> str:
    """``us-east-1`` -> ``US_EAST_1``; a name that would start with a digit gets the prefix."""
    words = _NOT_WORD.sub("_", _WORD_START.sub("_", value)).strip("_").upper()
    return prefix + words if not words or words[0].isdigit() else words
