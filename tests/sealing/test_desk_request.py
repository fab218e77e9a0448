"""A desk's own request, answered by members with the command, and used by the officer who lost a passphrase."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from answerable.casework import queries
from answerable.casework.models import Act, Wrap
from answerable.cli.main import app
from answerable.record.note import add_signatures, sign_text
from answerable.sealing import ceremony, recovery
from answerable.sealing.ceremony import Share
from answerable.sealing.envelope import Wrapped
from answerable.sealing.place import Compartment, Field, Place, Record
from answerable.sealing.readers import write
from answerable.sealing.recovery import RecoveryKey
from answerable.sealing.values import open_value, seal_wrap
from tests.casework.world import DEPLOYMENT, Desk, Staff, day, draw
from tests.record.logs import key
from tests.sealing.panel import panel

WORDS = "correct horse battery staple"


class Panel:
    """Three members: shares in files, the public key, and what they are sent."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.held = panel(2, 3)
        self.key = RecoveryKey(DEPLOYMENT, self.held.key, "dealer")
        (folder / "key.json").write_bytes(self.key.encode())
        (folder / "words").write_text(WORDS)
        (folder / "words").chmod(0o600)
        signers = [key(f"panel{number}.example/member") for number in (1, 2)]
        facts = {"v": 1, "deployment": DEPLOYMENT.hex(), "panel": [str(each.verifier) for each in signers]}
        (folder / "deployment.json").write_text(json.dumps(facts))
        for member in (1, 3):
            share = Share(DEPLOYMENT, member, self.key.key.public, self.held.shares[member])
            file = folder / f"share-{member}.json"
            file.write_bytes(ceremony.lock_share(share, WORDS, rng=draw))
            file.chmod(0o600)
        text = write(desk.readers())
        note = add_signatures(sign_text(text, signers[0]).to_bytes(), sign_text(text, signers[1]).signatures)
        (folder / "readers.note").write_bytes(note)

    def answers(self, request: bytes) -> list[bytes]:
        """The files of members 1 and 3, by the command."""
        (self.folder / "request.json").write_bytes(request)
        found = []
        for member in (1, 3):
            out = self.folder / f"answer-{member}.json"
            arguments = ["sealing", "partial", str(self.folder / "request.json"), "--yes", "--out", str(out)]
            for option, name in (
                ("--share", f"share-{member}.json"),
                ("--key", "key.json"),
                ("--deployment", "deployment.json"),
                ("--readers", "readers.note"),
                ("--passphrase-file", "words"),
            ):
                arguments += [option, str(self.folder / name)]
            done = CliRunner().invoke(app, [*arguments, "--on", str(day(self.desk.now) + timedelta(days=1))])
            assert done.exit_code == 0, done.output
            found.append(out.read_bytes())
            out.unlink()
        return found


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Panel]:
    """A desk whose recovery key is the panel's, with staff, and the panel's folder."""
    desk = Desk(tmp_path / "desk")
    desk.recovery = (b"", panel(2, 3).key.public)
    with desk.in_force():
        for name, role in (("officer", "intake_officer"), ("assessor", "assessor"), ("advocate", "advocate")):
            desk.hire(name, role)
        yield Panel(desk, tmp_path)


def recovered(sent: Panel, who: Staff, handle: str, kind: Record) -> bytes:
    """Ask, have it answered by two members, open, and keep a wrap of one's own. The narrative's private key."""
    asked = who.do("request_recovery", handle, Compartment.NARRATIVE, "lost_passphrase")
    data = queries.recovery_request(who.person, asked.handle, now=sent.desk.now)
    assert data is not None
    request = recovery.decode_request(data)
    files = [recovery.decode_partial(file) for file in sent.answers(data)]
    partials = [recovery.open_partial(request, file, who.private) for file in files]
    private = recovery.open_compartment(request, partials, sent.key.key)
    place = Place(DEPLOYMENT, kind, bytes.fromhex(handle), Compartment.NARRATIVE, Field.NONE, 0)
    from answerable.casework import actions

    for file in files:
        actions.add_partial(asked.handle, f"member-{file.member}", file.encode(), now=sent.desk.now)
    again = Wrapped(who.person.holder, seal_wrap(place, who.person.holder, who.public, private, epoch=1, rng=draw))
    who.do("use_recovery", asked.handle, again, ["member-1", "member-3"], on=handle)
    return private


@pytest.mark.database
@pytest.mark.django_db(databases=["default", "keys"])
def test_a_report_is_read_again_after_a_lost_passphrase(sent: Panel) -> None:
    # Given a report, and an officer whose wrap is of no use any more
    officer = sent.desk.staff["officer"]
    reporter = sent.desk.taken_in(b"what she wrote")
    Wrap.objects.filter(record=reporter.handle, holder=officer.person.handle, compartment=3).delete()
    # When the panel helps
    private = recovered(sent, officer, reporter.handle, Record.REPORT)
    # Then it is the compartment's key, the officer reads with a wrap of their own, and the use is an entry
    form = next(one for one in reporter.envelope.values if one.compartment == Compartment.NARRATIVE)
    place = Place(DEPLOYMENT, Record.REPORT, reporter.record, Compartment.NARRATIVE, Field.FORM, 0)
    assert open_value(place, private, form.data) == b"what she wrote"
    assert b"what she wrote" in officer.open(reporter.handle, Compartment.NARRATIVE, Record.REPORT)
    assert Act.objects.filter(record__handle=reporter.handle, kind="recovery.used").count() == 1


@pytest.mark.database
@pytest.mark.django_db(databases=["default", "keys"])
def test_a_case_that_the_desk_made_is_recovered_by_its_list_of_wraps(sent: Panel) -> None:
    officer = sent.desk.staff["officer"]
    reporter = sent.desk.taken_in()
    case = officer.take(reporter.handle)
    private = recovered(sent, officer, case.handle, Record.CASE)
    found = officer.open(case.handle, Compartment.NARRATIVE, Record.CASE)
    assert private
    assert found == []
