"""What the events of a record mean: its stage, its duties, and whether an act may be done. Nothing here is stored.

The procedures are those of `policy/procedures/` (or the deployment's own). Each event's body names the act of which
procedure it is, so that the fold needs nothing but the bodies and, where two acts must be different people's, a label
for each person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from answerable.casework.errors import SetupError
from answerable.procedures.casefile import Event, TakenAs, When
from answerable.procedures.collection import Collection, from_folder
from answerable.procedures.duties import rests_on_text
from answerable.procedures.errors import Place
from answerable.procedures.facts import Background
from answerable.procedures.fold import Refused, State, run
from answerable.procedures.plan import Plan

FOLDER = Path(__file__).parent / "policy" / "procedures"
INTAKE, HELP, ASSESSMENT = "intake", "help", "assessment"
WITHDRAWAL, HELP_WITHDRAWAL = "withdrawal", "withdrawal-of-help"
#: The procedure of each kind of record.
OF_KIND = {"report": INTAKE, "file": HELP, "case": ASSESSMENT}
#: And the one that follows once its person has taken it back. Nobody takes back a case.
AFTER_WITHDRAWAL = {"report": WITHDRAWAL, "file": HELP_WITHDRAWAL}
#: The stage each kind of record begins at.
FIRST_STAGE = {"report": "received", "file": "received", "case": "assessment"}
#: The track of events that begin a new epoch of a compartment: no stage of the record.
KEYS = "keys"
#: The act a kind of event is when its body does not say.
_ACTS = {"report.received": "receive the report", "help.received": "receive the request for help"}
OFFER, ANSWER, CONTACT = "offer assistance", "answer the reporter", "keep in contact"
HEAR, WITHDRAW = "hear from the reporter", "record a withdrawal"
#: States of a duty that something is still owed in.
LIVE = ("open", "overdue", "waiting")
#: States of a duty whose day has passed with nothing done on it.
MISSED = ("overdue", "done late")
RETURN, EFFECT = "return the assessment", "give effect to the assessment"
#: Acts that count as another too.
_ALSO = {OFFER: ANSWER, RETURN: EFFECT}
#: Which roles act for a party of the procedures.
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reception": ("intake_officer", "independent_reader"),
        "assessment": ("assessor",),
        "second_review": ("reviewer",),
        "assistance": ("advocate", "assistance_worker"),
        # Who keeps the record of needs and services, which an advocate reads only by consent.
        "services": ("assistance_worker",),
        "accountable_owner": (
            "intake_officer", "independent_reader", "assessor", "investigator", "advocate", "assistance_worker",
            "reviewer",
        ),
    }
)  # fmt: skip
#: Who records what the person concerned did, or what the clock saw: always the party whose act it is.
SYSTEM = ("reporter", "intake_worker", "clock")
_NOWHERE = Place("", 0)


@dataclass(frozen=True)
class Owed:
    """A duty as the fold has it. ``trigger`` is the number of the event that opened it, ``source`` what it rests on."""

    procedure: str
    act: str
    bearer: str
    trigger: int
    after: str
    opened: date
    due: date | None
    state: str
    source: str


@dataclass(frozen=True)
class Done:
    """An event of a record: its body, and a label for the person who did it (empty: none)."""

    body: Mapping[str, Any]
    person: str = ""


@dataclass(frozen=True)
class Rules:
    """The procedures made ready, and the digest of exactly these files."""

    collection: Collection
    plans: Mapping[str, Plan]

    def tag(self, procedure: str, act: str) -> dict[str, str]:
        """What an event says of the procedure it is an act of."""
        version = self.plans[procedure].procedure.version
        return {"act": act, "digest": self.collection.digest, "name": procedure, "version": str(version)}

    def parties(self, role: str) -> tuple[str, ...]:
        """The parties of the procedures that a role acts for."""
        return tuple(party for party, roles in ROLES.items() if role in roles)

    def duties(self, kind: str, done: Sequence[Done], as_of: date) -> tuple[Owed, ...]:
        """Everything owed in a record as of a day. A withdrawal ends, by name, what was open before it."""
        cut = next((place for place, one in enumerate(done) if _act(one.body) == WITHDRAW), None)
        if cut is None:
            return self._owed(OF_KIND[kind], done, as_of)
        day = min(as_of, date.fromisoformat(str(done[cut].body["at"])))
        ended = [
            owed if owed.state not in LIVE else _ended(owed) for owed in self._owed(OF_KIND[kind], done[:cut], day)
        ]
        return (*ended, *self._owed(AFTER_WITHDRAWAL[kind], done[cut:], as_of))

    def may(self, kind: str, done: Sequence[Done], act: str, role: str, person: str, on: date) -> tuple[str, ...]:
        """Why ``role`` may not do ``act`` now: nothing when it may."""
        cut = next((place for place, one in enumerate(done) if _act(one.body) == WITHDRAW), None)
        procedure = OF_KIND[kind] if cut is None else AFTER_WITHDRAWAL[kind]
        plan = self.plans[procedure]
        if act not in plan.procedure.defined():
            return (f"the procedure {procedure} has no such act",)
        state = self._state(procedure, done if cut is None else done[cut:], _latest(done, on))
        found = state.may(act, who=self._who(plan, act, role), person=person or None)
        return found.reasons if isinstance(found, Refused) else ()

    def _owed(self, procedure: str, done: Sequence[Done], as_of: date) -> tuple[Owed, ...]:
        state = self._state(procedure, done, _latest(done, as_of))
        found = tuple(
            Owed(
                procedure,
                duty.act,
                duty.by,
                duty.trigger,
                duty.after or "",
                duty.opened,
                duty.due if duty.due is None or type(duty.due) is date else duty.due.date(),  # type: ignore[attr-defined]  # a Moment is one of the two
                duty.state,
                rests_on_text(duty.rests_on),
            )
            for duty in state.duties
        )
        return tuple(_caught_up(one, found) for one in found)

    def _state(self, procedure: str, done: Sequence[Done], as_of: date) -> State:
        plan = self.plans[procedure]
        events: list[Event] = []
        for one in done:
            if event := self._event(plan, one, frozenset(event.act for event in events)):
                events.append(event)
        return run(plan, Background(self.collection.vocabulary, None), events, as_of=as_of)

    def _event(self, plan: Plan, done: Done, before: frozenset[str]) -> Event | None:
        act = _act(done.body)
        if act is None or act not in plan.procedure.defined():
            return None
        at = date.fromisoformat(str(done.body["at"]))
        also = _ALSO.get(act)
        if also in before and also == ANSWER:
            also = CONTACT
        first, taken = (also, TakenAs("done in one act", act)) if also else (act, None)
        who = self._who(plan, first, str(done.body["by"]))
        seq = int(done.body["seq"]) + 1
        sets: Mapping[str, Any] = MappingProxyType({})
        return Event(
            seq, When(at, at), at, who, first, done.person or None, sets, None, taken, "sealed", None, (), _NOWHERE
        )

    def _who(self, plan: Plan, act: str, role: str) -> str:
        party = plan.procedure.defined()[act]
        if role in SYSTEM or role in ROLES.get(party, ()):
            return party
        return next((other for other, roles in ROLES.items() if role in roles), "accountable_owner")


def _act(body: Mapping[str, Any]) -> str | None:
    said = body.get("procedure")
    if said:
        return str(said["act"])
    return _ACTS.get(str(body["kind"]))


def _latest(done: Sequence[Done], day: date) -> date:
    # A clock set back must not make a record unreadable: a record is never older than its last event.
    return max([day, *(date.fromisoformat(str(one.body["at"])) for one in done)])


def _ended(owed: Owed) -> Owed:
    said = "ended by the withdrawal of the person concerned"
    return replace(owed, state="extinguished", source=said)


def _caught_up(owed: Owed, among: Sequence[Owed]) -> Owed:
    """What lateness opened ends, by the name of the act, once that act is done after all; that it was late stays."""
    if not owed.after or owed.state not in LIVE:
        return owed
    first = next((one for one in among if (one.trigger, one.act, one.after) == (owed.trigger, owed.after, "")), None)
    if first is None or first.state in LIVE:
        return owed
    return replace(owed, state="extinguished", source=f"ended by the act that was late: {owed.after}")


def stage(kind: str, done: Sequence[Done]) -> str:
    """Where a record stands by its own events."""
    found = FIRST_STAGE[kind]
    for one in done:
        if one.body["kind"] == "case.stage" and one.body["track"] != KEYS:
            found = str(one.body["to"])
    return found


def stage_in_case(own: str, case: str, owner: str) -> str:
    """Where a report stands that a case has joined: with whoever owns the case, and at the case's stage after that."""
    if own == "withdrawn":
        return own
    if case == "assessment":
        return "taken" if owner in ROLES["reception"] else "assessment"
    return case if case in ("review", "no_further_action") else "active"


@lru_cache(maxsize=8)
def rules(folder: Path | None = None) -> Rules:
    """The procedures of ``folder`` (the built-in ones when it has none), ready to run. Raises `SetupError`."""
    own = folder / "procedures" if folder else None
    collection = from_folder(own if own and own.is_dir() else FOLDER)
    if collection.problems:
        raise SetupError(f"the procedures cannot be read: {collection.problems[0]}")
    by_name = {procedure.name: procedure for procedure in collection.procedures}
    missing = {*OF_KIND.values(), *AFTER_WITHDRAWAL.values()} - by_name.keys()
    if missing:
        raise SetupError(f"the procedures lack {min(missing)}", where=str(own or FOLDER))
    plans = {
        name: Plan.of(one, collection.calendars[one.calendar], collection.vocabulary) for name, one in by_name.items()
    }
    return Rules(collection, MappingProxyType(plans))
