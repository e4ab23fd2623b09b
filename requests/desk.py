"""The buttons of a case at the desk. Every button is one page: what will happen, the mail that will go out,
and a second button that does it."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.history.reading import Line
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail

from . import history, rights, text_blocks, workflow
from .desk_forms import (
    AcceptForm,
    AnswerNoteForm,
    AskForm,
    CloseForm,
    ContactForm,
    HandOverForm,
    NoQuestions,
    NoteForm,
    ReferForm,
    RejectForm,
    ReplyForm,
)
from .models import ConsultationRequest, State, TextBlock

CASE = "admin:requests_consultationrequest_change"
RESPONSIBLE = frozenset({history.STATE})
WRITING = frozenset({history.STATE, history.THREAD})


@dataclass(frozen=True)
class Button:
    label: str
    says: str  # what the move means, in a sentence
    command: Callable[..., Any]  # (target, *, by, **what the form has cleaned)
    form: type[forms.Form] = NoQuestions
    weighty: bool = False  # ends something: shown apart
    heeds: frozenset[str] = frozenset({history.STATE, history.THREAD, history.TEAM})
    """What must not have changed since the person opened the case; see `history.Line.about`."""
    touches: ConsultationRequest | None = None  # another case that it changes too


BUTTONS: Mapping[str, Button] = {
    "take_over": Button(
        "Übernehmen",
        "Sie und Ihre Organisation werden für die Anfrage zuständig. Die Kommune sieht Sie als Ansprechperson.",
        workflow.take_over,
        heeds=RESPONSIBLE,
    ),
    "hand_over": Button(
        "Übergeben",
        "Eine andere Person oder Organisation wird zuständig und bekommt Ihre Notiz per E-Mail.",
        workflow.hand_over,
        HandOverForm,
        heeds=RESPONSIBLE,
    ),
    "contact": Button(
        "Kontakt vermerken",
        "Sie haben mit der Kommune gesprochen oder ihr geschrieben. Der Vermerk steht nur hier im Verlauf.",
        workflow.contact,
        ContactForm,
        heeds=WRITING,
    ),
    "accept": Button(
        "In die Teamsuche annehmen",
        "Die Anfrage passt zu MiGlobe. Danach wählen Sie Berater*innen aus und senden Angebote.",
        workflow.accept,
        AcceptForm,
    ),
    "ask": Button(
        "Rückfrage stellen",
        "Die Kommune bekommt Ihre Frage per E-Mail und antwortet auf ihrer Statusseite.",
        workflow.ask,
        AskForm,
        heeds=WRITING,
    ),
    "reply": Button(
        "Nachricht schreiben",
        "Die Kommune bekommt Ihre Nachricht per E-Mail und liest sie auf ihrer Statusseite. Der Stand bleibt.",
        workflow.reply,
        ReplyForm,
        heeds=WRITING,
    ),
    "answer": Button(
        "Antwort vermerken",
        "Die Kommune hat auf anderem Weg geantwortet. Die Anfrage wird wieder geprüft.",
        workflow.answer,
        AnswerNoteForm,
        heeds=WRITING,
    ),
    "start": Button(
        "Beratung beginnen",
        "Nach dem Dialogforum geht es weiter: mit vereinbarten Zielen, Tagen und einem Zeitraum.",
        workflow.start,
    ),
    "close": Button(
        "Abschließen",
        "Die Beratung ist zu Ende, oder nach dem Dialogforum besteht kein weiterer Bedarf. Die Kommune wird "
        "benachrichtigt.",
        workflow.close,
        CloseForm,
        True,
    ),
    "refer": Button(
        "Verweisen",
        "Ein anderes Angebot passt besser. Die Anfrage endet; die Kommune erfährt, an wen sie sich wendet.",
        workflow.refer,
        ReferForm,
        True,
    ),
    "reject": Button(
        "Ablehnen", "Die Anfrage endet. Die Kommune erfährt den Grund.", workflow.reject, RejectForm, True
    ),
    "withdraw": Button(
        "Als zurückgezogen vermerken",
        "Die Kommune möchte keine Beratung mehr. Die Anfrage endet; wer angefragt war, wird benachrichtigt.",
        workflow.withdraw,
        NoteForm,
        True,
    ),
    "reopen": Button(
        "Wieder aufnehmen",
        "Die Anfrage wird neu geprüft. Die Kommune wird benachrichtigt.",
        workflow.reopen,
        NoteForm,
    ),
    "resume": Button(
        "Beratung fortsetzen",
        "Die Beratung geht mit demselben Team weiter. Kommune und Team werden benachrichtigt.",
        workflow.resume,
        NoteForm,
    ),
}


def buttons(consultation: ConsultationRequest) -> dict[str, Button]:
    """What the state of the request allows now."""
    return {name: button for name, button in BUTTONS.items() if workflow.allows(consultation, name)}


SUGGESTED = {State.NEW: "accept", State.INQUIRY: "answer", State.STAFFED: "start", State.RUNNING: "close"}


def suggested(consultation: ConsultationRequest) -> str:
    """The button for `workflow.next_step`; empty where none belongs to it."""
    if consultation.unanswered_since:
        return "reply"
    if consultation.person_id is None and not consultation.is_ended:
        return "take_over"
    if consultation.state == State.INQUIRY and consultation.next_step_overdue:
        return "reply"  # reminds the municipality of the question
    return SUGGESTED.get(State(consultation.state), "")


def button_of_site(site: admin.AdminSite, name: str) -> Button:
    """The button as the page of a case has it, with what it does to the team. Raises KeyError."""
    button: Button | None = case_admin(site).button(name)
    if button is None:
        raise KeyError(name)
    return button


def act_of(button: Button, form: forms.Form, *, by: User) -> Callable[[ConsultationRequest], Any]:
    """What the button does to a case with what the form holds. The act raises Refused."""

    def act(consultation: ConsultationRequest) -> Any:
        if not form.is_valid():
            raise Refused("Was dafür eingegeben wurde, gilt nicht mehr. Bitte beginnen Sie neu.")
        if not rights.may_act(by, consultation):
            raise Refused(rights.why_not(by, consultation))
        return button.command(consultation, by=by, **form.cleaned_data)

    return act


def primary(consultation: ConsultationRequest) -> dict[str, str] | None:
    """The one step that the page offers first: its name, label and address."""
    name = suggested(consultation)
    if not name:
        return None
    address = reverse("admin:requests_consultationrequest_move", args=[consultation.pk, name])
    return {"name": name, "label": BUTTONS[name].label, "url": address}


HELD = " Was der Schritt an E-Mails auslöst, ist zurückgehalten und steht bei der Anfrage unter „E-Mails“."


def _blocks(button: Button, consultation: ConsultationRequest) -> dict[str, tuple[str, str]]:
    """The text blocks for what the button asks to be written."""
    if not hasattr(button.form, "insert_into"):
        return {}
    return text_blocks.choices(TextBlock.objects.usable(), consultation)


def _with_block(request: HttpRequest, button: Button, blocks: dict[str, tuple[str, str]]) -> forms.Form | None:
    """The form with the chosen block behind what was typed, not yet checked; None when nobody has asked for one."""
    if "insert" not in request.POST or not blocks:
        return None
    field = button.form.insert_into  # type: ignore[attr-defined]
    typed = {name: request.POST.get(name, "") for name in button.form.base_fields}
    _, text = blocks.get(request.POST.get("block", ""), ("", ""))
    form = button.form(initial=typed | {field: text_blocks.appended(typed[field], text) if text else typed[field]})
    form.fields[field].widget.attrs["autofocus"] = True
    return form


def _shown_blocks(button: Button, blocks: dict[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        "blocks": [(key, name) for key, (name, _) in blocks.items()],
        "block_texts": {key: text for key, (_, text) in blocks.items()},
        "insert_into": getattr(button.form, "insert_into", ""),
    }


def press(
    site: admin.AdminSite,
    request: HttpRequest,
    consultation: ConsultationRequest,
    button: Button,
    *,
    target: Any,
    initial: Any = None,
) -> HttpResponse:
    """GET asks, POST shows the mails, POST with `seen` acts on `target`. The caller has checked the right.

    `seen` is the fingerprint of the mails that the person has read: nothing else goes out. `opened` says how much of
    the case they have seen: what others have done since is shown first, with everything typed still in the form.
    """
    blocks = _blocks(button, consultation)
    form = _with_block(request, button, blocks) or button.form(
        request.POST if request.method == "POST" else None,
        initial={"team_size": consultation.team_size, **(initial or {})},
    )
    asks = bool(button.form.base_fields)
    tried = Attempt()
    with transaction.atomic():
        if request.method == "POST":
            consultation.state = _lock(consultation, button).state  # nobody gets in between looking and acting
        opened = case_admin(site).opened_now(consultation)
        newer = newer_than_opened(site, request, consultation, heeds=button.heeds)
        if form.is_valid() or not asks:
            act = partial(button.command, target, by=request.user, **getattr(form, "cleaned_data", {}))
            tried = _try(request, button, act, may_act=not newer)
    if tried.is_done:
        return redirect(CASE, consultation.pk)
    since = since_opened(request)
    context = {
        **site.each_context(request),
        "title": button.label,
        "consultation": consultation,
        "button": button,
        "form": form,
        "asks": asks,
        **_shown_mails(request, tried),
        "changed": "seen" in request.POST and tried.mails is not None and not newer,
        "opened": opened,
        "newer": history.with_texts(consultation, newer),
        "newer_address": what_changed(consultation, since) if newer else "",
        "opts": ConsultationRequest._meta,
        **_shown_blocks(button, blocks),
    }
    status = _status(request, form, refused=bool(tried.refusal or (newer and "seen" in request.POST)))
    return TemplateResponse(request, "admin/press.html", context, status=status)


@dataclass(frozen=True)
class Attempt:
    mails: list[Mail] | None = None
    """What would go out; None when nothing can."""
    refusal: str = ""
    is_done: bool = False


def _try(request: HttpRequest, button: Button, act: Callable[[], Any], *, may_act: bool) -> Attempt:
    """Rehearses, and acts if these very mails were seen."""
    try:
        mails = outbox.rehearse(act)
        if not may_act or request.POST.get("seen") != outbox.fingerprint(mails):
            return Attempt(mails)
        _do(request, button, act, hold="hold" in request.POST and bool(mails))
    except Refused as refused:
        return Attempt(refusal=str(refused))
    return Attempt(mails, is_done=True)


def _shown_mails(request: HttpRequest, tried: Attempt) -> dict[str, Any]:
    mails = tried.mails
    return {
        "refusal": tried.refusal,
        "mails": None if mails is None else [(mail, outbox.as_preview(mail)) for mail in mails],
        "seen": "" if mails is None else outbox.fingerprint(mails),
        "may_hold": request.user.has_perm("outbox.resend_mail"),
        "hold": "hold" in request.POST,
    }


def _do(request: HttpRequest, button: Button, act: Callable[[], Any], *, hold: bool) -> None:
    with outbox.holding(cast(User, request.user)) if hold else nullcontext():
        act()
    messages.success(request, f"Erledigt: {button.label}.{HELD if hold else ''}")


def _lock(consultation: ConsultationRequest, button: Button) -> ConsultationRequest:
    if button.touches:
        return workflow.lock_both(consultation, button.touches)[0]
    return workflow.lock(consultation)


def _status(request: HttpRequest, form: forms.Form, *, refused: bool) -> int:
    if refused:
        return 409
    return 422 if form.is_bound and not form.is_valid() else 200


# --- What others have done since a person opened the case ---------------------------------------------


def case_admin(site: admin.AdminSite) -> Any:
    """The page of a case as it is registered, with its team."""
    return site.get_model_admin(ConsultationRequest)


def since_opened(request: HttpRequest) -> history.Opened | None:
    return history.opened(request.POST.get("opened") or request.GET.get("seit", ""))


def newer_than_opened(
    site: admin.AdminSite, request: HttpRequest, consultation: ConsultationRequest, *, heeds: frozenset[str]
) -> list[Line]:
    """What somebody else has done since the person opened the case, as far as it matters."""
    since = since_opened(request)
    if since is None or since.marks == case_admin(site).opened_now(consultation).marks:
        return []
    by = cast(User, request.user).pk
    lines = case_admin(site).history_of(consultation)
    return [line for line in lines if line.mark and line.about & heeds and line.by != by and since.is_before(line)]


def what_changed(consultation: ConsultationRequest, since: history.Opened | None) -> str:
    """The address of the case's history with what is new in it marked."""
    return f"{reverse(CASE, args=[consultation.pk])}{f'?seit={since}' if since else ''}#verlauf"
