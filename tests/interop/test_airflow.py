"""The example for Airflow, in Airflow's own triggerer and task classes."""

from __future__ import annotations

import runpy
import sys
from importlib import import_module
from typing import Any

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from tests.docs.pages import EXAMPLES

pytest.importorskip("airflow", reason="Airflow is installed by the session `airflow` alone")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the example."""
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])
    return runpy.run_path(str(EXAMPLES / "airflow_wait.py"), run_name="airflow_wait")


@pytest.mark.usefixtures("clickhouse_cloud_env")
@pytest.mark.clickhouse_cloud(services=[{"name": "etl", "state": "starting"}], time_scale=100)
async def test_the_trigger_ends_when_the_service_runs(example: dict[str, Any]) -> None:
    """It finds its credentials in the environment, as the triggerer's."""
    trigger = example["ServiceTrigger"](_only_service(), "running")
    assert [event.payload async for event in trigger.run()] == [{"error": None}]


@pytest.mark.usefixtures("clickhouse_cloud_env")
@pytest.mark.clickhouse_cloud(services=[{"name": "etl", "state": "failed"}])
async def test_the_error_of_the_wait_becomes_that_of_the_task(example: dict[str, Any]) -> None:
    """A service that failed does not come up by itself."""
    trigger = example["ServiceTrigger"](_only_service(), "running")
    [event] = [event async for event in trigger.run()]
    task = example["WaitForService"](task_id="wait", service_id="s")
    with pytest.raises(RuntimeError, match="failed"):
        task.resume({}, event.payload)


def test_the_operator_leaves_its_worker(example: dict[str, Any]) -> None:
    """It defers to a trigger that Airflow can make anew of what was serialised."""
    exceptions = import_module("airflow.sdk.exceptions")
    task = example["WaitForService"](task_id="wait", service_id="s")
    with pytest.raises(exceptions.TaskDeferred) as deferred:
        task.execute({})
    path, arguments = deferred.value.trigger.serialize()
    assert path == "airflow_wait.ServiceTrigger"
    assert vars(example["ServiceTrigger"](**arguments))["service_id"] == "s"


def _only_service() -> str:
    with ClickHouseCloud() as cloud:
        (service,) = cloud.services.list()
        return service.id
