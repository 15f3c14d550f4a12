"""Fresh processes: imports, the first call, memory after it, and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from .contestants import PEER
from .report import Row
from .runner import CLIENT_CORE, in_turn, values

if TYPE_CHECKING:
    from .runner import Arena, Scale
    from .worker import Cost

_TIMED = "import time\nbegan = time.perf_counter()\n{}\nprint(time.perf_counter() - began)"

_HELLO = """
import typer

app = typer.Typer()

@app.command()
def hello(name: str) -> None:
    "Say hello."
    print("Hello", name)

app(["--help"])
"""


def measure(arena: Arena, scale: Scale) -> list[Row]:
    """Return the rows of one-time work of a process."""
    return [*_imports(scale), *_first_calls(arena, scale), *_helps(scale)]


def _imports(scale: Scale) -> list[Row]:
    statements = {
        "ours": "from clickhouse_cloud_async import AsyncClickHouseCloud",
        "import aiohttp": "import aiohttp",
        "import of the peer": f"from {PEER} import AsyncClient",
    }
    samples = in_turn(
        scale.rounds, {name: partial(_import, text) for name, text in statements.items()}
    )
    seconds = {name: values(costs, "seconds") for name, costs in samples.items()}
    return [
        Row("import AsyncClickHouseCloud", "ms", seconds["ours"], name, seconds[name], mark)
        for name, mark in (("import aiohttp", 0.5), ("import of the peer", 0.06))
    ]


def _import(statement: str) -> Cost:
    return {"seconds": float(_run("-c", _TIMED.format(statement)))}


def _first_calls(arena: Arena, scale: Scale) -> list[Row]:
    samples = in_turn(
        scale.rounds, {name: partial(_first_call, name, arena.url) for name in ("ours", "peer")}
    )
    return [
        Row(case, unit, values(samples["ours"], what), "peer", values(samples["peer"], what), mark)
        for case, unit, what, mark in (
            ("first call of a process, import to result", "ms", "seconds", 0.25),
            ("memory of a process after its first call", "MiB", "bytes", 0.7),
        )
    ]


def _first_call(name: str, url: str) -> Cost:
    seconds, held = _run("-m", "benchmarks.first_call", name, url).split()
    return {"seconds": float(seconds), "bytes": float(held)}


def _helps(scale: Scale) -> list[Row]:
    commands = {"chcloud --help": ("--help",), "chcloud services --help": ("services", "--help")}
    samples = in_turn(
        scale.rounds,
        {
            "hello": partial(_whole, "-c", _HELLO),
            **{
                case: partial(_whole, "-m", "clickhouse_cloud_async.cli", *arguments)
                for case, arguments in commands.items()
            },
        },
    )
    seconds = {name: values(costs, "seconds") for name, costs in samples.items()}
    hello = "--help of a typer hello-world"
    return [
        Row(case, "ms", seconds[case], hello, seconds["hello"], mark)
        for case, mark in zip(commands, (1.3, 1.6), strict=True)
    ]


def _whole(*arguments: str) -> Cost:
    began = time.perf_counter()
    _run(*arguments)
    return {"seconds": time.perf_counter() - began}


def _run(*arguments: str) -> str:
    """Return the output of a fresh interpreter on the core of the clients."""
    done = subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CORE}),  # no threads here
    )
    return done.stdout
