"""The folder of a new ledger: ``ledger.toml``, keys, policies, the signer's memory. No database yet."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
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
    """Make the folder of a new ledger, whole or not at all. Raises as :func:`begin` does."""
    return settle(begin(folder, name, witnesses, now=now), folder)


def begin(folder: Path, name: str, witnesses: str, *, now: int) -> LedgerConfig:
    """Make the folder of a new ledger beside where it will be: ``ledger.toml``, keys, ``record.policy`` and
    ``register.policy``. Databases come next (``founding.open_logs``, once they are migrated), then :func:`settle`.

    ``witnesses`` holds the witness, group and quorum lines; the log lines are added. A folder that an interrupted run
    left is taken up again, keys and all, since its database may be a server's. Raises :class:`ConfigError` when
    something is there already, PolicyError when the lines make no policy.
    """
    configs.check_name(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            "the folder is not empty", where=str(folder), todo="choose another; a ledger is never replaced"
        )
    if Policy.parse(witnesses, file="witnesses").logs:
        raise ConfigError("the witnesses' file has log lines", where="witnesses", todo="leave them out: init adds ours")
    place = folder.absolute()
    beginning = place.with_name(f".{place.name}.new")
    if beginning.exists():
        return _taken_up(beginning, name, witnesses)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        building = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        raise ConfigError(f"no folder can be made here: {error.strerror}", where=str(place.parent)) from None
    try:
        _build(building, name, witnesses, now)
        building.rename(beginning)
    except OSError as error:
        raise ConfigError(f"the ledger's folder cannot be made: {error.strerror}", where=str(folder)) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return configs.load(beginning)


def settle(made: LedgerConfig, folder: Path) -> LedgerConfig:
    """Give a begun ledger its place, durably. Nothing may have its databases open. Raises :class:`ConfigError`."""
    try:
        for path in [made.folder, *made.folder.rglob("*"), folder.absolute().parent]:
            _sync(path)
        made.folder.rename(folder.absolute())
        _sync(folder.absolute().parent)
    except OSError as error:
        raise ConfigError(
            f"the new ledger cannot be put in its place: {error.strerror}",
            where=str(folder),
            todo=f"it is whole in {made.folder}: run the same command again",
        ) from None
    return configs.load(folder)


def _taken_up(beginning: Path, name: str, witnesses: str) -> LedgerConfig:
    made = configs.load(beginning)
    if made.name != name or not all(_lines_of(log, witnesses) for log in made.logs):
        raise ConfigError(
            f"an interrupted init of {made.name} is here, with another name or other witnesses",
            where=str(beginning),
            todo="give the same again and it goes on; or remove that folder, if no database server has its logs",
        )
    return made


def _lines_of(log: Log, witnesses: str) -> bool:
    return log.policy_file.read_text(encoding="utf-8").endswith(f"\n{witnesses.rstrip()}\n")


def _build(folder: Path, name: str, witnesses: str, now: int) -> None:
    (folder / "keys").mkdir(mode=0o700)
    (folder / configs.FILE).touch(mode=0o600)
    configs.replace(folder / configs.FILE, configs.written(name, slots.tick_of(now)))
    made = configs.load(folder)
    made.public.mkdir(mode=0o755)
    for log in made.logs:
        _equip(log, witnesses)
    write_key_file(made.keys / "ack.key", _key(f"{name}/ack/{LEDGER_PARTY}", ED25519))
    for secret in SECRETS:
        write_secret(made.keys / secret, secrets.token_bytes(32))
    create_memory(folder / "signer", [log.origin for log in made.logs])
    lines = [str(key) for log in (made.record, made.register) for key in log.policy.log_keys(log.origin)]
    vkeys_file = made.public / "vkeys.txt"
    vkeys_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    # What is served is for everyone, whatever the umask.
    vkeys_file.chmod(0o644)
    for place in (made.public, *(log.public for log in made.logs)):
        place.chmod(0o755)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _equip(log: Log, witnesses: str) -> None:
    log.public.mkdir(mode=0o755)
    keys = [_key(log.origin, kind) for kind in (ED25519, MLDSA44)]
    for path, key in zip(log.key_files, keys, strict=True):
        write_key_file(path, key)
    head = "".join(f"log {key.verifier}\n" for key in keys)
    log.policy_file.write_text(f"{head}{witnesses.rstrip()}\n", encoding="utf-8")


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
