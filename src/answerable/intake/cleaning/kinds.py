"""What a file is, by its first bytes alone: its name and the type its sender's device gave it decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """What cleans a file."""

    IMAGE = "image"
    DOCUMENT = "document"
    MEDIA = "media"


@dataclass(frozen=True)
class Kind:
    """A kind of file: its family, the name its library knows it by, and its type."""

    family: Family
    name: str
    type: str


_STARTS = (
    (b"\xff\xd8\xff", Kind(Family.IMAGE, "JPEG", "image/jpeg")),
    (b"\x89PNG\r\n\x1a\n", Kind(Family.IMAGE, "PNG", "image/png")),
    (b"GIF87a", Kind(Family.IMAGE, "GIF", "image/gif")),
    (b"GIF89a", Kind(Family.IMAGE, "GIF", "image/gif")),
    (b"II*\0", Kind(Family.IMAGE, "TIFF", "image/tiff")),
    (b"MM\0*", Kind(Family.IMAGE, "TIFF", "image/tiff")),
    (b"%PDF-", Kind(Family.DOCUMENT, "PDF", "application/pdf")),
    (b"\x1a\x45\xdf\xa3", Kind(Family.MEDIA, "matroska", "video/webm")),
    (b"OggS", Kind(Family.MEDIA, "ogg", "audio/ogg")),
    (b"fLaC", Kind(Family.MEDIA, "flac", "audio/flac")),
    (b"#!AMR", Kind(Family.MEDIA, "amr", "audio/amr")),
    (b"ID3", Kind(Family.MEDIA, "mp3", "audio/mpeg")),
)
_RIFF = {
    b"WEBP": Kind(Family.IMAGE, "WEBP", "image/webp"),
    b"WAVE": Kind(Family.MEDIA, "wav", "audio/x-wav"),
    b"AVI ": Kind(Family.MEDIA, "avi", "video/x-msvideo"),
}
_MP4 = Kind(Family.MEDIA, "mp4", "video/mp4")
_BRANDS = {
    b"avif": Kind(Family.IMAGE, "AVIF", "image/avif"),
    b"avis": Kind(Family.IMAGE, "AVIF", "image/avif"),
    b"qt  ": Kind(Family.MEDIA, "mov", "video/quicktime"),
    b"M4A ": Kind(Family.MEDIA, "mp4", "audio/mp4"),
}
#: Brands of HEIF pictures, which nothing here can redraw.
_HEIF = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_BITMAP = Kind(Family.IMAGE, "BMP", "image/bmp")
#: Other names that devices give to the same types.
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "audio/mp3": "audio/mpeg",
    "audio/wav": "audio/x-wav",
    "audio/wave": "audio/x-wav",
    "audio/x-m4a": "audio/mp4",
    "audio/webm": "video/webm",
    "video/x-matroska": "video/webm",
    "audio/3gpp": "video/mp4",
    "video/3gpp": "video/mp4",
    "video/ogg": "audio/ogg",
    "application/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "video/avi": "video/x-msvideo",
}


def recognise(data: bytes) -> Kind | None:
    """The kind of a file that can be cleaned, or None."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return None if brand in _HEIF else _BRANDS.get(brand, _MP4)
    if data.startswith(b"BM") and data[6:10] == bytes(4):
        return _BITMAP
    return _stream(data)


def _stream(data: bytes) -> Kind | None:
    """Sound that begins with a frame: a sync word of eleven or twelve set bits (ISO 11172-3, ISO 13818-7)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    layer = data[1] >> 1 & 3
    if layer == 0 and data[1] & 0xF0 == 0xF0:
        return Kind(Family.MEDIA, "aac", "audio/aac")
    if layer == 1 and data[2] >> 4 not in (0, 15):
        return Kind(Family.MEDIA, "mp3", "audio/mpeg")
    return None


def same_type(declared: str, kind: Kind) -> bool:
    """Whether a declared type names this kind, in one of the names it goes by."""
    plain = declared.partition(";")[0].strip().lower()
    return ALIASES.get(plain, plain) == ALIASES.get(kind.type, kind.type)
