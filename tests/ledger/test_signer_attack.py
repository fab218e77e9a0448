"""Whoever owns the ledger's database and files, but not the signer, cannot get a second history signed."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections

from answerable.ledger import config as configs
from answerable.ledger import routers, running, triggers
from answerable.ledger.actions import rows
from answerable.ledger.agent import add_to_agent
from answerable.ledger.boot import State
from answerable.ledger.config import LedgerConfig, SignerChoice
from answerable.ledger.errors import ConfigError
from answerable.ledger.models import Checkpoint, Cosignature, Entry, Head
from answerable.ledger.network_errors import SignerError, SignerRefusedError
from answerable.ledger.sequencer import RoundReport, Sequencer
from answerable.ledger.signer_server import SignerServer, open_folder
from answerable.ledger.signing import AgentSigner, FileSigner, SocketSigner, create_memory
from answerable.record import tree
from answerable.record.keyfile import read_key_file
from answerable.record.keys import ED25519
from answerable.record.note import Checkpoint as Body
from answerable.record.note import Note, verify_note
from answerable.record.witnessing import Request
from tests.ledger.harness import START, Clock, Ledger, check_everything, entries_of
from tests.ledger.test_signing import ssh_agent

pytestmark = pytest.mark.database


@contextmanager
def signer_apart(ledger: Ledger, folder: Path) -> Iterator[SocketSigner]:
    """The log's keys moved to a signer with a socket of its own; `ledger.toml` names the socket."""
    shutil.copytree(ledger.config.keys, folder / "keys", ignore=lambda _f, names: [n for n in names if "." not in n])
    for other in ("ack.key", "padding.key", "wrapping.key", "ack-editors.key", "ack-desk.key"):
        (folder / "keys" / other).unlink(missing_ok=True)
    for path in ledger.config.key_files:
        path.unlink()
    create_memory(folder / "memory", [log.origin for log in ledger.config.logs])
    place = ledger.config.folder / configs.FILE
    socket = folder / "s"
    place.write_text(place.read_text().replace("[signer]\n", f'[signer]\nkind = "process"\nsocket = "{socket}"\n'))
    ledger.config = configs.load(ledger.config.folder)
    with SignerServer(open_folder(folder), socket) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        signer = running.signer_of(ledger.config)
        assert isinstance(signer, SocketSigner)
        try:
            yield signer
        finally:
            signer.close()
            server.shutdown()
            thread.join()


def go_round(ledger: Ledger, signer: SocketSigner) -> RoundReport:
    return Sequencer(ledger.config, ledger.clock, signer, ledger.askers).round(paced=False)


def rewrite(ledger: Ledger, index: int, *, size: int | None = None) -> None:
    """What an insider with every right to database and folder does: another entry at ``index``, and all that follows
    from it, made to agree; nothing on disk or in tables tells of the first history."""
    origin, vendor = ledger.record, connections["ledger"].vendor
    with connections["ledger"].cursor() as cursor:
        for table in triggers.TABLES:
            if routers.has_table("ledger", table):
                for statement in triggers.drop(vendor, table):
                    cursor.execute(statement)
    entries = entries_of(origin)
    stop = len(entries) if size is None else size
    forged = entries[index].data.replace(b'"by":"', b'"by":"not ')
    leaf = tree.leaf_hash(forged)
    Entry.objects.using("ledger").filter(log=origin, idx=index).update(data=forged, leaf_hash=leaf, party="ledger")
    Entry.objects.using("ledger").filter(log=origin, idx__gte=stop).delete()
    edge = tree.Edge()
    edge.append([entry.leaf_hash for entry in entries_of(origin)])
    Head.objects.using("ledger").filter(log=origin).update(size=stop, root=edge.root(), edge=edge.to_bytes())
    Checkpoint.objects.using("ledger").filter(log=origin).delete()
    Cosignature.objects.using("ledger").filter(log=origin).delete()
    Checkpoint.objects.using("ledger").create(log=origin, size=stop, root=edge.root())
    shutil.rmtree(ledger.config.record.public)
    ledger.config.record.public.mkdir()
    # the witnesses are gone too, or on his side: only the signer is left
    for asker in ledger.askers.values():
        for witness in asker.witnesses.values():
            witness.note, witness.last, witness.folder = None, None, None


@pytest.fixture
def history(ledger: Ledger) -> Ledger:
    for number in range(5):
        ledger.act(number)
    return ledger


def test_a_log_runs_with_its_signer_in_another_process(history: Ledger, tmp_path: Path) -> None:
    with signer_apart(history, tmp_path / "signer") as signer:
        assert go_round(history, signer).messages == []
        acks = [history.act(50)]
        report = go_round(history, signer)
        assert [log.state for log in report.logs] == [State.RUN, State.RUN]
        check_everything(history, acks)
        note = Note.parse((history.config.record.public / "checkpoint").read_bytes())
        assert len(verify_note(note, history.config.record.policy.log_keys(history.record))) == 2


@pytest.mark.parametrize("size", [None, 11], ids=["the same size", "smaller"])
def test_a_rewritten_history_is_not_signed_and_halts(history: Ledger, tmp_path: Path, size: int | None) -> None:
    with signer_apart(history, tmp_path / "signer") as signer:
        go_round(history, signer)
        true = rows.head(history.record)
        assert true is not None
        rewrite(history, 10, size=size)
        false = rows.head(history.record)
        assert false is not None
        report = go_round(history, signer)
        said = " ".join(report.messages)
        assert report.logs[1].state is State.HALT
        for words in ("the signer remembers", f"size {true.size}", true.root.hex(), f"size {false.size}"):
            assert words in said
        assert false.root.hex() in said
        assert "answerable record rebuild" in said
        assert not (history.config.record.public / "checkpoint").exists()
        assert remembers(signer, history.record) == (true.size, true.root)


def remembers(signer: SocketSigner, origin: str) -> tuple[int, bytes]:
    remembered = signer.remembered(origin)
    assert remembered is not None
    return remembered.size, remembered.root


def test_a_rewritten_history_that_has_grown_is_refused_by_the_signer_itself(history: Ledger, tmp_path: Path) -> None:
    """The insider also makes the old size's root look right, so that the sequencer's own look at it finds nothing."""
    with signer_apart(history, tmp_path / "signer") as signer:
        go_round(history, signer)
        true = rows.head(history.record)
        assert true is not None
        rewrite(history, 10)
        Checkpoint.objects.using("ledger").filter(log=history.record).update(root=true.root)
        edge = tree.Edge()
        data = history.act(77).outbox.data
        edge.append([*(entry.leaf_hash for entry in entries_of(history.record)), tree.leaf_hash(data)])
        Entry.objects.using("ledger").create(
            log=history.record, idx=true.size, data=data, leaf_hash=tree.leaf_hash(data), party="editors"
        )
        Head.objects.using("ledger").filter(log=history.record).update(
            size=edge.size, root=edge.root(), edge=edge.to_bytes()
        )
        Checkpoint.objects.using("ledger").create(log=history.record, size=edge.size, root=edge.root())
        report = go_round(history, signer)
        said = " ".join(report.messages)
        assert report.logs[1].state is State.HALT
        for words in ("signer", f"size {true.size}", true.root.hex(), f"size {edge.size}", edge.root().hex()):
            assert words in said
        assert not (history.config.record.public / "checkpoint").exists()


def test_the_signer_asked_directly_signs_no_second_history(history: Ledger, tmp_path: Path) -> None:
    with signer_apart(history, tmp_path / "signer") as signer:
        go_round(history, signer)
        true = rows.head(history.record)
        assert true is not None
        leaves = [entry.leaf_hash for entry in entries_of(history.record)]
        for forged in (leaves[:-1], [*leaves[:-1], b"\0" * 32], [*leaves[1:], *leaves[:5]]):
            root = tree.root_of(forged)
            body = Body(history.record, len(forged), root).text().encode()
            for old in (0, len(forged), true.size):
                for proof in ((), (b"\0" * 32,), tuple(leaves[:3])):
                    with pytest.raises(SignerRefusedError):
                        signer.sign(Request(old, proof, body).to_bytes())
        assert remembers(signer, history.record) == (true.size, true.root)


def test_a_signer_that_is_away_is_waited_for(history: Ledger, tmp_path: Path) -> None:
    with signer_apart(history, tmp_path / "signer") as signer:
        go_round(history, signer)
        signed = rows.last_signed(history.record)
    history.act(51)
    report = go_round(history, signer)
    assert not report.halted
    assert "start it, or look at what it prints" in " ".join(report.messages).lower()
    assert rows.last_signed(history.record) == signed


def test_keys_left_beside_the_log_are_told(ledger: Ledger) -> None:
    config = ledger.config
    assert running.left_behind(config) == []
    apart = replace(config, signer=SignerChoice("process", "s"))
    assert len(running.left_behind(apart)) == 4
    assert [Path(path).name for path in running.left_behind(replace(config, signer=SignerChoice("agent")))] == [
        "register.ed25519.key",
        "record.ed25519.key",
    ]


def choose(config: LedgerConfig, lines: str) -> LedgerConfig:
    place = config.folder / configs.FILE
    place.write_text(re.sub(r"\[signer\]\n(\w.*\n)*", f"[signer]\n{lines}\n", place.read_text()))
    return configs.load(config.folder)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('kind = "smartcard"', "is not known"),
        ('kind = "process"', "not its socket"),
        ('kind = "files"\nsocket = "s"', "Choose one"),
        ('path = "s"', "unknown member path"),
        ("kind = 3", "names and texts"),
    ],
)
def test_a_choice_that_is_none_is_a_sentence(ledger: Ledger, lines: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        choose(ledger.config, lines)


def test_a_socket_alone_is_a_process(ledger: Ledger) -> None:
    assert choose(ledger.config, 'socket = "s"').signer == SignerChoice("process", "s")
    assert isinstance(running.signer_of(choose(ledger.config, "")), FileSigner)


def test_the_ed25519_keys_stay_in_a_real_agent(ledger: Ledger, tmp_path: Path) -> None:
    with ssh_agent(tmp_path) as (path, _):
        for file in ledger.config.key_files:
            key = read_key_file(file)
            if key.verifier.type == ED25519:
                add_to_agent(key, path)
                file.unlink()
            else:
                with pytest.raises(SignerError, match="plain Ed25519"):
                    add_to_agent(key, path)
        ledger.config = choose(ledger.config, f'kind = "agent"\nsocket = "{path}"')
        signer = running.signer_of(ledger.config)
        assert isinstance(signer, AgentSigner)
        report = Sequencer(ledger.config, Clock(START), signer, ledger.askers).round(paced=False)
        assert report.messages == []
        note = Note.parse((ledger.config.record.public / "checkpoint").read_bytes())
        assert len(verify_note(note, ledger.config.record.policy.log_keys(ledger.record))) == 2
    # The agent ended: nothing is signed, and a sentence says why.
    ledger.act(1)
    said = " ".join(Sequencer(ledger.config, Clock(START + 20), signer, ledger.askers).round(paced=False).messages)
    assert "the ssh-agent gives no answer" in said
