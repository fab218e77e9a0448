"""Cleaned copies: the same to the eye and ear, nothing beside it, made where nothing else can be done."""

from __future__ import annotations

import io
import json
import platform
import random
import sys
import unicodedata
import zipfile
from pathlib import Path

import av
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from answerable.intake.cleaning import REASONS, Cleaned, NotCleaned, clean, display_name, isolation, parent
from answerable.intake.cleaning.confinement import _MACHINES, program
from answerable.intake.cleaning.kinds import recognise
from tests.intake import attachments as made

SRC = str(Path(parent.__file__).parents[3])


def cleaned(data: bytes, declared: str = "") -> Cleaned:
    found = clean(data, declared)
    assert isinstance(found, Cleaned), found
    assert made.SECRET not in found.data
    return found


def reason(data: bytes, declared: str = "image/png", **limits: float) -> str:
    found = clean(data, declared, **limits)
    assert isinstance(found, NotCleaned), found
    return found.reason


def opened(found: Cleaned) -> Image.Image:
    image = Image.open(io.BytesIO(found.data))
    image.load()
    return image


def is_red(point: object) -> bool:
    assert isinstance(point, tuple)
    red, _, blue = point[:3]
    return bool(red > 180 > 80 > blue)


# Pictures ------------------------------------------------------------------------------------------------------------


def test_a_photograph_loses_its_place_its_owner_and_its_comments() -> None:
    # Given a photograph that says where and by whom it was taken
    original = made.photograph()
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(0x8825)
    assert original.count(made.SECRET) >= 4
    # When it is cleaned
    found = cleaned(original, "image/jpeg")
    # Then it shows the same, and nothing says anything
    image = opened(found)
    assert (found.type, image.size, found.as_declared) == ("image/jpeg", (40, 30), True)
    assert is_red(image.getpixel((5, 15)))
    assert not is_red(image.getpixel((35, 15)))
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photograph_is_turned_upright() -> None:
    # Given one that a telephone held sideways took: turn it a quarter
    image = opened(cleaned(made.photograph(orientation=6)))
    assert image.size == (30, 40)
    assert is_red(image.getpixel((15, 5)))
    assert not is_red(image.getpixel((15, 35)))


def test_what_is_written_in_a_png_does_not_pass() -> None:
    assert set(opened(cleaned(made.annotated_png())).info) == set()


@pytest.mark.parametrize("name", ["GIF", "TIFF", "BMP", "WEBP", "AVIF"])
def test_other_kinds_of_picture(name: str) -> None:
    found = cleaned(made.picture(name))
    assert found.type in ("image/png", "image/jpeg")
    assert is_red(opened(found).getpixel((5, 15))) or opened(found).convert("RGB").getpixel((5, 15)) == (220, 20, 20)


def test_see_through_parts_stay_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (9, 9, 9, 0)).save(out, "WEBP", lossless=True)
    found = cleaned(out.getvalue())
    assert found.type == "image/png"
    assert opened(found).getpixel((0, 0)) == (9, 9, 9, 0) or opened(found).getchannel("A").getpixel((0, 0)) == 0


def test_a_very_large_photograph_is_read_smaller() -> None:
    out = io.BytesIO()
    Image.new("L", (7_000, 7_000), 128).save(out, "JPEG")
    assert opened(cleaned(out.getvalue())).size == (3_500, 3_500)


@pytest.mark.parametrize(("name", "side"), [("JPEG", 6_300), ("PNG", 6_300), ("WEBP", 4_400)])
def test_the_largest_pictures_that_are_taken_fit_the_memory_of_the_cleaner(name: str, side: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = made.picture(name, (side, side - 100), exif=exif)
    found = clean(data, "")
    assert isinstance(found, Cleaned), found
    assert opened(found).size == (side - 100, side)


def test_a_picture_that_says_it_is_vast_is_refused_unread() -> None:
    assert reason(made.png_bomb(60_000, 60_000)) == "too_many_pixels"


def test_a_text_that_grows_without_end_is_refused() -> None:
    assert reason(made.png_text_bomb()) in ("damaged", "too_heavy")


def test_a_picture_that_is_also_a_page_comes_out_as_a_picture() -> None:
    # Given bytes that are a GIF to one program and a page with a script to another
    page = b"<script>/*SECRET*/alert(1)</script>"
    original = made.picture("GIF").replace(b"GIF87a", b"GIF89a") + b";" + page
    # Then what comes out is a picture alone
    found = cleaned(original, "text/html")
    assert found.type == "image/png"
    assert not found.as_declared
    assert b"script" not in found.data


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
def test_a_picture_that_was_cut_off(name: str) -> None:
    data = made.picture(name, (400, 300))
    assert reason(data[: len(data) // 2]) == "damaged"


# Documents -----------------------------------------------------------------------------------------------------------


def page_of(found: Cleaned) -> Image.Image:
    document = pypdfium2.PdfDocument(found.data)
    picture: Image.Image = document[0].render().to_pil().convert("RGB")
    document.close()
    return picture


def test_a_document_becomes_pictures_of_its_pages() -> None:
    original = made.document()
    assert original.count(made.SECRET) >= 5
    found = cleaned(original, "application/pdf")
    assert found.type == "application/pdf"
    for word in (b"JavaScript", b"/JS", b"/URI", b"Annot", b"EmbeddedFile", b"/Info", b"Producer", b"Date"):
        assert word not in found.data
    picture = page_of(found)
    assert picture.size == (200, 100)
    assert is_red(picture.getpixel((50, 50)))
    assert picture.getpixel((150, 50)) == (255, 255, 255)


def test_a_document_that_is_also_an_archive_comes_out_as_a_document() -> None:
    # Given a PDF with an archive behind it, which unpacks as one
    out = io.BytesIO(made.document())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("SECRET.exe", b"SECRET")
    assert zipfile.is_zipfile(io.BytesIO(out.getvalue()))
    # Then it comes out as a document that does not
    found = cleaned(out.getvalue(), "application/zip")
    assert not zipfile.is_zipfile(io.BytesIO(found.data))
    assert is_red(page_of(found).getpixel((50, 50)))


def test_documents_that_get_no_cleaned_copy() -> None:
    whole = made.document()
    assert reason(made.locked_document()) == "encrypted"
    assert reason(b"%PDF-1.7\n" + bytes(99)) == "damaged"
    assert reason(made.pdf(made.CATALOGUE, b"<< /Type /Pages /Count 0 /Kids [] >>")) == "damaged"
    many = b" ".join([b"3 0 R"] * 201)
    pages = b"<< /Type /Pages /Count 201 /Kids [" + many + b"] >>"
    assert reason(made.pdf(made.CATALOGUE, pages, made.PAGE, made.stream(made.SQUARE))) == "too_many_pages"
    assert recognise(whole) is not None


def test_a_page_of_a_hundred_metres_is_drawn_no_larger_than_others() -> None:
    page = made.PAGE.replace(b"200 100", b"280000 280000")
    found = cleaned(made.pdf(made.CATALOGUE, made.PAGES, page, made.stream(made.SQUARE)))
    assert len(found.data) < 2_000_000


def test_a_document_that_grows_without_end_ends_within_its_time() -> None:
    data = made.pdf_bomb()
    assert len(data) < 5_000_000
    assert reason(data, seconds=3) in ("too_heavy", "damaged")


# Sound and video -----------------------------------------------------------------------------------------------------

RECORDINGS = [
    ("mp4", "libx264", "aac", "video/mp4"),
    ("mov", "libx264", "aac", "video/quicktime"),
    ("webm", "libvpx", "libopus", "video/webm"),
    ("matroska", "libx264", "aac", "video/x-matroska"),
    ("mp4", "", "aac", "audio/mp4"),
    ("ogg", "", "libopus", "audio/ogg"),
    ("wav", "", "pcm_s16le", "audio/x-wav"),
    ("flac", "", "flac", "audio/flac"),
    ("mp3", "", "libmp3lame", "audio/mpeg"),
    ("adts", "", "aac", "audio/aac"),
]


def frames(data: bytes) -> list[tuple[str, int]]:
    with av.open(io.BytesIO(data), "r") as source:
        kinds = [type(frame).__name__ for frame in source.decode()]
    return [(kind, kinds.count(kind)) for kind in sorted(set(kinds))]


@pytest.mark.parametrize(("container", "video", "audio", "type_"), RECORDINGS)
def test_a_recording_is_packed_anew(container: str, video: str, audio: str, type_: str) -> None:
    original = made.recording(container, video, audio)
    found = cleaned(original, type_)
    assert found.type == type_
    assert b"+48.8577" not in found.data
    assert b"x264 - core" not in found.data
    assert frames(found.data) == frames(original)
    with av.open(io.BytesIO(found.data)) as source:
        assert not {"title", "location", "comment"} & set(source.metadata)
        assert not any("title" in stream.metadata for stream in source.streams)


def test_what_only_begins_like_a_recording_is_damaged() -> None:
    whole = made.recording("mp4", "libx264", "aac")
    for data in (whole[:200], b"ID3" + bytes(200), b"OggS" + bytes(200), b"\x1a\x45\xdf\xa3" + bytes(90)):
        assert reason(data) == "damaged"


def test_a_playlist_cannot_have_files_of_the_server_read() -> None:
    # Given a playlist, which a player would follow to what it names, behind the first bytes of a recording
    playlist = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    assert reason(playlist) == "other_kind"
    assert reason(b"ID3\x03\0\0\0\0\0\0" + playlist) == "damaged"


# What gets no cleaned copy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"plain words",
        b"PK\x03\x04" + bytes(40),
        b"<html>",
        b"MZ" + bytes(60),
        b"\0\0\0\x18ftypheic" + bytes(40),
        b"<svg/>",
    ],
)
def test_other_kinds_get_no_cleaned_copy(data: bytes) -> None:
    assert reason(data, "image/jpeg") == "other_kind"


def test_nothing_and_too_much() -> None:
    assert reason(b"") == "empty"
    assert reason(b"\xff\xd8\xff" + bytes(parent.MAX_INPUT)) == "too_large"


def test_every_reason_is_one_of_the_list_and_is_written_down() -> None:
    page = Path(__file__).parents[2] / "docs" / "envelopes.md"
    table = page.read_text(encoding="utf-8").partition("| reason | meaning |")[2]
    assert set(REASONS) == {name for line in table.splitlines() for name in line.split("`")[1::2] if "[" not in name}
    with pytest.raises(ValueError, match="no reason"):
        NotCleaned("because")


@given(st.binary(max_size=64))
def test_any_first_bytes_have_a_kind_or_none(data: bytes) -> None:
    kind = recognise(data)
    assert kind is None or kind.type


def test_damaged_files_of_every_kind_end_in_an_outcome() -> None:
    # Given files of each kind with bytes changed at random places, always the same ones
    draw = random.Random(7)
    for whole in (made.photograph(), made.picture("TIFF"), made.document(), made.recording("mp4", "libx264")):
        for _ in range(2):
            data = bytearray(whole)
            for _ in range(20):
                data[draw.randrange(12, len(data))] = draw.randrange(256)
            # Then nothing is raised, and what comes out is of a kind that is cleaned
            found = clean(bytes(data), "")
            assert isinstance(found, NotCleaned) or recognise(found.data) is not None


# Confinement ---------------------------------------------------------------------------------------------------------

#: Tries everything that a taken-over cleaner would try, and says what happened.
ATTACK = """
import ctypes, json, mmap, os, socket, subprocess, sys
sys.path.append({src!r})
from answerable.intake.cleaning import confinement
libc = ctypes.CDLL(None)
confinement.die_with_parent()
confinement.limit(seconds=5)
filtered = confinement.filter_calls() if {filter} else False
tried = {{}}
def attempt(name, act):
    try:
        act()
        tried[name] = "done"
    except (OSError, MemoryError, ValueError) as error:
        tried[name] = type(error).__name__
attempt("read", lambda: open("/etc/passwd"))
attempt("write", lambda: open("/tmp/cleaning-was-here", "w"))
attempt("connect", lambda: socket.socket().connect(("127.0.0.1", 9)))
attempt("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt("pair", lambda: socket.socketpair())
attempt("pipe", os.pipe)
attempt("memory", lambda: bytearray(600 << 20))
if filtered:
    attempt("fork", lambda: os._exit(0) if os.fork() == 0 else None)
    attempt("exec", lambda: os.execv("/bin/true", ["true"]))
    attempt("kill", lambda: os.kill(os.getppid(), 0))
    def signal_a_thread():
        number = {{"x86_64": 234, "aarch64": 131}}[os.uname().machine]
        if libc.syscall(number, os.getppid(), os.getppid(), 0) != 0:
            raise PermissionError
    attempt("tgkill", signal_a_thread)
    attempt("unlink", lambda: os.unlink("/tmp/no-such-file"))
    attempt("code", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC))
    attempt("errors", lambda: os.write(2, b"x"))
    attempt("list", lambda: os.listdir("/"))
os.write(1, json.dumps([filtered, tried]).encode())
os._exit(0)
"""


@pytest.mark.parametrize("with_filter", [True, False])
def test_a_cleaner_that_was_taken_over_can_do_nothing(with_filter: bool) -> None:
    script = ATTACK.format(src=SRC, filter=with_filter)
    answer = parent.run([sys.executable, "-I", "-c", script], b"", 20)
    filtered, tried = json.loads(answer)
    assert filtered == (with_filter and isolation().filtered)
    assert set(tried) >= {"read", "write", "connect", "pipe", "memory"}
    assert {name for name, how in tried.items() if how == "done"} == set()
    assert tried["memory"] == "MemoryError"
    assert not Path("/tmp/cleaning-was-here").exists()


def test_the_kernel_filters_where_it_can() -> None:
    can = platform.machine() in _MACHINES and Path("/proc/sys/kernel/seccomp").exists()
    assert isolation().filtered == can
    assert "and a filter of system calls" in str(parent.Isolation(True))
    assert "no filter of system calls" in str(parent.Isolation(False))


@pytest.mark.parametrize("machine", sorted(_MACHINES))
def test_every_jump_of_the_filter_stays_within_it(machine: str) -> None:
    lines = program(_MACHINES[machine])
    assert len(lines) < 4_096
    for place, (code, if_true, if_false, _) in enumerate(lines):
        if code in (0x15, 0x45):
            assert place + 1 + max(if_true, if_false) < len(lines)
    assert lines[-1][0] == 0x06


def run_script(script: str, data: bytes, seconds: float) -> str:
    with pytest.raises(parent._Ended) as caught:
        parent.run([sys.executable, "-I", "-c", script], data, seconds)
    return caught.value.reason


def test_a_cleaner_that_hangs_is_ended() -> None:
    assert run_script("import time; time.sleep(60)", b"x" * (1 << 20), 0.5) == "too_heavy"
    assert reason(made.picture("PNG"), seconds=0.001) == "too_heavy"


def test_a_cleaner_that_says_all_it_has_and_stays_is_ended() -> None:
    script = "import os, time; os.write(1, b'x'); os.close(1); time.sleep(60)"
    assert run_script(script, b"", 0.5) == "too_heavy"


def test_a_cleaner_that_computes_for_ever_is_ended_by_the_kernel() -> None:
    script = f"import sys; sys.path.append({SRC!r})\nfrom answerable.intake.cleaning import confinement\n"
    script += "confinement.limit(seconds=1)\nwhile True: pass"
    assert run_script(script, b"", 20) == "too_heavy"


def test_a_cleaner_that_never_stops_talking_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "MAX_OUTPUT", 1 << 20)
    assert run_script("import os\nwhile True: os.write(1, bytes(65536))", b"", 20) == "too_much_output"


@pytest.mark.parametrize(
    "script", ["import os; os.abort()", "raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"]
)
def test_a_cleaner_that_dies_leaves_no_copy(script: str) -> None:
    assert run_script(script, b"x" * (1 << 20), 20) == "too_heavy"


@pytest.mark.parametrize("answer", [b"", b"ANSC\x01", b"ANSC\x01\x01\x00", b"<html>", b"ANSC\x02\x01\0\0"])
def test_an_answer_of_another_form_is_no_copy(answer: bytes) -> None:
    with pytest.raises(parent._Ended):
        parent._parsed(answer)


def test_the_environment_of_the_server_does_not_reach_the_cleaner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "SECRET")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    answer = parent.run(
        [sys.executable, "-I", "-c", "import os; os.write(1, repr(dict(os.environ)).encode())"], b"", 20
    )
    assert b"SECRET" not in answer


# Names ---------------------------------------------------------------------------------------------------------------

NAMES = {
    "photo.jpg": "photo.jpg",
    "../../etc/passwd": "passwd",
    "C:\\Users\\me\\face.png": "face.png",
    "invoice\u202egpj.exe": "invoicegpj.exe",
    "a\0b\r\nSet-Cookie: x.jpg": "ab Set-Cookie_ x.jpg",
    "": "file",
    "...": "file",
    "/": "file",
    ".htaccess": "htaccess",
    "CON": "_CON",
    "nul.txt": "_nul.txt",
    '<img src=x onerror="alert(1)">.png': "_img src=x onerror=_alert(1)__.png",
    "صورة البيت.png": "صورة البيت.png",
    "照片.jpg": "照片.jpg",
    "a" * 300 + ".jpeg": "a" * 115 + ".jpeg",
    "x\ud800y.txt": "xy.txt",
    "two\u2028lines\u200f.txt": "twolines.txt",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_as_they_are_shown(name: str) -> None:
    assert display_name(name) == NAMES[name]


@given(st.text(st.characters(), max_size=400))
def test_any_name_can_be_shown(name: str) -> None:
    shown = display_name(name)
    assert 0 < len(shown) <= 120
    assert len(shown.encode()) <= 512
    assert not set(shown) & set('/\\<>:"|?*\0\r\n\t')
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert shown == shown.strip(" .")
    assert display_name(shown) == shown
