"""Access and erasure for whoever writes, calls or has asked on the portal: for the lead.

An address never stands in the address of a page: it is looked up by POST, and each step brings it along.
"""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from advisors import erasure as of_advisors
from advisors import reading
from miglobe.accounts.confirmation import freshly_confirmed
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.privacy import asking, erasing, own_file
from miglobe.privacy.models import Answer, DataRequest

PERMISSION = "privacy.answer_people"
SHOWN = 20  # answers, the newest
ASK = require_http_methods(["GET", "HEAD", "POST"])


class AddressForm(forms.Form):
    use_required_attribute = False
    email = forms.EmailField(
        label="E-Mail-Adresse der Person",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Bitte geben Sie die E-Mail-Adresse an."},
    )


class EraseForm(AddressForm):
    typed = forms.CharField(
        label="Zur Bestätigung: die E-Mail-Adresse noch einmal",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    seen = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("typed", "").strip().lower() != given.get("email", "").lower():
            self.add_error("typed", "Das ist nicht dieselbe Adresse. Gelöscht ist nichts.")
        return given


class DeclineForm(AddressForm):
    reason = forms.CharField(
        label="Warum nicht gelöscht wird",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Steht so in der E-Mail an die Person.",
        error_messages={"required": "Bitte schreiben Sie der Person, warum."},
    )


def urls(site: AdminSite) -> list[URLPattern]:
    """Whoever comes to a later page without an address, as after confirming who they are, begins at the first."""
    pages = (
        ("person/", "rights_person", person),
        ("datei/", "rights_file", file),
        ("loeschen/", "rights_erase", erase),
        ("ablehnen/", "rights_decline", decline),
    )

    def of(view: Any, methods: Any) -> Any:
        def inner(request: HttpRequest) -> HttpResponseBase:
            if not request.user.has_perm(PERMISSION):
                raise PermissionDenied
            if request.method != "POST" and view is not page:
                return redirect("admin:rights")
            return cast(HttpResponseBase, view(site, request))

        return site.admin_view(methods(freshly_confirmed(inner)))

    first = path("auskunft/", of(page, require_safe), name="rights")
    return [first, *(path(f"auskunft/{end}", of(view, ASK), name=name) for end, name, view in pages)]


def page(site: AdminSite, request: HttpRequest, form: AddressForm | None = None) -> HttpResponse:
    """Who waits for an answer, a field for all others, and what was answered last."""
    context = {
        **site.each_context(request),
        "title": "Auskunft und Löschung",
        "form": form or AddressForm(),
        "waiting": DataRequest.objects.open(),
        "answers": Answer.objects.select_related("by")[:SHOWN],
    }
    return TemplateResponse(request, "admin/rights.html", context, status=422 if form else 200)


def person(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What we hold of the address, and what an erasure would do. Changes nothing."""
    form = AddressForm(request.POST)
    return _person(site, request, form.cleaned_data["email"]) if form.is_valid() else page(site, request, form)


def _person(site: AdminSite, request: HttpRequest, email: str, status: int = 200, **more: Any) -> HttpResponse:
    effects = erasing.preview(email)
    context = {
        **site.each_context(request),
        "title": "Auskunft und Löschung",
        "email": email,
        "sections": own_file.everything(email),
        "effects": effects,
        "seen": erasing.fingerprint(effects),
        "blocks": [effect.why for effect in effects if effect.blocks],
        "may_erase": any(effect.how for effect in effects),
        "asked": DataRequest.objects.open().filter(email__iexact=email).first(),
        "erase_form": more.pop("erase_form", None) or EraseForm(),
        "decline_form": more.pop("decline_form", None) or DeclineForm(),
        "refusal": "",
    }
    return TemplateResponse(request, "admin/rights_person.html", context | more, status=status)


def file(site: AdminSite, request: HttpRequest) -> HttpResponseBase:
    """For who cannot or will not take the link: the same file, and a note that it was handed out."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return page(site, request, form)
    email, by = form.cleaned_data["email"], cast(User, request.user)
    sections = own_file.everything(email)
    if not sections:
        return _person(site, request, email, 409, refusal="Zu dieser Adresse ist nichts mehr gespeichert.")
    asking.note(Answer.What.HANDED_OUT, email, by=by)
    if advisor := of_advisors.find(email):
        reading.opened(advisor, by=by)
    return own_file.response(sections)


def erase(site: AdminSite, request: HttpRequest) -> HttpResponse:
    form = EraseForm(request.POST)
    email = form.cleaned_data.get("email", "") if not form.is_valid() else form.cleaned_data["email"]
    if not email:
        return page(site, request, AddressForm(request.POST))
    if form.errors:
        return _person(site, request, email, 422, erase_form=form)
    try:
        erasing.erase(email, seen=form.cleaned_data["seen"], by=cast(User, request.user))
    except Refused as refusal:
        return _person(site, request, email, 409, refusal=str(refusal))
    messages.success(request, "Gelöscht. Die Person bekommt eine letzte E-Mail.")
    return redirect("admin:rights")


def decline(site: AdminSite, request: HttpRequest) -> HttpResponse:
    form = DeclineForm(request.POST)
    form.is_valid()
    email = form.cleaned_data.get("email", "")
    if not email:
        return page(site, request, AddressForm(request.POST))
    if form.errors:
        return _person(site, request, email, 422, decline_form=form)
    asked = DataRequest.objects.open().filter(email__iexact=email).first()
    if asked is None:
        return _person(site, request, email, 409, refusal="Dieser Antrag ist inzwischen beantwortet.")
    try:
        asking.decline(asked, reason=form.cleaned_data["reason"], by=cast(User, request.user))
    except Refused as refusal:
        return _person(site, request, email, 409, refusal=str(refusal))
    messages.success(request, "Abgelehnt. Die Person bekommt eine E-Mail mit dem Grund.")
    return redirect("admin:rights")
