"""The monitor: honest logs give no finding; every way a log can lie gives its own, for as long as it is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.cli.main import app
from answerable.ledger import watching
from answerable.ledger.asking import Asker
from answerable.ledger.network_errors import WatchError
from answerable.ledger.watch_state import Folder
from answerable.ledger.watching import Monitor, Round
from answerable.record import kinds
from answerable.record.note import SigningKey
from answerable.record.policy import Policy
from answerable.record.text import base64_text
from answerable.record.tiles import archive_path, bundle_path, encode_bundle, tile_path
from tests.record.events import open_event

from .peers import Request, reply, serving
from .small_log import ORIGIN, SmallLog, log_keys, seed, witness_keys

REGISTER = "ledger.example.org/register"
TICK = 2_000_000
START = TICK * 900
DAY = 86_400
WITNESSES = [witness_keys(f"witness.example/w{n}")[0] for n in range(3)]


def day(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")


def policy_text(origin: str, keys: tuple[SigningKey, ...] | None = None) -> str:
    lines = [f"log {key.verifier}" for key in keys or log_keys(origin)]
    lines += [f"witness w{n} {key.verifier}" for n, key in enumerate(WITNESSES)]
    return "\n".join([*lines, "group g 2 w0 w1 w2", "quorum g"]) + "\n"


class House:
    """A record and its register, both honest, and a monitor of both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        self.record = SmallLog(ORIGIN)
        self.register = SmallLog(REGISTER)
        self.tick = TICK - 1
        self.count = 0
        self.texts = [policy_text(ORIGIN), policy_text(REGISTER)]
        self.opened(ORIGIN, "open")
        self.opened(REGISTER, "sealed", tick_seconds=900, genesis_tick=TICK, slots=4)
        for origin, text in zip((ORIGIN, REGISTER), self.texts, strict=True):
            self.enter("policy.published", origin=origin, policy=text, effective=day(START))
        self.pass_ticks(1)
        self.publish()

    def opened(self, origin: str, form: str, **more: Any) -> None:
        log = self.record if origin == ORIGIN else self.register
        fields = {"tick_seconds": None, "genesis_tick": None, "slots": None, "predecessor": None, "promise_hours": 1}
        self.enter("log.opened", origin=origin, format=form, vkeys=sorted(log.vkeys), **{**fields, **more})

    def enter(self, kind: str, /, **fields: Any) -> None:
        self.count += 1
        fields.setdefault("at", day(self.now))
        entry = kinds.encode_open(open_event(kind, id=f"{self.count:032x}", **fields))
        self.record.append(entry)

    def letter(self, **fields: Any) -> None:
        empty = {"documents": [], "asks": [], "in_reply_to": [], "on_behalf": None, "due": None, "rule": None}
        self.enter("correspondence.letter", **{**empty, "dated": day(self.now), "obligor": "SG", **fields})

    def pass_ticks(self, count: int, multiple: int = 1) -> None:
        for _ in range(count):
            self.tick += 1
            self.now = max(self.now, self.tick * 900 + 5)
            pads = sorted(b"\x01" + seed(f"{self.tick} {n}") for n in range(4 * multiple))
            self.register.append(*pads)

    def anchor(self) -> None:
        head = {"root": base64_text(self.register.edge.root()), "size": self.register.size}
        self.enter("log.anchored", origin=REGISTER, head=head, tick=self.tick, case_heads=None)

    def publish(self) -> None:
        for log in (self.record, self.register):
            log.publish(self.now, tuple(WITNESSES[:2]))

    def round(self, asker: Asker | None = None) -> Round:
        policies = [Policy.parse(text) for text in self.texts]
        return Monitor(
            self.record.fetch,
            policies,
            self.folder,
            asker,
            registers=[self.register.fetch],
            policy_texts=self.texts,
        ).round(self.now + 60)

    def codes(self) -> list[str]:
        return sorted(finding.code for finding in self.round().findings if finding.open)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "state")


def test_honest_logs_give_no_finding_round_after_round(house: House) -> None:
    for _ in range(3):
        done = house.round()
        assert (done.findings, done.open) == ((), 0)
        house.pass_ticks(1)
        house.anchor()
        house.publish()


def test_a_round_says_what_it_verified(house: House) -> None:
    house.round()
    house.enter("incident.published", **{"class": "a-code"})
    house.publish()
    labels = dict(house.round().lines)
    assert labels["verified"].startswith(f"{REGISTER} 4 -> 4 (0 entries)")
    [(_, first), *_] = house.round().lines
    assert first.startswith(f"5 -> 5 (0 entries), quorum {datetime.fromtimestamp(house.now, UTC):%Y-%m-%dT%H:%M:%SZ}")
    assert labels["findings"] == "0 open"


# The tree and its signatures


def fork_of(house: House, count: int, drop: int = 1) -> SmallLog:
    fork = SmallLog(ORIGIN).append(*house.record.entries[:-drop])
    for n in range(count):
        fork.append(kinds.encode_open(open_event("incident.published", id=f"{900 + n:032x}", at=day(house.now))))
    return fork.publish(house.now, tuple(WITNESSES[:2]))


@pytest.mark.parametrize("more", [1, 2, 300])
def test_a_fork_is_a_split_and_stays_one_when_it_is_taken_back(house: House, more: int) -> None:
    house.round()
    honest, house.record = house.record, fork_of(house, more)
    assert "split" in house.codes()
    evidence = list((house.folder / "log" / "evidence").iterdir())
    assert {path.read_bytes() for path in evidence} == {house.record.files["checkpoint"], honest.files["checkpoint"]}
    house.record = honest
    assert house.codes() == ["split"]


def test_a_log_that_got_smaller_is_shrunk(house: House) -> None:
    house.round()
    honest, house.record = house.record, fork_of(house, 0)
    assert "shrunk" in house.codes()
    house.record = honest
    assert house.codes() == []


def test_a_checkpoint_that_nobody_known_signed_is_unsigned(house: House) -> None:
    house.round()
    house.record.keys = log_keys(ORIGIN, "stranger")
    house.publish()
    assert house.codes() == ["unsigned"]
    house.record.files["checkpoint"] = b"\xff"
    assert house.codes() == ["unsigned"]


def test_too_few_cosignatures_are_no_quorum_and_move_nothing(house: House) -> None:
    house.round()
    house.enter("incident.published")
    house.record.publish(house.now, (WITNESSES[0],))
    assert house.codes() == ["no-quorum"]
    house.publish()
    assert house.codes() == []


def test_a_fork_without_a_quorum_is_a_split_all_the_same(house: House) -> None:
    house.round()
    house.record = fork_of(house, 3).publish(house.now, ())
    assert house.codes() == ["no-quorum", "split"]


def test_an_absent_checkpoint_is_unreachable(house: House) -> None:
    house.round()
    del house.record.files["checkpoint"]
    assert house.codes() == ["unreachable"]


def test_a_tampered_bundle_or_tile_is_broken_until_it_is_repaired(house: House) -> None:
    house.round()
    for _ in range(300):
        house.enter("incident.published")
    house.publish()
    files = house.record.files
    for path in (bundle_path(0), tile_path(0, 0), bundle_path(1, 48), tile_path(0, 1, 48), tile_path(1, 0, 1)):
        honest = files[path]
        files[path] = bytes([honest[0] ^ 1]) + honest[1:] if "entries" not in path else honest[:-1] + b"x"
        assert "broken" in house.codes(), path
        del files[path]
        assert "broken" in house.codes(), path
        files[path] = honest
    assert house.codes() == []


def test_a_bundle_of_other_entries_is_broken(house: House) -> None:
    house.round()
    house.enter("incident.published")
    house.publish()
    entries = [*house.record.entries[:-1], house.record.entries[0]]
    house.record.files[bundle_path(0, len(entries))] = encode_bundle(entries)
    assert house.codes() == ["broken"]


def test_a_log_that_no_quorum_cosigns_any_more_is_stale(house: House) -> None:
    house.anchor()
    house.publish()
    house.round()
    house.now += 1900
    assert house.codes() == ["stale"]  # the register: two ticks
    house.now += 36 * 3600
    assert house.codes().count("stale") == 2


# The register against the record


def test_entries_that_are_not_sealed_have_the_wrong_shape(house: House) -> None:
    house.tick += 1
    house.now = house.tick * 900 + 5
    house.register.append(*sorted([b"\x01" + bytes(31), b"\x01" + bytes(32), b"\x01" + bytes(31) + b"\x02", b"{}"]))
    house.publish()
    assert house.codes().count("shape") == 2


def test_a_tick_out_of_order_is_unsorted(house: House) -> None:
    house.tick += 1
    house.now = house.tick * 900 + 5
    house.register.append(*sorted((b"\x01" + seed(f"{n}") for n in range(4)), reverse=True))
    house.publish()
    assert house.codes() == ["unsorted"] * 3
    house.pass_ticks(1)
    house.publish()
    assert house.codes() == ["unsorted"] * 3


def test_a_size_of_no_tick_is_a_finding_after_an_hour(house: House) -> None:
    house.register.append(b"\x01" + bytes(32))
    house.publish()
    assert house.codes() == []
    house.now += 3600
    assert "schedule" in house.codes()


def test_an_enlarged_tick_must_be_named_in_the_record(house: House) -> None:
    house.pass_ticks(1, multiple=3)
    house.publish()
    house.now += 3600
    assert "schedule" in house.codes()
    house.enter("tick.enlarged", origin=REGISTER, tick=house.tick, multiple=3)
    house.pass_ticks(4)
    house.publish()
    assert house.codes() == []


def test_a_register_must_be_anchored_every_36_hours(house: House) -> None:
    house.pass_ticks(4 * 35)
    house.publish()
    assert house.codes() == []
    house.pass_ticks(8)
    house.publish()
    assert house.codes() == ["anchor"]
    house.anchor()
    house.publish()
    assert house.codes() == []


def test_an_anchored_head_that_the_register_never_had_is_a_finding_for_good(house: House) -> None:
    head = {"root": base64_text(bytes(32)), "size": 8}
    house.enter("log.anchored", origin=REGISTER, head=head, tick=house.tick + 1, case_heads=None)
    house.publish()
    assert house.codes() == []  # the register is not there yet: nobody can tell
    house.pass_ticks(2)
    house.publish()
    assert house.codes() == ["anchor"]
    house.anchor()
    house.publish()
    assert house.codes() == ["anchor"]


# Entries of the record


def test_malformed_entries_and_unknown_kinds_are_findings_for_good(house: House) -> None:
    house.record.append(b"{not canonical", b'{"at":"2026-11-21","by":"x","id":"00","kind":"no.such","v":1}')
    house.publish()
    found = house.codes()
    assert len(found) == 2
    assert set(found) <= {"malformed", "unknown-kind"}
    assert "malformed" in found
    house.enter("incident.published")
    house.publish()
    assert house.codes() == found


def test_days_of_recording_are_held_against_what_witnesses_saw(house: House) -> None:
    house.round()
    house.pass_ticks(96 * 4)
    house.anchor()
    house.publish()
    house.round()
    house.enter("incident.published", at=day(house.now - 3 * DAY))
    house.enter("incident.published", at=day(house.now + 3 * DAY))
    house.enter("incident.published")
    house.publish()
    assert house.codes() == ["back-dated", "post-dated"]


def test_a_late_monitor_learns_the_times_from_archived_checkpoints(house: House) -> None:
    """Given a monitor that was not there, when archives tell the days, then it finds a back-dated entry."""
    house.pass_ticks(96 * 4)
    house.anchor()
    house.publish()
    house.enter("incident.published", at=day(house.now - 3 * DAY))
    house.publish()
    assert house.codes() == ["back-dated"]


def test_an_archived_checkpoint_of_another_history_is_a_split(house: House) -> None:
    fork = fork_of(house, 1)
    house.record.files[archive_path(4)] = fork.files[archive_path(4)]
    assert fork.size == 4
    assert house.codes() == ["split"]


def test_a_schedule_changed_without_notice_is_a_silent_change(house: House) -> None:
    house.enter("schedule.changed", origin=REGISTER, from_tick=house.tick + 96 * 6, slots=8)
    house.publish()
    assert house.codes() == ["silent-change"]


def test_keys_and_policies_not_on_record_are_silent_changes(house: House) -> None:
    house.round()
    new = SigningKey.generate(ORIGIN, 0x01, seed("new"))
    house.record.keys = (*house.record.keys, new)
    house.texts[0] = policy_text(ORIGIN, (*log_keys(ORIGIN), new))
    house.publish()
    assert house.codes() == ["silent-change"] * 2
    house.enter("key.added", purpose="log", name=ORIGIN, vkey=str(new.verifier), effective=day(house.now))
    house.enter("policy.published", origin=ORIGIN, policy=house.texts[0], effective=day(house.now))
    house.publish()
    assert house.codes() == []


def test_silence_is_computed_from_the_entries_alone(house: House) -> None:
    house.letter(letter="L1", due=day(house.now + DAY), rule="Article 3")
    house.letter(letter="L2")
    house.publish()
    done = house.round()
    assert [(f.code, f.open) for f in done.findings] == [("silent", False)]
    house.pass_ticks(96 * 10)
    house.anchor()
    house.publish()
    done = house.round()
    assert {f.code for f in done.findings} == {"overdue", "unrecorded-silence", "silent"}
    assert done.open == 2
    assert any(label == "overdue" and "by Article 3" in text for label, text in done.lines)


# The witnesses' own views


@pytest.fixture
def views(house: House) -> Iterator[tuple[dict[int, bytes], Asker]]:
    """Three witnesses that show what the test says, and an asker of them."""
    shown: dict[int, bytes] = {}

    def script(number: int) -> Any:
        def answer(request: Request) -> bytes:
            return reply(200, shown[number]) if number in shown else reply(404)

        return answer

    with ExitStack() as stack:
        peers = [stack.enter_context(serving(script(number))) for number in range(3)]
        lines = [f"log {key.verifier}" for key in log_keys()]
        lines += [f"witness w{n} {key.verifier} {peers[n].url}" for n, key in enumerate(WITNESSES)]
        policy = Policy.parse("\n".join([*lines, "group g 2 w0 w1 w2", "quorum g"]) + "\n")
        yield shown, stack.enter_context(Asker(policy, timeout=2))


def record_round(house: House, asker: Asker) -> Round:
    return Monitor(house.record.fetch, Policy.parse(house.texts[0]), house.folder, asker).round(house.now + 60)


def test_witnesses_that_saw_the_same_history_agree(house: House, views: tuple[dict[int, bytes], Asker]) -> None:
    shown, asker = views
    shown[0] = house.record.note()
    shown[1] = SmallLog(ORIGIN).append(*house.record.entries[:2]).note()
    done = record_round(house, asker)
    assert done.lines[0][1].endswith("witnesses agree")
    assert done.open == 0


def test_a_witness_that_was_shown_another_history_proves_a_split(
    house: House, views: tuple[dict[int, bytes], Asker]
) -> None:
    shown, asker = views
    shown[0] = fork_of(house, 1).note()
    done = record_round(house, asker)
    assert [finding.code for finding in done.findings] == ["split"]
    assert "the witness w0" in done.findings[0].sentence


def test_a_witness_that_says_nothing_under_the_logs_key_proves_nothing(
    house: House, views: tuple[dict[int, bytes], Asker]
) -> None:
    shown, asker = views
    shown[0] = SmallLog(ORIGIN, log_keys(ORIGIN, "stranger")).grow(4, "fork").note()
    shown[1] = b"garbage"
    shown[2] = SmallLog(ORIGIN).append(*house.record.entries).grow(3).note()
    done = record_round(house, asker)
    assert done.open == 0
    assert done.lines[0][1].endswith("0 of 3 witnesses agree; no view from w0, w1; ahead: w2")


# Its own memory


def test_an_interrupted_round_is_resumed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a round that dies at any save, when the next one runs, then it finds the same as an uninterrupted one."""
    monkeypatch.setattr(watching, "CHUNK", 3)
    house.letter(letter="L1", due=day(house.now - DAY), rule="Article 3")
    house.record.append(b"{bad")
    for _ in range(10):
        house.enter("incident.published")
    house.publish()
    fresh = House.__new__(House)
    fresh.__dict__.update(house.__dict__, folder=house.folder / "whole")
    expected = list(fresh.round().findings)
    real, saves = Folder.save, 0
    for deadly in range(1, 12):
        house.folder = house.folder.parent / f"die-{deadly}"
        saves = 0

        def save(self: Folder, checkpoint: bytes | None = None, deadly: int = deadly) -> None:
            nonlocal saves
            saves += 1
            if saves == deadly:
                raise KeyboardInterrupt
            real(self, checkpoint)

        monkeypatch.setattr(Folder, "save", save)
        try:
            house.round()
        except KeyboardInterrupt:
            monkeypatch.setattr(Folder, "save", real)
        monkeypatch.setattr(Folder, "save", real)
        assert list(house.round().findings) == expected
        kept = Folder(house.folder / "log")
        assert [held.index for held in kept.held] == sorted({held.index for held in kept.held})


def test_its_memory_is_its_owners_alone(house: House) -> None:
    house.round()
    house.record = fork_of(house, 1)
    house.round()
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    assert len(files) >= 6
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_another_log_is_not_mixed_into_a_memory(house: House, tmp_path: Path) -> None:
    house.round()
    other = SmallLog("other.example/log").grow(3).publish()
    policy = Policy.parse(policy_text("other.example/log"))
    both = Policy.parse(f"log {log_keys()[0].verifier}\n" + policy_text("other.example/log"))
    with pytest.raises(WatchError, match="another --state folder"):
        Monitor(other.fetch, both, house.folder).round(house.now)
    with pytest.raises(WatchError, match="no policy given names"):
        Monitor(house.record.fetch, policy, tmp_path / "new").round(house.now)


def test_another_organisations_log_is_watched_without_our_kinds(tmp_path: Path) -> None:
    log = SmallLog("other.example/log").grow(300).publish(START, tuple(WITNESSES))
    policy = Policy.parse(policy_text("other.example/log"))
    monitor = Monitor(log.fetch, policy, tmp_path)
    assert monitor.round(START).findings == ()
    log.grow(300).publish(START, tuple(WITNESSES))
    assert monitor.round(START).findings == ()


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b'{"version": 1}', b"\xff", b'{"version": 2}'])
def test_a_damaged_memory_is_a_clear_error(house: House, damage: bytes) -> None:
    house.round()
    (house.folder / "log" / "state.json").write_bytes(damage)
    with pytest.raises(WatchError, match="the monitor's memory"):
        house.round()


def test_lost_entries_are_a_clear_error(house: House) -> None:
    house.round()
    (house.folder / "log" / "entries.jsonl").write_bytes(b"")
    with pytest.raises(WatchError, match="shorter"):
        house.round()


# The command


def test_the_command_prints_findings_and_exits_by_them(house: House, tmp_path: Path) -> None:
    record = house.record.write(tmp_path / "copy" / "record")
    policy = tmp_path / "record.policy"
    policy.write_text(house.texts[0])
    arguments = ["record", "monitor", str(record), "--policy", str(policy), "--state", str(tmp_path / "m")]
    done = CliRunner().invoke(app, arguments)
    lines = done.output.splitlines()
    assert lines[0].startswith("verified  0 -> 4 (4 entries), quorum ")
    assert lines[-1].startswith("findings  ")
    assert done.exit_code in (0, 1)  # by the real clock these logs may be stale
    as_json = CliRunner().invoke(app, [*arguments, "--json"])
    assert json.loads(as_json.output)["open"] >= 0
    (record / "checkpoint").write_bytes(fork_of(house, 3).files["checkpoint"])
    assert CliRunner().invoke(app, arguments).exit_code == 1
