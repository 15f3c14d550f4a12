"""Stop all services with the tag ``env=dev``, and write a report as Markdown.

Exits with 0 if all are stopped, with 1 if one failed, and with 2 if an outcome is unknown.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.fleet import Outcome, Report

DEADLINE = 1800.0


async def main(file: Path) -> int:
    report = Report()
    try:
        async with AsyncClickHouseCloud() as cloud:
            development = cloud.fleet.select(tags={"env": "dev"})
            await development.stop(wait=True, timeout=DEADLINE, report=report)
    finally:
        # The report is filled in as the action runs, so a cancelled job writes one, too.
        file.write_text(markdown(report), encoding="utf-8")
    if report.failed:
        return 1
    return 2 if report.unknown or report.sent else 0


def markdown(report: Report) -> str:
    rows = "\n".join(row(outcome) for outcome in report.outcomes)
    return f"""# Services stopped on {datetime.now(UTC):%d %B %Y}

{report.requests} requests in {report.seconds:.0f} s.

| Service | Outcome | Before | After | Reason |
| --- | --- | --- | --- | --- |
{rows}
"""


def row(outcome: Outcome) -> str:
    cells = (outcome.name, outcome.status, outcome.before, outcome.after, outcome.reason or "")
    return f"| {' | '.join(map(str, cells))} |"


sys.exit(asyncio.run(main(Path(sys.argv[1]))))
