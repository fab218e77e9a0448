"""Every write of the desk, one function per act; publishing and its entries happen together or not at all.

`people` (accounts), `naming` (the correspondence and its parties), `drafts` (writing and review), `publication` (what
goes on record), `reading` (what is on record).
"""

from __future__ import annotations

from answerable.correspondence.actions.drafts import approve, preview, save_draft, send_back, submit, withdraw
from answerable.correspondence.actions.naming import add_party, name_correspondence
from answerable.correspondence.actions.people import accept, dismiss, invitation, invite
from answerable.correspondence.actions.publication import import_folder, record_overdue
from answerable.correspondence.actions.reading import covered, heading, published, silence

__all__ = [
    "accept",
    "add_party",
    "approve",
    "covered",
    "dismiss",
    "heading",
    "import_folder",
    "invitation",
    "invite",
    "name_correspondence",
    "preview",
    "published",
    "record_overdue",
    "save_draft",
    "send_back",
    "silence",
    "submit",
    "withdraw",
]
