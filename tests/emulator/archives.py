"""Archives of functions, sent to where the emulator wants them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Api


def archive() -> bytes:
    """A zip file with a program."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("main.py", "import sys\nfor line in sys.stdin: print(line[::-1].strip())\n")
    return content.getvalue()


async def put_archive(
    api: Api, url: str, content: bytes, media: str = "application/zip"
) -> tuple[int, str]:
    """Send bytes to the URL of an upload; give the answer's status and text."""
    headers = {"Content-Type": media}
    async with api.session.put(url, data=io.BytesIO(content), headers=headers) as response:
        return response.status, await response.text()


async def send_archive(api: Api, content: bytes | None = None) -> str:
    """Upload an archive, by default a real one, and give the id of the upload."""
    session = (await api("POST", "/udfUploads/url")).result
    status, text = await put_archive(api, session["uploadUrl"], content or archive())
    assert status == 200, text
    return str(session["uploadId"])
