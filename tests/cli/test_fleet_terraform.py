"""``chcloud fleet from-terraform``: documents from states of Terraform."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from clickhouse_cloud_async.desired.reading import read_text
from tests.desired.terraform.states import SERVICE_ID, clickpipe, resource, service, state

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from .program import Program

_PIPE = clickpipe(
    {
        "kafka": {
            "type": "kafka",
            "format": "JSONEachRow",
            "brokers": "b:1",
            "topics": "t",
            "credentials": {"username": "u", "password": "Sample-Clear-1"},
        }
    }
)


def _written(folder: Path, text: str, name: str = "state.json") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_document(chcloud: Program, tmp_path: Path) -> None:
    """The document is on stdout; what is to be known of it beside it, without a secret."""
    file = _written(tmp_path, state(service(password="Sample-Clear-2"), _PIPE))
    outcome = chcloud("fleet", "from-terraform", file, "--fleet", "shop")
    assert outcome.code == 0
    document = read_text(outcome.out, "stdout").value
    assert (document["fleet"], document["services"][0]["name"]) == ("shop", "clicks")
    assert "source.kafka.credentials.password: CLICKPIPE_EVENTS_PASSWORD" in outcome.err
    assert "clickhouse_service.this: password: the document has no passwords" in outcome.err
    assert "Sample-Clear" not in outcome.out + outcome.err


def test_several_states(chcloud: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """States that name each other are converted together; one may come from standard input."""
    size = {"service_id": SERVICE_ID, "replica_cpu_millicores": 1000, "replica_memory_gb": 4}
    file = _written(tmp_path, state(resource("clickpipe_cdc_infrastructure", size)))
    monkeypatch.setattr("sys.stdin", io.StringIO(state(service())))
    outcome = chcloud("fleet", "from-terraform", file, "-")
    document = read_text("\n".join(outcome.lines), "stdout").value
    assert document["cdc_infrastructure"][0]["service"] == "clicks"


def test_json(chcloud: Program, tmp_path: Path) -> None:
    """As JSON the document is a text beside the lists."""
    file = _written(tmp_path, state(service(), _PIPE))
    shown = chcloud("fleet", "from-terraform", file, "-o", "json").json
    assert set(shown) == {"document", "references", "secrets", "losses"}
    assert shown["secrets"] == [
        {
            "address": "clickhouse_clickpipe.this",
            "attribute": "source.kafka.credentials.password",
            "target": "CLICKPIPE_EVENTS_PASSWORD",
        }
    ]
    assert shown["losses"] == []


def test_no_state(chcloud: Program, tmp_path: Path) -> None:
    """A file that is no output of the command is refused, and so is one that is not there."""
    raw = _written(tmp_path, json.dumps({"version": 4, "lineage": "a", "resources": []}))
    outcome = chcloud("fleet", "from-terraform", raw)
    assert (outcome.code, outcome.out) == (2, "")
    assert "terraform show -json > state.json" in outcome.err
    missing = chcloud("fleet", "from-terraform", str(tmp_path / "none.json"))
    assert missing.code == 2
    assert "No such file" in missing.err
