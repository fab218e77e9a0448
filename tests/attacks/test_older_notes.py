"""An older list of readers, which the panel signed as well, put in force again: whoever was taken off would read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from answerable.cli.intake import check_readers
from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.errors import SettingsError
from tests.intake.world import Staff, World

pytestmark = pytest.mark.django_db(databases=["default", "intake"])


def signed(world: World, epoch: int, staff: list[Staff] | None = None) -> str:
    """A note of this epoch, as two members of the panel sign it."""
    return world.note(staff, epoch=epoch)


def test_a_note_that_goes_back_is_not_put_in_force(world: World) -> None:
    # Given a note from which a reader was taken
    before, after = signed(world, 3), signed(world, 4, world.staff[:2])
    actions.set_bulletin(readers=before)
    actions.set_bulletin(readers=after)
    # When somebody brings the older one again, or another of the same epoch
    for text in (before, signed(world, 4)):
        with pytest.raises(SettingsError, match="of epoch"):
            actions.set_bulletin(readers=text)
    # Then the newer one is in force, and comes again without harm; and the next one follows
    assert actions.current_readers()[1] == after
    actions.set_bulletin(readers=after)
    actions.set_bulletin(readers=signed(world, 5))
    assert actions.current_readers()[0].epoch == 5


def test_nor_by_the_command(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "party"
    folder.mkdir()
    facts = world.settings()["ANSWERABLE_DEPLOYMENT"]
    (folder / "deployment.json").write_text(json.dumps(facts))
    older, newer, same = (tmp_path / name for name in ("older", "newer", "same"))
    older.write_text(signed(world, 3))
    newer.write_text(signed(world, 4, world.staff[:2]))
    same.write_text(signed(world, 4))
    check_readers(folder, older)
    (folder / "readers.note").write_bytes(newer.read_bytes())
    check_readers(folder, newer)
    for path in (older, same):
        with pytest.raises(AnswerableError, match="next epoch"):
            check_readers(folder, path)
