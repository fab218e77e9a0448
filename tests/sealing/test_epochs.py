"""Whatever is granted, taken away, changed or written, in whatever order: each reads what was written while holding."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from answerable.sealing import envelope, hpke, values
from answerable.sealing.errors import OpenError
from answerable.sealing.making import RecordKeys, make_addition, make_epoch
from answerable.sealing.place import RECOVERY, REPORTER, Compartment, Field, Record
from answerable.sealing.shape import check_shape
from answerable.sealing.signing import sign
from tests.sealing.make_known_answers import DEPLOYMENT, stream

NARRATIVE = Compartment.NARRATIVE
PEOPLE = [bytes((number + 1,)) * 16 for number in range(3)]


class Thread(RuleBasedStateMachine):
    """The narrative of one report, and beside it a plain list of who may read what."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = stream("epochs")
        self.keys: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for holder in (*PEOPLE, REPORTER, RECOVERY):
            self.keys[holder] = [hpke.generate(self.rng)]
        self.holding = {PEOPLE[0], REPORTER, RECOVERY}
        self.record: RecordKeys | None = None
        self.epoch = 0
        #: (holder, her key's number, epoch) -> wrap; and each message with its epoch.
        self.wraps: dict[tuple[bytes, int, int], bytes] = {}
        self.messages: list[tuple[envelope.Value, int, bytes]] = []
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self.epoch += 1
        identity = self.record.record if self.record else None
        self.record = RecordKeys.draw(
            DEPLOYMENT, Record.REPORT, self.rng, record=identity, epoch=self.epoch, compartments=[NARRATIVE]
        )
        holders = [(holder, self.keys[holder][-1][1]) for holder in self.holding]
        (sealed,) = make_epoch(self.record, {NARRATIVE: holders}, self.rng)
        for wrapped in sealed.wraps:
            self.wraps[wrapped.holder, len(self.keys[wrapped.holder]), self.epoch] = wrapped.wrap
        check_shape(self._addition(compartments=[sealed]))

    def _addition(self, *texts: bytes, **extra: Any) -> envelope.Envelope:
        assert self.record is not None
        written = [(NARRATIVE, Field.MESSAGE, text) for text in texts]
        made = make_addition(
            DEPLOYMENT,
            Record.REPORT,
            self.record.record,
            self.keys[REPORTER][-1][1],
            self.record.publics,
            written,
            rng=self.rng,
            **extra,
        )
        return envelope.decode(envelope.encode(sign(made, bytes(32))))

    @rule(text=st.binary(max_size=40))
    def write(self, text: bytes) -> None:
        self.messages.append((self._addition(text).values[0], self.epoch, text))

    @rule(who=st.sampled_from(PEOPLE))
    def grant(self, who: bytes) -> None:
        """A holder wraps the present key to one more."""
        assert self.record is not None
        if who in self.holding:
            return
        self.holding.add(who)
        sealed = self.record.wrapped(NARRATIVE, [(who, self.keys[who][-1][1])], self.rng)
        self.wraps[who, len(self.keys[who]), self.epoch] = sealed.wraps[0].wrap

    @rule(who=st.sampled_from(PEOPLE))
    def take_away(self, who: bytes) -> None:
        if who in self.holding:
            self.holding.discard(who)
            self._begin_epoch()

    @rule()
    def change_code(self) -> None:
        """A new key of the reporter's and a new epoch, so that whoever knew the old code reads nothing more."""
        self.keys[REPORTER].append(hpke.generate(self.rng))
        self._begin_epoch()

    @invariant()
    def each_key_opens_the_messages_of_the_epochs_it_was_given(self) -> None:
        assert self.record is not None
        for holder, pairs in self.keys.items():
            for number, (private, _) in enumerate(pairs, 1):
                for value, epoch, text in self.messages[-3:]:
                    wrap = self.wraps.get((holder, number, epoch))
                    if wrap is not None:
                        assert self._read(holder, private, wrap, value) == text

    @invariant()
    def no_key_opens_a_message_of_an_epoch_it_was_not_given(self) -> None:
        for (holder, number, epoch), own in list(self.wraps.items())[-6:]:
            private = self.keys[holder][number - 1][0]
            for value, written, _ in self.messages[-3:]:
                # Neither with the wraps of other epochs that it has, nor with those that were made for others.
                others = [wrap for (_, _, other), wrap in self.wraps.items() if other == written]
                for wrap in [own] * (written != epoch) + others * ((holder, number, written) not in self.wraps):
                    with pytest.raises(OpenError):
                        self._read(holder, private, wrap, value)

    def _read(self, holder: bytes, private: bytes, wrap: bytes, value: envelope.Value) -> bytes:
        assert self.record is not None
        key = values.open_wrap(self.record.place(NARRATIVE, Field.NONE, 0), holder, private, wrap)
        return values.open_value(self.record.place(NARRATIVE, Field.MESSAGE, value.version), key, value.data)


TestThread = Thread.TestCase
TestThread.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
