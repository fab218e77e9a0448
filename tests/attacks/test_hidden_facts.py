"""Recordings that hide place and phone inside the pictures or the sound: no copy that is called cleaned has them."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import pytest
from PIL import Image

from answerable.intake.cleaning import clean
from answerable.intake.cleaning.outcome import NotCleaned

PLACE = b"+48.8577+002.295/ SECRET phone"


def photograph() -> bytes:
    facts, out = Image.Exif(), io.BytesIO()
    facts[0x010E] = PLACE.decode()
    Image.new("RGB", (64, 48), "#335577").save(out, "JPEG", exif=facts)
    return out.getvalue()


def film(container: str) -> bytes:
    """A film of photographs, as cheap cameras write them."""
    picture, out = photograph(), io.BytesIO()
    with av.open(out, "w", format=container) as made:
        stream = made.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(3):
            packet = av.Packet(picture)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 5)
            packet.is_keyframe = True
            made.mux(packet)
    return out.getvalue()


@pytest.mark.parametrize("container", ["avi", "mov", "matroska", "mp4"])
def test_a_film_of_photographs_has_no_cleaned_copy(container: str) -> None:
    data = film(container)
    assert PLACE in data, "what is looked for is there"
    assert clean(data, "video/mp4") == NotCleaned("other_kind")


def sound(container: str) -> bytes:
    """A moment of Vorbis with a comment among what its decoder needs."""
    first, out = io.BytesIO(), io.BytesIO()
    with av.open(first, "w", format="matroska") as made:
        stream = made.add_stream("vorbis", rate=48_000, options={"strict": "experimental"})
        stream.layout = "stereo"
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=9_600)
        frame.rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            made.mux(packet)
    with av.open(io.BytesIO(first.getvalue())) as source, av.open(out, "w", format=container) as made:
        before = source.streams[0]
        head = bytes(before.codec_context.extradata)
        one, two = head[3 : 3 + head[1]], head[3 + head[1] + head[2] :]
        said = b"LOCATION=" + PLACE
        comment = b"\x03vorbis" + struct.pack("<III", 0, 1, len(said)) + said + b"\x01"
        after = made.add_stream_from_template(before, opaque=True)
        after.codec_context.extradata = bytes((2, len(one), len(comment))) + one + comment + two
        for packet in source.demux(before):
            if packet.size:
                packet.stream = after
                made.mux(packet)
    return out.getvalue()


@pytest.mark.parametrize("container", ["matroska", "webm"])
def test_sound_whose_container_keeps_its_comments_has_no_cleaned_copy(container: str) -> None:
    data = sound(container)
    assert PLACE in data, "what is looked for is there"
    assert clean(data, "audio/webm") == NotCleaned("other_kind")
