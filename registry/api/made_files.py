"""Answers with a file that was made for this one answer and is gone afterwards.

Such a file is not left to the server to send by its path: the server opens it when the handler is done, and by then it
may be removed. It is opened and unlinked here, and its bytes are sent from the open file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import StreamingResponse

from designs.digest import CHUNK


def made_file_answer(path: Path, *, etag: str, media_type: str, name: str) -> StreamingResponse:
    """Send the file and let it go, also when nobody waits for the end."""
    file = path.open("rb")
    size = path.stat().st_size
    path.unlink()
    headers = {
        "ETag": etag,
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}",
    }
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK):
            yield piece
