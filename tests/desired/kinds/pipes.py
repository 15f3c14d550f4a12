"""Cases of ClickPipes and of what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.desired import pipe_cases
from tests.desired.pipe_cases import POSTGRES

from .case import Case, Fields

if TYPE_CHECKING:
    from tests.desired.pipe_cases import PipeCase

SECRETS: Final = {"PIPE_PASSWORD": "Sample-Clear-1", "PIPE_URI": "mongodb://u:Sample-2@db.example"}


def _revealed(value: Any) -> Any:
    """Put secrets in place of the variables that hold them."""
    if isinstance(value, dict):
        if value.keys() == {"env"}:
            return {"secret": SECRETS[value["env"]]}
        return {name: _revealed(item) for name, item in value.items()}
    return [_revealed(item) for item in value] if isinstance(value, list) else value


def _case(case: PipeCase) -> Case:
    return Case(
        kind="clickpipes",
        label=case.kind,
        fields={"service": "clicks", "name": "events", **_revealed(case.fields)},
        changes=[*map(_revealed, case.changes.values())],
    )


_DNS: Final[list[Fields]] = [
    {"custom_private_dns_mappings": [{"private_dns_name": "a.example"}]},
    {"custom_private_dns_mappings": []},
]

CASES: Final = (
    *map(_case, pipe_cases.CASES),
    *(
        Case(
            kind="reverse_private_endpoints",
            label=fields["type"],
            fields={"service": "clicks", "description": "db", **fields},
            changes=[] if "msk_cluster_arn" in fields else _DNS,
        )
        for fields in pipe_cases.ENDPOINTS
    ),
    Case(
        kind="cdc_infrastructure",
        fields={"service": "clicks", "replica_cpu_millicores": 2000, "replica_memory_gb": 8},
        changes=[{"replica_cpu_millicores": 3000, "replica_memory_gb": 12}],
        needs=[
            (
                "clickpipes",
                {
                    "service": "clicks",
                    "name": "orders",
                    "source": {"postgres": _revealed(POSTGRES)},
                    "destination": {"database": "default"},
                },
            )
        ],
    ),
)
