"""A desk's folder as `casework init` makes it, with a panel and published logs, and its commands run as processes."""

from __future__ import annotations

import json
import secrets
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from answerable.record.keyfile import write_key_file
from answerable.record.keys import ED25519, SigningKey
from answerable.sealing.recovery import RecoveryKey
from tests import commands
from tests.cli.test_audit import Copy
from tests.record.registers import QUARTER, Register
from tests.sealing.panel import panel

LEDGER = "ledger.example.org"


class Desk:
    """A desk's folder as `casework init` makes it, before anything was reported; its panel; and two published logs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "desk"
        self.keys: dict[str, Path] = {}
        verifiers = []
        for name in ("ana", "boris", "stranger"):
            key = SigningKey.generate(f"{LEDGER}/panel/{name}", ED25519, secrets.token_bytes(32))
            self.keys[name] = folder / f"{name}.key"
            write_key_file(self.keys[name], key)
            verifiers.append(str(key.verifier))
        write_key_file(folder / "ack.key", SigningKey.generate(f"{LEDGER}/ack/desk", ED25519, secrets.token_bytes(32)))
        facts = {"v": 1, "deployment": "ab" * 32, "ledger_name": LEDGER, "opening_box": "cd" * 32}
        told = json.dumps({**facts, "panel": verifiers[:2], "languages": ["en"]})
        (folder / "deployment.json").write_text(told)
        (folder / "recovery-key.json").write_bytes(
            RecoveryKey(bytes.fromhex("ab" * 32), panel(2, 3).key, "dealer").encode()
        )
        self.publish(Register())
        self.run(
            *("init", "--ledger-name", LEDGER, "--ack-key", str(folder / "ack.key")),
            *("--deployment", str(folder / "deployment.json"), "--log", str(self.copy.folder / "record")),
            *("--recovery-key", str(folder / "recovery-key.json")),
        )

    def publish(self, register: Register) -> None:
        """The logs as they are published from now on."""
        place = self.folder / f"logs-{secrets.token_hex(4)}"
        place.mkdir()
        self.copy = Copy(place, register)

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return commands.run("casework", command, *words, "--home", str(self.home))

    def audit(self, signer: str = "ana", quarter: str = QUARTER) -> subprocess.CompletedProcess[str]:
        """Audit what is published."""
        words = ("--period-key", str(self.copy.key), "--sign", str(self.keys[signer]))
        return self.run("audit", quarter, "--log", str(self.copy.folder / "register"), *words)

    def entries(self) -> list[dict[str, Any]]:
        """What the desk has recorded openly."""
        with sqlite3.connect(self.home / "desk.db") as database:
            rows = database.execute("SELECT data FROM outbox WHERE log = ?", (f"{LEDGER}/record",)).fetchall()
        return [json.loads(data) for (data,) in rows]
