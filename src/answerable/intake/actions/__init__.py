"""Every write of the door, one function per act: the act and its entry for the register together, or neither.

The reporter's process calls the first group, and has the rights for no more; carry calls the second.
"""

from __future__ import annotations

from answerable.intake.actions.adding import add
from answerable.intake.actions.carrying import (
    deliver,
    give_receipt,
    mark_carried,
    next_outgoing,
    set_holders,
    tidy,
    waiting_receipts,
)
from answerable.intake.actions.changing import change_code, change_request
from answerable.intake.actions.comparing import answer, carry_again, here
from answerable.intake.actions.erasing import Shredded, shred
from answerable.intake.actions.notices import bulletin, current_readers, set_bulletin
from answerable.intake.actions.opening import open_box
from answerable.intake.actions.receiving import challenge, receive
from answerable.intake.actions.spares import drop_spares
from answerable.intake.actions.uploading import put_chunk, store_carried, store_file, sweep, upload_state
from answerable.intake.box import Box, BoxCompartment, BoxSubmission, BoxValue
from answerable.intake.exchange import Answered, Bulletin, Held, Here, Outgoing, Received, Reply, Swept, WaitingReceipt

__all__ = [
    "Answered",
    "Box",
    "BoxCompartment",
    "BoxSubmission",
    "BoxValue",
    "Bulletin",
    "Held",
    "Here",
    "Outgoing",
    "Received",
    "Reply",
    "Shredded",
    "Swept",
    "WaitingReceipt",
    "add",
    "answer",
    "bulletin",
    "carry_again",
    "challenge",
    "change_code",
    "change_request",
    "current_readers",
    "deliver",
    "drop_spares",
    "give_receipt",
    "here",
    "mark_carried",
    "next_outgoing",
    "open_box",
    "put_chunk",
    "receive",
    "set_bulletin",
    "set_holders",
    "shred",
    "store_carried",
    "store_file",
    "sweep",
    "tidy",
    "upload_state",
    "waiting_receipts",
]
