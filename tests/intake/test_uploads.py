"""Files: in parts, out of reach until named, and nothing of them left when they are not."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.errors import AnswerableError
from answerable.intake import actions, storage
from answerable.intake.actions import setting
from answerable.intake.errors import ChunkError, ConflictError, MalformedError, QuotaError, RefusedError, WorkError
from answerable.intake.storage import CHUNK
from answerable.sealing import envelope
from answerable.sealing.files import open_file
from answerable.sealing.place import Compartment, Field
from answerable.sealing.values import Type
from tests.intake.world import NOW, Person, World, as_reporter, counts, draw, give_indices, solved, without

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]
DAY = 86_400


def put(upload: bytes, body: bytes, step: int = 1, now: int = NOW) -> None:
    with as_reporter():
        index = 0
        for at in range(0, len(body), step * CHUNK):
            index = actions.put_chunk(upload, index, body[at : at + step * CHUNK], checked=True, now=now)


def on_disk(world: World) -> list[str]:
    folder = world.folder / "files"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_comes_in_parts_and_goes_out_whole(world: World, person: Person) -> None:
    data = random.Random(1).randbytes(300_000)
    attached, body = person.file(data)
    put(attached.attached.id, body)
    person.report(files=[attached])
    assert counts()["upload"] == 0
    give_indices()
    out = actions.next_outgoing()
    assert out is not None
    ((said, path),) = out.files
    assert path.read_bytes() == body
    assert said.length == len(body)
    place = person.keys.place(Compartment.EVIDENCE, Field.FILE, attached.attached.version)
    value = next(one for one in envelope.decode(out.envelope).values if one.field is Field.FILE)
    head, chunks = open_file(place, person.keys.pairs[Compartment.EVIDENCE][0], value.data, [body])
    assert chunks == data
    assert head.length == len(data)


def test_an_interrupted_upload_goes_on_where_it_stopped(world: World, person: Person) -> None:
    attached, body = person.file(draw(300_000))
    upload = attached.attached.id
    with as_reporter():
        actions.put_chunk(upload, 0, body[: 2 * CHUNK], checked=True, now=NOW)
        # Cut off within a chunk: that one is not counted
        with (world.folder / "files" / upload.hex()).open("ab") as cut:
            cut.write(b"half a chunk")
        assert actions.upload_state(upload) == 2
        with pytest.raises(ChunkError) as refused:
            actions.put_chunk(upload, 3, body[3 * CHUNK : 4 * CHUNK], now=NOW)
        assert refused.value.held == 2
        # A part that was here already may come again
        actions.put_chunk(upload, 1, body[CHUNK : 2 * CHUNK], now=NOW)
        actions.put_chunk(upload, 2, body[2 * CHUNK :], now=NOW)
        actions.put_chunk(upload, 2, body[2 * CHUNK :], now=NOW)
    person.report(files=[attached])


def test_an_abandoned_upload_leaves_nothing(world: World) -> None:
    put(draw(16), b"x" * 200_000)
    assert len(on_disk(world)) == 1
    with as_reporter():
        assert actions.sweep(NOW + DAY - 900).uploads == 0
        assert actions.sweep(NOW + DAY + 1_800).uploads == 1
    assert on_disk(world) == []
    assert set(counts().values()) == {0}


def test_a_file_that_is_being_swept_is_named_by_nobody_and_goes_although_the_sweep_is_ended(
    world: World, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached, body = person.file(b"evidence")
    put(attached.attached.id, body)

    def ended(*_: object) -> None:
        # Given somebody who sends at this very moment, with her file still on disk, what names it
        with pytest.raises(RefusedError, match="is not here"):
            person.report(files=[attached])
        assert actions.upload_state(attached.attached.id) == 0
        raise KeyboardInterrupt

    # When the sweep is killed before the file has gone
    with monkeypatch.context() as killed:
        killed.setattr(storage, "remove", ended)
        with pytest.raises(KeyboardInterrupt):
            actions.sweep(NOW + 2 * DAY)
    assert on_disk(world) == [attached.attached.id.hex()]
    # Then nothing was acknowledged without its file, and the next sweep takes it
    assert set(counts().values()) == {0, 1}
    assert actions.sweep(NOW + 2 * DAY).uploads == 1
    assert on_disk(world) == []
    assert set(counts().values()) == {0}


def test_a_file_that_was_named_stays(world: World, person: Person) -> None:
    attached, body = person.file(b"x")
    put(attached.attached.id, body)
    person.report(files=[attached])
    with as_reporter():
        assert actions.sweep(NOW + 9 * DAY).uploads == 0
        assert actions.upload_state(attached.attached.id) == 0
        for index in (0, 1):
            with pytest.raises(ConflictError):
                actions.put_chunk(attached.attached.id, index, b"other bytes", checked=True, now=NOW)
        with pytest.raises(ConflictError):
            actions.store_file(attached.attached.id, [b"other bytes"], now=NOW)
    assert on_disk(world) == [attached.attached.id.hex()]
    assert (world.folder / "files" / attached.attached.id.hex()).read_bytes() == body


def test_files_bear_the_day_alone_and_only_their_owner_reads_them(world: World) -> None:
    upload = draw(16)
    put(upload, b"x" * 100)
    folder = world.folder / "files"
    for path in (folder, folder / upload.hex()):
        assert path.stat().st_mtime == path.stat().st_atime == NOW // DAY * DAY
    assert (folder / upload.hex()).stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


Change = Callable[[Path, bytes], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda path, _body: path.unlink(),
        lambda path, body: path.write_bytes(body[:-1]),
        lambda path, body: path.write_bytes(body + b"x"),
        lambda path, body: path.write_bytes(bytes((body[0] ^ 1,)) + body[1:]),
        lambda path, _body: (path.unlink(), path.symlink_to("/etc/passwd")),
        lambda path, _body: (path.unlink(), path.mkdir()),
        lambda path, _body: (path.unlink(), os.mkfifo(path)),
    ],
)
def test_a_submission_names_only_what_is_here_as_it_says(world: World, person: Person, change: Change) -> None:
    attached, body = person.file(b"evidence")
    put(attached.attached.id, body)
    change(world.folder / "files" / attached.attached.id.hex(), body)
    with pytest.raises(RefusedError, match="not here, or not whole"):
        person.report(files=[attached])
    assert counts()["submission"] == 0


def test_two_submissions_cannot_name_one_file(world: World, person: Person) -> None:
    attached, body = person.file(b"evidence")
    put(attached.attached.id, body)
    person.report(files=[attached])
    thief = Person(world)
    thief.keys = person.keys
    thief.record = person.keys.record
    with pytest.raises(ConflictError):
        thief.report(files=[attached])


def test_no_room_refuses_files_and_takes_text(tmp_path: Path) -> None:
    with World(tmp_path / "small", quota=100_000).in_force() as world:
        with pytest.raises(QuotaError, match=r"your text is safe\. This file was not taken"):
            put(draw(16), b"x" * 3 * CHUNK, step=3)
        assert on_disk(world) == []
        person = Person(world)
        person.report()
        assert b"what happened" in person.texts()


def test_a_bomb_stops_at_the_largest_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "MAX_BODY", 3 * CHUNK)
    with pytest.raises(QuotaError, match="longer"):
        put(draw(16), b"x" * 5 * CHUNK)
    endless = (b"x" * CHUNK for _ in iter(int, 1))
    with pytest.raises(QuotaError, match="longer"):
        actions.store_file(draw(16), endless, now=NOW)
    assert sum(path.stat().st_size for path in (world.folder / "files").iterdir()) <= 3 * CHUNK


def test_bodies_stored_at_once_never_pass_the_quota(tmp_path: Path) -> None:
    quota, each = 20 * CHUNK, [b"x" * CHUNK] * 6
    with World(tmp_path / "several", quota=quota).in_force() as world:
        folder = setting.files()
        begin, seen = threading.Barrier(6), list[int]()

        def store() -> None:
            begin.wait(10)
            with contextlib.suppress(QuotaError):
                storage.store(folder, draw(16), watched(), NOW, quota=quota)

        def watched() -> Iterator[bytes]:
            for chunk in each:
                seen.append(storage._size(folder))
                yield chunk

        threads = [threading.Thread(target=store) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert max(seen) <= quota
        # What is kept is whole, what was not leaves nothing, and the room is used
        sizes = [path.stat().st_size for path in (world.folder / "files").iterdir()]
        assert set(sizes) <= {6 * CHUNK}
        storage.store(folder, draw(16), each[:1], NOW, quota=sum(sizes) + CHUNK)
        with pytest.raises(QuotaError):
            storage.store(folder, draw(16), each[:1], NOW, quota=sum(sizes) + CHUNK)


def test_an_upload_begins_with_work(world: World) -> None:
    upload, other = draw(16), draw(16)
    worked = solved(upload)
    with as_reporter():
        with pytest.raises(WorkError):
            actions.put_chunk(upload, 0, b"x", now=NOW)
        actions.put_chunk(upload, 0, b"x", work=worked, now=NOW)
        with pytest.raises(WorkError):
            actions.put_chunk(other, 0, b"x", work=worked, now=NOW)
        for wrong in (b"", draw(15), draw(17)):
            with pytest.raises(AnswerableError):
                actions.put_chunk(wrong, 0, b"x", checked=True, now=NOW)
        for data in (b"", b"x" * (16 * CHUNK + 1)):
            with pytest.raises(MalformedError):
                actions.put_chunk(other, 0, data, checked=True, now=NOW)
    assert len(on_disk(world)) == 1


def test_the_servers_own_seal_is_stored_at_once(world: World, person: Person) -> None:
    attached, body = person.file(b"by the server")
    with as_reporter():
        length, digest = actions.store_file(attached.attached.id, [body[:10], body[10:]], now=NOW)
    assert (length, digest) == (attached.attached.length, attached.attached.sha256)
    person.report(files=[attached])


def test_a_head_without_its_file_and_a_file_without_its_head_are_refused(person: Person) -> None:
    attached, body = person.file(b"x")
    put(attached.attached.id, body)
    made = person.envelope(files=[attached])
    assert [one for one in made.values if one.data[4] == Type.FILE]
    for wrong in (
        without(made, files=()),
        without(made, values=tuple(one for one in made.values if one.field is not Field.FILE)),
    ):
        with as_reporter(), pytest.raises(RefusedError, match="head"):
            actions.receive(person.delivery(wrong), door="plain", now=NOW)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_parts_in_any_order_make_the_file_or_say_which_is_next(tmp_path: Path, data: st.DataObject) -> None:
    """A client that loses answers, repeats parts and skips some ends up with its file when it goes where it is sent."""
    folder = tmp_path / draw(4).hex()
    folder.mkdir()
    body, upload = draw(data.draw(st.integers(1, 5 * CHUNK))), draw(16)
    wanted, parts = 0, -(-len(body) // CHUNK)
    while wanted < parts:
        index = data.draw(st.integers(0, parts - 1) | st.just(wanted))
        count = data.draw(st.integers(1, 3))
        sent = body[index * CHUNK : (index + count) * CHUNK]
        try:
            reached = storage.append(folder, upload, index, sent, NOW)
        except ChunkError as error:
            wanted = min(error.held, index - 1)  # a gap never begins at or behind what was asked for
        else:
            wanted = max(wanted, reached)
            assert reached == min(index + count, parts)
    assert storage.path_of(folder, upload).read_bytes() == body
