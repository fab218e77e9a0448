"""The bulletin: what carry tells the door, and what the door knows by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from answerable.intake import readers_file
from answerable.intake.actions import setting, sql
from answerable.intake.errors import SettingsError
from answerable.intake.events import EMPTY
from answerable.intake.exchange import Bulletin
from answerable.record.keys import VerifierKey
from answerable.sealing.readers import ReadersNote

_PARTS = ("anchor", "policy", "procedure", "duties", "readers")
_BEFORE = "readers_before"


def bulletin() -> Bulletin:
    """What is known. Without any word from carry: nothing of the register, and no policy but the deployment itself."""
    rows = sql.select(setting.using(), "SELECT name, body FROM bulletin")
    found = {str(row["name"]): json.loads(row["body"]) for row in rows}
    return Bulletin(
        found.get("anchor") or EMPTY,
        found.get("policy") or setting.deployment().hex(),
        found.get("procedure"),
        found.get("duties") or {},
        found.get("readers"),
        found.get(_BEFORE),
    )


def set_bulletin(
    *,
    anchor: Mapping[str, Any] | None = None,
    policy: str | None = None,
    procedure: Mapping[str, Any] | None = None,
    duties: Mapping[str, Mapping[str, Any]] | None = None,
    readers: str | None = None,
) -> None:
    """Tell the door: the register's head in the latest anchor, the policy's leaf, the procedure in force, what is owed
    first, and the signed readers' note, of which the one before stays accepted. What is absent stays as it is.

    Raises `SettingsError` for a readers' note that the panel did not sign, or that goes back behind the one in force:
    whoever was taken off the list would stand on it again.
    """
    using = setting.using()
    said = dict(zip(_PARTS, (anchor, policy, procedure, duties, readers), strict=True))
    with sql.act(using):
        before = bulletin().readers
        if readers is not None:
            made = _loaded(readers, setting.panel(), setting.deployment())
            if before is not None:
                readers_file.check_newer(made, _loaded(before, setting.panel(), setting.deployment()))
        if readers is not None and before not in (None, readers):
            said[_BEFORE] = before
        for name, value in said.items():
            if value is not None:
                sql.run(using, "DELETE FROM bulletin WHERE name = %s", [name])
                sql.add(using, "bulletin", ("name", "body"), [(name, json.dumps(value, sort_keys=True))])


def current_readers() -> tuple[ReadersNote, str]:
    """The readers' note in force and its signed text. Raises `SettingsError` when there is none of the panel's."""
    return readers_in(bulletin())[0]


def readers_in(told: Bulletin) -> list[tuple[ReadersNote, str]]:
    """The readers' notes that are accepted, the one in force first. Raises as `current_readers` does."""
    texts = [text for text in (told.readers, told.readers_before) if text is not None]
    if not texts:
        texts = [_file_text()]
    panel, deployment = setting.panel(), setting.deployment()
    return [(_loaded(text, panel, deployment), text) for text in texts]


def _file_text() -> str:
    path = setting.readers_path()
    if path is None:
        raise SettingsError("there is no readers' note", where="settings", todo="set ANSWERABLE_READERS to its file")
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the readers' note cannot be read: {error}", where=str(path)) from None


@lru_cache(maxsize=8)
def _loaded(text: str, panel: tuple[VerifierKey, ...], deployment: bytes) -> ReadersNote:
    return readers_file.load(text.encode(), panel, deployment)
