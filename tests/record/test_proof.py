"""Receipt files: written, read, and every way they can be malformed."""

from __future__ import annotations

import pytest

from answerable.record.errors import ProofFormatError
from answerable.record.proof import Growth, TlogProof
from answerable.record.witnessing import Request
from tests.record.logs import Log

LOG = Log([b'{"n":%d}' % number for number in range(5)])
PROOF = LOG.receipt(3)
DATA = PROOF.to_bytes()
HEAD, _, NOTE = DATA.partition(b"\n\n")


def test_the_file_is_the_specified_lines() -> None:
    lines = DATA.decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra eyJuIjozfQ==", "index 3"]
    assert lines[6] == ""
    assert lines[7:9] == [LOG.origin, "5"]
    assert DATA.endswith(LOG.note)


@pytest.mark.parametrize("extra", [None, b"", b"\x01" + bytes(32)])
def test_extra_is_optional(extra: bytes | None) -> None:
    proof = TlogProof(extra, 3, PROOF.hashes, PROOF.checkpoint)
    assert TlogProof.parse(proof.to_bytes()) == proof


def test_a_log_of_one_entry_has_no_hashes() -> None:
    single = Log([b"{}"]).receipt(0)
    assert single.hashes == ()
    assert TlogProof.parse(single.to_bytes()) == single


def test_growth_is_the_add_checkpoint_body() -> None:
    assert Growth is Request


@pytest.mark.parametrize(
    "data",
    [
        b"", HEAD, DATA[1:], DATA.replace(b"@v1", b"@v2"), DATA.replace(b"index 3", b"index 03"),
        DATA.replace(b"index 3\n", b""), DATA.replace(b"index 3", b"index -1"), DATA.replace(b"extra ey", b"extra e"),
        DATA.replace(b"index 3\n", b"index 3\nAAAA\n"), HEAD + b"\n\n", HEAD + b"\n\nnonsense",
        HEAD + b"\n\n" + NOTE.replace(b"\n5\n", b"\n05\n"), HEAD + b"\xff\n\n" + NOTE, HEAD + b"\r\n\n" + NOTE,
        HEAD.replace(b"index 3", b"index 3\nextra AAAA") + b"\n\n" + NOTE,
        HEAD + (b"\n" + b"A" * 43 + b"=") * 63 + b"\n\n" + NOTE, b"x" * 2_000_000,
    ],
)  # fmt: skip
def test_malformed_files(data: bytes) -> None:
    with pytest.raises(ProofFormatError):
        TlogProof.parse(data)


def test_extra_data_has_a_limit() -> None:
    with pytest.raises(ProofFormatError, match="extra"):
        TlogProof.parse(TlogProof(bytes(256 * 1024 + 1), 3, PROOF.hashes, PROOF.checkpoint).to_bytes())
