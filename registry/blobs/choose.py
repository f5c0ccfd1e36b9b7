"""Which store of bytes a registry uses, by its one setting."""

from pathlib import Path

from registry.blobs.filesystem import FilesystemBlobs
from registry.blobs.interface import BlobStore
from registry.blobs.memory import MemoryBlobs
from registry.settings import Settings


def open_blobs(settings: Settings) -> BlobStore:
    """A folder unless the setting names another kind."""
    chosen = settings.blobs
    if chosen is None:
        return FilesystemBlobs(settings.data / "blobs")
    if chosen == "memory:":
        return MemoryBlobs()
    if chosen.startswith("s3://"):
        from registry.blobs.s3 import open_s3  # the client is loaded only where it is used

        return open_s3(chosen)
    return FilesystemBlobs(Path(chosen))
