"""A ledger's folder: what ``ledger.toml`` says and where everything lies. Reading it needs no database.

``ledger.toml`` holds the name, when the register begins, its first slots, the parties' outboxes, and where witnesses
serve their checkpoints when not where the policy says. Keys, policies and databases have fixed names beside it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from answerable.ledger import databases
from answerable.ledger.errors import ConfigError
from answerable.record.keyfile import read_key_file
from answerable.record.keys import ED25519, MLDSA44, SigningKey
from answerable.record.policy import Policy

RECORD, REGISTER = "record", "register"
FILE = "ledger.toml"
#: Slots of a tick from the first, until a ``schedule.changed`` says otherwise.
SLOTS = 64
LEDGER_PARTY = "ledger"
#: The log's keys by type, as their files are named: keys/<log>.<kind>.key.
KEY_KINDS = {ED25519: "ed25519", MLDSA44: "mldsa44"}

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?")
_PARTY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RESERVED = frozenset({"ledger", "keys", "pad", "default"})


@dataclass(frozen=True)
class Log:
    """One of the ledger's origins: its form (open, sealed), and where its policy, keys and served files are."""

    origin: str
    short: str
    form: str
    policy_file: Path
    public: Path
    key_files: tuple[Path, ...]

    @cached_property
    def policy(self) -> Policy:
        """The policy, read once. Raises PolicyError with its line, :class:`ConfigError` when there is none."""
        try:
            text = self.policy_file.read_bytes().decode("utf-8", errors="surrogateescape")
        except OSError as error:
            raise ConfigError(f"the policy cannot be read: {error.strerror}", where=str(self.policy_file)) from None
        return Policy.parse(text, file=str(self.policy_file))


@dataclass(frozen=True)
class SignerChoice:
    """Who signs: ``files`` (the keys in ``keys/``), ``process`` (``record signer serve`` behind ``socket``) or
    ``agent`` (an ssh-agent behind ``socket``, or SSH_AUTH_SOCK's, for the Ed25519 keys; ML-DSA keys from files)."""

    kind: str = "files"
    socket: str | None = None


SIGNERS = ("files", "process", "agent")


@dataclass(frozen=True)
class LedgerConfig:
    """Everything ``ledger.toml`` says, and the paths beside it."""

    folder: Path
    name: str
    genesis_tick: int
    slots: int
    outboxes: Mapping[str, str]
    monitoring: Mapping[str, str]
    signer: SignerChoice
    database_url: str | None

    @property
    def record(self) -> Log:
        """The open log."""
        return self._log(RECORD, "open")

    @property
    def register(self) -> Log:
        """The sealed log."""
        return self._log(REGISTER, "sealed")

    @property
    def logs(self) -> tuple[Log, Log]:
        """Both, the register first: what its round adds to the record is published in the same round."""
        return self.register, self.record

    @property
    def keys(self) -> Path:
        """The folder of the keys."""
        return self.folder / "keys"

    @property
    def public(self) -> Path:
        """The folder that is served."""
        return self.folder / "public"

    def aliases(self) -> dict[str, str]:
        """Party -> alias of the database that holds its outbox; the ledger's own is among them."""
        return {LEDGER_PARTY: "ledger"} | {party: f"party_{party}" for party in sorted(self.outboxes)}

    def databases(self, *, as_owner: bool = False) -> dict[str, dict[str, Any]]:
        """Alias -> Django's settings: the ledger's own, the opening keys, and every party's.

        ``as_owner``: parties' databases on a server are reached as the role that DATABASE_URL names, and not as the
        sequencer, which may not give a party back what it lost.
        """
        url = self.database_url
        found = {
            alias: databases.database(url or (self.folder / f"{alias}.db").absolute(), schema=alias, existing=True)
            for alias in ("ledger", "keys")
        }
        for party, said in self.outboxes.items():
            place = self._place(said)
            settings = databases.database(place, schema=party, existing=True, of_party=True)
            if as_owner and url and databases.schema_of(settings):
                settings |= {name: found["ledger"][name] for name in ("USER", "PASSWORD")}
            found[f"party_{party}"] = settings
        return found

    def kinds(self) -> dict[str, str]:
        """Alias -> kind of database, for the router."""
        return {"ledger": "ledger", "keys": "keys"} | {f"party_{party}": "party" for party in self.outboxes}

    def signing_keys(self) -> list[SigningKey]:
        """The log's own keys, both logs', read from their files."""
        return [read_key_file(path) for path in self.key_files]

    @property
    def key_files(self) -> tuple[Path, ...]:
        """Where the log's own keys are made: both logs', both kinds."""
        return tuple(path for log in self.logs for path in log.key_files)

    def ledger_party(self) -> dict[str, str]:
        """What ``actions.record`` needs to record for the ledger itself."""
        return {"name": LEDGER_PARTY, "ledger_name": self.name, "ack_key": str(self.keys / "ack.key")}

    def _place(self, place: str) -> str:
        return place if "://" in place else str((self.folder / place).resolve())

    def _log(self, short: str, form: str) -> Log:
        keys = tuple(self.keys / f"{short}.{kind}.key" for kind in KEY_KINDS.values())
        return Log(f"{self.name}/{short}", short, form, self.folder / f"{short}.policy", self.public / short, keys)


def load(folder: Path | str) -> LedgerConfig:
    """The ledger in ``folder``. Raises :class:`ConfigError` that names the member that is wrong."""
    folder = Path(folder)
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
        said = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(
            f"there is no ledger here: {error.strerror}", where=str(path), todo="make one with answerable record init"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path)) from None
    return _checked(folder, said, str(path))


def _checked(folder: Path, said: dict[str, Any], where: str) -> LedgerConfig:
    unknown = set(said) - {"name", "genesis_tick", "slots", "outboxes", "witnesses", "signer"}
    if unknown:
        raise ConfigError(f"unknown member {min(unknown)}", where=where)
    name, genesis, slots = said.get("name"), said.get("genesis_tick"), said.get("slots", SLOTS)
    if not isinstance(name, str):
        raise ConfigError("name is missing", where=where)
    check_name(name, where)
    for member, value, lowest in (("genesis_tick", genesis, 0), ("slots", slots, 1)):
        if type(value) is not int or value < lowest:
            raise ConfigError(f"{member} must be a whole number from {lowest}", where=where)
    outboxes, monitoring = _texts(said, "outboxes", where), _texts(said, "witnesses", where)
    for party in outboxes:
        check_party(party, where)
    signer = _signer(_texts(said, "signer", where), where)
    url = os.environ.get("DATABASE_URL") or None
    return LedgerConfig(folder, name, int(genesis or 0), int(slots), outboxes, monitoring, signer, url)


def _signer(said: dict[str, str], where: str) -> SignerChoice:
    unknown = set(said) - {"kind", "socket"}
    if unknown:
        raise ConfigError(f"[signer] has an unknown member {min(unknown)}", where=where, todo="use kind and socket")
    socket = said.get("socket") or None
    kind = said.get("kind", "process" if socket else "files")
    if kind not in SIGNERS:
        raise ConfigError(f"[signer] kind {kind!r} is not known", where=where, todo=f"use {', '.join(SIGNERS)}")
    if kind == "process" and not socket:
        raise ConfigError(
            "[signer] names a process and not its socket",
            where=where,
            todo='add socket = "path", as record signer serve listens on',
        )
    if kind == "files" and socket:
        raise ConfigError("[signer] has a socket, and its keys are files", where=where, todo="choose one")
    return SignerChoice(kind, socket)


def _texts(said: dict[str, Any], member: str, where: str) -> dict[str, str]:
    found = said.get(member, {})
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ConfigError(f"[{member}] must be a table of names and texts", where=where)
    return dict(found)


def check_name(name: str, where: str | None = None) -> None:
    """Raise :class:`ConfigError` unless ``name`` is a schema-less host such as ``ledger.example.org``."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is not a host without a scheme, such as ledger.example.org", where=where)


def check_party(party: str, where: str | None = None) -> None:
    """Raise :class:`ConfigError` unless ``party`` may name an outbox."""
    if not _PARTY.fullmatch(party) or party in _RESERVED:
        raise ConfigError(
            f"{party!r} cannot name a party", where=where, todo="use small letters, digits and _; not ledger, keys, pad"
        )


def check_addition(folder: Path, party: str, place: str) -> str:
    """The text of ``ledger.toml`` with a party's outbox. Raises :class:`ConfigError` when it is listed already, or
    cannot be."""
    config = load(folder)
    check_party(party)
    databases.database(place, schema=party)
    path = folder / FILE
    if party in config.outboxes:
        raise ConfigError(f"{party} is listed already", where=str(path), todo="edit the line to move its outbox")
    if not all(character.isprintable() and character not in '"\\' for character in place):
        raise ConfigError("the address of the outbox has characters that no path or URL of ours has")
    text = path.read_text(encoding="utf-8").rstrip("\n") + f'\n{party} = "{place}"\n'
    if _checked(folder, tomllib.loads(text), str(path)).outboxes.get(party) != place:
        raise ConfigError("[outboxes] is not the last table", where=str(path), todo="move it to the end of the file")
    return text


def add_party(folder: Path, party: str, place: str) -> None:
    """List a party's outbox in ``ledger.toml``. Raises as :func:`check_addition` does."""
    replace(folder / FILE, check_addition(folder, party, place))


def replace(path: Path, text: str) -> None:
    """Replace a small settings file at once and durably, mode 0600 (an address may hold a password)."""
    temporary = path.with_name(f".new-{path.name}")
    number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def written(name: str, genesis_tick: int) -> str:
    """The text of a new ``ledger.toml``. The outboxes come last, so that one more is one more line."""
    return f"""# A ledger of Answerable. answerable record add-party adds a line at the end.
name = "{name}"
# The register's first tick (900 seconds each) and the slots of a tick; schedule.changed entries change the slots.
genesis_tick = {genesis_tick}
slots = {SLOTS}

# Where a witness serves its checkpoints, when not at its address in the policy: name = "prefix".
[witnesses]

# Who signs. Without a line: the key files in keys/.
#   kind = "process", socket = "path": record signer serve, which may run as another user and keeps the keys.
#   kind = "agent", socket = "path" (absent: SSH_AUTH_SOCK): an ssh-agent for Ed25519; ML-DSA keys from keys/.
[signer]

# party = "path of its database, or postgresql:// URL (?schema=name; the party's name if absent)"
[outboxes]
"""
