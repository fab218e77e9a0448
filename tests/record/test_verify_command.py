"""`record verify`, `record policy check`, `record key new` as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from answerable.cli.main import app
from answerable.record.ack import Ack, sign_ack
from answerable.record.keys import VerifierKey
from answerable.record.note import read_key_file
from answerable.record.proof import Growth
from answerable.record.tree import leaf_hash
from tests.record.logs import RECORD, REGISTER, Log, key, policy_text, sealed_entries

PARTY = key("ledger.example.org/ack/desk")


class _Quiet(SimpleHTTPRequestHandler):
    """A plain file server that keeps its log to itself."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Desk:
    """A folder with what a person holds: a copy of a register, a policy, a receipt, an acknowledgement."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = Log(sealed_entries(300), REGISTER)
        for path, data in self.log.files.items():
            (folder / "copy" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "copy" / path).write_bytes(data)
        (folder / "policy").write_text(policy_text(REGISTER))
        (folder / "receipt.tlog-proof").write_bytes(self.log.receipt(5).to_bytes())
        ack = Ack(REGISTER, leaf_hash(self.log.entries[7]), 86_400)
        (folder / "a.ack").write_bytes(sign_ack(ack, PARTY))
        (folder / "ack.vkey").write_text(f"{PARTY.verifier}\n")

    def run(self, *arguments: str, code: int = 0) -> list[str]:
        """Run `record ARGUMENTS` in the folder; what it printed, without the folder's own name."""
        words = [str(self.folder / word[2:]) if word.startswith("./") else word for word in arguments]
        result = CliRunner().invoke(app, ["record", *words])
        assert result.exit_code == code, result.output
        return result.output.replace(f"{self.folder}/", "./").splitlines()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def test_a_receipt(desk: Desk) -> None:
    lines = desk.run("verify", "./receipt.tlog-proof", "--policy", "./policy")
    assert [line[:10] for line in lines] == ["entry     ", "included  ", "log       ", "quorum    ", "PASS      "]
    assert lines[1] == "included  index 5 of 300"
    assert lines[4] == "PASS      checked offline"


def test_json_says_the_same(desk: Desk) -> None:
    data = json.loads("\n".join(desk.run("verify", "./receipt.tlog-proof", "--policy", "./policy", "--json")))
    assert (data["verdict"], data["index"], data["size"], data["origin"]) == ("PASS", 5, 300, REGISTER)


def test_an_acknowledgement(desk: Desk) -> None:
    arguments = ["--log", "./copy", "--policy", "./policy", "--ack-key", "./ack.vkey"]
    assert desk.run("verify", "./a.ack", *arguments) == ["PASS      index 7 of 300"]
    for name, due, code, said in [
        ("later", 2_000_000_000, 3, "not yet   due 2033-05-18T03:33:20Z"),
        ("past", 86_400, 1, "BROKEN PROMISE due 1970-01-02T00:00:00Z; absent from 300 entries"),
    ]:
        (desk.folder / name).write_bytes(sign_ack(Ack(REGISTER, bytes(32), due), PARTY))
        assert desk.run("verify", f"./{name}", *arguments, code=code)[0].startswith(said)


def test_a_copy_and_a_range(desk: Desk) -> None:
    assert desk.run("verify", "./copy", "--policy", "./policy") == [
        "entries   300 hashed, 3 tiles and 2 bundles equal, root equal",
        "kinds     300 of 300 well formed; 0 unknown",
        "PASS      the copy is the log that was cosigned",
    ]
    assert desk.run("verify", "./copy", "--range", "280:300", "--policy", "./policy") == [
        "entries   20 hashed and bound to the root by 2 tiles",
        "PASS",
    ]


def test_growth(desk: Desk) -> None:
    old = Log(desk.log.entries[:100], REGISTER)
    (desk.folder / "old").write_bytes(old.receipt(5).to_bytes())
    growth = Growth(100, tuple(desk.log.reader.consistency_proof(100)), desk.log.note)
    (desk.folder / "g.tlog-growth").write_bytes(growth.to_bytes())
    lines = desk.run("verify", "./old", "--growth", "./g.tlog-growth", "--policy", "./policy")
    assert lines == ["PASS      size 300 extends size 100"]


def test_require_and_failure(desk: Desk) -> None:
    desk.run("verify", "./receipt.tlog-proof", "--policy", "./policy", "--require", "mldsa44")
    (desk.folder / "strict").write_text(policy_text(REGISTER, threshold=3))
    lines = desk.run("verify", "./receipt.tlog-proof", "--policy", "./strict", code=1)
    assert lines[-1] == "FAIL      the quorum of the policy is not met: civil 2 of 3"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["./none"], "./none: cannot be read"),
        (["./policy"], "neither a receipt"),
        (["x" * 5_000], "cannot be read"),
        (["./a.ack"], "--log and --ack-key"),
        (["./a.ack", "--range", "0:1"], "--range cannot be used"),
        (["./receipt.tlog-proof", "--log", "./copy"], "--log cannot be used"),
        (["./copy", "--growth", "./old"], "--growth cannot be used"),
        (["./copy", "--range", "1-2"], "FROM:TO"),
        (["./copy", "--range", "0:9999"], "entries 0 to 300"),
        (["./copy", "--range", "0:٣"], "FROM:TO"),
    ],
)
def test_misuse_is_a_sentence_and_exit_2(desk: Desk, arguments: list[str], said: str) -> None:
    lines = desk.run("verify", *arguments, "--policy", "./policy", code=2)
    assert len(lines) == 1
    assert lines[0].startswith("answerable: ")
    assert said in lines[0]


def test_a_file_larger_than_any_of_the_record_is_refused(desk: Desk) -> None:
    (desk.folder / "large").write_bytes(bytes(2_000_000))
    assert "is larger than" in desk.run("verify", "./large", "--policy", "./policy", code=2)[0]


def test_policy_check(desk: Desk) -> None:
    assert desk.run("policy", "check", "./policy") == [
        f"log       {REGISTER}  ed25519, mldsa44",
        "witnesses 6 keys",
        "group     civil: 2 of 3; a split needs 1 corrupt",
        "quorum    civil",
        "PASS      the policy is well formed",
    ]
    (desk.folder / "weak").write_text(policy_text(RECORD, threshold=1))
    lines = desk.run("policy", "check", "./weak", code=1)
    assert lines[-2].startswith("warning   the quorum prevents no split view")
    (desk.folder / "broken").write_text("quorum none\nquorum none\n")
    assert desk.run("policy", "check", "./broken", code=2)[0].startswith("answerable: ./broken:2: ")


@pytest.mark.parametrize("kind", ["ed25519", "cosignature", "mldsa44"])
def test_key_new(desk: Desk, kind: str) -> None:
    lines = desk.run("key", "new", f"./{kind}.key", "--name", "w.example/1", "--type", kind)
    assert lines[0] == f"created   ./{kind}.key  {kind} key of w.example/1, mode 0600"
    verifier = VerifierKey.parse(lines[1].removeprefix("vkey      "))
    assert read_key_file(desk.folder / f"{kind}.key").verifier == verifier
    assert desk.run("key", "show", f"./{kind}.key") == [f"vkey      {verifier}"]
    assert "never replaced" in desk.run("key", "new", f"./{kind}.key", "--name", "w.example/1", code=2)[0]


def test_a_private_key_given_by_mistake_is_not_printed(desk: Desk) -> None:
    desk.run("key", "new", "./secret", "--name", "w.example/2")
    line = (desk.folder / "secret").read_text().strip()
    for arguments in (
        ["policy", "check", "./secret"],
        ["verify", "./secret", "--policy", "./policy"],
        ["verify", "./a.ack", "--log", "./copy", "--policy", "./policy", "--ack-key", "./secret"],
    ):
        assert line[-12:] not in "".join(desk.run(*arguments, code=2))


def test_a_log_on_the_network(desk: Desk) -> None:
    handler = partial(_Quiet, directory=str(desk.folder / "copy"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            lines = desk.run("verify", address, "--range", "0:300", "--policy", "./policy")
            assert lines == ["entries   300 hashed and bound to the root by 3 tiles", "PASS"]
            assert desk.run("verify", f"{address}/", "--policy", "./policy")[-1].startswith("PASS")
            assert "no checkpoint" in desk.run("verify", f"{address}/tile", "--policy", "./policy", code=2)[0]
        finally:
            server.shutdown()


def test_verifying_needs_no_django() -> None:
    code = "import sys, answerable.cli.verify; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
