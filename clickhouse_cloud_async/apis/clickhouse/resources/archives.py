"""Uploads of the archives that user-defined functions are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import CloudError, PermissionDeniedError
from clickhouse_cloud_async.core.files import Upload
from clickhouse_cloud_async.core.messages import Request
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.problems import status_error

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.values import Secret
    from clickhouse_cloud_async.desired.resource import Scope

_PUT: Final = Operation[None]("the upload of an archive", "PUT", "", body=Upload)
_ATTEMPTS: Final = 3
"""Maximum number of attempts: a URL may expire before its upload starts."""


async def upload(scope: Scope, archive: str) -> str:
    """Upload an archive, and return the ID of the upload, which can be used for one version.

    Args:
        scope: The organisation.
        archive: Path of the zip file.

    Raises:
        InvalidArgumentError: There is no such file.
        CloudError: The archive could not be uploaded.
    """
    content = Upload(archive, content_type="application/zip")
    attempts = 0
    while True:
        attempts += 1
        try:
            session = await scope.client.udfs.create_upload(organization_id=scope.id)
            await _send(scope.client, content, session.upload_url)
        except CloudError as error:
            # An unused upload has no effect, regardless of its outcome.
            has_ended = isinstance(error, PermissionDeniedError)
            if attempts == _ATTEMPTS or not (has_ended or may_have_been_carried_out(error)):
                raise
        else:
            return str(session.upload_id)


async def _send(client: AsyncAPIClient, content: Upload, upload_url: Secret) -> None:
    # The URL is one of object storage, which needs no other credentials: none are sent.
    url = urlsplit(upload_url.reveal())
    transport = caller_of(client).transport.beside(f"{url.scheme}://{url.netloc}")
    request = Request(_PUT, CLICKHOUSE_CLOUD, url.path, url.query, content)
    try:
        response = await transport.send(request, None)
    finally:
        await transport.close()
    if not request.succeeds_with(response.status):
        raise status_error(request, response)
