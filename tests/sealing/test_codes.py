"""Codes: drawn without favour, typed as people type, and deriving what they should."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import codes, hpke, mailbox, persons, wordlists
from answerable.sealing.codes import Code
from answerable.sealing.errors import (
    CheckWordError,
    OpenError,
    PassphraseError,
    SealingError,
    WordError,
    WordListError,
)
from answerable.sealing.wordlists import WordList, lists
from tests.sealing.make_known_answers import DEPLOYMENT, stream

ENGLISH = lists()["eff-large"]
NAMES = sorted(lists())
FEW = tuple(f"w{number:04}" for number in range(1_024))


def a_code(name: str = "eff-large", label: str = "") -> Code:
    return codes.new_code(lists()[name], stream(f"a code/{name}/{label}"))


# Lists ---------------------------------------------------------------------------------------------------------------


def test_there_is_a_list_for_most_languages_of_the_united_nations_and_digits_for_all() -> None:
    assert {one.language for one in lists().values()} >= {"en", "fr", "es", "ru", "zh-hans", "pt", "mul"}
    assert wordlists.list_for("en").name == "eff-large"
    assert wordlists.list_for("pt-BR").name == "bip39-pt"
    assert wordlists.list_for("zh").name == "bip39-zh-hans"
    for language in ("ar", "so", "ln"):
        assert wordlists.list_for(language).name == "digits"


@pytest.mark.parametrize("name", NAMES)
def test_every_list_gives_ninety_bits_and_at_least_seven_words(name: str) -> None:
    one = lists()[name]
    assert one.drawn >= 7
    assert one.drawn * math.log2(len(one.words)) >= 90
    assert one.source
    assert one.licence in ("CC-BY-3.0-US", "MIT", "CC0-1.0")
    if one.drawn > 7:
        assert (one.drawn - 1) * math.log2(len(one.words)) < 90


def test_how_many_words_a_code_has() -> None:
    assert [lists()[name].drawn for name in ("eff-large", "bip39-fr", "bip39-es", "digits")] == [7, 9, 9, 7]


@pytest.mark.parametrize(
    "words",
    [
        FEW[:-1],
        (*FEW, "w0000"),
        (*FEW, "w00"),
        (*FEW, "W"),
        (*FEW, ""),
        (*FEW, "two words"),
        (*FEW, "half-word"),
        (*FEW, unicodedata.normalize("NFD", "été")),
        (*FEW, "\ufffd"),
    ],
    ids=[
        "short",
        "twice",
        "a beginning",
        "upper case",
        "empty",
        "two words",
        "hyphen",
        "not composed",
        "damaged",
    ],
)
def test_lists_that_break_a_rule_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(WordListError):
        WordList("n", "en", "s", "MIT", words)


def test_a_list_that_hides_its_licence_is_refused() -> None:
    assert len(WordList("n", "en", "s", "MIT", FEW).words) == 1_024
    with pytest.raises(WordListError, match="licence"):
        WordList("n", "en", "s", "", FEW)


# Drawing -------------------------------------------------------------------------------------------------------------


def test_every_word_is_as_likely() -> None:
    # Given many draws from the smallest range that does not divide 2**32 evenly
    rng = stream("uniform")
    found = Counter(codes.uniform(3, rng) for _ in range(30_000))
    # Then each number comes a third of the time, within five standard deviations
    assert all(abs(count - 10_000) < 5 * math.sqrt(30_000 * 2 / 9) for count in found.values())


def test_a_draw_that_would_favour_some_words_is_drawn_again() -> None:
    # Given a source that first gives a number in the remainder that does not divide evenly
    draws = iter([b"\xff\xff\xff\xff", b"\x00\x00\x00\x05"])
    assert codes.uniform(7_772, lambda _: next(draws)) == 5
    assert next(draws, None) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_code_has_a_check_word_and_shows_nothing_in_its_repr(name: str) -> None:
    code = a_code(name)
    assert len(code.words) == lists()[name].drawn + 1
    assert not any(word in repr(code) for word in code.words if len(word) > 1)
    digest = sha256(b"answerable/code/check/v1\0" + " ".join(code.words[:-1]).encode()).digest()
    place = int.from_bytes(digest[:8], "big") % len(lists()[name].words)
    assert code.words[-1] == lists()[name].words[place]


# Typing --------------------------------------------------------------------------------------------------------------

TYPED: dict[str, Callable[[tuple[str, ...]], str]] = {
    "spaces": " ".join,
    "lines": "\n".join,
    "tabs and more": "\t \u3000 ".join,
    "capitals": lambda words: " ".join(words).title(),
    "commas": ", ".join,
    "arabic commas": "، ".join,
    "full stops": lambda words: ". ".join(words) + ".",
    "marks of direction": lambda words: "\u200f" + " \u202b".join(words) + "\u202c",
    "full width": lambda words: " ".join("".join(_wide(char) for char in word) for word in words),
    "decomposed": lambda words: unicodedata.normalize("NFD", " ".join(words)),
}


def _wide(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", TYPED)
def test_codes_are_read_as_people_type_them(name: str, how: str) -> None:
    code = a_code(name)
    text = TYPED[how](code.words)
    assert codes.parse_code(text) == code
    assert codes.parse_code(text, lists()[name]) == code


@pytest.mark.parametrize("name", ["bip39-fr", "bip39-es", "mnemonic-ru"])
def test_accents_may_be_left_out(name: str) -> None:
    # Given a code in which some word has an accent
    made = (a_code(name, str(number)) for number in range(1_000))
    code = next(one for one in made if any(wordlists.folded(word) != word for word in one.words))
    # Then it is read without them too
    assert codes.parse_code(wordlists.folded(" ".join(code.words))) == code


def test_digits_of_other_scripts_and_without_spaces() -> None:
    code = a_code("digits")
    for zero in "٠۰०০":
        text = " ".join(code.words).translate({ord("0") + value: ord(zero) + value for value in range(10)})
        assert codes.parse_code(text) == code
        assert codes.parse_code(text.replace(" ", "")) == code


def test_chinese_needs_no_spaces() -> None:
    code = a_code("bip39-zh-hans")
    assert codes.parse_code("".join(code.words)) == code
    assert codes.parse_code("".join(code.words[:5]) + "\n" + "".join(code.words[5:])) == code


def test_an_unknown_word_is_named_by_its_place_and_never_shown() -> None:
    code = a_code()
    text = " ".join((*code.words[:2], "qwertz", *code.words[3:]))
    with pytest.raises(WordError, match="the third word is not in the list") as caught:
        codes.parse_code(text)
    assert "qwertz" not in str(caught.value)


def test_too_few_too_many_and_none() -> None:
    code = a_code()
    for text in (" ".join(code.words[:-1]), " ".join((*code.words, code.words[0])), "", "...", "\0"):
        with pytest.raises(WordError, match="a code has 8 words, these are"):
            codes.parse_code(text, ENGLISH)
    with pytest.raises(WordError, match="shorter"):
        codes.parse_code("a" * 2_001)


@given(st.integers(0, 7), st.integers(0, 7_771))
def test_one_wrong_word_is_seen_by_the_check_word(place: int, wrong: int) -> None:
    # Given a code with one word exchanged for another of the list
    code = a_code()
    words = list(code.words)
    words[place] = ENGLISH.words[wrong]
    if tuple(words) == code.words:
        assert codes.parse_code(" ".join(words)) == code
    elif codes.check_word(words[:-1], ENGLISH) == words[-1]:
        # One slip in 7,772 fits by chance: then another code was typed, and it opens nothing.
        assert codes.parse_code(" ".join(words)).canonical != code.canonical
    else:
        with pytest.raises(CheckWordError, match="one of these words is not right"):
            codes.parse_code(" ".join(words))


@given(st.text(max_size=80))
@settings(deadline=None)
def test_any_text_is_a_code_or_a_word_error(text: str) -> None:
    with pytest.raises(WordError):
        codes.parse_code(text)


# Asking for two words, and messages that give a code away ------------------------------------------------------------


def test_positions_are_different_ascending_and_each_pair_as_likely() -> None:
    rng = stream("positions")
    found = Counter(codes.positions(8, rng) for _ in range(2_800))
    assert len(found) == 28
    assert all(0 <= first < second < 8 for first, second in found)
    assert all(abs(count - 100) < 60 for count in found.values())
    with pytest.raises(SealingError):
        codes.positions(1, rng)


@pytest.mark.parametrize("name", NAMES)
def test_two_words_confirm_a_code(name: str) -> None:
    code, one = a_code(name), lists()[name]
    asked = codes.positions(len(code.words), stream("asked"))
    right = [f" {code.words[place].upper()} ." for place in asked]
    assert codes.confirms(code, asked, right, one)
    other = next(word for word in one.words if word not in code.words)
    for wrong in ([right[0], other], [right[0], ""], [right[0]], [], [right[0], " ".join(code.words)], right[::-1]):
        assert not codes.confirms(code, asked, wrong, one)


@pytest.mark.parametrize("name", NAMES)
def test_four_words_in_a_row_give_a_code_away(name: str) -> None:
    code = a_code(name)
    for start in range(len(code.words) - 3):
        run = code.words[start : start + 4]
        for text in (
            " ".join(run),
            f"my words: {'-'.join(run).upper()}!",
            "\n1… ".join(run).replace("1…", "…"),
            "".join(run),
            "“" + "” “".join(run) + "”",
            " \u200b ".join(unicodedata.normalize("NFD", word) for word in run),
        ):
            assert codes.gives_away(text, code), text
        assert not codes.gives_away(" ".join(run[:3]), code)
        assert not codes.gives_away(" ".join((*run[:2], "x", *run[2:])), code)
    assert not codes.gives_away("", code)
    assert not codes.gives_away("it happened on the road behind the school, at night", code)


# Keys ----------------------------------------------------------------------------------------------------------------


def test_keys_of_a_code_follow_the_formulas() -> None:
    # Given a code, and HKDF-Expand of the library
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    code = a_code()
    words = " ".join(code.words[:-1]).encode()
    salt = sha256(b"answerable/code/salt/v1\0" + DEPLOYMENT).digest()[:16]
    key = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19_456).derive(words)
    # Then ours are the same
    assert codes.derive(code, DEPLOYMENT) == key
    for box in codes.BOXES:
        for name, ours in (
            (b"lookup", codes.keys(key, box).l),
            (b"auth", codes.keys(key, box).auth),
            (b"wrap", codes.wrap_key(key, box, b"s" * 16)),
        ):
            info = b"answerable/code/" + name + b"/v1" + bytes((box,)) + (b"s" * 16 if name == b"wrap" else b"")
            assert ours == HKDFExpand(SHA256(), 32, info).derive(key)


def test_nothing_is_the_same_in_another_box_or_deployment() -> None:
    code = a_code()
    here, there = codes.derive(code, DEPLOYMENT), codes.derive(code, bytes(32))
    found = [part for key in (here, there) for box in codes.BOXES for part in vars(codes.keys(key, box)).values()]
    found += [codes.lookup(b"p" * 32, codes.keys(here, 0).l, box) for box in codes.BOXES]
    found += [codes.lookup(b"q" * 32, codes.keys(here, 0).l, 0), here, there]
    assert len(set(found)) == len(found)
    assert repr(codes.keys(here, 0)) == "Lookup()"


def test_a_mailbox_opens_with_its_code_in_its_place_and_no_other() -> None:
    # Given the credentials of a mailbox
    rng = stream("a mailbox")
    key = rng(32)
    private, public = hpke.generate(rng)
    made = mailbox.make_credentials(key, DEPLOYMENT, codes.BOX_REPORT, private, one_time=True, rng=rng)
    assert made.public == public
    assert mailbox.open_private(key, DEPLOYMENT, 0, made.salt, made.wrapped) == private
    # When any part is another's, then the key stays shut
    for other in (
        (rng(32), DEPLOYMENT, 0, made.salt, made.wrapped),
        (key, bytes(32), 0, made.salt, made.wrapped),
        (key, DEPLOYMENT, 1, made.salt, made.wrapped),
        (key, DEPLOYMENT, 0, rng(16), made.wrapped),
        (key, DEPLOYMENT, 0, made.salt, made.wrapped[:-1] + b"\0"),
        (key, DEPLOYMENT, 0, made.salt, b""),
    ):
        with pytest.raises(OpenError):
            mailbox.open_private(*other)
    # And a change of the code has a new salt
    again = mailbox.make_credentials(key, DEPLOYMENT, codes.BOX_REPORT, private, one_time=False, rng=rng)
    assert again.salt != made.salt
    assert again.wrapped != made.wrapped
    assert made.l.hex() not in repr(made)


@pytest.mark.parametrize("wrong", [(b"", 0), (bytes(31), 0), (bytes(32), 2), (bytes(32), -1)])
def test_keys_and_boxes_that_are_none(wrong: tuple[bytes, int]) -> None:
    with pytest.raises(SealingError):
        codes.keys(*wrong)
    with pytest.raises(SealingError):
        codes.wrap_key(*wrong, salt=bytes(16))
    with pytest.raises(SealingError):
        codes.lookup(bytes(32), *wrong)


# Persons -------------------------------------------------------------------------------------------------------------


def test_a_person_opens_her_keys_with_her_passphrase_alone() -> None:
    # Given keys under a drawn passphrase
    rng = stream("a person")
    passphrase = persons.new_passphrase(rng)
    assert len(passphrase.split()) == 6
    made = persons.make_person(passphrase, rng)
    # Then they open with it, however it is typed
    opened = persons.open_person(f"  {passphrase.upper().replace(' ', '   ')}\n", made)
    assert hpke.public_of(opened.x25519) == made.x25519
    assert repr(opened) == "PersonSecrets()"
    # And not with another, nor with parts exchanged
    with pytest.raises(PassphraseError):
        persons.open_person("another passphrase", made)
    with pytest.raises(PassphraseError):
        persons.open_person(passphrase, replace(made, wrapped_x=made.wrapped_ed, wrapped_ed=made.wrapped_x))
    with pytest.raises(PassphraseError):
        persons.open_person(passphrase, replace(made, x25519=made.ed25519))
    with pytest.raises(PassphraseError):
        persons.open_person("\ud800", made)
    with pytest.raises(SealingError):
        replace(made, salt=b"")
