"""Why the desk refused, in the page's language: the sentences of `casework` that people at the desk meet.

The actions speak English, as the log does; what stands here is said in the reader's language, anything else as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answerable.casework.errors import DecisionIncomplete, RefusedByProcedureError
from answerable.casework.views import texts
from answerable.errors import AnswerableError

#: What was wrong.
WHAT: Mapping[str, Any] = {
    "a case is handed to somebody else": _("a case is handed to somebody else"),
    "a key has 32 bytes, and a holder one wrap": _("what the page sent does not hold together"),
    "a reviewer answers to another line than whoever decides": _(
        "a reviewer answers to another line than whoever decides"
    ),
    "a second person reviews, and one whose role it is": _("a second person reviews, and one whose role it is"),
    "a second person who may decide this decides with you": _("a second person who may decide this decides with you"),
    "an assessment is proposed already, and waits for its review": _(
        "an assessment is proposed already, and waits for its review"
    ),
    "an intake officer or an independent reader takes a report": _(
        "an intake officer or an independent reader takes a report"
    ),
    "it is proposed already, and waits for the second person": _(
        "it is proposed already, and waits for the second person"
    ),
    "nobody of this role answers for a case at its stage": _("nobody of this role answers for a case at its stage"),
    "only the owner of a case joins a report to it": _("only the owner of a case joins a report to it"),
    "only the owner offers a case": _("only the owner offers a case"),
    "only what was taken back is settled": _("this is decided only of what was taken back"),
    "say first whether you have a tie to the person named": _("say first whether you have a tie to the person named"),
    "say why the original is opened": _("say why the original is opened"),
    "somebody was quicker": _("somebody was quicker"),
    "somebody was quicker, or the case is past its assessment": _(
        "somebody was quicker, or the case is past its assessment"
    ),
    "somebody was quicker: a new epoch is here already": _("somebody was quicker: a new key is here already"),
    "somebody was quicker: this report has an owner": _("somebody was quicker: this report has an owner"),
    "that person cannot review this case": _("that person cannot review this case"),
    "that person cannot take this case": _("that person cannot take this case"),
    "the case is offered already": _("the case is offered already"),
    "the notice that would be sent is not one that you have read": _(
        "the notice that would be sent is not one that you have read"
    ),
    "the panel is asked already": _("the panel is asked already"),
    "the person's key has changed meanwhile": _("the person’s key has changed meanwhile"),
    "the person's mailbox has not received the newest key yet, so nothing can be written to it": _(
        "the person’s mailbox has not received the newest key yet, so nothing can be written to it"
    ),
    "the third is neither of the two": _("the third person is neither of the two"),
    "this compartment has ended": _("this part has ended"),
    "this offer stands no more": _("this offer stands no more"),
    "this offer was answered already": _("this offer was answered already"),
    "this person does not work here": _("this person does not work here"),
    "this recovery was used already": _("this recovery was used already"),
    "this was answered already": _("this was answered already"),
    "this was decided already": _("this was decided already"),
    "this was sealed to a key that is no longer in use": _("this was sealed to a key that is no longer in use"),
    "this was sent before": _("this was sent before"),
    "two administrators are here, and invite": _("two administrators are here, and invite"),
    "nobody ends their own work here": _("nobody ends their own work here"),
    "nobody gives a role to themselves": _("nobody gives a role to themselves"),
    "this invitation does not wait for anybody": _("this invitation does not wait for anybody"),
    "whoever owned a case does not review it": _("whoever owned a case does not review it"),
    "whoever proposes a person does not second them": _("whoever proposes a person does not name them a second time"),
    "whoever reviewed a case does not own it": _("whoever reviewed a case does not own it"),
    "you have no keys yet": _("you have no keys yet"),
    "you may not assess this case now": _("you may not assess this case now"),
    "you may not review this case now": _("you may not review this case now"),
    "you may read this, and not add to it": _("you may read this, and not add to it"),
    "your role does not decide this": _("your role does not decide this"),
    "what was signed is not this act": _("what was signed is not this act"),
    "this desk is not set up yet": _("this desk is not set up yet"),
    "the readers' note is not this deployment's, or too few of the panel signed it": _(
        "the note of readers’ keys is not this deployment’s, or too few of the panel signed it"
    ),
}

#: What to do about it.
TODO: Mapping[str, Any] = {
    "answer with tie or no tie": _("answer with tie or no tie"),
    "ask a colleague": _("ask a colleague"),
    "ask whoever runs this desk to put the file in its place": _(
        "ask whoever runs this desk to put the file in its place"
    ),
    "choose another": _("choose another"),
    "give them to the panel; you can act once its note has them": _(
        "give them to the panel; you can act once its note has them"
    ),
    "go back to the list": _("go back to the list"),
    "keep your text, open the page again in some minutes, and send it then": _(
        "keep your text, open the page again in some minutes, and send it then"
    ),
    "make the text shorter": _("make the text shorter"),
    "make them on the page of keys": _("make them on the page of keys"),
    "open the page again": _("open the page again"),
    "open the page again and repeat it": _("open the page again and repeat it"),
    "open each notice on this page, read it, and agree then": _(
        "open each notice on this page, read it, and agree then"
    ),
    "see to that first": _("see to that first"),
    "see whether it is done already": _("see whether it is done already"),
    "set the clock of this device right, then repeat it": _("set the clock of this device right, then repeat it"),
    "take the offer back first": _("take the offer back first"),
}

#: Parts that a decision may lack, as `DecisionIncomplete.missing` names them.
PARTS: Mapping[str, Any] = {
    "a standard": _("a standard"),
    "an outcome": _("an outcome"),
    "a cause": _("a cause"),
    "reasons": _("reasons"),
    "a way to appeal": _("a way to appeal"),
    "a day until which an appeal is open, still to come": _("a day until which an appeal is open, still to come"),
    "a second person": _("a second person"),
}
_NOTICE = "a notice to the person who reported"


def what(error: AnswerableError) -> str:
    """What was wrong, as one sentence."""
    if isinstance(error, DecisionIncomplete):
        parts = " · ".join(part(one) for one in error.missing)
        return _sentence(gettext("the decision lacks: %(parts)s") % {"parts": parts})
    if isinstance(error, RefusedByProcedureError):
        said = {"act": texts.act(error.act), "reasons": "; ".join(error.reasons)}
        return _sentence(gettext("the procedure does not allow “%(act)s” now: %(reasons)s") % said)
    return _sentence(str(WHAT.get(error.what, error.what)))


def todo(error: AnswerableError) -> str:
    """What to do about it, as one sentence; empty where there is nothing to say."""
    if isinstance(error, DecisionIncomplete):
        return _sentence(gettext("add what is missing; nothing was written"))
    # A list of codes helps nobody on a page that shows their words.
    if not error.todo or error.todo.startswith("one of "):
        return ""
    return _sentence(str(TODO.get(error.todo, error.todo)))


def part(said: str) -> str:
    """A part that a decision lacks."""
    if said.startswith(_NOTICE):
        names = said.removeprefix(_NOTICE).strip(" ()")
        return gettext("a notice to the person who reported (%(names)s)") % {"names": names}
    return str(PARTS.get(said, said))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
