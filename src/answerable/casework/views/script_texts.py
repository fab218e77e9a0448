"""Every sentence that the desk's script may say, in the page's language. A test holds the keys to the script's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from answerable.casework.views import texts

#: What the script says, by the key it asks for.
SAID: Mapping[str, Any] = {
    "browser": _(
        "This browser lacks the keys that the desk needs (X25519 and Ed25519). Use Firefox 130, Chrome or "
        "Edge 137, Safari 17, or a newer one. Nothing is sent or opened without them."
    ),
    "unexpected": _("Something went wrong in this page. Nothing was sent. Load the page again."),
    "refused": _("The desk refused this. Nothing was changed."),
    "no_answer": _("The desk does not answer. Nothing was changed that you were not told of; try again."),
    "no_answer_act": _(
        "The desk does not answer. It may have been done all the same: load the page again and look before you"
        " repeat it."
    ),
    # The desk says it in its own words; this is what stands there should it say nothing.
    "done_before": _("this was sent before"),
    "absent": _("There is nothing here, or it is not yours to see."),
    "signed_out": _("You are signed out, or this page is old. Load it again."),
    "locked": _("The desk is locked. Unlock it with your passphrase."),
    "is_locked": _("Locked"),
    "is_unlocked": _("Unlocked"),
    "wrong_passphrase": _("This is not your passphrase. Type all six words, in their order."),
    "unlock_failed": _(
        "The key could not be made from the passphrase. The browser may be short of memory: close other pages"
        " and try again."
    ),
    "unlocking": _("Working out the key from your passphrase. This takes a few seconds."),
    "making": _("Making your keys. This takes a few seconds."),
    "not_the_same": _("These are not the words above. Type all six, in their order."),
    "readers": _(
        "The note of readers’ keys is not signed as it must be, so nothing can be sealed to anybody. Tell the panel."
    ),
    "not_in_note": _(
        "%(who)s has no key in the note that the panel signed, or another one. Nothing was sealed to it. Ask the panel"
        " to sign their key into the note."
    ),
    "altered": _("Altered or misplaced: this does not open (%(id)s). Tell the panel."),
    "altered_told": _("Altered or misplaced: this does not open (%(id)s). The panel has been told."),
    "key_differs": _(
        "The key that opens this part is not the one that it is said to be sealed to. Nothing is written to "
        "it; tell the panel."
    ),
    "no_wrap": _("Nobody has given you the key of this part yet. Somebody who holds it is asked to let you in."),
    "opening": _("Opening…"),
    "open_again": _("Open again"),
    "nothing_yet": _("There is nothing in this part yet."),
    "left_empty": _("Left empty."),
    "need_unsaid": _(
        "This person asks for help and wrote nothing more about it. Whoever writes to them can ask what they need."
    ),
    "missing_message": _(
        "A message that a later one refers to is not here. It may still be on its way; if it does not come, "
        "tell the panel."
    ),
    "from_desk": _("The desk"),
    "from_reporter": _("The person"),
    "field.form": _("Form"),
    "field.reasons": _("Reasons"),
    "field.review": _("Review"),
    "field.notice": _("Notice to the person"),
    "not_fresh": _("What this page says is due is from before: load it again."),
    "notice_unsent": _("Notice to the person, not sent"),
    "read_notice": _("Open the notice to the person and read it first: what you agree to is what is sent."),
    "field.note": _("Note"),
    "field.answer": _("Answer"),
    "field.recusal": _("Recusal"),
    "download": _("Keep a copy on this device"),
    "show_file": _("Show"),
    "open_original": _("Open the original"),
    "cleaned_copy": _("cleaned copy"),
    "original": _("original"),
    "file_number": _("File %(number)s"),
    "why_original": _("Why the original is opened"),
    "say_why": _("Say why the original is opened: choose one of the reasons first."),
    "key_not_given": _(
        "Something here is sealed to a key that nobody has given you yet. Nothing is altered; ask whoever holds this"
        " part to let you in again."
    ),
    "made_by=browser": _(
        "Cleaned by the browser of whoever sent it. Nobody has checked it: it may be no cleaned copy at all."
    ),
    "made_by=site": _("Cleaned by this deployment’s reporting site."),
    "made_by=either": _(
        "Cleaned by the browser of the worker who wrote this down, or by the reporting site; which of them cannot be"
        " told. Take it as unchecked."
    ),
    "standing=unsigned": texts.DOUBTS["unsigned"],
    "standing=former": texts.DOUBTS["former"],
    "standing=beside": texts.DOUBTS["beside"],
    "no_such_picture": _(
        "This browser cannot show it as the picture, sound or film that it says it is. Keep it only to look at it where"
        " it can do no harm."
    ),
    "sent": _("Sealed and sent. The person sees it in their box."),
    "done": _("Done."),
    "write_something": _("Write something first."),
    "choose_someone": _("Choose somebody first."),
    "granted": _("Let in: %(count)s."),
    "needs_opening": _("Open “%(part)s” first: what you write is sealed to the key in it."),
    "found": _("%(count)s places hold these words."),
    "results_needed": _("%(have)s of %(need)s results are here and right."),
    "result_of": _("Member %(member)s: the result is right."),
    "partial_proves_nothing": _("The result of member %(member)s proves nothing: ask that member for another."),
    "partial_of_another": _("This file answers another request."),
    "partial_unreadable": _(
        "This is no member’s file for you, or it was changed on the way: ask that member for another."
    ),
    "yes": _("yes"),
    "no": _("no"),
    "check_in=yes": _("says: I am safe"),
    "check_in=no": _("says: I am not safe"),
    "check_in=danger": _("says: someone is in danger now"),
    "check_in=skip": _("did not say whether they are safe"),
    "field.what": _("What happened"),
    "field.want": _("What is wanted"),
    "field.when": _("When"),
    "field.where": _("Where"),
    "field.urgent": _("Someone is in danger now"),
    "field.relation": _("The person is"),
    "field.interviewer.sex": _("Interviewer: sex"),
    "field.interviewer.language": _("Interviewer: language"),
    "field.complaint": _("Complaint"),
    "field.name": _("Name"),
    "field.contact": _("Contact"),
    "field.safe_times": _("Safe times and ways"),
    "field.tie": _("Tie to the person accused"),
    "field.who": _("Who"),
    "field.age": _("Age"),
    "field.language": _("Language"),
    "field.need": _("What is needed"),
    "field.text": _("Words"),
    "field.day": _("Day"),
    "want=report": _("to report"),
    "want=help": _("help"),
    "want=both": _("to report, and help"),
    "want=complain": _("to complain about treatment"),
    "interviewer.sex=female": _("a woman"),
    "interviewer.sex=male": _("a man"),
    "relation=victim": _("the victim"),
    "relation=witness": _("a witness"),
    "relation=third_party": _("telling for somebody else"),
    "relation=bound": _("staff who must report"),
    "relation=anonymous": _("anonymous"),
}


def words() -> dict[str, str]:
    """Every sentence of the script, in the active language."""
    return {key: str(text) for key, text in SAID.items()}
