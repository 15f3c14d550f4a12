"""The page about waiting says what there is to wait for."""

from __future__ import annotations

import re

from tests.contract.apis import CLICKHOUSE

from .pages import ROOT

PAGE = ROOT / "docs" / "waiting.md"


def rows() -> dict[str, tuple[str, str, str]]:
    """Methods, states that pass and states that nothing leaves, by what they are about."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("## What can be waited for\n")
    table, _, _ = section.partition("\n## ")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("| ") and not line.startswith("| Resource ")
    ]
    return {what: (methods, passing, lasting) for what, methods, passing, lasting in cells}


def test_the_table_is_what_the_code_does() -> None:
    """Everything that can be waited for has a row with its methods, seconds and ends."""
    expected = {}
    for lifecycle in CLICKHOUSE.waits.values():
        names = {name for name, waited in CLICKHOUSE.waits.items() if waited is lifecycle}
        methods = {name.rpartition(".")[2] for name in names}
        what = lifecycle.kind[0].upper() + lifecycle.kind[1:]
        ends = set(lifecycle.terminal | lifecycle.ends)
        expected[what] = (methods, dict(lifecycle.transitional), ends)
    found = {
        what: (
            {name.rpartition(".")[2] for name in re.findall("`(.+?)`", methods)},
            {state: float(seconds) for state, seconds in re.findall(r"`(.+?)` (\d+) s", passing)},
            set(re.findall("`(.+?)`", lasting)),
        )
        for what, (methods, passing, lasting) in rows().items()
    }

    assert found == expected
