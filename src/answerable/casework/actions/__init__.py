"""Every write of the desk, one function per act: its transaction, and the sealed entry that goes with it."""

from __future__ import annotations

from answerable.casework.actions.altered import report_altered, take_up_altered
from answerable.casework.actions.cases import (
    accept_handover,
    decline_handover,
    join_report,
    offer_handover,
    take_over,
    take_report,
    withdraw_handover,
)
from answerable.casework.actions.deciding import propose_decision
from answerable.casework.actions.erasing import finish_erasures
from answerable.casework.actions.grants import grant, new_epoch
from answerable.casework.actions.lateness import take_up_late
from answerable.casework.actions.mending import (
    answer_missing,
    deliver_again,
    erase_again,
    forget_delivered,
    keyless,
    lacking,
    leaves,
    name_missing,
    not_in_a_box,
    nowhere,
    take_back,
    unknown_answers,
)
from answerable.casework.actions.people import (
    accept_invitation,
    administrators,
    assign,
    end_assignment,
    found,
    invitation,
    propose_invitation,
    revoke,
    second_invitation,
    set_keys,
)
from answerable.casework.actions.reading import Opened, check_tie, fetch_wrap, file_body
from answerable.casework.actions.recovering import (
    Material,
    add_partial,
    recovery_material,
    recovery_request,
    request_recovery,
    use_recovery,
)
from answerable.casework.actions.recusing import declare_tie, recuse
from answerable.casework.actions.replacing import replace_reviewer
from answerable.casework.actions.replying import holders, mark_delivered, next_reply, set_anchor, statuses
from answerable.casework.actions.retention import Due, destroy, due, kept_sealed
from answerable.casework.actions.reviewing import review_decision
from answerable.casework.actions.settling import propose_settlement, settle
from answerable.casework.actions.sweeping import sweep
from answerable.casework.actions.taking import Taken, take_in
from answerable.casework.actions.ticking import clocks_once, index_differs, rebuild_duties
from answerable.casework.actions.writing import add_value, write_to_person

__all__ = [
    "Due",
    "Material",
    "Opened",
    "Taken",
    "accept_handover",
    "accept_invitation",
    "add_partial",
    "add_value",
    "administrators",
    "answer_missing",
    "assign",
    "check_tie",
    "clocks_once",
    "declare_tie",
    "decline_handover",
    "deliver_again",
    "destroy",
    "due",
    "end_assignment",
    "erase_again",
    "fetch_wrap",
    "file_body",
    "finish_erasures",
    "forget_delivered",
    "found",
    "grant",
    "holders",
    "index_differs",
    "invitation",
    "join_report",
    "kept_sealed",
    "keyless",
    "lacking",
    "leaves",
    "mark_delivered",
    "name_missing",
    "new_epoch",
    "next_reply",
    "not_in_a_box",
    "nowhere",
    "offer_handover",
    "propose_decision",
    "propose_invitation",
    "propose_settlement",
    "rebuild_duties",
    "recovery_material",
    "recovery_request",
    "recuse",
    "replace_reviewer",
    "report_altered",
    "request_recovery",
    "review_decision",
    "revoke",
    "second_invitation",
    "set_anchor",
    "set_keys",
    "settle",
    "statuses",
    "sweep",
    "take_back",
    "take_in",
    "take_over",
    "take_report",
    "take_up_altered",
    "take_up_late",
    "unknown_answers",
    "use_recovery",
    "withdraw_handover",
    "write_to_person",
]
