"""The words of the consents, and the register on a person's page."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator

from miglobe.accounts.models import User
from miglobe.lists import ReadOnly
from requests.admin import BUTTON_METHODS
from requests.desk import Button

from .. import consents, pool
from ..models import Advisor, Consent, ConsentText, Purpose
from .noted_list import NotedList
from .pressing import press


@admin.register(ConsentText)
class ConsentTextAdmin(admin.ModelAdmin):
    """Versions are added, never changed: what somebody has agreed to stays readable."""

    list_display = ("purpose", "version", "valid_from", "by", "is_current")
    list_display_links = ("purpose", "version")
    list_filter = ("purpose",)
    list_select_related = ("by",)
    sortable_by = ()
    actions = None
    fields = ("purpose", "text", "text_en")

    def get_fields(self, request: HttpRequest, obj: ConsentText | None = None) -> Any:
        return ("purpose", "version", "valid_from", "by", "text", "text_en") if obj else self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newer = ConsentText.objects.filter(purpose=OuterRef("purpose"), version__gt=OuterRef("version"))
        found: QuerySet[Any] = super().get_queryset(request).annotate(current=~Exists(newer))
        return found

    @admin.display(description="Gilt jetzt", boolean=True)
    def is_current(self, text: Any) -> bool:
        return bool(text.current)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begins with the words that stand, where a link says of which purpose."""
        purpose = request.GET.get("purpose", "")
        current = consents.current_text(Purpose(purpose)) if purpose in Purpose else None
        words = {"text": current.text, "text_en": current.text_en} if current else {}
        return {"purpose": purpose, **words}

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        purpose, by = Purpose(obj.purpose), cast(User, request.user)
        written = consents.reword(purpose, text=obj.text, text_en=obj.text_en, by=by)
        obj.pk, obj.version = written.pk, written.version

    def has_change_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return False


@admin.register(Consent)
class ConsentAdmin(ReadOnly, NotedList):
    """The register: who has agreed to what, when, on which way, and until when. Whoever reads it is noted."""

    list_display = ("advisor", "purpose", "given_at", "way", "version", "withdrawn_at", "withdrawn_way")
    list_display_links = None
    list_filter = ("purpose", "way", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("advisor", "text")
    ordering = ("-given_at", "-pk")
    sortable_by = ("given_at", "withdrawn_at")
    search_fields = ("advisor__name", "advisor__email")
    show_facets = admin.ShowFacets.NEVER
    actions = None

    @admin.display(description="Fassung")
    def version(self, consent: Consent) -> str:
        return str(consent.text.version) if consent.text else "vor dem Portal"


class GiveForm(forms.Form):
    text = forms.ModelChoiceField(ConsentText.objects.all(), widget=forms.HiddenInput)
    told = forms.BooleanField(
        label="Die Person kennt diesen Wortlaut: Ich habe ihn ihr vorgelesen, oder sie hat ihn unterschrieben.",
        error_messages={"required": "Festhalten lässt sich nur, was die Person im Wortlaut kennt."},
    )


def _give(row: tuple[Advisor, Purpose], *, text: ConsentText, told: bool, by: User) -> Consent:
    advisor, purpose = row
    return pool.agree(advisor, purpose, text=text, by=by)


def _withdraw(row: tuple[Advisor, Purpose], *, by: User) -> None:
    advisor, purpose = row
    pool.withdraw(advisor, purpose, by=by)


OF_CONSENT = {
    "give": Button(
        "Einwilligung festhalten",
        "Die Person hat Ihnen auf Papier oder im Gespräch erklärt, dass sie einwilligt. Sie bekommt eine E-Mail.",
        _give,
        GiveForm,
    ),
    "withdraw": Button(
        "Widerruf festhalten",
        "Die Person hat Ihnen erklärt, dass sie ihre Einwilligung zurücknimmt. Das wirkt sofort; sie bekommt eine "
        "E-Mail. Bei der Vermittlung werden auch ihre unbeantworteten Angebote geschlossen.",
        _withdraw,
        weighty=True,
    ),
}


def register_of(advisor: Advisor) -> dict[str, Any]:
    """What templates/admin/advisors/consents.html shows."""
    ended = advisor.consents.exclude(withdrawn_at=None).select_related("text", "withdrawn_by")
    return {"asked": consents.asked(advisor), "past_consents": ended}


class WithConsents(ModelAdmin):
    """For the page of an advisor: what they have agreed to, and two buttons for what they tell the desk."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.consent)
        route = "<int:pk>/consent/<slug:purpose>/<slug:name>/"
        return [path(route, view, name="advisors_advisor_consent"), *super().get_urls()]

    @method_decorator(BUTTON_METHODS)
    def consent(self, request: HttpRequest, pk: int, purpose: str, name: str) -> HttpResponse:
        advisor = get_object_or_404(Advisor, pk=pk)
        if not self.has_change_permission(request, advisor):
            raise PermissionDenied
        text = consents.current_text(Purpose(purpose)) if purpose in Purpose else None
        if name not in OF_CONSENT or text is None:
            raise Http404
        return press(
            self.admin_site,
            request,
            OF_CONSENT[name],
            target=(advisor, Purpose(purpose)),
            whose=f"{advisor}: {Purpose(purpose).label}",
            back=reverse("admin:advisors_advisor_change", args=[pk]) + "#einwilligungen",
            model=Advisor,
            initial={"text": text.pk},
            words=text,
        )
