"""Applications and invitations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator

from miglobe.accounts.models import User
from miglobe.lists import LongList
from requests.admin import BUTTON_METHODS
from requests.desk import Button
from requests.validators import one_line, printable

from .. import candidacies
from ..models import Candidacy
from .pressing import press

LIST = "admin:advisors_candidacy_changelist"
PAGE = "admin:advisors_candidacy_change"
State = Candidacy.State


class InviteForm(forms.Form):
    name = forms.CharField(label="Vor- und Nachname", max_length=120, validators=[one_line])
    email = forms.EmailField(label="E-Mail-Adresse")
    note = forms.CharField(
        label="Notiz (freiwillig)",
        required=False,
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Zum Beispiel, wer die Person empfohlen hat. Nur intern. Nichts über die Herkunft.",
    )


class WordsForm(forms.Form):
    note = forms.CharField(
        label="Was möchten Sie der Person schreiben?",
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Steht so in der E-Mail, zwischen Anrede und Gruß.",
    )


def _invite(_: None, *, by: User, **given: str) -> Candidacy:
    return candidacies.invite(by=by, **given)


INVITE = Button(
    "Jemanden einladen",
    "Die Person bekommt eine E-Mail mit einem Link. Dort füllt sie ihr Profil aus und gibt ihre Einwilligungen.",
    _invite,
    InviteForm,
)
OF_CANDIDACY = {
    "accept": Button(
        "Einladen",
        "Die Bewerbung passt. Die Person bekommt den Link, unter dem sie Profil und Einwilligungen ausfüllt.",
        candidacies.accept,
    ),
    "invite_again": Button(
        "Einladung noch einmal senden", "Die Person bekommt die Einladung noch einmal.", candidacies.invite_again
    ),
    "decline": Button(
        "Absagen",
        "Die Person erfährt, dass sie nicht aufgenommen wird. Eine Einladung öffnet das Formular dann nicht mehr.",
        candidacies.decline,
        WordsForm,
        weighty=True,
    ),
}
ALLOWED = {State.APPLIED: ("accept", "decline"), State.INVITED: ("invite_again", "decline")}


@admin.register(Candidacy)
class CandidacyAdmin(LongList, admin.ModelAdmin):
    """Who wants to join, and who is asked to. What nobody has confirmed is nobody's to read."""

    change_list_template = "admin/advisors/candidacies.html"
    change_form_template = "admin/advisors/candidacy.html"
    list_display = ("name", "state", "state_since", "email", "by")
    list_filter = ("state",)
    list_select_related = ("by",)
    sortable_by = ("state_since",)
    search_fields = ("name", "email")
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = ("name", "email", "phone", "about", "state", "state_since", "created_at", "by", "note", "advisor")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(state=State.UNCONFIRMED)

    def has_delete_permission(self, request: HttpRequest, obj: Candidacy | None = None) -> bool:
        return False  # time deletes them

    def get_urls(self) -> list[URLPattern]:
        move = self.admin_site.admin_view(self.move)
        return [path("<int:pk>/move/<slug:name>/", move, name="advisors_candidacy_move"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        candidacy = kwargs.get("obj")
        names = ALLOWED.get(candidacy.state, ()) if candidacy else ()
        may = self.has_change_permission(request, candidacy)
        context["buttons"] = [(name, OF_CANDIDACY[name]) for name in names] if may else []
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(BUTTON_METHODS)
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        back = reverse(LIST)
        return press(self.admin_site, request, INVITE, target=None, whose="", back=back, model=Candidacy)

    @method_decorator(BUTTON_METHODS)
    def move(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        candidacy = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, candidacy):
            raise PermissionDenied
        if name not in OF_CANDIDACY:
            raise Http404
        back = reverse(PAGE, args=[pk])
        return press(
            self.admin_site,
            request,
            OF_CANDIDACY[name],
            target=candidacy,
            whose=candidacy.name,
            back=back,
            model=Candidacy,
        )
