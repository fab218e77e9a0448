"""The desk's pages: read, call an action, show what came of it. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from answerable.correspondence import actions, forms, silence
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.models import Act, Draft, Editor, Role
from answerable.errors import AnswerableError
from answerable.ui.accounts import guards
from answerable.ui.accounts.forms import PasswordForm


def _posted(request: HttpRequest) -> tuple[Any, Any]:
    """What a form was sent; nothing unless it was sent."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _editor(request: HttpRequest) -> Editor:
    editor = Editor.objects.filter(user=_user(request)).first()
    if editor is None:
        raise Http404
    return editor


@login_required
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, what is being written, what is on record."""
    editor = _editor(request)
    drafts = Draft.objects.select_related("author").exclude(state=Draft.State.PUBLISHED)
    now = actions.published()
    corrected = {item.of for item in now.correspondence.corrections}
    context = {
        "editor": editor,
        "mine": drafts.filter(author_id=request.user.pk),
        "others": drafts.exclude(author_id=request.user.pk),
        "now": now.correspondence,
        "corrected": corrected,
        "acts": Act.objects.select_related("outbox", "author", "reviewer").order_by("-id")[:200],
        "kinds": Draft.Kind.choices,
        "writes": editor.role == Role.AUTHOR,
    }
    return render(request, "correspondence/desk.html", context)


@login_required
@require_GET
def clocks(request: HttpRequest) -> HttpResponse:
    """The silence clocks of today, as the command prints them."""
    _editor(request)
    today = datetime.now(UTC).date()
    context = {"lines": silence.lines(actions.silence(today)), "today": today}
    return render(request, "correspondence/clocks.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, kind: str = "", pk: int = 0) -> HttpResponse:
    """Begin a draft, or go on with one's own."""
    editor = _editor(request)
    draft = get_object_or_404(Draft, pk=pk) if pk else None
    kind = draft.kind if draft else kind
    if kind not in Draft.Kind.values or editor.role != Role.AUTHOR or (draft and draft.author_id != request.user.pk):
        raise Http404
    if draft and draft.state not in (Draft.State.DRAFT, Draft.State.RETURNED):
        messages.error(request, _("This draft waits for review or is published; it cannot be changed now."))
        return redirect("draft", pk=draft.pk)
    typed = dict(draft.fields) if draft else {}
    asked = {name: str(request.POST.get(name) or request.GET.get(name) or typed.get(name, "")) for name in _ASKED}
    form_class = forms.form_for(kind, actions.published(), asked)
    form = form_class(*_posted(request), initial=typed or asked)
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form, draft, kind)
        if saved is not None:
            return saved
    context = {"form": form, "draft": draft, "kind": Draft.Kind(kind).label}
    return render(request, "correspondence/write.html", context, status=400 if form.errors else 200)


_ASKED = ("letter", "reply", "of")


def _save(request: HttpRequest, form: django_forms.Form, draft: Draft | None, kind: str) -> HttpResponse | None:
    """Save what was typed and, if asked, hand it over; None when an error now stands beside its field."""
    typed = {name: str(value) for name, value in form.cleaned_data.items() if name not in ("words", "upload")}
    content = None
    if isinstance(form, forms.Words):
        content, media = form.content()
        typed["media"] = media if content is not None else str((draft.fields if draft else {}).get("media", ""))
        # With a file its bytes are the document: typed words beside it would show a reviewer what is not published.
        typed["words"] = "" if form.cleaned_data.get("upload") else str(form.cleaned_data.get("words") or "")
    try:
        draft = actions.save_draft(draft, kind, typed, content, author=_user(request))
        if "submit" in request.POST:
            actions.submit(draft, author=_user(request))
            messages.success(request, _("Handed over for review."))
            return redirect("draft", pk=draft.pk)
    except CorrespondenceError as error:
        assert draft is not None
        saved = _("Saved as a draft, but it cannot be handed over yet: %(error)s").partition("%(error)s")
        messages.error(request, format_html("{}{}{}", saved[0], _told(error), saved[2]))
        return redirect("draft_errors", pk=draft.pk)
    messages.success(request, _("Saved."))
    return redirect("draft_edit", pk=draft.pk)


def _user(request: HttpRequest) -> Any:
    return request.user


@login_required
@require_GET
def errors(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own draft with what is wrong beside the field."""
    editor = _editor(request)
    draft = get_object_or_404(Draft, pk=pk, author_id=request.user.pk)
    if editor.role != Role.AUTHOR or draft.state not in (Draft.State.DRAFT, Draft.State.RETURNED):
        raise Http404
    asked = {name: str(draft.fields.get(name, "")) for name in _ASKED}
    form = forms.form_for(draft.kind, actions.published(), asked)(data=draft.fields)
    form.is_valid()
    try:
        actions.preview(draft)
    except AnswerableError as error:
        _add(form, error)
    context = {"form": form, "draft": draft, "kind": Draft.Kind(draft.kind).label, "action": "draft_edit"}
    return render(request, "correspondence/write.html", context)


@login_required
@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft as it would be published, with what this person may do with it."""
    editor = _editor(request)
    found = get_object_or_404(Draft.objects.select_related("author", "blob"), pk=pk)
    mine = found.author_id == request.user.pk
    blob = found.blob.content if found.blob else b""
    context = {
        "draft": found,
        "now": actions.heading(),
        "fields": _shown(found),
        "size": len(blob),
        "sha256": found.blob_id,
        "mine": mine,
        "reviews": editor.role == Role.REVIEWER and not mine and found.state == Draft.State.WAITING,
        "edits": mine and found.state in (Draft.State.DRAFT, Draft.State.RETURNED),
        "withdraws": mine and found.state == Draft.State.WAITING,
        "acts": found.acts.select_related("outbox", "reviewer"),
    }
    return render(request, "correspondence/draft.html", context)


@login_required
@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft's document, to keep; never shown by the browser itself."""
    _editor(request)
    found = get_object_or_404(Draft.objects.select_related("blob"), pk=pk, blob__isnull=False)
    assert found.blob is not None
    pdf = found.blob.content.startswith(b"%PDF-")
    name = f"{found.kind}-{found.pk}.{'pdf' if pdf else 'txt'}"
    response = HttpResponse(found.blob.content, content_type="application/pdf" if pdf else "text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(found: Draft) -> list[tuple[str, str]]:
    """The fields that hold anything, under the labels of their form, in its order."""
    asked = {name: str(found.fields.get(name, "")) for name in _ASKED}
    form = forms.form_for(found.kind, actions.published(), asked)()
    out = []
    for name, field in form.fields.items():
        value = str(found.fields.get(name) or "")
        choices = dict(getattr(field, "choices", []))
        if value:
            out.append((str(field.label), str(choices.get(value, value))))
    return out


def _act(request: HttpRequest, pk: int, act: Callable[[Draft], str]) -> HttpResponse:
    """Do something with a draft, say what came of it, and show the draft again."""
    found = get_object_or_404(Draft.objects.select_related("author", "blob"), pk=pk)
    _editor(request)
    try:
        messages.success(request, act(found))
    except AnswerableError as error:
        messages.error(request, _told(error))
    return redirect("draft", pk=pk)


def _seen(request: HttpRequest) -> int:
    """The revision that was on the page."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's draft back."""

    def act(found: Draft) -> str:
        actions.withdraw(found, author=_user(request))
        return _("Taken back. You can go on writing.")

    return _act(request, pk, act)


@login_required
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return somebody's draft with a remark."""

    def act(found: Draft) -> str:
        actions.send_back(found, _seen(request), request.POST.get("remark", ""), reviewer=_user(request))
        return _("Returned to its author.")

    return _act(request, pk, act)


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish somebody's draft."""

    def act(found: Draft) -> str:
        leaves = actions.approve(found, _seen(request), reviewer=_user(request))
        return _("Published; its entry in the record: %(leaves)s") % {"leaves": ", ".join(leaves)}

    return _act(request, pk, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def heading(request: HttpRequest) -> HttpResponse:
    """The title and the languages of the correspondence; to be changed until something is published."""
    now = actions.heading()
    named = {"title": now.title, "languages": ", ".join(now.languages)}
    fixed = Act.objects.exclude(author=None).exists()

    def act(typed: Mapping[str, str]) -> str:
        actions.name_correspondence(typed, author=_user(request))
        return _("The correspondence is named.")

    return _naming(request, forms.HeadingForm, "heading", act, {"now": now, "fixed": fixed}, initial=named)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def parties(request: HttpRequest) -> HttpResponse:
    """The parties, and naming another."""

    def act(typed: Mapping[str, str]) -> str:
        actions.add_party(typed, author=_user(request))
        return _("The party is named.")

    return _naming(request, forms.PartyForm, "parties", act, {"now": actions.heading()})


def _naming(
    request: HttpRequest,
    form_class: type[django_forms.Form],
    name: str,
    act: Callable[[Mapping[str, str]], str],
    shown: Mapping[str, Any],
    initial: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A page that shows names and, to an author, the form that gives one."""
    editor = _editor(request)
    form = form_class(*_posted(request), initial=dict(initial or {}))
    if request.method == "POST":
        if editor.role != Role.AUTHOR:
            raise Http404
        if form.is_valid():
            try:
                messages.success(request, act(form.cleaned_data))
            except AnswerableError as error:
                _add(form, error)
            else:
                return redirect(name)
    context = {"form": form, "writes": editor.role == Role.AUTHOR, **shown}
    return render(request, f"correspondence/{name}.html", context, status=400 if form.errors else 200)


def _add(form: django_forms.Form, error: AnswerableError) -> None:
    """Set an error beside its field, or above the form when it is of none."""
    where = error.where if error.where in form.fields else None
    form.add_error(where, _told(error.what if where else error))


def _told(error: object) -> str:
    """An error's words, which are English, marked as such on a page in another language."""
    if (get_language() or "en").startswith("en"):
        return str(error)
    return format_html('<bdi lang="en" dir="ltr">{}</bdi>', str(error))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password with a one-time link. The second factor follows at the first sign-in."""
    found = actions.invitation(token)
    if found is None:
        return render(request, "correspondence/invitation_over.html", status=404)
    form = PasswordForm(*_posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.accept(token, form.cleaned_data["password"])
        except CorrespondenceError as error:
            form.add_error("password" if error.where else None, error.what)
        else:
            messages.success(request, _("Your password is set. Sign in with it."))
            return guards.afresh(request, redirect("account_login"), user)
    context = {"form": form, "name": found.editor.user.get_username(), "role": found.editor.get_role_display()}
    return render(request, "correspondence/invitation.html", context, status=400 if form.errors else 200)
