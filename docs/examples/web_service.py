"""A web service that lists and starts services, with one client for all requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request

from clickhouse_cloud_async import AsyncClickHouseCloud, CloudError, NotFoundError, RateLimitError


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # Shorter than the timeout of the callers, so that they get an error and not a timeout.
    async with AsyncClickHouseCloud(timeout=10) as cloud:
        app.state.cloud = cloud
        yield


app = FastAPI(lifespan=lifespan)


def client(request: Request) -> AsyncClickHouseCloud:
    cloud: AsyncClickHouseCloud = request.app.state.cloud
    return cloud


Cloud = Annotated[AsyncClickHouseCloud, Depends(client)]


@app.get("/services")
async def list_services(cloud: Cloud) -> list[dict[str, str]]:
    services = await cloud.services.list()
    return [{"name": service.name, "state": service.state} for service in services]


@app.post("/services/{name}/start", status_code=202)
async def start(name: str, cloud: Cloud) -> dict[str, str]:
    try:
        service = await cloud.services.get_by_name(name)
        service = await cloud.services.start(service.id)
    except NotFoundError as error:
        raise HTTPException(404, f"there is no service {name!r}") from error
    except RateLimitError as error:
        raise HTTPException(503, "the API's rate limit is exhausted; try again") from error
    except CloudError as error:
        raise HTTPException(502, str(error)) from error
    return {"name": service.name, "state": service.state}
