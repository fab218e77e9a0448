"""A session of the desk that somebody stole, without the passphrase."""

from __future__ import annotations

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import override_settings

from answerable.casework import noted
from answerable.casework.models import Reply, SignedAct
from answerable.sealing.place import Compartment, Field
from tests.desk.proving import prove
from tests.desk.taking import value
from tests.desk.world import DEPLOYMENT, Keys, Report, World, narrative

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Any:
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made


def body_of(keys: Keys) -> dict[str, Any]:
    """What a browser sends to register keys."""
    kept = asdict(keys.kept)
    return {
        "x25519": kept["x25519"].hex(),
        "ed25519": kept["ed25519"].hex(),
        "salt": base64.b64encode(kept["salt"]).decode(),
        "wrapped_x": base64.b64encode(kept["wrapped_x25519"]).decode(),
        "wrapped_ed": base64.b64encode(kept["wrapped_ed25519"]).decode(),
        "replace": True,
    }


def test_whoever_steals_a_session_cannot_act_in_its_persons_name_with_keys_of_their_own(desk: World) -> None:
    # Given a report, and somebody with ida's session, password and second factor, but not her passphrase
    report = Report(desk, forms={Compartment.NARRATIVE: narrative("words")})
    report.take_in(1)
    thief = desk.client("ida")
    prove(desk, "ida", thief)
    # When they register keys of their own as hers, and sign an act with them
    own = Keys.quick()
    assert thief.post("/desk/api/v1/keys/", body_of(own), content_type="application/json").status_code == 201
    desk.keys["ida"] = own
    public = report.keys.publics[report.thread][1]
    said = {"message": value(report.handle, report.kind, report.thread, Field.MESSAGE, public, b'{"v":1}')}
    answer = desk.do("ida", report.handle, "write_to_person", said, client=thief)
    # Then nothing is written, since the panel has not signed that key
    assert answer.status_code == 400
    assert "panel" in answer.json()["what"]
    assert not SignedAct.objects.exists()
    assert not Reply.objects.filter(kind="value", field=int(Field.MESSAGE)).exists()


def test_a_note_that_two_of_the_panel_did_not_sign_lets_nobody_act(desk: World) -> None:
    panel = tuple(str(key.verifier) for key in desk.panel)
    good = desk.note()
    assert noted.load(good, panel, DEPLOYMENT).readers
    text, _, signatures = good.partition(b"\n\n")
    for data in (b"", text, text + b"\n\n" + signatures.splitlines()[0] + b"\n", good.replace(b"epoch 1", b"epoch 2")):
        with pytest.raises(noted.NotNotedError):
            noted.load(data, panel, DEPLOYMENT)
    with pytest.raises(noted.NotNotedError):
        noted.load(good, panel, bytes(32))


def test_a_session_gives_its_half_to_nobody_else(desk: World) -> None:
    # Given two people who are signed in and unlocked
    ida, ivo = desk.client("ida"), desk.client("ivo")
    halves = [
        one.post("/desk/api/v1/half/", {"fresh": False}, content_type="application/json").json()["half"]
        for one in (ida, ivo)
    ]
    # Then their halves differ, a page never holds one, and signing out ends it
    assert halves[0] != halves[1]
    assert halves[0].encode() not in ida.get("/desk/").content + ida.get("/desk/keys/").content
    ida.post("/desk/api/v1/lock/", {}, content_type="application/json")
    again = ida.post("/desk/api/v1/half/", {"fresh": False}, content_type="application/json")
    assert again.json()["code"] == "locked"
