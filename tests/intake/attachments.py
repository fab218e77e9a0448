"""Files to attach: pictures, documents and recordings that carry more than they show."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import av
from PIL import Image
from PIL.PngImagePlugin import PngInfo

#: Stands for whatever must not pass: searched for in what comes out.
SECRET = b"SECRET"
GPS = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}


def picture(name: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture whose left half is red and right half blue."""
    image = Image.new("RGB", size, (220, 20, 20))
    image.paste((20, 20, 220), (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def photograph(orientation: int = 1) -> bytes:
    """A JPEG with a place, an owner, a comment, a profile and a description beside it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRET maker"
    exif[0xA431] = "SECRET serial"
    exif.get_ifd(0x8825).update(GPS)
    return picture(
        "JPEG", exif=exif, comment=b"SECRET comment", icc_profile=b"SECRET profile" * 20, xmp=b"<x>SECRET xmp</x>"
    )


def annotated_png() -> bytes:
    info = PngInfo()
    info.add_text("Author", "SECRET author")
    info.add_text("Long", "SECRET " * 50, zip=True)
    info.add_itxt("XML:com.adobe.xmp", "SECRET xmp")
    return picture("PNG", pnginfo=info)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has very many points."""
    rows = zlib.compress(bytes(1 << 20), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def png_text_bomb() -> bytes:
    """A PNG of one point with a compressed text that grows to 256 MiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(16)) + packer.flush()
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    text = chunk(b"zTXt", b"Long\0\0" + packed)
    row = chunk(b"IDAT", zlib.compress(bytes(4)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + row + chunk(b"IEND", b"")


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first being its catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries, data)


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R >>"
#: A red square to the left of a white page.
SQUARE = b"1 0 0 rg 10 10 80 80 re f"


def document() -> bytes:
    """A PDF of one page that runs a script, links outside, has an author and an attached file."""
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\('SECRET script'\\)) >>"
        b" /Names << /EmbeddedFiles << /Names [(SECRET.txt) 6 0 R] >> >> >>",
        PAGES,
        PAGE[:-3]
        + b" /Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (http://SECRET/) >> >>] >>",
        stream(SQUARE),
        b"<< /Author (SECRET author) /Producer (SECRET producer) >>",
        b"<< /Type /Filespec /F (SECRET.txt) /EF << /F 7 0 R >> >>",
        stream(b"SECRET attachment", b"/Type /EmbeddedFile"),
        trailer=b"/Info 5 0 R",
    )


def locked_document() -> bytes:
    """A PDF that asks for a password."""
    return pdf(
        CATALOGUE,
        PAGES,
        PAGE,
        stream(SQUARE),
        b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -1 /O <%b> /U <%b> >>" % (b"11" * 32, b"22" * 32),
        trailer=b"/Encrypt 5 0 R /ID [<33> <33>]",
    )


def pdf_bomb() -> bytes:
    """A PDF of some kilobytes whose one page is half a gigabyte of drawing."""
    packer = zlib.compressobj(9)
    lines = b"0 0 1 1 re f\n" * (1 << 20)
    packed = b"".join(packer.compress(lines) for _ in range(40)) + packer.flush()
    return pdf(CATALOGUE, PAGES, PAGE, stream(packed, b"/Filter /FlateDecode"))


def recording(container: str, video: str = "", audio: str = "") -> bytes:
    """Half a second of sound, moving pictures or both, with a title, a place and a comment beside it."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as made:
        made.metadata.update({"title": "SECRET title", "location": "+48.8577+002.295/", "comment": "SECRET comment"})
        streams: list[Any] = []
        if video:
            pictures: Any = made.add_stream(video, rate=10)
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
            streams.append((pictures, _frames()))
        if audio:
            sound: Any = made.add_stream(audio, rate=48_000, layout="mono")
            streams.append((sound, _samples(sound)))
        for stream_, _ in streams:
            stream_.metadata["title"] = "SECRET stream"
        for stream_, frames in streams:
            for frame in [*frames, None]:
                for packet in stream_.encode(frame):
                    made.mux(packet)
    return out.getvalue()


def _frames() -> list[Any]:
    frames = []
    for number in range(5):
        frame = av.VideoFrame(64, 48, "yuv420p")
        frame.pts = number
        for plane in frame.planes:
            plane.update(bytes((number * 9,)) * plane.buffer_size)
        frames.append(frame)
    return frames


def _samples(sound: Any) -> list[Any]:
    size, frames = sound.codec_context.frame_size or 1_024, []
    for number in range(20):
        frame = av.AudioFrame(format=sound.codec_context.format.name, layout="mono", samples=size)
        frame.rate, frame.pts = 48_000, number * size
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frames.append(frame)
    return frames
