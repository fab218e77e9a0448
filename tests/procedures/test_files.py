"""Every kind of file: what it must say, and the one sentence with file and line when it does not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from answerable.procedures.casefile import When
from answerable.procedures.domain import DayRange, Decimal, OneOf, Whole, YesNo
from answerable.procedures.fields import NOT_CHECKED, NOT_STATED
from answerable.procedures.limit import Limit
from answerable.procedures.procedure import OurDesign
from tests.procedures import making
from tests.procedures.making import CASE, LETTER, STATEMENT, changed, collection, complaints

INSTRUMENT = STATEMENT.replace("kind: letter", "kind: instrument").replace("statement: letter-one", "statement: NAME")


def only(name: str, old: str, new: str) -> str:
    """The one complaint after a change."""
    found = complaints(changed(name, old, new))
    assert len(found) == 1, found
    return found[0]


def test_the_base_has_no_problem() -> None:
    assert complaints(collection()) == []


VOCABULARY = "vocabulary.yaml"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("vocabulary: small", "vocabulary: Small", "vocabulary.yaml:1: “Small” cannot be the name of a vocabulary"),
        ("sources: sources.yaml\n", "", "vocabulary.yaml:1: a vocabulary has no “sources”"),
        ("sources: sources.yaml", "sources: none.yaml", "none.yaml:1: the file cannot be read: No such file"),
        ("grade: {one of", "Grade: {one of", "vocabulary.yaml:5: “Grade” cannot be the name of a fact"),
        ("grade: {one of", "not: {one of", "vocabulary.yaml:5: “not” cannot be the name of a fact: it has a meaning"),
        ("[low, middle, high]", "[low, low]", "vocabulary.yaml:5: the value “low” is given twice"),
        ("[low, middle, high]", "[]", "vocabulary.yaml:5: “one of” is an empty list"),
        ("[low, middle, high]", "low", "vocabulary.yaml:5: “one of” must be a list"),
        ("{one of: [low, middle, high]}", "yes", "vocabulary.yaml:5: the fact “grade” must be written as keys"),
        ("{one of:", "{one in:", "vocabulary.yaml:5: the fact “grade” has no key “one in”"),
        ("{from: 0, to: 9}", "{from: 014, to: 20}", "vocabulary.yaml:6: “014” cannot be a bound. Write a whole number"),
        ("{from: 0, to: 9}", "{from: -1, to: 20}", "vocabulary.yaml:6: “-1” cannot be a bound"),
        ("{from: 0, to: 9}", "{from: +1, to: 20}", "vocabulary.yaml:6: “+1” cannot be a bound"),
        ("{from: 0, to: 9}", "{from: 9, to: 0}", "vocabulary.yaml:6: “from” is above “to”"),
        ("{from: 0, to: 9}", "{from: 0}", "vocabulary.yaml:6: “whole number” has no “to”"),
        ("to: 1.00", "to: 1.0", "vocabulary.yaml:7: the bounds have 2 and 1 decimal places"),
        ("to: 1.00", "to: 01.00", "vocabulary.yaml:7: “01.00” cannot be a bound"),
        ("to: 2049-12-31", "to: 2049-02-30", "vocabulary.yaml:8: “2049-02-30” cannot be a day. Write an existing day"),
        ("to: 2049-12-31", "to: 2049-2-3", "vocabulary.yaml:8: “2049-2-3” cannot be a day"),
        ("{day: {", "{whole number: {from: 0, to: 1}, day: {", "vocabulary.yaml:8: the fact “since” has both"),
        ("standard: not stated}", "standard: ''}", "vocabulary.yaml:4: the value is empty"),
        (", standard: not stated}", "}", "vocabulary.yaml:4: the judgement “credible” has no “standard”"),
        ("decided by: office", "decided by: ofice", "vocabulary.yaml:4: “ofice” is not a party. Did you mean office?"),
        ("judgement: yes", "judgement: true", "vocabulary.yaml:4: true is not a value. Write yes or no"),
        ("judgement: yes", "judgement: 1", "vocabulary.yaml:4: “1” cannot be “judgement”. Write yes or no"),
        (
            "  office: {office: yes}",
            "  anyone: {office: yes}\n  office: {office: yes}",
            "cannot be the name of a party",
        ),
        ("[office, court]", "[office, curt]", "vocabulary.yaml:10: “curt” is not a party. Did you mean court?"),
        ("court: {office: yes}", "court: {office: no, parts: [house]}", "parties contain each other in a circle"),
        ("asking: [ask for time]", "asking: [ask, for, ask]", "vocabulary.yaml:16: the act “ask” is listed twice"),
        ("asking: [ask for time]", "asking: [close the case]", "“close the case” is listed twice, first on line 15"),
        ("asking: [ask for time]", "asking: [asking]", "vocabulary.yaml:16: “asking” is a kind and an act"),
        ("[ask for time]", "[ask or wait]", "vocabulary.yaml:16: “ask or wait” cannot be the name of an act"),
        ("[ask for time]", "['ask  for time']", "vocabulary.yaml:16: “ask for time” cannot be the name of an act"),
        ("[ask for time]", "[not stated]", "vocabulary.yaml:16: “not stated” cannot be the name of an act"),
        ("  asking:", "  outcome:", "vocabulary.yaml:16: the key “outcome” is given twice, on line 15 and on line 16"),
    ],
)
def test_a_vocabulary(old: str, new: str, complaint: str) -> None:
    assert complaint in only(VOCABULARY, old, new)


def test_domains_and_assumptions_are_read() -> None:
    words = "assumptions:\n  - {id: a-one, holds: not credible or children > 2, because: We say so.}\n"
    vocabulary = collection({VOCABULARY: (made := changed(VOCABULARY, "small", "small")) and _with(words)}).vocabulary
    assert made.problems == ()
    assert [fact.domain for fact in vocabulary.facts.values()] == [
        YesNo(), OneOf(("low", "middle", "high")), Whole(0, 9), Decimal(0, 100, 2),
        DayRange(date(2000, 1, 1), date(2049, 12, 31)),
    ]  # fmt: skip
    assert vocabulary.assumptions[0].because == "We say so."
    assert vocabulary.kinds["outcome"].one_at_most
    assert vocabulary.acts_of("referral") == ("refer to host_state", "refer to nationality_state")
    assert vocabulary.parts("house") == {"office", "court"}
    assert vocabulary.facts["credible"].standard is NOT_STATED


def _with(words: str) -> str:
    return making.VOCABULARY + words


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            "- {id: a, holds: nothing, because: x}",
            "vocabulary.yaml:18: column 1 of the condition: “nothing” is not a fact",
        ),
        ("- {id: a, holds: always}", "vocabulary.yaml:18: an assumption has no “because”"),
        (
            "- {id: a, holds: always, because: x}\n  - {id: a, holds: always, because: x}",
            "vocabulary.yaml:19: the assum",
        ),
        ("- {id: A, holds: always, because: x}", "vocabulary.yaml:18: “A” cannot be the id of an assumption"),
    ],
)
def test_an_assumption(words: str, complaint: str) -> None:
    (found,) = complaints(collection({VOCABULARY: _with(f"assumptions:\n  {words}\n")}))
    assert complaint in found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("held as: excerpts", "held as: partly", "sources.yaml:6: “partly” cannot be how a source is held"),
        ("    file: letter.txt\n", "", "sources.yaml:3: a source held as “excerpts” has no “file”"),
        ("    known from: A summary of it\n", "", "sources.yaml:9: a source held as “not held” has no “known from”"),
        ("known from: A", "file: letter.txt\n    known from: A", "a source held as “not held” cannot have “file”"),
        ("file: letter.txt", "file: /etc/passwd", "sources.yaml:7: “/etc/passwd” is not a relative path"),
        ("file: letter.txt", "file: other.txt", "other.txt:1: the file cannot be read"),
        ("on: 2020-01-02", "on: 2020-13-02", "sources.yaml:5: “2020-13-02” cannot be the day of a source"),
        ("file: letter.txt", "file: letter.txt\n    whole text sha256: ABC", "“ABC” is not a SHA-256"),
        ("excerpts", "whole\n    whole text sha256: " + "0" * 64, "letter.txt does not have the SHA-256 given"),
        ("by: An office\n    on: 2020-01-02", "by: ~\n    on: 2020-01-02", "sources.yaml:4: ~ is not a value"),
    ],
)
def test_a_list_of_sources(old: str, new: str, complaint: str) -> None:
    assert complaint in complaints(changed("sources.yaml", old, new))[0]


@pytest.mark.parametrize(
    ("letter", "complaint"),
    [
        ("", "letter.txt:1: the file holds no excerpt"),
        ("Words alone.\n", "letter.txt:1: the block does not begin with its attribution"),
        (LETTER + "\n# Somebody\n", "letter.txt:8: the block has no text after its attribution"),
        (
            LETTER + "\n# Somebody\n" + "word " * 101,
            "letter.txt:8: the block has 101 words; a quotation has at most 100",
        ),
        (LETTER + "\n#\nWords.\n", "letter.txt:8: the block does not begin with its attribution"),
        (b"# A\n\xff\n", "letter.txt:2: this is not UTF-8"),
    ],
)
def test_an_excerpt_file(letter: str | bytes, complaint: str) -> None:
    assert complaint in complaints(collection({"letter.txt": letter}))[0]


NORM = "statements/letter-one.yaml"
SAYS = "says: refer every credible report to the State"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("kind: letter", "kind: rumour", ":2: “rumour” cannot be the kind of a statement. Write speech, letter"),
        ("by: An office\n", "", ":1: a statement has no “by”"),
        ("source: letter", "source: later", ":6: “later” is not a source. Did you mean letter?"),
        ("calls itself: not stated", "calls itself: our usual practice", ":5: “our usual practice” is not found word"),
        ("norms:", "applies: {from: 2020-01-01, to: still, chosen by: close the case}\nnorms:", ":7: a letter has no"),
        ("id: refer", "id: Refer", ":8: “Refer” cannot be the id of a norm"),
        (SAYS, "says: refer every credible report to the Stat", ":9: “refer every credible report to the Stat” is not"),
        (SAYS, "says: refer every credible reports to the State", ":9: “refer every credible reports"),
        (SAYS, "says: [Nothing else, refer every credible]", ":9: “Nothing else” is not found word for word in one"),
        (SAYS, "says: every credible", ":9: a quotation has at least three words"),
        (SAYS, "says: [refer every credible, —]", ":9: a quotation has at least three words"),
        (SAYS, "note: x", ":9: a norm has no key “note”"),
        (f"    {SAYS}\n", "", ":8: the norm “refer” must have either “says” or “gist”"),
        (SAYS, SAYS + "\n    gist: They refer.", ":8: the norm “refer” must have either “says” or “gist”"),
        ("when: credible", "when: incredible", ":10: column 1 of the condition: “incredible” is not a fact"),
        ("who: office", "who: nobody", ":11: “nobody” is not a party"),
        ("must: referral", "must: refer to host_state or leave", ":12: “leave” is not an act or a kind"),
        ("must: referral", "may: close the case or ask for time", ":12: “or” offers a choice, which belongs to “must”"),
        ("    must: referral\n", "", ":8: there is no mode here"),
        ("must: referral", "must: referral\n    may: referral", ":8: “must” and “may” exclude each other"),
        ("    within: 10 days\n", "", ":8: a norm with “must” has no “within”"),
        ("within: 10 days", "within: soon", ":13: “soon” is not a limit"),
        ("within: 10 days", "within: 10 days of seeing it", ":13: “seeing it” is not an act"),
        ("    otherwise: not stated\n", "", ":8: a norm with “must” has no “otherwise”"),
        ("must: referral", "must not: referral", ":13: a norm with “must not” has no time limit"),
        ("force: rule", "force: law", ":15: “law” cannot be the force of a norm"),
        ("force: rule", "force: rule\n    standard: x", ":16: “standard” belongs to “decides”"),
        ("must: referral", "decides: credible", ":8: a norm with “decides” has no “standard”"),
        ("force: rule", "force: rule\n    exception to: other", ":8: “other” is not a norm of this file"),
        ("force: rule", "force: rule\n    at: para 9", ":16: “para 9” cannot name a passage"),
        (
            "force: rule",
            "force: rule\nno norm here: [{says: Nothing else is done., because: x}]",
            ":16: “Nothing else is",
        ),
        (
            "who: office\n    must: referral\n    within: 10 days",
            "who: anyone\n    alone: ask for time",
            "“alone” reserves",
        ),
        (
            "must: referral\n    within: 10 days",
            "only: referral of [outcome]",
            "“only” must name its kind among others",
        ),
        ("must: referral\n    within: 10 days", "only: referral", ":12: “only” cannot be read"),
        ("must: referral\n    within: 10 days", "only: referral of [referral, x]", ":12: “x” is not a kind of acts"),
        ("must: referral\n", "readings:\n      one way: {must: referral}\n", ":13: “readings” has only one"),
        (
            "must: referral\n",
            "must: referral\n    readings: {a: {may: asking}, b: {may: asking}}\n",
            ":12: a norm with “re",
        ),
        (
            "otherwise: not stated",
            "otherwise: {who: court, must: ask for time}",
            ":14: “otherwise” has no “within”, “ot",
        ),
    ],
)
def test_a_statement(old: str, new: str, complaint: str) -> None:
    found = only(NORM, old, new)
    assert found.startswith("statements/letter-one.yaml:")
    assert complaint in found


def norm(extra: str, *, mode: str = "must: referral\n    within: 10 days\n    otherwise: not stated"):
    old = "must: referral\n    within: 10 days\n    otherwise: not stated\n"
    one = changed(NORM, old, mode + "\n" + extra)
    assert complaints(one) == []
    return one.statements[0].norms[0]


def test_modes_say_what_is_required_forbidden_allowed_and_reserved() -> None:
    must = norm(
        "",
        mode="must: [ask for time, refer to host_state or close the case]\n    within: not checked\n"
        "    otherwise: not checked",
    )
    assert must.readings[0].choices == (("ask for time",), ("refer to host_state", "close the case"))
    assert (must.within, must.otherwise) == (Limit(word="not checked"), NOT_CHECKED)
    referral = ("refer to host_state", "refer to nationality_state")
    assert norm("", mode="must: referral\n    within: 1 day\n    otherwise: not stated").readings[0].choices == (
        referral,
    )
    assert norm("", mode="must not: referral\n    otherwise: not stated").readings[0].forbidden == referral
    assert norm("", mode="may: [asking, close the case]").readings[0].allowed == ("ask for time", "close the case")
    only_ = norm("", mode="only: asking of [asking, referral]\n    otherwise: not stated").readings[0]
    assert (only_.allowed, only_.forbidden) == (("ask for time",), referral)
    assert norm("", mode="alone: ask for time\n    otherwise: not stated").readings[0].reserved == ("ask for time",)
    decides = norm("", mode="decides: credible\n    standard: not stated").readings[0]
    assert (decides.fact, decides.standard) == ("credible", NOT_STATED)


def test_a_reading_changes_what_it_names_and_keeps_the_rest() -> None:
    one = norm(
        "    readings:\n      narrow: {may: ask for time, when: credible and grade = high}\n"
        "      wide: {must not: outcome, who: [court, office]}\n",
        mode="otherwise: not stated",
    )
    narrow, wide = one.readings
    assert (narrow.name, narrow.mode, narrow.who, narrow.allowed) == ("narrow", "may", ("office",), ("ask for time",))
    assert (wide.name, wide.mode, wide.who, wide.when) == ("wide", "must not", ("court", "office"), one.when)
    assert narrow.when != one.when


def test_a_norm_knows_its_words_and_the_line_they_stand_on() -> None:
    one = norm("    at: para_9\n    taken as: Ours.\n")
    assert (one.full, one.says, one.source_line) == (
        "letter-one/refer", ("refer every credible report to the State",), 2,
    )  # fmt: skip
    assert (one.place.line, one.words.line, one.at, one.taken_as) == (8, 9, "para_9", "Ours.")


def test_pieces_may_span_lines_of_one_block_but_not_two_blocks() -> None:
    assert complaints(changed(NORM, SAYS, "says: [The office shall refer, ask for more time]")) == []
    assert "not found" in only(NORM, SAYS, "says: [The office shall refer, Nothing else is]")


def test_a_text_that_is_not_held_is_paraphrased_never_quoted() -> None:
    manual = STATEMENT.replace("source: letter", "source: manual").replace("letter-one", "manual-one")
    (found,) = complaints(collection({"statements/manual.yaml": manual}))
    assert "statements/manual.yaml:9: the text of “manual” is not held, so nothing can be quoted" in found
    assert complaints(collection({"statements/manual.yaml": manual.replace(SAYS, "gist: They refer.")})) == []


def test_two_norms_of_one_id_and_a_circle_of_exceptions() -> None:
    second = STATEMENT[STATEMENT.index("  - id: refer") :]
    twice = collection({NORM: STATEMENT + second})
    assert "statements/letter-one.yaml:16: the norm “refer” is given twice, first on line 8" in complaints(twice)[0]
    other = second.replace("id: refer", "id: wait\n    exception to: refer").replace(SAYS, "says: ask for more time")
    circle = collection({NORM: STATEMENT + "    exception to: wait\n" + other})
    (problem,) = circle.problems
    assert problem.kind == "exception-cycle"
    assert "line 8: “refer every credible report to the State”" in problem.what
    assert "line 17: “ask for more time”" in problem.what


def test_two_statements_of_one_name_and_one_that_reads_nothing() -> None:
    twice = collection({"statements/more.yaml": STATEMENT})
    assert complaints(twice) == [
        "statements/more.yaml:1: this is already in statements/letter-one.yaml:1. Give one of the two another name"
    ]
    reads = only(NORM, "source: letter\n", "source: letter\nreads: the-manual\n")
    assert "“the-manual” is not another statement of this collection" in reads


def ranked(rank: str, **others: str) -> list[str]:
    files = {f"statements/{name}.yaml": INSTRUMENT.replace("NAME", name) for name in ("a", "b", "c")}
    return complaints(collection(files | {"rank.yaml": rank} | others))


def test_rank_is_transitive_and_names_its_entries() -> None:
    files = {f"statements/{name}.yaml": INSTRUMENT.replace("NAME", name) for name in ("a", "b", "c")}
    rank = "- {over: a, under: b, because: x}\n- {over: b, under: c, because: y}\n"
    one = collection(files | {"rank.yaml": rank})
    assert complaints(one) == []
    assert one.rank.prevails("a", "c")
    assert not one.rank.prevails("c", "a")
    assert [entry.because for entry in one.rank.because("a", "c")] == ["x", "y"]
    assert one.rank.because("c", "a") == ()


@pytest.mark.parametrize(
    ("rank", "complaint"),
    [
        (
            "- {over: a, under: letter-one, because: x}",
            "rank.yaml:1: “letter-one” is a letter: rank holds between instr",
        ),
        ("- {over: a, under: d, because: x}", "rank.yaml:1: “d” is not a statement"),
        ("- {over: a, under: b, because: x}\n- {over: b, under: a, because: x}", "rank runs in a circle"),
        ("- {over: a, under: a, because: x}", "rank runs in a circle: a over a"),
        ("- {over: a, under: b}", "rank.yaml:1: an entry of rank has no “because”"),
        ("- {over: a, under: b, because: x, says: no such words}", "rank.yaml:1: “no such words” is not found"),
    ],
)
def test_a_rank_that_does_not_load(rank: str, complaint: str) -> None:
    (found,) = ranked(rank)
    assert complaint in found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("id: q-one", "id: Q1", "questions.yaml:2: “Q1” cannot be the id of a question"),
        ("says: Nothing else is to be done.", "says: Nothing more is to be done.", "questions.yaml:5: “Nothing more"),
        ("{whether: referral}", "{whether: credible}", "questions.yaml:6: “credible” is not an act or a kind"),
        ("{whether: referral}", "{which: ask for time}", "questions.yaml:6: “ask for time” is not a kind of acts"),
        ("{whether: referral}", "{why: referral}", "questions.yaml:6: an entry of “ask” has no key “why”"),
        (
            "{whether: referral}",
            "{whether: referral, which: referral}",
            "questions.yaml:6: an entry of “ask” has one key",
        ),
        ("{who decides: credible}", "{who decides: grades}", "“grades” is not a fact. Did you mean grade?"),
        ("source: letter", "source: letter\n    given: never", "questions.yaml:5: column 1 of the condition"),
    ],
)
def test_a_question(old: str, new: str, complaint: str) -> None:
    assert complaint in only("questions.yaml", old, new)


def test_a_question_knows_what_it_asks() -> None:
    (one,) = collection().questions
    assert [(ask.kind, ask.about) for ask in one.ask] == [
        ("whether", "referral"), ("by when", "ask for time"), ("who decides", "credible"),
    ]  # fmt: skip
    assert one.source_line == 6


PROCEDURE = "procedures/model.yaml"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("version: 1", "version: 01", ":2: “01” cannot be a version"),
        ("status: constructed", "status: old", ":3: “old” cannot be the status of a procedure"),
        ("calendar: plain", "calendar: plane", ":4: “plane” is not a calendar. Did you mean plain?"),
        ("to: still", "to: 2024-01-01", ":5: the last day is before the first"),
        ("to: still", "to: now", ":5: “now” cannot be the last day"),
        ("by: court", "by: cort", ":12: “cort” is not a party. Did you mean court?"),
        ("rests on: letter-one/refer", "rests on: letter-one/refuse", ":13: “letter-one/refuse” is not a norm"),
        ("    rests on: not stated\n", "", ":8: an act has no “rests on”"),
        ("rests on: not stated", "rests on: {design: x}", ":10: “rests on” has no key “design”"),
        ("act: close the case", "act: receive report", ":11: the act “receive report” is given twice, first on line 8"),
        ("by: court", "by: court\n    needs: [receive report, receive report]", "named twice in “needs”"),
        ("by: court", "by: court\n    starts: ask for time", "“ask for time” names no limit. Write “ACT within LIMIT”"),
        ("by: court", "by: court\n    decides: credible", "the act has “decides” but no “standard”"),
        ("by: court", "by: court\n    reasons: yes", "“yes” cannot be “reasons”. Write required"),
        ("by: court", "by: court\n    within: 3 days of", "“3 days of” is not a limit"),
        ("by: court", "by: court\n    if late: {who: office, act: ask for time}", "“if late” has no “within”"),
        ("by: court", "by: court\n    when: grade", "column 1 of the condition: “grade” is one of low, middle, high"),
        ("ends: close the case", "ends: []", ":6: “ends” is an empty list"),
    ],
)
def test_a_procedure(old: str, new: str, complaint: str) -> None:
    found = only(PROCEDURE, old, new)
    assert found.startswith("procedures/model.yaml:")
    assert complaint in found


def test_an_act_of_a_procedure_carries_its_relations() -> None:
    words = (
        "rests on: {our design: Somebody must look.}\n    needs: receive report\n"
        "    within: 5 working days of receive report\n"
        "    starts: [tell the court within 2 days, tell the office within 3 hours]\n"
        "    not while open: [tell the court]\n"
        "    switches off: [receive report]\n    switches on: tell the court\n    reasons: required\n"
        "    if late: {who: office, act: warn, within: 1 day, if late: {who: court, act: warn again, within: 2 days}}\n"
        "    different person from: receive report\n    decides: credible\n    standard: reasonable grounds"
    )
    one = changed(PROCEDURE, "rests on: letter-one/refer", words)
    assert complaints(one) == []
    rule = one.procedures[0].acts[1]
    assert rule.rests_on == OurDesign("Somebody must look.")
    assert rule.within == Limit(5, "working days", "receive report")
    assert [(start.act, str(start.within)) for start in rule.starts] == [
        ("tell the court", "2 days"), ("tell the office", "3 hours"),
    ]  # fmt: skip
    assert (rule.needs, rule.switches_on, rule.reasons) == (("receive report",), ("tell the court",), True)
    assert one.procedures[0].defined() == {
        "receive report": "office", "close the case": "court", "warn": "office", "warn again": "court",
    }  # fmt: skip


def test_versions_of_one_procedure_stand_side_by_side_but_not_twice() -> None:
    text = making.PROCEDURE
    assert complaints(collection({"procedures/two.yaml": text.replace("version: 1", "version: 2")})) == []
    assert "this is already in procedures/model.yaml:1" in complaints(collection({"procedures/two.yaml": text}))[0]


CASES = "cases/one.yaml"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("source: letter", "source: letter\nconstructed: yes", ":1: a case either has a source or is constructed"),
        ("source: letter\n", "", ":1: a case either has a source or is constructed"),
        ("source: letter", "constructed: yes", ":4: a constructed case quotes nothing"),
        ("source: letter", "source: letter\nprocedure: modle", ":3: “modle” is not a procedure. Did you mean model?"),
        ("credible: {is: yes", "credible: {is: maybe", ":4: “maybe” is not a value of “credible”. It is yes or no"),
        ("credible: {is", "credibel: {is", ":4: “credibel” is not a fact. Did you mean credible?"),
        (", says: every credible report to the State", "", ":4: neither “says” nor “because” is given"),
        ("seq: 2", "seq: 1", ":11: event 1 stands after event 1"),
        ("seq: 2", "seq: 02", ":11: “02” cannot be the number of an event"),
        ("at: 2025-03-01", "at: 2025-03-32", ":7: “2025-03-32” cannot be the time of an event"),
        ("at: 2025-03-01", "at: 2025-03-01T12:00", ":7: “2025-03-01T12:00” cannot be the time of an event"),
        ("at: 2025-03-01", "at: 2025-03-01T24:00Z", ":7: “2025-03-01T24:00Z” cannot be the time of an event"),
        ("at: 2025-03-01", "at: 9999-12-31T12:00Z", ":7: “9999-12-31T12:00Z” cannot be the time of an event"),
        ("at: 2025-03-01", "at: {}", ":7: “at” gives no time"),
        ("at: 2025-03-01", "at: {not before: 2025-03-02, not after: 2025-03-01}", ":7: “not before” is after “not af"),
        ("recorded: 2025-03-02", "recorded: not stated", ":8: “not stated” cannot be “recorded”"),
        ("who: office", "who: The Director", ":9: “The Director” is not a party"),
        ("act: receive report", "act: recieve report", ":10: “recieve report” is not an act. Did you mean receive re"),
        (
            "act: receive report",
            "act: receive report\n    person: Jane Doe",
            "“Jane Doe” cannot be a person: cases car",
        ),
        (
            "act: receive report",
            "act: receive report\n    corrects: 1",
            ":6: event 1 names event 1, which is not before",
        ),
        ("act: receive report", "act: receive report\n    answers: [7]", ":6: event 1 names event 7"),
        ("sets: {share: 0.25}", "sets: {share: 0.255}", ":16: “0.255” is not a value of “share”"),
        ("sets: {share: 0.25}", "taken as: {act: close the case}", ":16: “taken as” has no “because”"),
        ("sets: {share: 0.25}", "says: such words nowhere", ":16: “such words nowhere” is not found word for word"),
        ("events:", "not done: [{act: dance, because: x}]\nevents:", ":5: “dance” is not an act or a kind"),
        ("events:", "as of: today\nevents:", ":5: “today” cannot be “as of”"),
    ],
)
def test_a_case(old: str, new: str, complaint: str) -> None:
    found = complaints(changed(CASES, old, new))[0]
    assert found.startswith("cases/one.yaml:")
    assert complaint in found


def test_a_case_keeps_times_as_they_are_known() -> None:
    one = collection().cases[0]
    first, second = one.events
    assert first.at == When(date(2025, 3, 1), date(2025, 3, 1))
    assert second.at.not_before is None
    assert isinstance(second.at.not_after, datetime)
    assert second.at.not_after.astimezone(UTC) == datetime(2025, 3, 5, 11, tzinfo=UTC)
    assert (second.who, dict(second.sets)) == (NOT_STATED, {"share": 25})
    assert one.facts["credible"].value == "yes"
    assert one.quotations() == (("every credible report to the State",),)


def test_what_was_not_done_and_what_is_taken_as_another_act() -> None:
    text = CASE.replace("facts:", "not done:\n  - {act: referral, says: Nothing else is to be done.}\nfacts:")
    text = text.replace("sets: {share: 0.25}", "taken as: {act: ask for time, because: It came to that.}")
    one = collection({CASES: text.replace("at: 2025-03-01", "at: not stated")})
    assert complaints(one) == []
    assert one.cases[0].not_done[0].acts == ("refer to host_state", "refer to nationality_state")
    assert one.cases[0].events[0].at == When(None, None, stated=False)
    taken = one.cases[0].events[1].taken_as
    assert taken
    assert (taken.act, taken.text) == ("ask for time", "It came to that.")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("zone: Europe/Zurich", "zone: Europe/Bern", "calendars/plain.yaml:2: “Europe/Bern” is not a time zone"),
        ("zone: Europe/Zurich", "zone: Europe", "calendars/plain.yaml:2: “Europe” is not a time zone"),
        ("zone: Europe/Zurich", "zone: ../../etc/passwd", "calendars/plain.yaml:2: “../../etc/passwd” is not a time"),
        ("zone: Europe/Zurich", "zone: localtime", "calendars/plain.yaml:2: “localtime” is not a time zone"),
        ("[mon, tue", "[monday, tue", "calendars/plain.yaml:3: “monday” cannot be a weekday"),
        ("2026-01-01]", "2027-01-01]", "calendars/plain.yaml:4: the holiday 2027-01-01 is not within “known”"),
        ("to: 2026-12-31", "to: 2024-12-31", "calendars/plain.yaml:5: “from” is after “to”"),
        ("months: refuse", "months: thirty days", "calendars/plain.yaml:8: “thirty days” cannot be how months count"),
        ("stands", "falls", "calendars/plain.yaml:7: “falls” cannot be what happens then"),
    ],
)
def test_a_calendar_file(old: str, new: str, complaint: str) -> None:
    assert complaint in complaints(changed("calendars/plain.yaml", old, new))[0]


def test_a_file_that_would_be_overlooked_is_named() -> None:
    (found,) = complaints(collection({"statements/late.yml": STATEMENT}))
    assert found == "statements/late.yml:1: this file is not read. Name it .yaml"
