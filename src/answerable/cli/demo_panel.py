"""The demo's panel: five members, each with a note key and a share of the recovery key, of which three open together.

It is the ceremony of `answerable sealing ceremony`, by the same functions, with all five members on one machine: what a
panel must never do, and a demonstration has no other way.
"""

from __future__ import annotations

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from answerable.cli import sealing_files as files
from answerable.record.keyfile import write_key_file
from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import Note, add_signatures, sign_text
from answerable.sealing import ceremony
from answerable.sealing.groups import base_times, random_scalar
from answerable.sealing.persons import new_passphrase

MEMBERS = ("ana", "boris", "chen", "dalia", "eko")
THRESHOLD = 3
RECOVERY_KEY = "recovery-key.json"


def make_keys(folder: Path, ledger_name: str) -> list[SigningKey]:
    """Each member's note key, kept in the folder."""
    folder.mkdir(mode=0o700)
    keys = []
    for name in MEMBERS:
        key = SigningKey.generate(f"{ledger_name}/panel/{name}", ED25519, secrets.token_bytes(32))
        write_key_file(folder / f"{name}.key", key)
        keys.append(key)
    return keys


def hold_ceremony(folder: Path, deployment: bytes) -> None:
    """Make the recovery key; each member's share lies under a passphrase of her own, beside it."""
    members = [ceremony.Member(secret, base_times(secret)) for secret in (random_scalar(os.urandom) for _ in MEMBERS)]
    plan = ceremony.Plan(deployment, "dkg", THRESHOLD, MEMBERS, tuple(member.public for member in members))
    own = {number: ceremony.first(plan, number, rng=os.urandom) for number in range(1, len(MEMBERS) + 1)}
    messages = ceremony.gather([ceremony.read_first(plan, data) for data in own.values()])
    signed = [
        ceremony.second(plan, member, messages, messages[number], rng=os.urandom)
        for number, member in enumerate(members, 1)
    ]
    certificate = ceremony.third(plan, signed[0][1], messages, [data for data, _ in signed])
    made = certificate.verify()
    files.write(folder / "certificate.json", certificate.encode())
    files.write(folder / RECOVERY_KEY, made.encode())
    phrases = [new_passphrase(os.urandom) for _ in MEMBERS]

    def lock(number: int) -> bytes:
        share = ceremony.Share(deployment, number, made.key.public, signed[number - 1][1].share)
        return ceremony.lock_share(share, phrases[number - 1], rng=os.urandom)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        locked = list(pool.map(lock, range(1, len(MEMBERS) + 1)))
    for number, (name, data, phrase) in enumerate(zip(MEMBERS, locked, phrases, strict=True), 1):
        files.write(folder / f"{name}.share-{number}.json", data, private=True)
        files.write(folder / f"{name}.passphrase", f"{phrase}\n".encode(), private=True)


def sign(text: str, keys: list[SigningKey]) -> bytes:
    """A note of two members of the panel."""
    first = sign_text(text, keys[0]).to_bytes()
    note = add_signatures(first, sign_text(text, keys[1]).signatures)
    assert len(Note.parse(note).signatures) == 2, sha256(note).hexdigest()
    return note
