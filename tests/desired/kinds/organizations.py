"""Random documents over all kinds, made of their cases."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS

from .cases import CASES
from .harness import found_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from .case import Case, Fields

_ALONE = {
    "saved_queries", "backup_buckets", "clickstack_roles", "query_endpoints", "clickhouse_settings",
    "query_api_endpoints", "clickstack_webhooks", "clickpipes", "roles", "private_endpoints",
}  # fmt: skip
"""Kinds that go with no other resource, so that they stay where no document names them."""

Identity = tuple[str, str]
"""A kind, and what finds a resource of it."""


def identity_of(kind: str, fields: Fields) -> Identity:
    """Return what two descriptions of the same resource have in common.

    Args:
        kind: Its kind.
        fields: Its fields.
    """
    return kind, json.dumps(found_by(kind, fields))


@attrs.define
class Wish:
    """A resource that a document describes, as one after the other of its changes is wished.

    Attributes:
        case: The case that it is made of.
        done: How many of its changes are wished.
        is_absent: Whether it must not exist.
        is_named: Whether the document says anything of it.
        is_there: Whether it is there, once the document has been applied.
    """

    case: Case
    done: int = 0
    is_absent: bool = False
    is_named: bool = True
    is_there: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """Its fields."""
        fields = dict(self.case.fields)
        for change in self.case.changes[: self.done]:
            fields |= change
        return fields


class Organization:
    """Documents of one organisation, one after the other.

    Args:
        chance: Decides what is in them.
        but: Kinds that are in none.
    """

    def __init__(self, chance: Random, but: Iterable[str] = ()) -> None:
        self._chance = chance
        known = [_moved(each, chance.choice(["clicks", "views"])) for each in CASES]
        chance.shuffle(known)
        cases = {
            identity_of(each.kind, each.fields): each for each in known if each.kind not in but
        }
        chosen = chance.sample(sorted(cases), min(len(cases), chance.randint(3, 8)))
        self.wishes: dict[Identity, Wish] = {key: Wish(cases[key]) for key in chosen}

    def go_on(self) -> None:
        """Wish something else."""
        for wish in self.wishes.values():
            if self._chance.random() < 0.5:
                wish.done = self._chance.randint(wish.done, len(wish.case.changes))
            wish.is_there = not wish.is_absent if wish.is_named else wish.is_there
            wish.is_named = wish.case.kind not in _ALONE or self._chance.random() < 0.7
            can_go = not KINDS[wish.case.kind].is_permanent
            wish.is_absent = can_go and self._chance.random() < 0.2

    def unnamed(self) -> list[tuple[str, Fields]]:
        """Return what finds the resources that are there and that the document does not name."""
        return [
            (wish.case.kind, found_by(wish.case.kind, wish.case.fields))
            for wish in self.wishes.values()
            if wish.is_there and not wish.is_named
        ]

    def document(self) -> list[tuple[str, Fields, bool]]:
        """Return kind and fields of all that is described, and whether it is to be absent."""
        wanted: dict[Identity, tuple[str, Fields, bool]] = {}
        named = {key: wish for key, wish in self.wishes.items() if wish.is_named}
        for wish in named.values():
            for kind, fields in wish.case.needs:
                wanted.setdefault(identity_of(kind, fields), (kind, fields, False))
        for key, wish in named.items():
            is_needed = key in wanted
            absent = wish.is_absent and not is_needed
            wanted[key] = (wish.case.kind, wish.fields, absent)
        described = list(wanted.values())
        self._chance.shuffle(described)
        return described


def _moved(case: Case, service: str) -> Case:
    """Return a case in another service."""

    def moved(value: Any) -> Any:
        return json.loads(re.sub(r"\bclicks\b", service, json.dumps(value)))

    return attrs.evolve(
        case,
        fields=moved(case.fields),
        changes=[moved(each) for each in case.changes],
        needs=[(kind, moved(fields)) for kind, fields in case.needs],
    )


def of_kind(document: Mapping[str, Any], kind: str) -> list[Any]:
    """Return what a document describes of a kind, in an order that does not matter.

    Args:
        document: The document.
        kind: The kind.
    """
    return sorted(document.get(kind, []), key=json.dumps)
