"""``python -m clickhouse_cloud_async.cli``: the same as ``chcloud``."""

from __future__ import annotations

from . import main

main()
