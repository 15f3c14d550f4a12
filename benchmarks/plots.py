"""Draws the curves of a run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .report import Curves, Results

_COLOURS = {"floor": "#7f7f7f", "ours": "#d62728", "peer": "#1f77b4"}
_LABELS = {"floor": "aiohttp + orjson", "ours": "clickhouse-cloud-async", "peer": "ch-apimatic-sdk"}


def draw(results: Results, folder: Path) -> None:
    """Write both plots into a folder."""
    _plot(
        results.curves["throughput"],
        folder / "performance-throughput.png",
        ("get of one service", "requests in flight", "requests per second"),
    )
    _plot(
        results.curves["fleet"],
        folder / "performance-fleet.png",
        ("list of all services", "services in the list", "seconds for one list"),
    )


def _plot(curves: Curves, path: Path, texts: tuple[str, str, str]) -> None:
    # It is only installed for benchmarks, so that type checkers do not know it.
    matplotlib: Any = import_module("matplotlib")
    matplotlib.use("agg")
    pyplot: Any = import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    for name, points in curves.items():
        across, up = zip(*points, strict=True)
        axes.plot(across, up, "o-", color=_COLOURS[name], label=_LABELS[name])
    axes.set(xscale="log", yscale="log", title=texts[0], xlabel=texts[1], ylabel=texts[2])
    ticks = [across for across, _ in curves["floor"]]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
