"""Files that people entrust to us: outside of everything a web server hands out, readable by this process alone."""

import os
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage


class PrivateFiles(FileSystemStorage):
    """Lies in `settings.ATTACHMENTS_DIR`. Has no addresses: a view that knows who may read serves each file."""

    def __init__(self, **options: Any) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700, **options)

    @property
    def base_location(self) -> str:
        return str(settings.ATTACHMENTS_DIR)

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """On the disk when it returns: a row that names the file will outlive a power cut, so must the file."""
        name = super().save(name, content, max_length)
        path = Path(self.path(name))
        for place in (path, *path.parents):
            sync(place)
            if place == Path(self.location):
                break
        return name

    def url(self, name: str | None) -> str:
        raise ValueError("Private files have no address.")


def sync(path: Path) -> None:
    """What stands in a file, or which files a folder holds, outlives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
