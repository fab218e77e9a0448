"""The Merkle tree of RFC 6962 section 2.1: hashes, proofs, and the right edge that lets it grow.

A *full subtree* of level l and index i covers the 2**l leaves from i * 2**l. Proofs are made from full subtrees only,
through a `HashAt`, so that nothing here knows where hashes are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple, Self

from answerable.record.errors import ProofError, TreeError
from answerable.record.text import HASH_SIZE, LIMIT

#: (level, index) -> hash of the full subtree of 2**level leaves; the index counts subtrees of that level.
HashAt = Callable[[int, int], bytes]

#: A tile spans 8 levels of the tree, so it holds up to 256 hashes (tlog-tiles).
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

#: The root of the tree without leaves: SHA-256 of nothing.
EMPTY_ROOT = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data): the hash of an entry (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): the hash of an inner node (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def _parents(row: Sequence[bytes]) -> list[bytes]:
    """The level above an even row. This loop is where the tree's time goes, so nothing is called in it but SHA-256."""
    pairs = iter(row)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in order.

    Carrying an odd last node upward unchanged gives the same tree as splitting at the largest power of two below n.
    """
    _check_hashes(leaf_hashes, "leaf hash")
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        odd = [row.pop()] if len(row) % 2 else []
        row = _parents(row) + odd
    return row[0]


def _check_hashes(hashes: Sequence[bytes], what: str) -> None:
    if any(length != HASH_SIZE for length in set(map(len, hashes))):
        raise TreeError(f"a {what} has another length than {HASH_SIZE} bytes")


def _check_size(size: int, what: str) -> None:
    if not 0 <= size < LIMIT:
        raise TreeError(f"{what} {size} is outside 0 to 2**63 - 1")


def root_at(size: int, hash_at: HashAt) -> bytes:
    """The root of the first `size` leaves. Raises TreeError for an impossible size."""
    _check_size(size, "tree size")
    return _range_root(0, size, hash_at) if size else EMPTY_ROOT


def _range_root(start: int, stop: int, hash_at: HashAt) -> bytes:
    """The hash over leaves start to stop, where start is a multiple of a power of two not below stop - start."""
    peaks = []
    for level in range((stop - start).bit_length() - 1, -1, -1):
        if (stop - start) >> level & 1:
            peaks.append(hash_at(level, start >> level))
            start += 1 << level
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, leaf's sibling first (RFC 6962 section 2.1.1)."""
    _check_size(size, "tree size")
    if not 0 <= index < size:
        raise TreeError(f"index {index} is not in a tree of {size} leaves")
    proof = []
    node, last, level = index, size - 1, 0
    while last:
        sibling = node ^ 1
        if sibling < last:
            proof.append(hash_at(level, sibling))
        elif sibling == last:  # the right edge: this subtree may lack leaves
            proof.append(_range_root(sibling << level, size, hash_at))
        node, last, level = node >> 1, last >> 1, level + 1
    return proof


def consistency_proof(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """The proof that the tree of `new` leaves extends the tree of `old` (RFC 6962 section 2.1.2).

    Empty when `old` is 0 or equals `new`. Raises TreeError when `old` is above `new`.
    """
    _check_size(new, "tree size")
    if not 0 <= old <= new:
        raise TreeError(f"a tree of {new} leaves cannot extend one of {old}")
    if old in (0, new):
        return []
    proof = []
    start, stop = 0, new
    while old != stop:  # the subtree of [start, stop) splits at the largest power of two below its size
        middle = start + (1 << (stop - start - 1).bit_length() - 1)
        if old <= middle:
            proof.append(_range_root(middle, stop, hash_at))
            stop = middle
        else:
            proof.append(_range_root(start, middle, hash_at))
            start = middle
    if start:  # the verifier holds the old root, but not the hash of this part of it
        proof.append(_range_root(start, stop, hash_at))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check an audit path (RFC 9162 section 2.1.3.2).

    Raises TreeError for sizes or hash lengths no tree has, ProofError when the path does not lead to `root`.
    """
    _check_size(size, "tree size")
    if not 0 <= index < size:
        raise TreeError(f"index {index} is not in a tree of {size} leaves")
    _check_hashes((leaf, root, *proof), "hash of an inclusion proof")
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise ProofError(f"the inclusion proof of index {index} in size {size} is too long")
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError(f"the inclusion proof of index {index} in size {size} is too short")
    if computed != root:
        raise ProofError(f"the inclusion proof of index {index} leads to another root than that of size {size}")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree (new, new_root) extends the tree (old, old_root) (RFC 9162 section 2.1.4.2).

    Raises TreeError for sizes or hash lengths no tree has, ProofError when the proof does not hold.
    """
    _check_size(new, "tree size")
    if not 0 <= old <= new:
        raise TreeError(f"a tree of {new} leaves cannot extend one of {old}")
    if old in (0, new) and proof:
        raise ProofError(f"a proof from size {old} to size {new} must be empty")
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofError("the root at size 0 is not the empty root")
    if old == new:
        if old_root != new_root:
            raise ProofError(f"there are two roots at size {new}")
        return
    _check_hashes((old_root, new_root, *proof), "hash of a consistency proof")
    if old and (old_root, new_root) != _roots_from(old, new, proof, old_root):
        raise ProofError(f"size {new} is not an extension of size {old}: the consistency proof leads to other roots")


def _roots_from(old: int, new: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """The roots of both trees that a proof leads to, for 0 < old < new."""
    path = list(proof)
    if old & (old - 1) == 0:  # a perfect old tree is itself the first node of the path
        path.insert(0, old_root)
    if not path:
        raise ProofError(f"the consistency proof from size {old} to {new} is too short")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if not last:
            raise ProofError(f"the consistency proof from size {old} to {new} is too long")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError(f"the consistency proof from size {old} to {new} is too short")
    return first, second


class TileHashes(NamedTuple):
    """One tile as it stands: its level, its index in that level, and its 1 to 256 hashes."""

    level: int
    index: int  # type: ignore[assignment]  # tiles have an index; nobody searches in this tuple
    hashes: tuple[bytes, ...]


class Edge:
    """The right edge of a tree: for each tile level, the hashes of its partial tile. Enough to grow and to root it."""

    __slots__ = ("_levels", "_peaks", "_size")

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        """An edge of `size` leaves. `levels[l]` holds the floor(size / 256**l) mod 256 hashes of level l."""
        _check_size(size, "tree size")
        widths = _widths(size)
        if list(map(len, levels)) != widths:
            raise TreeError(f"the edge of a tree of {size} leaves has {widths} hashes, level by level")
        for level in levels:
            _check_hashes(level, "hash of an edge")
        self._size = size
        self._levels: list[list[bytes]] = [list(level) for level in levels]
        self._peaks = [_Peaks() for _ in levels]

    @classmethod
    def from_bytes(cls, data: bytes, size: int) -> Self:
        """The edge that `to_bytes` wrote for a tree of `size` leaves. Raises TreeError for any other length."""
        _check_size(size, "tree size")
        widths = _widths(size)
        if len(data) != HASH_SIZE * sum(widths):
            raise TreeError(f"the edge of {size} leaves is {HASH_SIZE * sum(widths)} bytes, not {len(data)}")
        hashes = [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
        levels = []
        for width in widths:
            levels.append(hashes[:width])
            hashes = hashes[width:]
        return cls(size, levels)

    def to_bytes(self) -> bytes:
        """All hashes, level 0 first. The size says how many belong to each level."""
        return b"".join(b"".join(level) for level in self._levels)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    def partial(self, level: int) -> tuple[bytes, ...]:
        """The hashes of the partial tile at tile level `level`; empty when that level ends with a full tile."""
        return tuple(self._levels[level]) if 0 <= level < len(self._levels) else ()

    def copy(self) -> Edge:
        """An edge that grows apart from this one."""
        twin = Edge(self._size, self._levels)
        twin._peaks = [_Peaks(peaks.count, peaks.nodes) for peaks in self._peaks]
        return twin

    def append(self, leaf_hashes: Sequence[bytes]) -> list[TileHashes]:
        """Add leaves. Returns every tile the batch changed, full ones and the partial end, level 0 upward."""
        _check_hashes(leaf_hashes, "leaf hash")
        _check_size(self._size + len(leaf_hashes), "tree size")
        changed: list[TileHashes] = []
        first, level, added = self._size, 0, list(leaf_hashes)
        self._size += len(added)
        while added:
            first >>= TILE_HEIGHT
            if level == len(self._levels):
                self._levels.append([])
                self._peaks.append(_Peaks())
            row = self._levels[level] + added
            full = len(row) & -TILE_WIDTH
            for offset, at in enumerate(range(0, len(row), TILE_WIDTH)):
                changed.append(TileHashes(level, first + offset, tuple(row[at : at + TILE_WIDTH])))
            self._levels[level] = row[full:]
            if full:
                self._peaks[level] = _Peaks()
            added = row[:full]
            for _ in range(TILE_HEIGHT):
                added = _parents(added)
            level += 1
        return changed

    def root(self) -> bytes:
        """The root of the tree as it stands: its perfect subtrees, the smallest and rightmost first, joined."""
        root: bytes | None = None
        for level, peaks in zip(self._levels, self._peaks, strict=True):
            peaks.extend(level)
            for node in reversed(peaks.nodes):
                root = node if root is None else node_hash(node, root)
        return EMPTY_ROOT if root is None else root


class _Peaks:
    """The perfect subtrees over the first `count` hashes of a row, largest first: one per bit of `count`.

    They are kept between two roots, so that a root costs the same however wide the row has become.
    """

    __slots__ = ("count", "nodes")

    def __init__(self, count: int = 0, nodes: Sequence[bytes] = ()) -> None:
        self.count = count
        self.nodes = list(nodes)

    def extend(self, row: Sequence[bytes]) -> None:
        """Take in what `row` has beyond the first `count`: a carry for each pair of equal subtrees."""
        for node in row[self.count :]:
            self.count += 1
            carry = self.count
            while not carry & 1:
                node, carry = node_hash(self.nodes.pop(), node), carry >> 1
            self.nodes.append(node)


def _widths(size: int) -> list[int]:
    """How many hashes the edge of a tree holds at each tile level."""
    widths = []
    while size:
        widths.append(size % TILE_WIDTH)
        size >>= TILE_HEIGHT
    return widths
