"""A reporter party for tests of its pages: a deployment, a panel, five readers, a keeper in memory, and a browser."""

from __future__ import annotations

import html
import re
import secrets
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.test import Client

from answerable.record import note
from answerable.sealing import answers, hpke, readers
from answerable.sealing.place import Compartment, Record

LEDGER = "ledger.example.org"
DEPLOYMENT = bytes(range(32))
#: The office's private key, with which carry signs.
OFFICE = bytes(reversed(range(32)))
R, F, C = Record.REPORT, Record.FILE, Compartment


@dataclass
class Keeper:
    """What the parent process holds, without the encryption that the child adds."""

    held: dict[bytes, bytes] = field(default_factory=dict)

    def read(self, cookie: bytes) -> bytes | None:
        return self.held.get(cookie)

    def write(self, cookie: bytes, secret: bytes) -> None:
        self.held[cookie] = secret

    def drop(self, cookie: bytes) -> None:
        self.held.pop(cookie, None)


@dataclass
class Staff:
    """A reader with the private key, so that tests can read what the reader would read."""

    private: bytes
    reader: readers.Reader


GRANTS = {
    "intake_officer": ((R, C.NARRATIVE), (R, C.ACCUSED_IDENTITY), (R, C.EVIDENCE)),
    "assessor": ((R, C.NARRATIVE), (R, C.ACCUSED_IDENTITY), (R, C.EVIDENCE)),
    "advocate": ((R, C.REPORTER_IDENTITY), (R, C.NARRATIVE), (F, C.VICTIM_IDENTITY), (F, C.MEDICAL_ASSISTANCE)),
    "assistance_worker": ((F, C.VICTIM_IDENTITY), (F, C.MEDICAL_ASSISTANCE)),
    "independent_reader": (
        (R, C.REPORTER_IDENTITY), (R, C.NARRATIVE), (R, C.ACCUSED_IDENTITY), (R, C.EVIDENCE),
        (F, C.VICTIM_IDENTITY), (F, C.MEDICAL_ASSISTANCE),
    ),
}  # fmt: skip


@dataclass
class World:
    """Everything that a test may need to look at from the other side."""

    staff: dict[str, Staff]
    note: readers.ReadersNote
    text: str
    keeper: Keeper
    files: Path

    def browser(self) -> Browser:
        return Browser(self)


def make(settings: Any, tmp_path: Path, keeper: Keeper | None = None) -> World:
    """Set the party up in ``settings``, with its folders below ``tmp_path``."""
    staff = {}
    for number, (role, grants) in enumerate(GRANTS.items(), 1):
        private, public = hpke.generate(secrets.token_bytes)
        languages = ("en", "fr") if number == 1 else ()
        reader = readers.Reader(bytes([number]) * 16, public, bytes(32), role, "un-ios", "FRA", languages, grants)
        staff[role] = Staff(private, reader)
    _private, recovery = hpke.generate(secrets.token_bytes)
    made = readers.ReadersNote(
        DEPLOYMENT,
        1,
        date(2026, 11, 1),
        readers.Recovery(recovery, 3, 5),
        (answers.office_public(OFFICE),),
        tuple(one.reader for one in staff.values()),
    )
    panel = [note.SigningKey.generate(f"{LEDGER}/panel/{name}", note.ED25519, secrets.token_bytes(32)) for name in "ab"]
    signed = note.sign_text(readers.write(made), panel[0])
    signed = note.Note.parse(signed.to_bytes())
    both = note.add_signatures(signed.to_bytes(), note.sign_text(readers.write(made), panel[1]).signatures)
    (tmp_path / "readers.note").write_bytes(both)
    for name in ("pepper", "work_key"):
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n", "ascii")
    ack = tmp_path / "ack.key"
    note.write_key_file(ack, note.SigningKey.generate(f"{LEDGER}/ack/reporter", note.ED25519, b"\x09" * 32))
    from answerable.parties import reporter

    pages = reporter.pages()
    settings.MIDDLEWARE = pages["MIDDLEWARE"]
    settings.TEMPLATES = pages["TEMPLATES"]
    settings.ROOT_URLCONF = "answerable.intake.urls"
    settings.ANSWERABLE_PARTIES = {"intake": {"name": "reporter", "ledger_name": LEDGER, "ack_key": ack}}
    settings.ANSWERABLE_DEPLOYMENT = {
        "v": 1,
        "deployment": DEPLOYMENT.hex(),
        "ledger_name": LEDGER,
        "panel": [str(key.verifier) for key in panel],
        "opening_box": hpke.generate(secrets.token_bytes)[1].hex(),
        "languages": ["en", "ar", "es", "fr", "ru", "zh-hans"],
        "names": {"FRA": {"en": "France", "ar": "فرنسا"}, "un-ios": {"en": "Office of Internal Oversight"}},
    }
    settings.ANSWERABLE_READERS = tmp_path / "readers.note"
    settings.ANSWERABLE_INTAKE = {
        "pepper": tmp_path / "pepper",
        "work_key": tmp_path / "work_key",
        "files": tmp_path / "files",
        "slots": tmp_path / "slots",
        "quota_bytes": 10**9,
    }
    return World(staff, made, both.decode(), keeper or Keeper(), tmp_path / "files")


class Browser:
    """A browser without script: it keeps one cookie, and sends forms as it found them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = Client(**{"answerable.sessions": world.keeper})  # type: ignore[arg-type]  # the test client's environ takes any value
        self.page = ""
        self.status = 0
        self.response: Any = None

    def get(self, path: str, **headers: str) -> str:
        return self._took(self.client.get(path, headers=headers or None))

    def post(self, path: str, form: dict[str, Any], **headers: str) -> str:
        return self._took(self.client.post(path, form, headers=headers or None))

    def send(self, path: str, changes: dict[str, Any] | None = None, *, number: int = 0, **headers: str) -> str:
        """Fill in the form that the page shows and send it; ``changes`` by name, None for a field left out."""
        form = {**self.fields(number), **(changes or {})}
        return self.post(path, {name: value for name, value in form.items() if value is not None}, **headers)

    def follow(self) -> str:
        """Go where the last answer leads."""
        assert self.status == 303, (self.status, self.page)
        return self.get(self.response["Location"])

    def fields(self, number: int = 0) -> dict[str, Any]:
        """The values that the page's form has before anyone fills it in."""
        return form_fields(self.page, number)

    def words(self) -> list[str]:
        found = re.search(r'<ol class="words".*?</ol>', self.page, re.DOTALL)
        assert found, self.page
        return [html.unescape(word) for word in re.findall(r"<li>(.*?)</li>", found[0])]

    @property
    def cookie(self) -> str:
        return self.client.cookies["a"].value if "a" in self.client.cookies else ""

    def _took(self, response: Any) -> str:
        self.response, self.status = response, response.status_code
        self.page = b"".join(response).decode("utf-8", "replace") if response.streaming else response.content.decode()
        return self.page


def form_fields(page: str, number: int = 0) -> dict[str, Any]:
    """The values of a form's fields as a browser would send them."""
    forms = re.findall(r"<form\b.*?</form>", page, re.DOTALL)
    found: dict[str, Any] = {}
    body = forms[number]
    for tag in re.findall(r"<input\b[^>]*>", body):
        attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        kind, name = attributes.get("type", "text"), attributes.get("name")
        if not name or kind == "file" or (kind in ("checkbox", "radio") and not re.search(r"\bchecked\b", tag)):
            continue
        value = attributes.get("value", "on" if kind in ("checkbox", "radio") else "")
        if kind == "checkbox":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    for name, text in re.findall(r'<textarea name="([\w-]+)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        found[name] = html.unescape(text).strip("\n")
    for name, options in re.findall(r'<select name="([\w-]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"\s+selected', options)
        found[name] = chosen[1] if chosen else (re.search(r'<option value="([^"]*)"', options) or ["", ""])[1]
    return found


def sending(browser: Browser, path: str, changes: dict[str, Any]) -> list[str]:
    """Fill in and send a form, go on to the page with the words; the words."""
    browser.get(path)
    browser.send(path, changes)
    browser.follow()
    return browser.words()


def returning(browser: Browser, words: list[str]) -> str:
    """Enter the words; the page of the mailbox."""
    browser.get("/return/")
    browser.send("/return/", {"words": " ".join(words)})
    return browser.follow()
