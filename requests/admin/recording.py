from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from miglobe.accounts.models import User
from miglobe.links import secret_page
from miglobe.outbox import outbox

from .. import attachments, desk, mail_domains, recording, rights
from ..forms import CO_MUNICIPALITIES
from ..models import Attachment, ConsultationRequest, State
from ..record_form import RecordForm
from .case import BUTTON_METHODS
from .duplicates import DuplicatesAdmin

PARTNERS = tuple(f"co_{number}" for number in range(1, CO_MUNICIPALITIES + 1))
SECTIONS = (
    ("Woher", ("channel", "came_in_on")),
    ("Wer fragt an", ("municipality",)),
    ("Ansprechperson", ("contact_name", "contact_office", "contact_email", "contact_phone", "language")),
    ("Anliegen", ("concern", "topics", "hope")),
    ("Rahmen", ("formats", "place", "wished_from", "wished_until", "languages", "regions")),
    ("Für die Koordination", ("responsible", "note")),
)


class RecordingAdmin(DuplicatesAdmin):
    """The case file, and a page on which a coordinator writes down a request that came another way."""

    def get_urls(self) -> list[URLPattern]:
        views = (("record/", self.record, "record"), ("record/<uuid:key>/", self.recording, "recording"))
        own = [
            path(route, self.admin_site.admin_view(view), name=f"requests_consultationrequest_{name}")
            for route, view, name in views
        ]
        return own + super().get_urls()

    @method_decorator(require_safe)
    def record(self, request: HttpRequest) -> HttpResponse:
        """An empty page with a fresh key; nothing is written before it is sent."""
        _require_right(request)
        return self._show(request, uuid4(), RecordForm())

    @method_decorator(secret_page)
    @method_decorator(BUTTON_METHODS)
    def recording(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """POST keeps what was typed, then shows what is wrong, or the mail and other cases of the municipality, and
        with `seen`, the fingerprint of the mail that was read, files the request. GET shows what was typed so far.
        """
        _require_right(request)
        draft = recording.keep(key, request.POST) if request.method == "POST" else recording.find(key)
        if draft is None:
            return self._show(request, key, RecordForm())
        if draft.state != State.DRAFT:
            messages.info(request, f"Diese Anfrage ist schon aufgenommen: {draft.reference}.")
            return redirect(desk.CASE, draft.pk)
        if request.method != "POST":
            return self._show(request, key, recording.form_of(draft).unchecked(), draft=draft)
        return self._act(request, key, draft)

    def _act(self, request: HttpRequest, key: UUID, draft: ConsultationRequest) -> HttpResponse:
        refused = self._exchange_files(request, draft)
        form = recording.form_of(draft)
        found = recording.known(form)
        if {"zeigen", "hochladen", "entfernen"} & set(request.POST) and not refused:
            looked = "zeigen" in request.POST and bool(form.cleaned_data.get("municipality"))
            return self._show(request, key, form.unchecked(), draft=draft, found=found, looked=looked)
        form.refuse(refused)
        if not form.is_valid():
            return self._show(request, key, form, draft=draft, found=found, status=422)
        by = cast(User, request.user)
        mails = outbox.rehearse(lambda: recording.record(draft, by=by))
        if request.POST.get("seen") == outbox.fingerprint(mails):
            consultation = recording.record(draft, by=by)
            messages.success(request, f"Die Anfrage ist aufgenommen: {consultation.reference}.")
            return redirect(desk.CASE, consultation.pk)
        return self._show(request, key, recording.form_of(draft), draft=draft, found=found, mails=mails)

    def _exchange_files(self, request: HttpRequest, draft: ConsultationRequest) -> list[str]:
        """Keeps the files that were chosen, takes back the one whose button was pressed. Returns what was refused."""
        unwanted = request.POST.get("entfernen")
        for attachment in draft.attachments.all() if unwanted else []:
            if str(attachment.key) == unwanted:
                attachments.remove(attachment)
        refused = attachments.add_all(draft, request.FILES.getlist("uploads"))
        return [f"{name}: {refusal}" for name, refusal in refused]

    def _show(
        self,
        request: HttpRequest,
        key: UUID,
        form: RecordForm,
        *,
        draft: ConsultationRequest | None = None,
        found: Any = (),
        looked: bool = False,
        mails: Any = None,
        status: int = 200,
    ) -> HttpResponse:
        checked = mails is not None and form.is_valid()
        kind = (
            mail_domains.kind(form.cleaned_data["contact_email"], form.cleaned_data["municipality"])
            if checked
            else None
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Anfrage aufnehmen",
            "address": reverse("admin:requests_consultationrequest_recording", args=[key]),
            "form": form,
            "sections": [(title, [form[name] for name in names]) for title, names in SECTIONS],
            "wrong": [form[name] for name in _in_order() if form[name].errors] if form.is_bound else [],
            "files": draft.attachments.all() if draft else Attachment.objects.none(),
            "found": found,
            "looked": looked,
            "mails": None if mails is None else [(mail, outbox.as_preview(mail)) for mail in mails],
            "seen": "" if mails is None else outbox.fingerprint(mails),
            "changed": "seen" in request.POST and mails is not None,
            "mail_domain": kind.label if kind else "",
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/requests/record.html", context, status=status)


def _in_order() -> Iterator[str]:
    """Every field, as the page shows them."""
    for title, names in SECTIONS:
        for name in names:
            yield name
            if name == "municipality":
                yield from PARTNERS
        if title == "Anliegen":
            yield "uploads"


def _require_right(request: HttpRequest) -> None:
    if not rights.may_act_at_all(request.user):
        raise PermissionDenied
