"""Files that come with a form: held in the memory of this one process and never on disk, within bounds."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

#: Bytes of one file, of all files of a form, and their number. A form itself is bounded by Django's settings.
LARGEST_FILE = 25_000_000
LARGEST_FORM = 60_000_000
MOST_FILES = 10
#: The field of a draft: one file that holds all the files of a report, and whose writer hears of no refusal any more.
DRAFT = "draft"


class Bounded(FileUploadHandler):
    """Keeps what fits, drops the rest and remembers that it did: a file is refused, a text never."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.refused: list[str] = []
        self._held = 0
        self._files = 0
        self._data: BytesIO | None = None

    def new_file(self, *arguments: Any, **options: Any) -> None:
        """Begin a file."""
        super().new_file(*arguments, **options)
        self._files += 1
        self._data = BytesIO() if self._files <= MOST_FILES else None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  # Django's signature
        """Keep a piece, or let the whole file go once it is too large."""
        if self._data is None:
            return
        size = self._data.tell() + len(raw_data)
        largest = LARGEST_FORM if self.field_name == DRAFT else LARGEST_FILE
        if size > largest or self._held + size > LARGEST_FORM:
            self._data = None
            return
        self._data.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:  # noqa: ARG002  # Django's signature
        """The file, or None where it was let go."""
        if self._data is None:
            self.refused.append(self.file_name or "")
            return None
        data, self._data = self._data, None
        size = data.tell()
        self._held += size
        data.seek(0)
        kept: IO[bytes] = data
        return InMemoryUploadedFile(
            kept, self.field_name, self.file_name, self.content_type or "", size, self.charset, self.content_type_extra
        )
