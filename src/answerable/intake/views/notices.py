"""What a mailbox says once after something was done in it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from answerable.intake.contents import DANGER


def notice_words(what: str, about: str) -> str:
    """The sentence of a notice; ``about`` is a file's name where there is one, or what she answered."""
    sentences = {
        "sent": sent_words(about),
        "unsent": _("What you wrote before is in the form below. It was not sent yet."),
        "sent-before": _("This was received already. Nothing was sent twice."),
        "file-refused": _("Your text is safe. This file was not taken: %(name)s"),
        "file-uncleaned": _(
            "This file was taken, but a copy without hidden facts could not be made: %(name)s. "
            "Readers can open the original only with a reason that is kept."
        ),
        "consent": _("Your choice was received. It counts from now on."),
        "consent-same": _("Nothing was changed."),
        "withdrawn": _(
            "You took it back. If nobody had read it, everything is deleted. Otherwise your name and contact are "
            "deleted at once, and a person decides about the rest and tells you here."
        ),
        "closed": _("This was taken back. Nothing more can be added."),
        "changed": _("Your new words are in force. The old ones open nothing."),
        "closed-words": _("What you took back still opens with the old words, and only with them."),
        "half-changed": _("Your request for help still opens with the old words. Please change them once more."),
    }
    return sentences.get(what, what) % {"name": about}


def sent_words(check_in: str) -> str:
    """What is said of a message that was received, by what she answered in it to whether she is safe."""
    if check_in == "no":
        return _(
            "Your message was received. It is locked, and wakes nobody. If someone is in danger now, choose that below "
            "and send it: only that wakes somebody."
        )
    if check_in == DANGER:
        return _(
            "Your message was received. The people on duty are told to look, at the next quarter of an hour at the "
            "earliest. Go to a person or a place you trust if you can: this page cannot send anyone to you."
        )
    return _("Your message was received.")
