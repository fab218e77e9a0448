"""What a page says about the log its entries are in: which leaves, where, under which checkpoint, checked how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: Post-quantum keys and signatures are thousands of characters long; Ed25519 ones stay below this.
_LONG = 200
_KEPT = 64


def abridged(text: str) -> str:
    """A policy or a note for people to read: words too long to compare by eye are cut, and end in an ellipsis."""
    return "\n".join(" ".join(_short(word) for word in line.split(" ")) for line in text.split("\n"))


def _short(word: str) -> str:
    return word if len(word) <= _LONG else f"{word[:_KEPT]}…"


def _no_receipt(_leaf: str) -> bytes | None:
    return None


@dataclass(frozen=True)
class LogView:
    """One log as the pages see it. ``checkpoint`` is the signed note, None while nothing is published.

    ``index_of`` gives the place of a leaf (64 hex digits), None while it waits; ``receipt_of`` its .tlog-proof file.
    ``url`` is where the log is served, for the commands on the pages. ``verifier_policy`` covers the ledger's other
    logs too, for the verifier in the browser.
    """

    origin: str
    checkpoint: bytes | None
    policy_text: str
    index_of: Callable[[str], int | None]
    vkeys_text: str
    receipt_of: Callable[[str], bytes | None] = _no_receipt
    url: str = ""
    verifier_policy: str = ""

    @property
    def address(self) -> str:
        """Where the log is served; by its origin when nothing else is known."""
        return self.url or f"https://{self.origin}"


@dataclass(frozen=True)
class Anchor:
    """One entry of a page: its leaf hash, its index (None: waiting), its receipt's file in the site (None: not yet)."""

    leaf: str
    index: int | None
    receipt: str | None


class Anchors:
    """The entries behind each published thing, and the receipts that go with them."""

    def __init__(self, entries: Mapping[str, Sequence[str]], log: LogView | None) -> None:
        self.entries = entries
        self.log = log
        self.receipts: dict[str, bytes] = {}

    def of(self, keys: Sequence[str]) -> list[Anchor]:
        """The entries of these keys, in order, each once."""
        leaves = dict.fromkeys(leaf for key in keys for leaf in self.entries.get(key, ()))
        return [self._anchor(leaf) for leaf in leaves]

    def _anchor(self, leaf: str) -> Anchor:
        if self.log is None:
            return Anchor(leaf, None, None)
        path = f"receipts/{leaf}.tlog-proof"
        if path not in self.receipts and (receipt := self.log.receipt_of(leaf)) is not None:
            self.receipts[path] = receipt
        return Anchor(leaf, self.log.index_of(leaf), path if path in self.receipts else None)
