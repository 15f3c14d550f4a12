"""What services cost, and the credits that pay for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.client import Api


async def walk(api: Api) -> None:
    """Ask for every operation on costs and credits."""
    await api.emulator.advance(days=1)
    query = [("from_date", "2026-01-01"), ("to_date", "2026-01-31"), ("filter", "tag:env")]
    assert (await api("GET", "/usageCost", query=query)).result["grandTotalCHC"] > 0
    assert (await api("GET", "/creditBalances")).result["balances"]
    assert (await api("GET", "/activeBalances")).result["prepaidBalances"]
