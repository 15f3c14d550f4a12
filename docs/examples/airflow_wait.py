"""An Airflow operator that waits for a service without holding a worker."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.triggers.base import BaseTrigger, TriggerEvent

from clickhouse_cloud_async import AsyncClickHouseCloud, CloudError

if TYPE_CHECKING:
    from clickhouse_cloud_async.models import ServiceStateText


class ServiceTrigger(BaseTrigger):
    """Waits in Airflow's triggerer, where one event loop serves thousands of waits."""

    def __init__(self, service_id: str, state: "ServiceStateText") -> None:
        super().__init__()
        self.service_id = service_id
        self.state = state

    def serialize(self) -> tuple[str, dict[str, Any]]:
        kind = type(self)
        arguments = {"service_id": self.service_id, "state": self.state}
        return f"{kind.__module__}.{kind.__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        async with AsyncClickHouseCloud() as cloud:
            try:
                await cloud.services.wait_until(self.service_id, self.state, timeout=None)
            except CloudError as error:
                yield TriggerEvent({"error": str(error)})
            else:
                yield TriggerEvent({"error": None})


class WaitForService(BaseOperator):
    """Task that succeeds when a service reaches a state."""

    def __init__(
        self, *, service_id: str, state: "ServiceStateText" = "running", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.service_id = service_id
        self.state = state

    def execute(self, context: Context) -> None:
        self.defer(trigger=ServiceTrigger(self.service_id, self.state), method_name="resume")

    def resume(self, context: Context, event: dict[str, Any]) -> None:
        if event["error"] is not None:
            raise RuntimeError(event["error"])
