"""Removing what an act that never came left behind: keys, wraps and files of nothing."""

from __future__ import annotations

from answerable.casework.actions.chains import setting
from answerable.casework.models import Erasure, File, Record, Submission, Wrap
from answerable.ledger.actions.wrapping import forget_opening_key
from answerable.ledger.models import OpeningKey, Outbox


def sweep(before: frozenset[str] = frozenset()) -> frozenset[str]:
    """Remove keys, wraps and files without an act that were there ``before`` already; give those that are there now.

    A loop passes what the last call gave, so that an act on its way keeps its keys, whatever the clock says.
    """
    found = _orphans()
    for name in found & before:
        kind, _, handle = name.partition(" ")
        if kind == "key":
            forget_opening_key(handle)
        elif kind == "wrap":
            Wrap.objects.filter(record=handle).delete()
        else:
            (setting("files") / handle).unlink(missing_ok=True)
    return _orphans()


def _orphans() -> frozenset[str]:
    records = set(Record.objects.values_list("handle", flat=True))
    leaves = {bytes(leaf).hex() for leaf in Submission.objects.values_list("leaf", flat=True)}
    erasing = set(Erasure.objects.exclude(keys_of="").values_list("keys_of", flat=True))
    keys = set(OpeningKey.objects.using("keys").values_list("handle", flat=True))
    wraps = set(Wrap.objects.values_list("record", flat=True).distinct())
    entries = {bytes(leaf).hex() for leaf in Outbox.objects.using("default").values_list("leaf_hash", flat=True)}
    files = set(File.objects.values_list("handle", flat=True))
    folder = setting("files")
    on_disk = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return frozenset(
        {f"key {one}" for one in keys - records - leaves - entries - erasing}
        | {f"wrap {one}" for one in wraps - records - erasing}
        | {f"file {one}" for one in on_disk - files}
    )
