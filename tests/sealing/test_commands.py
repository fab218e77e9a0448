"""The commands as a panel runs them: a ceremony, the readers' note, a narrative recovered for one person."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.cli.main import app
from answerable.record import canonical, commit, kinds
from answerable.record.commit import OpeningKey
from answerable.record.keyfile import write_key_file
from answerable.sealing import hpke, recovery
from answerable.sealing.envelope import Channel, Kind, encode
from answerable.sealing.making import RecordKeys, make_envelope
from answerable.sealing.place import RECOVERY, Compartment, Field, Record
from answerable.sealing.readers import ReadersNote, parse
from answerable.sealing.signing import sign
from answerable.sealing.values import open_value
from tests.record.events import smallest
from tests.record.logs import REGISTER, Log, key, policy_text
from tests.sealing.panel import DEPLOYMENT, rng

pytestmark = pytest.mark.usefixtures("light_keys")

STAFF = ("intake_officer", "independent_reader", "advocate", "assistance_worker", "intake_officer")
DAY = "2026-11-02"
OFFICE = ("--office", "0f" * 32)


class Office:
    """A folder with everything: panel keys, three members' files, the people who read, and what they were sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people: list[tuple[bytes, bytes, bytes]] = []  # id, private key, public key
        (folder / "words").write_text("correct horse battery staple\n")
        (folder / "other").write_text("another passphrase altogether\n")
        for name in ("words", "other"):
            (folder / name).chmod(0o600)
        panel = [key(f"panel{number}.example/member") for number in (1, 2, 3)]
        for number, each in enumerate(panel, 1):
            write_key_file(folder / f"panel{number}.key", each)
        facts = {"v": 1, "deployment": DEPLOYMENT.hex(), "panel": [str(each.verifier) for each in panel]}
        (folder / "deployment.json").write_text(json.dumps(facts))
        lines = ["people:"]
        for number, role in enumerate(STAFF):
            draw = rng(("staff", number))
            private, public = hpke.generate(draw)
            identity = draw(16)
            self.people.append((identity, private, public))
            lines += [f"  - id: {identity.hex()}", f"    x25519: {public.hex()}", f"    ed25519: {draw(32).hex()}"]
            lines += [f"    role: {role}", "    languages: [fr, en]", "    trained_child: yes", "    nationality: FRA"]
        (folder / "people.yaml").write_text("\n".join(lines) + "\n")

    def run(self, *arguments: str, code: int = 0, said: str = "", typed: str | None = None) -> str:
        """Run `answerable ARGUMENTS`; words that begin with ``./`` are files here."""
        words = [str(self.folder / word[2:]) if word.startswith("./") else word for word in arguments]
        result = CliRunner().invoke(app, words, input=typed)
        assert result.exit_code == code, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert said in result.output, result.output
        return result.output

    def json(self, *arguments: str) -> dict[str, Any]:
        """The object that a command prints."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json"))
        return found

    def ceremony(self) -> None:
        """A whole ceremony of two of three."""
        words = ("--passphrase-file", "./words")
        public = [self.json("sealing", "ceremony", "key", f"./m{i}.json", *words)["public"] for i in (1, 2, 3)]
        members = [part for i in (1, 2, 3) for part in ("--member", f"member {i}={public[i - 1]}")]
        plan = ("sealing", "ceremony", "plan", "./plan.json", "--deployment", "./deployment.json")
        self.run(*plan, "--k", "2", *members, said="2 of 3")
        for i in (1, 2, 3):
            mine = ("./plan.json", "--key", f"./m{i}.json", *words, "--out", "./rounds")
            self.run("sealing", "ceremony", "round1", *mine)
        firsts = [f"./rounds/round1-{i}.json" for i in (1, 2, 3)]
        for i in (1, 2, 3):
            more = ("--key", f"./m{i}.json", "--mine", firsts[i - 1], *words, "--out", "./rounds")
            self.run("sealing", "ceremony", "round2", "./plan.json", *firsts, *more, said="3 of 3 parts hold")
        every = [*firsts, *(f"./rounds/round2-{i}.json" for i in (1, 2, 3))]
        for i in (1, 2, 3):
            more = ("--key", f"./m{i}.json", "--mine", firsts[i - 1], *words, "--out", "./kept")
            self.run("sealing", "ceremony", "round3", "./plan.json", *every, *more)

    def readers(self) -> None:
        """The readers' note, drafted and signed by two."""
        draft = ("--key", "./kept/recovery-key.json", *OFFICE, "--epoch", "1", "--day", DAY, "--out", "./readers.txt")
        self.run("sealing", "readers", "draft", "./people.yaml", *draft, said="5 readers")
        self.run("sealing", "readers", "sign", "./readers.txt", "--key", "./panel1.key", "--out", "./readers.1")
        self.run("sealing", "readers", "sign", "./readers.1", "--key", "./panel3.key", "--out", "./readers.note")

    def note(self) -> ReadersNote:
        return parse((self.folder / "readers.txt").read_text())

    def request(self, **changes: Any) -> recovery.Request:
        """A request for the narrative of a report in an envelope that the register holds; a receipt beside it."""
        draw = rng("report")
        keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw)
        form = b'{"v":1,"what":"what she wrote"}'
        struck = [self.people[4][0]]
        envelope = make_envelope(
            Kind.REPORT,
            Channel.WEB,
            DEPLOYMENT,
            self.note(),
            hpke.generate(draw)[1],
            {Compartment.NARRATIVE: form},
            language="fr",
            struck=struck,
            rng=draw,
            keys=keys,
        )
        envelope = sign(envelope, draw(32))
        data = encode(envelope)
        event = smallest(kinds.SEALED["report.received"], ciphertext_sha256=_sha256(data))
        opening_key = OpeningKey(b"\x05" * 32)
        log = Log([b"\x01" + bytes(32), commit.seal(event, opening_key), b"\x01" + b"\x02" * 32], REGISTER)
        (self.folder / "receipt").write_bytes(log.receipt(1).to_bytes())
        (self.folder / "other.receipt").write_bytes(log.receipt(2).to_bytes())
        (self.folder / "policy").write_text(policy_text(REGISTER))
        opening = canonical.decode(commit.opening(event, opening_key, ["ciphertext_sha256", "case"]))
        assert isinstance(opening, dict)
        narrative = next(each for each in envelope.compartments if each.compartment == Compartment.NARRATIVE)
        wrap = next(each.wrap for each in narrative.wraps if each.holder == RECOVERY)
        self.sealed = next(each.data for each in envelope.values if each.compartment == Compartment.NARRATIVE)
        identity, self.private, public = self.people[0]
        asked = recovery.Request(
            id=draw(16),
            day=date.fromisoformat(DAY),
            deployment=DEPLOYMENT,
            record_kind=Record.REPORT,
            record=envelope.record,
            compartment=Compartment.NARRATIVE,
            stage="received",
            holder=identity,
            x25519=public,
            reason="lost_passphrase",
            wrap=wrap,
            source=data,
            opening=opening,
        )
        return replace(asked, **changes)

    def ask(self, name: str, **changes: Any) -> recovery.Request:
        """The same, as a file."""
        request = self.request(**changes)
        (self.folder / name).write_bytes(request.encode())
        return request

    def partial(self, request: str, member: int, out: str, *more: str, code: int = 0, said: str = "") -> str:
        """One member's answer."""
        key_file, note = "./kept/recovery-key.json", "./readers.note"
        words = ("--share", f"./kept/share-{member}.json", "--key", key_file, "--readers", note)
        facts = ("--deployment", "./deployment.json", "--passphrase-file", "./words", "--on", "2026-11-03")
        return self.run(
            "sealing", "partial", request, *words, *facts, "--out", out, "--yes", *more, code=code, said=said
        )


def _sha256(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("office"))
    made.ceremony()
    made.readers()
    return made


def test_a_ceremony_leaves_shares_that_only_their_owner_reads(office: Office) -> None:
    for i in (1, 2, 3):
        for name in (f"kept/share-{i}.json", f"m{i}.json"):
            assert stat.S_IMODE((office.folder / name).stat().st_mode) == 0o600
    said = office.json("sealing", "ceremony", "check", "./kept/certificate.json")
    key_file = json.loads((office.folder / "kept/recovery-key.json").read_bytes())
    assert said["public"] == key_file["public"]
    assert said["members"] == ["member 1", "member 2", "member 3"]


def test_nothing_is_overwritten(office: Office) -> None:
    words = ("--passphrase-file", "./words")
    before = (office.folder / "m1.json").read_bytes()
    office.run("sealing", "ceremony", "key", "./m1.json", *words, code=2, said="nothing is overwritten")
    assert (office.folder / "m1.json").read_bytes() == before
    again = ("./plan.json", "--key", "./m1.json", *words, "--out", "./rounds")
    office.run("sealing", "ceremony", "round1", *again, code=2, said="nothing is overwritten")


def test_misuse_is_one_sentence(office: Office) -> None:
    words = ("--passphrase-file", "./words")
    round2 = ("sealing", "ceremony", "round2", "./plan.json")
    firsts = [f"./rounds/round1-{i}.json" for i in (1, 2, 3)]
    to = ("--out", "./nowhere")
    office.run(*round2, *firsts, "--key", "./m1.json", *words, *to, code=2, said="--mine is missing")
    mine = ("--mine", firsts[0], *to)
    office.run(*round2, *firsts[:2], "--key", "./m1.json", *words, *mine, code=2, said="missing: 3")
    office.run(*round2, *firsts, "--key", "./m2.json", *words, *mine, code=2, said="not the one you made")
    office.run(*round2, *firsts, "--key", "./m1.json", "--passphrase-file", "./other", *mine, code=1, said="passphrase")
    office.run(*round2, "./plan.json", "--key", "./m1.json", *words, *mine, code=2, said="no file of round 1")
    office.run(*round2, "./gone", "--key", "./m1.json", *words, *mine, code=2, said="no such file")
    office.run("sealing", "ceremony", "deal", "./plan.json", *to, code=2, said="no dealer")
    assert not (office.folder / "nowhere").exists()
    plan = ("sealing", "ceremony", "plan", "./p.json", "--deployment", "./deployment.json", "--member", "Ada=xyz")
    office.run(*plan, code=2, said="64 hexadecimal digits")
    (office.folder / "open.json").write_bytes((office.folder / "m1.json").read_bytes())
    (office.folder / "open.json").chmod(0o644)
    office.run(*round2, *firsts, "--key", "./open.json", *words, *mine, code=2, said="others can read it")
    (office.folder / "told").write_text("correct horse battery staple\n")
    (office.folder / "told").chmod(0o640)
    told = ("--passphrase-file", "./told")
    office.run(*round2, *firsts, "--key", "./m1.json", *told, *mine, code=2, said="others can read it")


def test_a_cheat_is_named_and_nothing_is_written(office: Office) -> None:
    # Given member 3's file of round 1 with one byte of its proof changed
    data = json.loads((office.folder / "rounds/round1-3.json").read_bytes())
    data["message"] = data["message"][:90] + ("A" if data["message"][90] != "A" else "B") + data["message"][91:]
    from answerable.sealing import exact

    (office.folder / "bad.json").write_bytes(exact.encode(data))
    files = ("./rounds/round1-1.json", "./rounds/round1-2.json", "./bad.json")
    more = ("--key", "./m1.json", "--mine", files[0], "--passphrase-file", "./words", "--out", "./never")
    office.run("sealing", "ceremony", "round2", "./plan.json", *files, *more, code=1, said="member 3: ")
    assert not (office.folder / "never").exists()


def test_a_dealers_ceremony(office: Office) -> None:
    words = ("--passphrase-file", "./words")
    members = []
    for i in (1, 2):
        public = office.json("sealing", "ceremony", "key", f"./d{i}.json", *words)["public"]
        members += ["--member", f"member {i}={public}"]
    plan = ("sealing", "ceremony", "plan", "./dealt.json", "--deployment", "./deployment.json", "--k", "2")
    office.run(*plan, *members, "--dealer")
    office.run("sealing", "ceremony", "deal", "./dealt.json", "--out", "./deal", said="destroy")
    for i in (1, 2):
        more = ("./deal/round1-0.json", "--key", f"./d{i}.json", *words, "--out", "./deal")
        office.run("sealing", "ceremony", "round2", "./dealt.json", *more)
    every = ("./deal/round1-0.json", "./deal/round2-1.json", "./deal/round2-2.json")
    more = ("--key", "./d1.json", *words, "--share-passphrase-file", "./other", "--out", "./deal")
    office.run("sealing", "ceremony", "round3", "./dealt.json", *every, *more, said="once whole on one machine")
    assert office.json("sealing", "ceremony", "check", "./deal/certificate.json")["how"] == "dealer"


def test_the_note_is_used_only_with_two_signatures(office: Office) -> None:
    check = ("--deployment", "./deployment.json")
    said = office.run(
        "sealing", "readers", "check", "./readers.note", *check, said="independent_reader: report/narrative"
    )
    assert "panel1.example/member, panel3.example/member" in said
    office.run("sealing", "readers", "check", "./readers.1", *check, code=1, said="1 member of the panel has signed")
    # The same member twice is one
    office.run("sealing", "readers", "sign", "./readers.1", "--key", "./panel1.key", "--out", "./readers.11")
    office.run("sealing", "readers", "check", "./readers.11", *check, code=1, said="1 member")
    # Altered after signing, or signed by a stranger
    note = (office.folder / "readers.note").read_text()
    (office.folder / "altered").write_text(note.replace("epoch 1", "epoch 2"))
    office.run("sealing", "readers", "check", "./altered", *check, code=1, said="bad")
    write_key_file(office.folder / "stranger.key", key("stranger.example/x"))
    office.run("sealing", "readers", "sign", "./readers.1", "--key", "./stranger.key", "--out", "./strange")
    office.run("sealing", "readers", "check", "./strange", *check, code=1, said="1 member")
    # Nobody signs what is no readers' note
    (office.folder / "text").write_text("hello\n")
    office.run("sealing", "readers", "sign", "./text", "--key", "./panel1.key", "--out", "./s", code=2, said="readers")


def test_a_note_that_leaves_someone_unread_is_not_drafted(office: Office) -> None:
    people = (office.folder / "people.yaml").read_text()
    draft = ("--key", "./kept/recovery-key.json", *OFFICE, "--epoch", "1", "--day", DAY, "--out", "./no.txt")
    for old, new, says, code in (
        ("role: advocate", "role: intake_officer", "nobody reads report/reporter_identity", 2),
        ("role: independent_reader", "role: intake_officer", "no independent reader", 2),
        ("role: advocate", "role: clerk", "people.yaml:19", 2),
        ("trained_child: yes", "trained_child: maybe", "people.yaml", 2),
        ("nationality: FRA", "nationality: France", "three capital letters", 2),
        ("x25519: ", "x25519: 00", "64 lower-case", 2),
        ("people:", "persons:", "people.yaml:1", 2),
    ):
        (office.folder / "wrong.yaml").write_text(people.replace(old, new))
        said = office.run("sealing", "readers", "draft", "./wrong.yaml", *draft, code=code)
        assert says.replace("people.yaml", "wrong.yaml") in said
    untrained = people.replace("trained_child: yes", "trained_child: no")
    (office.folder / "wrong.yaml").write_text(untrained)
    office.run("sealing", "readers", "draft", "./wrong.yaml", *draft, code=2, said="nobody reads file/victim_identity")


def test_a_note_names_the_keys_of_the_office(office: Office) -> None:
    # Given a second key of the office's
    draft = ("sealing", "readers", "draft", "./people.yaml", "--key", "./kept/recovery-key.json")
    rest = ("--epoch", "2", "--day", DAY, "--out", "./second.txt")
    office.run(*draft, "--office", "0b" * 32, *OFFICE, *rest)
    # Then the note has both, the one in force first
    assert parse((office.folder / "second.txt").read_text()).office == (b"\x0b" * 32, b"\x0f" * 32)
    # And what is no key, no key at all, or one key twice is refused
    for wrong, says in (
        (("--office", "0B" * 32), "64 lower-case"),
        (("--office", "0b" * 31), "64 lower-case"),
        ((), "--office"),
        ((*OFFICE, *OFFICE), "once"),
        (tuple(word for n in range(9) for word in ("--office", f"{n:064x}")), "1 to 8"),
    ):
        assert says in office.run(*draft, *wrong, *rest[:-1], "./third.txt", code=2)


def test_a_narrative_is_recovered_for_one_person_by_two(office: Office) -> None:
    # Given a request, a receipt of its entry, and two members who answer
    request = office.ask("request.json")
    register = ("--receipt", "./receipt", "--log-policy", "./policy")
    said = office.partial(
        "./request.json", 1, "./answer-1.json", *register, said="the receipt says it is in the register"
    )
    assert f"narrative of the report {request.record.hex()}" in said
    assert "lost_passphrase" in said
    office.partial("./request.json", 3, "./answer-3.json", said="give --receipt")
    # When the beneficiary opens them
    files = [(office.folder / f"answer-{i}.json").read_bytes() for i in (1, 3)]
    found = [recovery.open_partial(request, recovery.decode_partial(file), office.private) for file in files]
    key_file = recovery.decode_key((office.folder / "kept/recovery-key.json").read_bytes())
    private = recovery.open_compartment(request, found, key_file.key)
    # Then the narrative is read
    place = replace(request.place, field=Field.FORM, version=0)
    assert b"what she wrote" in open_value(place, private, office.sealed)
    # And one answer alone opens nothing
    with pytest.raises(recovery.SealingError, match="1 of the 2"):
        recovery.open_compartment(request, found[:1], key_file.key)


def test_what_a_member_must_not_answer(office: Office) -> None:
    stranger = rng("stranger")
    helper, struck = office.people[3], office.people[4]
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"x25519": hpke.generate(stranger)[1]}, "not in the readers' note"),
        ({"holder": bytes(16)}, "not in the readers' note"),
        ({"holder": helper[0], "x25519": helper[2]}, "does not let assistance_worker read report/narrative"),
        ({"holder": struck[0], "x25519": struck[2]}, "struck"),
        ({"stage": "limbo"}, "at limbo"),
        ({"day": date(2026, 11, 9)}, "still to come"),
        ({"day": date(2025, 1, 1)}, "on 2025-01-01"),
        ({"record": bytes(16)}, "another record"),
        ({"deployment": bytes(32)}, "not of one deployment"),
        ({"compartment": Compartment.EVIDENCE}, "does not stand in this compartment"),
    )
    for number, (change, says) in enumerate(refused):
        office.ask(f"wrong-{number}.json", **change)
        code = 2 if says.startswith(("struck", "another", "does not stand")) else 1
        office.partial(f"./wrong-{number}.json", 1, "./never.json", code=code, said=says)
    assert not (office.folder / "never.json").exists()


def test_a_member_is_told_what_only_a_fact_allows(office: Office) -> None:
    # Given an advocate, who reads a narrative only with consent: the member is told that the desk says so
    advocate = office.people[2]
    office.ask("consent.json", holder=advocate[0], x25519=advocate[2])
    office.partial("./consent.json", 2, "./consent.answer", said="only with consent, which the desk says it has")


def test_an_opening_of_another_envelope_is_refused(office: Office) -> None:
    # Given an opening that shows another hash: the desk asks for one record under the name of another
    opening = office.request().opening
    event = smallest(kinds.SEALED["report.received"], ciphertext_sha256="00" * 32)
    other = canonical.decode(commit.opening(event, OpeningKey(b"\x06" * 32), ["ciphertext_sha256"]))
    assert isinstance(other, dict)
    office.ask("elsewhere.json", opening=other)
    office.partial("./elsewhere.json", 1, "./never.json", code=1, said="does not show the hash")
    # One whose value was changed, and one that hides it
    forged = json.loads(json.dumps(opening))
    next(each for each in forged["open"] if each[0] == "ciphertext_sha256")[1] = "11" * 32
    office.ask("forged.json", opening=forged)
    office.partial("./forged.json", 1, "./never.json", code=1)
    hidden = {**opening, "open": [each for each in opening["open"] if each[0] != "ciphertext_sha256"]}
    office.ask("hidden.json", opening=hidden)
    office.partial("./hidden.json", 1, "./never.json", code=1, said="does not show the hash")
    office.ask("nothing.json", opening={"v": 1})
    office.partial("./nothing.json", 1, "./never.json", code=2, said="opening")
    # And a receipt of another entry
    office.ask("request-2.json")
    register = ("--receipt", "./other.receipt", "--log-policy", "./policy")
    office.partial("./request-2.json", 1, "./never.json", *register, code=1)
    office.partial("./request-2.json", 1, "./never.json", "--receipt", "./receipt", code=2, said="--log-policy")
    assert not (office.folder / "never.json").exists()


def test_a_member_is_asked_before_the_share_is_touched(office: Office) -> None:
    office.ask("asked.json")
    words = ("--share", "./kept/share-1.json", "--key", "./kept/recovery-key.json", "--readers", "./readers.note")
    facts = ("--deployment", "./deployment.json", "--on", "2026-11-03", "--out", "./never.json")
    office.run("sealing", "partial", "./asked.json", *words, *facts, code=1, said="nothing was answered", typed="n\n")
    out = ("--deployment", "./deployment.json", "--on", "2026-11-03", "--out", "./typed.json")
    typed = "y\ncorrect horse battery staple\n"
    said = office.run("sealing", "partial", "./asked.json", *words, *out, typed=typed, said="by the beneficiary alone")
    assert "correct horse" not in said
    assert not (office.folder / "never.json").exists()


JUNK = (b"", b"\xff\x00", b'{"deployment":1}', b"a\n\n\xe2\x80\x94 x AAAAAAA=\n")


@pytest.mark.parametrize("junk", JUNK)
def test_any_file_may_be_junk(office: Office, junk: bytes) -> None:
    """Whatever stands in a file, a command says a sentence and writes nothing."""
    (office.folder / "junk").write_bytes(junk)
    (office.folder / "junk").chmod(0o600)
    office.ask("good.json")
    firsts = [f"./rounds/round1-{i}.json" for i in (1, 2, 3)]
    mine = ["--key", "./m1.json", "--passphrase-file", "./words", "--out", "./never"]
    facts = ["--deployment", "./deployment.json"]
    answer = ["./good.json", "--share", "./kept/share-1.json", "--key", "./kept/recovery-key.json", *facts]
    answer += ["--readers", "./readers.note", "--receipt", "./receipt", "--log-policy", "./policy", *mine[2:]]
    commands = [
        ["ceremony", "round1", "./junk", *mine],
        ["ceremony", "round1", "./plan.json", "--key", "./junk", *mine[2:]],
        ["ceremony", "round2", "./plan.json", *firsts[:2], "./junk", "--mine", firsts[0], *mine],
        ["ceremony", "check", "./junk"],
        ["readers", "check", "./junk", *facts],
        ["readers", "check", "./readers.note", "--deployment", "./junk"],
        ["readers", "sign", "./junk", "--key", "./panel1.key", "--out", "./never"],
        ["readers", "sign", "./readers.txt", "--key", "./junk", "--out", "./never"],
    ]
    files = [place for place, word in enumerate(answer) if word.startswith("./") and word not in ("./never", "./words")]
    for place in files:
        one = [*answer[:place], "./junk", *answer[place + 1 :]]
        commands.append(["partial", "--yes", "--on", "2026-11-03", *one])
    for command in commands:
        words = [str(office.folder / word[2:]) if word.startswith("./") else word for word in command]
        result = CliRunner().invoke(app, ["sealing", *words])
        assert isinstance(result.exception, SystemExit), (command, result.exception)
        assert result.exit_code in (1, 2, 3), (command, result.output)
        assert not (office.folder / "never").exists(), command


def test_the_policy_files_are_checked(office: Office) -> None:
    said = office.run("casework", "check", "access", "--on", "2027-01-01")
    assert said.splitlines()[-1].endswith("7 compartments, in force 2027-01-01: 0 errors")
    found = office.json("casework", "check")
    assert found["errors"] == []
    assert found["procedures"]["findings"] == []
    # Given a deployment whose reviewer also decides
    folder = office.folder / "policies"
    folder.mkdir()
    from answerable.casework import policies

    text = (Path(policies.__file__).parent / "policy" / "access.yaml").read_text()
    (folder / "access.yaml").write_text(text.replace("acts: [review]", "acts: [review, decide]"))
    said = office.run("casework", "check", "access", "--policies", "./policies", code=1)
    assert "access.yaml:" in said
    assert "may review and also decide" in said
    assert said.endswith("1 error\n")
    (folder / "access.yaml").write_text(text.replace("tells: give notice", "tells: ring a bell"))
    office.run("casework", "check", "access", "--policies", "./policies", code=1, said="no procedure has the act")
    (folder / "access.yaml").write_text("policy: access\n")
    office.run("casework", "check", "--policies", "./policies", code=2, said="access.yaml:1")
    office.run("casework", "check", "--on", "tomorrow", code=2, said="YYYY-MM-DD")
