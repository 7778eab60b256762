"""Where bytes lie: a local folder or an S3 bucket, through one client. Knows nothing of rows."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from engine.errors import StorageFailed

BLOCK = 1 << 20


class Store:
    """Objects by key. Local: files under the folder; otherwise whatever the address names (``s3://bucket/prefix``).

    Credentials of a remote store come from its usual environment variables (AWS_…).
    """

    def __init__(self, location: str) -> None:
        self.folder = None if "://" in location else Path(location).absolute()
        self.objects: ObjectStore = (
            from_url(location) if self.folder is None else LocalStore(prefix=self.folder, mkdir=True)
        )

    def bring(self, local: Path, key: str) -> None:
        """Put a finished local file under ``key``; the local file is gone afterwards."""
        if self.folder is None:
            obstore.put(self.objects, key, local, mode="create")
            local.unlink()
            return
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        local.rename(target)
        _sync(target.parent)

    def keep(self, staged: str, kept: str, size: int) -> None:
        """Move staged bytes to their write-once place. Repeating it, or keeping equal bytes twice, is fine.

        The caller holds the rows of this content, so nobody erases what is found here.
        """
        if self.size(kept) == size:
            self.delete(staged)
        elif self.size(staged) == size:
            obstore.rename(self.objects, staged, kept)
            if self.folder is not None:
                _sync((self.folder / kept).parent)
        else:
            raise StorageFailed("files.bytes_missing", "文件内容缺失或已损坏，请重新上传")

    def size(self, key: str) -> int | None:
        """Bytes of an object; None if there is none."""
        try:
            return int(obstore.head(self.objects, key)["size"])
        except FileNotFoundError:
            return None

    def blocks(self, key: str) -> Iterator[bytes]:
        for block in obstore.get(self.objects, key).stream(min_chunk_size=BLOCK):
            yield bytes(block)

    def delete(self, key: str) -> None:
        """Remove an object; a missing one is no error."""
        try:
            obstore.delete(self.objects, key)
        except FileNotFoundError:
            return

    def keys(self, prefix: str) -> Iterator[str]:
        for page in obstore.list(self.objects, prefix):
            yield from (str(entry["path"]) for entry in page)


@lru_cache(maxsize=8)
def open_store(location: str) -> Store:
    """The store of ``settings.file_store``; opened once per process."""
    return Store(location)


def _sync(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
