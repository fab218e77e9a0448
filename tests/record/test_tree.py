"""The tree: roots, the edge, and every proof of every small tree."""

from __future__ import annotations

import pytest

from answerable.record import tree
from answerable.record.errors import ProofError, TreeError

LEAVES = [tree.leaf_hash(str(number).encode()) for number in range(600)]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 defines it, word for word."""
    if not leaves:
        return tree.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return tree.node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


class Nodes:
    """Full subtrees over LEAVES, each computed once; asking for one beyond `size` fails the test."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.levels = [LEAVES]
        while len(self.levels[-1]) > 1:
            row = self.levels[-1]
            self.levels.append([tree.node_hash(*row[at : at + 2]) for at in range(0, len(row) - 1, 2)])

    def __call__(self, level: int, index: int) -> bytes:
        assert (index + 1) << level <= self.size
        return self.levels[level][index]


def test_known_hashes() -> None:
    assert tree.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tree.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", [*range(20), 127, 255, 256, 257, 511, 599])
def test_root_follows_the_definition(size: int) -> None:
    expected = defined_root(LEAVES[:size])
    assert tree.root_of(LEAVES[:size]) == tree.root_at(size, Nodes(size)) == expected


def test_every_inclusion_proof_up_to_600() -> None:
    # Given every (index, size) up to 600
    nodes = Nodes(600)
    for size in range(1, 601):
        nodes.size = size
        root = tree.root_at(size, nodes)
        for index in range(size):
            # When its proof is made, then it verifies, in no more steps than the tree is high
            proof = tree.inclusion_proof(index, size, nodes)
            assert len(proof) <= (size - 1).bit_length()
            tree.verify_inclusion(LEAVES[index], index, size, proof, root)


def test_every_consistency_proof_up_to_200() -> None:
    nodes = Nodes(600)
    roots = [tree.root_of(LEAVES[:size]) for size in range(201)]
    for new in range(201):
        nodes.size = new
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new, nodes)
            tree.verify_consistency(old, new, proof, roots[old], roots[new])
            if 0 < old < new:
                with pytest.raises(ProofError):
                    tree.verify_consistency(old, new, proof, roots[old - 1], roots[new])


def test_proofs_too_long_and_too_short_are_refused() -> None:
    nodes = Nodes(100)
    root = tree.root_at(100, nodes)
    proof = tree.inclusion_proof(37, 100, nodes)
    for wrong in (proof[:-1], [*proof, proof[0]], [], proof[::-1]):
        with pytest.raises(ProofError):
            tree.verify_inclusion(LEAVES[37], 37, 100, wrong, root)
    grown = tree.consistency_proof(37, 100, nodes)
    for wrong in (grown[:-1], [*grown, grown[0]], [], grown[::-1]):
        with pytest.raises(ProofError):
            tree.verify_consistency(37, 100, wrong, tree.root_of(LEAVES[:37]), root)


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [(0, 0, []), (5, 5, []), (-1, 5, []), (0, 1 << 63, []), (0, 2, [b"short"])],
)
def test_impossible_inclusions_are_malformed(index: int, size: int, proof: list[bytes]) -> None:
    with pytest.raises(TreeError):
        tree.verify_inclusion(LEAVES[0], index, size, proof, LEAVES[1])


def test_proofs_of_what_is_not_there_cannot_be_made() -> None:
    for make in (
        lambda: tree.inclusion_proof(5, 5, Nodes(5)),
        lambda: tree.consistency_proof(6, 5, Nodes(5)),
        lambda: tree.root_at(-1, Nodes(5)),
    ):
        with pytest.raises(TreeError):
            make()


def test_consistency_from_nothing_and_with_itself() -> None:
    tree.verify_consistency(0, 0, [], tree.EMPTY_ROOT, tree.EMPTY_ROOT)
    for old, new, proof, old_root, new_root in [
        (0, 5, [LEAVES[0]], tree.EMPTY_ROOT, LEAVES[1]),
        (0, 5, [], LEAVES[0], LEAVES[1]),
        (0, 0, [], tree.EMPTY_ROOT, LEAVES[1]),
        (5, 5, [], LEAVES[0], LEAVES[1]),
        (5, 5, [LEAVES[0]], LEAVES[1], LEAVES[1]),
    ]:
        with pytest.raises(ProofError):
            tree.verify_consistency(old, new, proof, old_root, new_root)
    with pytest.raises(TreeError):
        tree.verify_consistency(6, 5, [], LEAVES[0], LEAVES[1])


@pytest.mark.parametrize("step", [1, 7, 255, 256, 257, 1000])
def test_edge_gives_roots_and_tiles_for_any_batches(step: int) -> None:
    # Given 1,000 leaves arriving in batches
    leaves = [tree.leaf_hash(str(number).encode()) for number in range(1_000)]
    edge, tiles = tree.Edge(), {}
    for start in range(0, 1_000, step):
        before = edge.copy()
        for tile in edge.append(leaves[start : start + step]):
            tiles[tile.level, tile.index] = tile.hashes
        # Then the edge gives the root of each size, and the copy did not move
        assert edge.root() == tree.root_of(leaves[: start + step])
        assert before.size == start
        assert tree.Edge.from_bytes(edge.to_bytes(), edge.size).root() == edge.root()
    # And the tiles hold every hash of their level
    assert [value for index in range(4) for value in tiles[0, index]] == leaves
    assert tiles[1, 0] == tuple(tree.root_of(leaves[at : at + 256]) for at in (0, 256, 512))
    assert edge.partial(0) == tuple(leaves[768:])
    assert edge.partial(7) == ()


def test_edge_names_every_changed_tile_lowest_first() -> None:
    edge = tree.Edge()
    edge.append(LEAVES[:250])
    changed = edge.append(LEAVES[250:530])
    assert [(tile.level, tile.index, len(tile.hashes)) for tile in changed] == [
        (0, 0, 256),
        (0, 1, 256),
        (0, 2, 18),
        (1, 0, 2),
    ]
    assert edge.append([]) == []


@pytest.mark.parametrize(("size", "levels"), [(1, []), (0, [[LEAVES[0]]]), (256, [[]]), (1, [[b"short"]]), (-1, [])])
def test_edges_no_tree_has_are_refused(size: int, levels: list[list[bytes]]) -> None:
    with pytest.raises(TreeError):
        tree.Edge(size, levels)


def test_edge_bytes_of_another_length_are_refused() -> None:
    with pytest.raises(TreeError, match="64 bytes, not 65"):
        tree.Edge.from_bytes(bytes(65), 2)


def test_growth_through_a_full_tile_of_the_second_level() -> None:
    leaves = [tree.leaf_hash(number.to_bytes(4, "big")) for number in range(256 * 256 + 3)]
    edge = tree.Edge()
    edge.append(leaves[: 256 * 256])
    assert [len(edge.partial(level)) for level in range(3)] == [0, 0, 1]
    assert edge.root() == edge.partial(2)[0] == tree.root_of(leaves[: 256 * 256])
    edge.append(leaves[256 * 256 :])
    assert edge.root() == tree.root_of(leaves)
