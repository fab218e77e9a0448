"""Policies: what they mean, and every way a file can be wrong. Quorums against brute force are in tests/properties."""

from __future__ import annotations

import pytest

from answerable.record.errors import NoteError, PolicyError, QuorumError, SignatureError
from answerable.record.note import COSIGNATURE, MLDSA44, Note, Signature
from answerable.record.policy import Policy, check_checkpoint
from tests.record.logs import RECORD, Log, key, policy, policy_text

LOG = Log([b'{"a":1}'])
VK = {name: str(key(f"{name}.example/w", COSIGNATURE).verifier) for name in "abcdefg"}

CIVIL_AND_STATES = (
    f"log {key(RECORD).verifier} https://ledger.example.org/record\n"
    + "".join(f"witness {name} {vkey}\n" for name, vkey in VK.items())
    + "group civil 2 a b c\ngroup states 3 d e f g\ngroup both all civil states\nquorum both\n"
)


def _times(**times: int) -> dict[object, int]:
    return {key(f"{name}.example/w", COSIGNATURE).verifier: time for name, time in times.items()}


def test_quorum_time_is_the_first_moment_both_groups_agree() -> None:
    both = Policy.parse(CIVIL_AND_STATES)
    times = _times(a=10, b=40, c=20, d=5, e=30, f=6, g=7)
    assert both.quorum_met(times)  # type: ignore[arg-type]  # keys are verifier keys
    assert both.quorum_time(times) == 20  # type: ignore[arg-type]
    assert both.explain(times)[0] == "both: civil 2 of 2, states 3 of 3"  # type: ignore[arg-type]


def test_time_zero_does_not_count() -> None:
    both = Policy.parse(CIVIL_AND_STATES)
    times = _times(a=10, b=0, d=5, e=30, f=6)
    assert not both.quorum_met(times)  # type: ignore[arg-type]
    assert both.quorum_time(times) is None  # type: ignore[arg-type]
    assert both.explain(times) == [  # type: ignore[arg-type]
        "both: civil 1 of 2, states 3 of 3",
        "both: civil no, states yes",
        "civil: a yes, b no, c no",
        "states: d yes, e yes, f yes, g no",
    ]


def test_the_cost_of_a_split() -> None:
    both = Policy.parse(CIVIL_AND_STATES)
    assert both.split_tolerance() == [
        "civil: 2 of 3; a split needs 1 corrupt",
        "states: 3 of 4; a split needs 2 corrupt",
        "both: 2 of 2; a split needs 3 corrupt",
    ]
    assert both.warnings() == []


def test_one_bodys_keys_count_as_one_member() -> None:
    assert policy().split_tolerance() == ["civil: 2 of 3; a split needs 1 corrupt"]
    assert "prevents no split" in policy(threshold=1).split_tolerance()[0]
    assert any("no split view" in line for line in policy(threshold=1).warnings())


def test_a_witness_that_is_ours_is_a_warning() -> None:
    ours = f"witness own {key('ledger.example.org/w', COSIGNATURE).verifier}\n"
    text = policy_text().replace("group civil 2", ours + "group civil 2").replace("w3\nquorum", "w3 own\nquorum")
    assert any("the witness own is not independent" in line for line in Policy.parse(text).warnings())
    shared = f"log {key('x.example/l', MLDSA44).verifier}\nwitness w {key('x.example/l', MLDSA44).verifier}\nquorum w\n"
    assert any("not independent" in line for line in Policy.parse(shared).warnings())


def test_blocking_sets() -> None:
    both = Policy.parse(CIVIL_AND_STATES)
    assert both.blocking(["a", "b", "d", "e"])  # two States are silent: three are needed
    assert not both.blocking(["a", "b", "d", "e", "f"])
    assert not Policy.parse("quorum none\n").blocking([])


def test_quorum_none_asks_nothing_and_attests_no_time() -> None:
    none = Policy.parse("quorum none")
    assert none.quorum_met({})
    assert none.quorum_time({}) is None
    assert none.explain({}) == ["none asked"]
    assert none.split_tolerance() == []
    assert len(none.warnings()) == 1


def test_layout_is_spaces_tabs_comments_and_empty_lines() -> None:
    text = f"\t # a comment: пример\n\n \t\n\twitness  a\t{VK['a']}   https://a.example/ \n quorum a"
    parsed = Policy.parse(text)
    assert parsed.witnesses["a"].url == "https://a.example/"
    assert parsed.quorum == "a"


def test_names_are_octets() -> None:
    kelvin = f"witness K {VK['a']}\nwitness \u212a {VK['b']}\nwitness ".encode() + b"\xff " + f"{VK['c']}\n".encode()
    parsed = Policy.parse(kelvin + b"group g 2 K \xff\nquorum g\n")
    assert len(parsed.witnesses) == 3
    assert parsed.explain({})[1].encode()  # printable, whatever the octets were
    assert parsed.warnings()[0].encode()


def test_thirty_two_of_everything_and_nesting() -> None:
    lines = [f"log {key(f'l{number}.example').verifier}" for number in range(32)]
    lines += [f"witness w{number} {key(f'w{number}.example', COSIGNATURE).verifier}" for number in range(32)]
    lines += ["group g0 any w0"] + [f"group g{number} all w{number} g{number - 1}" for number in range(1, 32)]
    parsed = Policy.parse("\n".join([*lines, "quorum g31"]))
    everyone = {witness.key: 1 for witness in parsed.witnesses.values()}
    assert len(parsed.origins) == len(parsed.groups) == 32
    assert parsed.quorum_met(everyone)
    everyone[parsed.witnesses["w0"].key] = 0
    assert not parsed.quorum_met(everyone)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "one quorum line"),
        (f"witness a {VK['a']}\n", 2, "one quorum line"),
        ("quorum none\nquorum none\n", 2, "second"),
        ("quorum a\n", 1, "not defined on an earlier line"),
        (f"quorum a\nwitness a {VK['a']}\n", 1, "not defined"),
        (f"witness none {VK['a']}\nquorum none\n", 1, "reserved"),
        (f"witness a {VK['a']}\nwitness a {VK['b']}\nquorum a\n", 2, "defined twice"),
        (f"witness a {VK['a']}\nwitness b {VK['a']}\nquorum a\n", 2, "already that of another witness"),
        (f"witness a {VK['a']}\ngroup a any a\nquorum a\n", 2, "defined twice"),
        (f"witness a {VK['a']}\ngroup g any a a\nquorum g\n", 2, "member twice"),
        (f"witness a {VK['a']}\ngroup g any a\ngroup h any a\nquorum g\n", 3, "member twice"),
        (f"witness a {VK['a']}\ngroup g any none\nquorum g\n", 2, "not defined"),
        (f"witness a {VK['a']}\ngroup g any g\nquorum g\n", 2, "not defined"),
        (f"witness a {VK['a']}\ngroup g 2 a\nquorum g\n", 2, "from 1 to 1"),
        (f"witness a {VK['a']}\ngroup g 0 a\nquorum g\n", 2, "from 1 to 1"),
        (f"witness a {VK['a']}\ngroup g 01 a\nquorum g\n", 2, "from 1 to 1"),
        (f"witness a {VK['a']}\ngroup g any\nquorum a\n", 2, "does not begin"),
        (f"log {VK['a']}\nquorum none\n", 1, "not a log's"),
        (f"witness a {key('a.example').verifier}\nquorum a\n", 1, "not a witness's"),
        (
            f"log {key('a.example').verifier}\nlog {key('a.example').verifier}\nquorum none\n",
            2,
            "already that of another",
        ),
        ("log x\nquorum none\n", 1, "not a verifier key"),
        ("quorum none\r\n", 1, "not allowed"),
        ("# \x7f\nquorum none\n", 1, "not allowed"),
        ("quorum\u00a0none\n", 1, "does not begin"),
        ("threshold 3\nquorum none\n", 1, "does not begin"),
    ],
)
def test_every_error_names_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(PolicyError, match=why) as caught:
        Policy.parse(text, file="my.policy")
    assert caught.value.where == f"my.policy:{line}"


def test_a_policy_is_at_most_a_megabyte() -> None:
    with pytest.raises(PolicyError, match="at most"):
        Policy.parse("#" * (1 << 20) + "\nquorum none\n")


def test_a_checkpoint_that_the_policy_accepts() -> None:
    checked = check_checkpoint(LOG.note, policy())
    assert checked.checkpoint == LOG.checkpoint
    assert [found.type for found in checked.log_keys_ok] == [1, 6]
    assert sorted(checked.cosigners.values()) == [1_000_000, 1_000_000, 1_000_060, 1_000_060]
    assert checked.quorum_time == 1_000_060


def test_a_checkpoint_without_its_quorum() -> None:
    with pytest.raises(QuorumError, match="civil 2 of 3"):
        check_checkpoint(LOG.note, policy(threshold=3))


def test_one_bad_line_of_a_known_key_rejects_it() -> None:
    note = Note.parse(LOG.note)
    own = note.signatures[0]
    forged = Note(note.text, (*note.signatures, Signature(own.name, own.id, bytes(64)))).to_bytes()
    with pytest.raises(SignatureError, match="bad"):
        check_checkpoint(forged, policy())


def test_witnesses_alone_do_not_make_a_checkpoint() -> None:
    note = Note.parse(LOG.note)
    with pytest.raises(SignatureError, match="no key of the log"):
        check_checkpoint(Note(note.text, note.signatures[2:]).to_bytes(), policy())
    with pytest.raises(SignatureError, match="knows no log"):
        check_checkpoint(LOG.note, Policy.parse("quorum none\n"))
    with pytest.raises(NoteError):
        check_checkpoint(b"nonsense", policy())


def test_require_mldsa44_counts_only_those_lines() -> None:
    assert check_checkpoint(LOG.note, policy(), require_mldsa44=True).log_keys_ok[0].type == MLDSA44
    note = Note.parse(LOG.note)
    without_log = Note(note.text, (note.signatures[0], *note.signatures[2:])).to_bytes()
    with pytest.raises(SignatureError, match="ML-DSA-44"):
        check_checkpoint(without_log, policy(), require_mldsa44=True)
    without_witness = Note(note.text, (*note.signatures[:2], note.signatures[2], *note.signatures[4:])).to_bytes()
    assert check_checkpoint(without_witness, policy()).quorum_time == 1_000_060
    with pytest.raises(QuorumError, match="ML-DSA-44"):
        check_checkpoint(without_witness, policy(), require_mldsa44=True)
