"""Files that are uploaded and downloaded unchanged."""

from __future__ import annotations

import io
import mimetypes
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import attrs

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Generator

ANY_MEDIA_TYPE = "application/octet-stream"


def _checked_content(content: object) -> bytes | Path:
    """Return the content of an upload in a form that can be sent more than once."""
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    if isinstance(content, (str, os.PathLike)):
        path = Path(content)
        if not path.is_file():
            raise InvalidArgumentError(f"there is no file {path}: an upload takes bytes or a path")
        return path
    if isinstance(content, io.IOBase):
        data = content.read()
        if isinstance(data, bytes):
            return data
        raise InvalidArgumentError("the file to upload is open as text: open it in binary mode")
    kind = type(content).__name__
    raise InvalidArgumentError(f"an upload takes bytes, a path or a binary file, found {kind}")


@attrs.frozen(repr=False)
class Upload:
    """Content to upload.

    Args:
        content: Bytes, the path of a file, or a file that is open for reading in binary mode. A
            path is read while it is sent; an open file is read at once, from its current position.
        filename: Name of the file for the API; by default that of the path.
        content_type: Media type of the content; guessed from the file's name by default.

    Raises:
        InvalidArgumentError: There is no such file, or the content is of another type.

    Example:
        ``Upload("model.zip")`` or ``Upload(b"...", filename="model.zip")``
    """

    content: bytes | Path = attrs.field(converter=_checked_content, repr=False)
    filename: str | None = None
    content_type: str | None = None

    @property
    def name(self) -> str:
        """Name of the file for the API."""
        if self.filename is not None:
            return self.filename
        return self.content.name if isinstance(self.content, Path) else "file"

    @property
    def media_type(self) -> str:
        """Media type of the content."""
        return self.content_type or mimetypes.guess_type(self.name)[0] or ANY_MEDIA_TYPE

    @property
    def size(self) -> int:
        """Bytes of the content."""
        if isinstance(self.content, bytes):
            return len(self.content)
        with suppress(OSError):
            return self.content.stat().st_size
        return 0

    @contextmanager
    def open(self) -> Generator[IO[bytes], None, None]:
        """Open the content for reading, for one attempt to send it.

        Raises:
            InvalidArgumentError: The file can no longer be read.
        """
        try:
            file: IO[bytes] = (
                io.BytesIO(self.content)
                if isinstance(self.content, bytes)
                else self.content.open("rb")
            )
        except OSError as error:
            raise InvalidArgumentError(
                f"{self.content!s} cannot be read: {error.strerror}"
            ) from None
        with file:
            yield file

    def __repr__(self) -> str:
        return f"<Upload {self.name} with {self.size} bytes>"


@contextmanager
def written_file(path: str | os.PathLike[str]) -> Generator[IO[bytes], None, None]:
    """Open a file for writing that appears under its name when it is complete.

    Until then it is a temporary file beside it, whose name ends in ``.part`` and which is removed
    on failure.

    Args:
        path: Path of the file; an existing one is replaced.

    Raises:
        InvalidArgumentError: No file can be written there.
    """
    target = Path(path)
    part = target.with_name(f"{target.name}.part")
    try:
        file = part.open("wb")
    except OSError as error:
        raise InvalidArgumentError(f"{part} cannot be written: {error.strerror}") from None
    try:
        with file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
