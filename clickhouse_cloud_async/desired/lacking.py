"""Fields that exported resources lack, because no response shows them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .inventory import joined
from .resource import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .description import Described
    from .kinds import Kinds


def lacking(resources: Iterable[Described], kinds: Kinds) -> Iterator[str]:
    """Yield notes on the fields to add before resources can be created elsewhere.

    Args:
        resources: The exported resources.
        kinds: Their kinds.
    """
    labels: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for each in resources:
        kind = kinds[each.kind]
        if not kind.is_permanent and (missing := kind.missing(each.fields)):
            parent = None if kind.parent is None else str(each.fields[kind.parent.field])
            name = text_of(tuple(each.fields.get(name) for name in kind.key))
            labels[kind.name, tuple(missing)].append(joined(parent, name))
    for (kind_name, fields), names in labels.items():
        needed = " and ".join(fields)
        yield f"{kind_name} {', '.join(names)}: add {needed} to create them elsewhere"
