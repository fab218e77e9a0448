"""The demo's staff, made in the desk's own process: `python -m answerable.cli.demo_people HOME` prints them as JSON.

Each has a password, an authenticator's secret and a passphrase that are told to whoever runs the demo. In a deployment
people are invited, choose their own, and make their keys in their own browser.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from answerable.cli.casework import desk

#: Name, role, line, employer, nationality, languages. Made up, all of them.
STAFF = (
    ("olga.officer", "intake_officer", "intake", "demo-office", "NOR", "en fr"),
    ("amir.assessor", "assessor", "assessment", "demo-office", "JOR", "ar en"),
    ("rosa.reviewer", "reviewer", "review", "demo-council", "CHL", "en es"),
    ("ada.advocate", "advocate", "victims", "demo-advocates", "GHA", "en fr"),
    ("wim.worker", "assistance_worker", "assistance", "demo-clinic", "NLD", "ar en fr"),
    ("ines.independent", "independent_reader", "panel", "demo-panel", "PRT", "en es fr"),
    ("petra.panel", "panel", "oversight", "demo-panel", "SVK", "en"),
    ("alma.admin", "administrator", "administration", "demo-office", "EST", "en"),
    ("bela.admin", "administrator", "administration-two", "demo-office", "HUN", "en"),
)


def make(home: Path) -> list[dict[str, Any]]:
    """Invite and take every account, with a second factor and keys."""
    desk(home)
    return [_person(*one) for one in STAFF]


def _person(name: str, role: str, line: str, employer: str, nationality: str, languages: str) -> dict[str, Any]:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from answerable.casework import actions
    from answerable.casework.shapes import KeySet
    from answerable.sealing.persons import make_person, new_passphrase

    facts = {
        "line": line,
        "employer": employer,
        "nationality": nationality,
        "languages": languages,
        "trained_child": role in {"advocate", "assistance_worker", "independent_reader"},
    }
    password, passphrase = f"demo-{secrets.token_hex(6)}", new_passphrase(os.urandom)
    person = actions.accept_invitation(actions.found(name, role, facts), password)
    totp = generate_totp_secret()
    TOTP.activate(person.user, totp)
    keys = make_person(passphrase, os.urandom)
    actions.set_keys(person, KeySet(keys.x25519, keys.ed25519, keys.salt, keys.wrapped_x, keys.wrapped_ed))
    return {
        "name": name,
        "role": role,
        "password": password,
        "totp": totp,
        "passphrase": passphrase,
        "id": person.handle,
        "x25519": keys.x25519.hex(),
        "ed25519": keys.ed25519.hex(),
        **facts,
    }


def readers_text(people: list[dict[str, Any]]) -> str:
    """Everybody, as `sealing readers draft` takes them: no key is used at the desk that the panel has not signed.

    Who reads what arrives follows from the roles; an assessor, a reviewer or an administrator reads nothing of it.
    """
    lines = ["people:"]
    for one in people:
        lines += [
            f'  - id: "{one["id"]}"',
            f'    x25519: "{one["x25519"]}"',
            f'    ed25519: "{one["ed25519"]}"',
            f"    role: {one['role']}",
            f"    employer: {one['employer']}",
            f"    nationality: {one['nationality']}",
            f"    languages: [{', '.join(one['languages'].split())}]",
        ]
        if one["trained_child"]:
            lines.append("    trained_child: yes")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(make(Path(sys.argv[1])), ensure_ascii=False) + "\n")
