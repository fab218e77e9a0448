"""The folder of a new ledger: ``ledger.toml``, keys, policies, the signer's memory. No database yet."""

from __future__ import annotations

import secrets
from pathlib import Path

from answerable.ledger import config as configs
from answerable.ledger.config import LEDGER_PARTY, LedgerConfig, Log
from answerable.ledger.errors import ConfigError
from answerable.ledger.openings import write_secret
from answerable.ledger.signing import create_memory
from answerable.record import slots
from answerable.record.keyfile import read_key_file, write_key_file
from answerable.record.keys import ED25519, MLDSA44, SigningKey, VerifierKey
from answerable.record.policy import Policy

#: Keys that sign nothing: the one that pads, and the one that wraps opening keys.
SECRETS = ("padding.key", "wrapping.key")


def found(folder: Path, name: str, witnesses: str, *, now: int) -> LedgerConfig:
    """Make the folder of a new ledger: ``ledger.toml``, keys, ``record.policy`` and ``register.policy``.

    ``witnesses`` holds the witness, group and quorum lines; the log lines are added. Databases come next
    (``founding.open_logs``, once they are migrated). Raises :class:`ConfigError` when something is there already,
    PolicyError when the lines make no policy.
    """
    configs.check_name(name)
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(
            "the folder is not empty", where=str(folder), todo="choose another; a ledger is never replaced"
        )
    Policy.parse(witnesses, file="witnesses")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "keys").mkdir(mode=0o700)
    (folder / configs.FILE).touch(mode=0o600)
    configs.replace(folder / configs.FILE, configs.written(name, slots.tick_of(now)))
    made = configs.load(folder)
    for log in made.logs:
        _equip(log, witnesses)
    write_key_file(made.keys / "ack.key", _key(f"{name}/ack/{LEDGER_PARTY}", ED25519))
    for secret in SECRETS:
        write_secret(made.keys / secret, secrets.token_bytes(32))
    create_memory(folder / "signer", [log.origin for log in made.logs])
    lines = [str(key) for log in (made.record, made.register) for key in log.policy.log_keys(log.origin)]
    (made.public / "vkeys.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def _equip(log: Log, witnesses: str) -> None:
    log.public.mkdir(parents=True)
    keys = [_key(log.origin, kind) for kind in (ED25519, MLDSA44)]
    for path, key in zip(log.key_files, keys, strict=True):
        write_key_file(path, key)
    head = "".join(f"log {key.verifier}\n" for key in keys)
    log.policy_file.write_text(head + witnesses.rstrip("\n") + "\n", encoding="utf-8")


def _key(name: str, kind: int) -> SigningKey:
    return SigningKey.generate(name, kind, secrets.token_bytes(32))


def new_ack_key(made: LedgerConfig, party: str) -> tuple[Path, VerifierKey]:
    """A party's acknowledgement key in ``keys/ack-<party>.key``, made when absent; the party takes the file."""
    path = made.keys / f"ack-{party}.key"
    if not path.exists():
        write_key_file(path, _key(f"{made.name}/ack/{party}", ED25519))
    return path, read_key_file(path).verifier


def vkeys(made: LedgerConfig) -> list[str]:
    """Every log key's verifier line, the record's first."""
    return (made.public / "vkeys.txt").read_text(encoding="utf-8").split()
