"""Sound and video, packed anew: the same streams, with no title, place or cover beside them."""

from __future__ import annotations

import io
from typing import Any

import av
import av.error
from av.bitstream import BitStreamFilterContext

from answerable.intake.cleaning.outcome import Refused

MAX_STREAMS = 16
#: How each container is read and written, and its types with and without moving pictures.
_CONTAINERS = {
    "mp4": ("mov", "mp4", "video/mp4", "audio/mp4"),
    "mov": ("mov", "mov", "video/quicktime", "video/quicktime"),
    "matroska": ("matroska", "matroska", "video/x-matroska", "audio/x-matroska"),
    "webm": ("matroska", "webm", "video/webm", "audio/webm"),
    "ogg": ("ogg", "ogg", "video/ogg", "audio/ogg"),
    "avi": ("avi", "avi", "video/x-msvideo", "video/x-msvideo"),
    "wav": ("wav", "wav", "audio/x-wav", "audio/x-wav"),
    "flac": ("flac", "flac", "audio/flac", "audio/flac"),
    "mp3": ("mp3", "mp3", "audio/mpeg", "audio/mpeg"),
    "aac": ("aac", "adts", "audio/aac", "audio/aac"),
    "amr": ("amr", "amr", "audio/amr", "audio/amr"),
}
_OPTIONS = {"mp3": {"id3v2_version": "0", "write_xing": "0"}}
#: Messages that encoders and cameras put among the pictures themselves (H.264 and H.265, SEI).
_MESSAGES = {"h264": "filter_units=remove_types=6", "hevc": "filter_units=remove_types=39-40"}
_ATTACHED = av.stream.Disposition.attached_pic
#: Films that are one photograph after another, each with its own facts inside: its place and its phone among them.
_PHOTOGRAPHS = frozenset(
    {"mjpeg", "mjpegb", "ljpeg", "jpegls", "jpeg2000", "png", "apng", "webp", "gif", "bmp", "tiff", "avif", "jpegxl"}
)
#: These containers keep Vorbis' own comments where only its packets belong, and they would be copied with them.
_KEEP_COMMENTS = ("matroska", "webm")


def prepare() -> None:
    """Loads what packing calls for, by packing a moment of silence."""
    out = io.BytesIO()
    with av.open(out, "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8_000)
        frame = av.AudioFrame(format="s16", layout="mono", samples=80)
        frame.rate = 8_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    clean(out.getvalue(), "wav")


def clean(data: bytes, name: str) -> tuple[bytes, str]:
    """The streams of sound and video in a new container of the same kind, and its type. Raises Refused."""
    if name == "matroska" and b"\x42\x82\x84webm" in data[:64]:
        name = "webm"
    reads, writes, video_type, audio_type = _CONTAINERS[name]
    out = io.BytesIO()
    try:
        with av.open(io.BytesIO(data), format=reads, metadata_errors="replace") as source:
            moving = _packed(source, out, writes, _OPTIONS.get(writes, {}))
    except av.error.FFmpegError:
        raise Refused("damaged") from None
    return out.getvalue(), video_type if moving else audio_type


def _kept(source: Any, writes: str) -> list[Any]:
    """The streams of sound and video that are packed anew. Raises Refused where that would leave facts in them."""
    if len(source.streams) > MAX_STREAMS:
        raise Refused("damaged")
    kept = [
        stream for stream in source.streams if stream.type in ("audio", "video") and not stream.disposition & _ATTACHED
    ]
    if not kept:
        raise Refused("damaged")
    for stream in kept:
        codec = stream.codec_context.name
        if codec in _PHOTOGRAPHS or (codec == "vorbis" and writes in _KEEP_COMMENTS):
            raise Refused("other_kind")
    return kept


def _packed(source: Any, out: io.BytesIO, writes: str, options: dict[str, str]) -> bool:
    """Copies packets into a new container; whether there are moving pictures among them."""
    kept = _kept(source, writes)
    packets = 0
    with av.open(out, "w", format=writes, options={"fflags": "+bitexact"} | options) as target:
        made = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in kept}
        for stream in made.values():
            stream.metadata.clear()
        filters = {
            stream.index: BitStreamFilterContext(_MESSAGES[stream.codec_context.name], stream, made[stream.index])
            for stream in kept
            if stream.codec_context.name in _MESSAGES
        }
        for packet in source.demux(kept):
            index = packet.stream.index
            if not packet.size:
                continue  # the end of a stream
            for cleaned in filters[index].filter(packet) if index in filters else (packet,):
                cleaned.stream = made[index]
                target.mux(cleaned)
                packets += 1
    if not packets:
        raise Refused("damaged")
    return any(stream.type == "video" for stream in kept)
