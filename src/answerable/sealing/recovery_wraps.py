"""The wraps to recovery of what the desk made: a new case, a new epoch. The event of that act holds their hash.

"ANSW" 0x01 | deployment(32) | record kind(1) | record(16) | u8 n, ascending by compartment and epoch:
compartment(1) | epoch(4) | public(32) | wrap to recovery(106)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from answerable.sealing.errors import SealingError
from answerable.sealing.groups import SIZE
from answerable.sealing.place import COMPARTMENTS, DEPLOYMENT_SIZE, ID_SIZE, Compartment, Record
from answerable.sealing.reading import Reader
from answerable.sealing.values import WRAP_SIZE, check_wrap

MAGIC = b"ANSW\x01"


@dataclass(frozen=True, slots=True)
class MadeWrap:
    """The wrap to recovery of one compartment that the desk made, and the compartment's public key."""

    compartment: Compartment
    epoch: int
    public: bytes
    wrap: bytes


@dataclass(frozen=True, slots=True)
class Wraps:
    """The wraps to recovery that the desk made at once: of a new case, of a new epoch. Their hash is in its event."""

    deployment: bytes
    record_kind: Record
    record: bytes
    compartments: tuple[MadeWrap, ...]

    def encode(self) -> bytes:
        """The bytes. Raises SealingError for parts of other lengths or out of order."""
        data = MAGIC + self.deployment + bytes((self.record_kind,)) + self.record
        data += bytes((len(self.compartments),))
        for each in self.compartments:
            data += bytes((each.compartment,)) + each.epoch.to_bytes(4, "big") + each.public + each.wrap
        decode_wraps(data)
        return data


def decode_wraps(data: bytes) -> Wraps:
    """The wraps of these bytes. Raises SealingError."""
    reader = Reader(data, "a list of wraps")
    if reader.take(len(MAGIC)) != MAGIC:
        raise SealingError("these bytes are no list of wraps")
    deployment, kind, record = reader.take(DEPLOYMENT_SIZE), Record.at(reader.number(1)), reader.take(ID_SIZE)
    made = []
    for _ in range(reader.number(1)):
        compartment = Compartment.at(reader.number(1))
        epoch, public, wrap = reader.number(4), reader.take(SIZE), reader.take(WRAP_SIZE)
        if check_wrap(wrap) != epoch:
            raise SealingError("a wrap is of another epoch than its list says")
        made.append(MadeWrap(compartment, epoch, public, wrap))
    reader.end()
    order = [(each.compartment, each.epoch) for each in made]
    if not made or any(first >= second for first, second in pairwise(order)):
        raise SealingError("a list of wraps has at least one, ascending by compartment and epoch")
    if any(each.compartment not in COMPARTMENTS[kind] for each in made):
        raise SealingError(f"a list of wraps has a compartment that no {kind.code} has")
    return Wraps(deployment, kind, record, tuple(made))
