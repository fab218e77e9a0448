"""What is on record, as the acts and the outbox hold it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from answerable.correspondence import publishing
from answerable.correspondence.codec import Unit
from answerable.correspondence.letters import Party
from answerable.correspondence.models import Act, Blob, Heading, Side
from answerable.correspondence.publishing import Published
from answerable.correspondence.whole import Correspondence
from answerable.ledger.models import Outbox
from answerable.record import canonical
from answerable.record.obligations import Covered, Silence, fold


def published() -> Published:
    """What is on record, put together from the acts."""
    found: dict[str, list[str]] = {}
    units: list[Unit] = []
    blobs: dict[str, bytes] = {}
    for act in Act.objects.select_related("outbox").exclude(author=None).order_by("id"):
        found.setdefault(act.key, []).append(act.outbox.leaf)
        units.append(publishing.unit_from(act.key, act.content, _files(act.files, blobs)))
    return Published(publishing.with_units(heading(), units), found)


def heading() -> Correspondence:
    """The title, languages and parties, with nothing published yet."""
    head = Heading.objects.first()
    parties = tuple(Party(side.code, side.name, side.office) for side in Side.objects.order_by("id"))
    return Correspondence(head.title if head else "", tuple(head.languages) if head else (), parties)


def _files(names: Mapping[str, str], known: dict[str, bytes]) -> dict[str, bytes]:
    lacking = [digest for digest in names.values() if digest not in known]
    if lacking:
        known.update(Blob.objects.filter(pk__in=lacking).values_list("sha256", "content"))
    return {name: known[digest] for name, digest in names.items() if digest in known}


def silence(as_of: date) -> Silence:
    """The clocks as of a day, from the entries in the outbox; without a log, what is claimed is told from `at`."""
    return fold(covered(), as_of)


def covered() -> list[Covered]:
    """The desk's own entries in the order in which they were recorded."""
    rows = Outbox.objects.filter(act__isnull=False).order_by("id")
    out: list[Covered] = []
    for row in rows:
        fields = canonical.decode(row.data)
        assert isinstance(fields, dict)
        out.append((row.leaf_hash, fields, None))
    return out
