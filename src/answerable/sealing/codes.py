"""Codes: the words that open a mailbox, drawn here or in the browser, and the keys that come from them.

    words  = n uniform words of a list: at least 7, and at least 2**90 codes
    check  = one more word, which says whether a slip was made before anything is derived; no secret
    K      = Argon2id(words, SHA-256("answerable/code/salt/v1\\0" | deployment)[0:16], 19456 KiB, t=2, p=1)

From K come a lookup value, a proof for the server, a wrapping key and a signing key, apart for each kind of mailbox.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NewType

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from answerable.sealing.errors import CheckWordError, SealingError, WordError
from answerable.sealing.hpke import Rng, drawn, hkdf_expand
from answerable.sealing.place import DEPLOYMENT_SIZE
from answerable.sealing.wordlists import WordList as WordList  # offered here too: a code's users need both
from answerable.sealing.wordlists import folded, normal
from answerable.sealing.wordlists import lists as lists

BOX_REPORT, BOX_HELP = 0, 1
BOXES = (BOX_REPORT, BOX_HELP)
KEY_SIZE = 32
#: RFC 9106: memory in KiB, passes, lanes. 16 ms on a server and a moment on a phone; the code itself is strong.
MEMORY, PASSES, LANES = 19_456, 2, 1
_CHECK = b"answerable/code/check/v1\0"
_SALT = b"answerable/code/salt/v1\0"
_LOOKUP = b"answerable/code/lookup/v1"
_AUTH = b"answerable/code/auth/v1"
_WRAP = b"answerable/code/wrap/v1"
_SIGN = b"answerable/code/sign/v1"
#: Longer input is no code: refused before anything is done with it.
MAX_TEXT = 2_000

#: The key of a code. A secret: never print it.
CodeKey = NewType("CodeKey", bytes)


@dataclass(frozen=True)
class Lookup:
    """What finds a mailbox (`l`) and what proves the right to it (`auth`): 32 bytes each, never shown."""

    l: bytes = field(repr=False)  # noqa: E741 - the name it has in the formulas
    auth: bytes = field(repr=False)


@dataclass(frozen=True)
class Code:
    """A code's words, the check word last. Its ``repr`` hides them."""

    list_name: str
    words: tuple[str, ...] = field(repr=False)

    @property
    def canonical(self) -> bytes:
        """What is hashed: the words without the check word, one space between, UTF-8."""
        return " ".join(self.words[:-1]).encode()


def check_word(words: Sequence[str], wordlist: WordList) -> str:
    """The check word of a code's words."""
    digest = sha256(_CHECK + " ".join(words).encode()).digest()
    return wordlist.words[int.from_bytes(digest[:8], "big") % len(wordlist.words)]


def uniform(size: int, rng: Rng) -> int:
    """A number below ``size``, each equally likely: draws that would favour some are drawn again."""
    limit = (1 << 32) // size * size
    while (number := int.from_bytes(drawn(rng, 4), "big")) >= limit:
        continue
    return number % size


def new_code(wordlist: WordList, rng: Rng) -> Code:
    """A new code of uniform words from ``wordlist``, with its check word."""
    words = tuple(wordlist.words[uniform(len(wordlist.words), rng)] for _ in range(wordlist.drawn))
    return Code(wordlist.name, (*words, check_word(words, wordlist)))


# Marks of direction, joiners and soft hyphens come with text that was copied, and are no part of a word.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
#: The first digit of the scripts whose digits are read as 0 to 9: Arabic, eastern Arabic, Devanagari, Bengali.
_DIGITS = {
    ord(char): str(value)
    for zero in (0x0660, 0x06F0, 0x0966, 0x09E6)
    for value, char in enumerate(map(chr, range(zero, zero + 10)))
}


def spoken(text: str) -> list[str]:
    """The words of a text as they are compared: NFKC, lower case, without unseen marks, other scripts' digits read.

    Whatever is no letter, mark or digit stands between words.
    """
    cleaned = _UNSEEN.sub("", normal(text).translate(_DIGITS))
    return "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in cleaned).split()


def _typed(text: str, wordlist: WordList) -> list[str]:
    words = spoken(text)
    if not wordlist.width:
        return words
    # Every word has the same number of characters: they need no space between them, and may have one anywhere.
    joined = "".join(words)
    return [joined[at : at + wordlist.width] for at in range(0, len(joined), wordlist.width)]


def _known(text: str, wordlist: WordList) -> int:
    """How many words a list knows, less those it does not: the list whose code this most likely is."""
    return sum(1 if wordlist.find(word) else -1 for word in _typed(text, wordlist))


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _parse(text: str, wordlist: WordList) -> Code:
    found = []
    for number, typed in enumerate(_typed(text, wordlist), 1):
        word = wordlist.find(typed)
        if word is None:
            ordinal = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
            raise WordError(f"the {ordinal} word is not in the list", todo="compare it with the words you kept")
        found.append(word)
    if len(found) != wordlist.drawn + 1:
        raise WordError(f"a code has {wordlist.drawn + 1} words, these are {len(found)}")
    words, check = tuple(found[:-1]), found[-1]
    if not hmac.compare_digest(check_word(words, wordlist).encode(), check.encode()):
        raise CheckWordError(
            "one of these words is not right", todo="compare each, and their order, with those you kept"
        )
    return Code(wordlist.name, (*words, check))


def parse_code(text: str, wordlist: WordList | None = None) -> Code:
    """The code that someone typed, from ``wordlist`` or from whichever list it fits.

    Words may stand between any spaces, commas or line breaks, in any case, and without their accents. Raises WordError,
    which names which word is not in the list, or CheckWordError when they are all known and do not belong together.
    """
    if len(text) > MAX_TEXT:
        raise WordError(f"a code is shorter than {MAX_TEXT} characters")
    if wordlist is not None:
        return _parse(text, wordlist)
    ranked = sorted(lists().values(), key=lambda one: -_known(text, one))
    first: WordError | None = None
    for one in ranked:
        try:
            return _parse(text, one)
        except WordError as error:
            first = first or error
    raise first or WordError("there is no word list to read a code with")


def derive(code: Code, deployment: bytes) -> CodeKey:
    """K, the code's key in one deployment (the hash of its genesis entry, 32 bytes). Takes 19 MiB and about 20 ms."""
    if len(deployment) != DEPLOYMENT_SIZE:
        raise SealingError(f"a deployment has {DEPLOYMENT_SIZE} bytes, not {len(deployment)}")
    salt = sha256(_SALT + deployment).digest()[:16]
    kdf = Argon2id(salt=salt, length=KEY_SIZE, iterations=PASSES, lanes=LANES, memory_cost=MEMORY)
    return CodeKey(kdf.derive(code.canonical))


def _box(key: bytes, box: int) -> bytes:
    if len(key) != KEY_SIZE or box not in BOXES:
        raise SealingError("a code's key has 32 bytes, and a box is 0 or 1")
    return bytes((box,))


def keys(key: bytes, box: int) -> Lookup:
    """``l`` and ``auth`` of one kind of mailbox. Raises SealingError."""
    number = _box(key, box)
    return Lookup(hkdf_expand(key, _LOOKUP + number, 32), hkdf_expand(key, _AUTH + number, 32))


def wrap_key(key: bytes, box: int, salt: bytes) -> bytes:
    """The key that wraps the reporter's private key, used once: ``salt`` (16 bytes) is new at each change."""
    if len(salt) != 16:
        raise SealingError(f"a mailbox's salt has 16 bytes, not {len(salt)}")
    return hkdf_expand(key, _WRAP + _box(key, box) + salt, 32)


def signing_seed(key: bytes, box: int) -> bytes:
    """The Ed25519 seed (RFC 8032, 32 bytes) that signs what is sent under this code. A secret: never show it.

    Nothing but the code gives it, so that a new code signs with a new key.
    """
    return hkdf_expand(key, _SIGN + _box(key, box), 32)


def lookup(pepper: bytes, l: bytes, box: int) -> bytes:  # noqa: E741 - the name it has in the formulas
    """What the database finds a mailbox by: HMAC-SHA256 of ``l`` and the box under a key outside the database."""
    if len(pepper) != 32:
        raise SealingError("a pepper has 32 bytes")
    return hmac.digest(pepper, l + _box(l, box), "sha256")


def positions(count: int, rng: Rng, ask: int = 2) -> tuple[int, ...]:
    """Which words to ask for, numbered from 0 and ascending: ``ask`` different ones of ``count``, each set as likely.

    Raises SealingError when there are not as many.
    """
    if not 0 < ask <= count:
        raise SealingError(f"{ask} of {count} words cannot be asked for")
    left = list(range(count))
    return tuple(sorted(left.pop(uniform(len(left), rng)) for _ in range(ask)))


def confirms(code: Code, asked: Sequence[int], typed: Sequence[str], wordlist: WordList) -> bool:
    """Whether ``typed`` are the words at the places ``asked``, compared as `parse_code` compares them."""
    if len(asked) != len(typed) or not asked:
        return False
    for place, text in zip(asked, typed, strict=True):
        given = _typed(text[:MAX_TEXT], wordlist)
        if len(given) != 1 or wordlist.find(given[0]) != code.words[place]:
            return False
    return True


#: So many words of a code in a row are a code given away.
RUN = 4


def gives_away(text: str, code: Code) -> bool:
    """Whether a message contains four consecutive words of the code, with anything between them but other words.

    Compared in NFKC and lower case, without accents, marks of direction or punctuation. The check word counts too.
    """
    flat = _flat(text)
    return any(_flat(" ".join(code.words[at : at + RUN])) in flat for at in range(len(code.words) - RUN + 1))


def _flat(text: str) -> str:
    """Letters and digits alone."""
    return "".join(char for char in folded(" ".join(spoken(text))) if char.isalnum())
