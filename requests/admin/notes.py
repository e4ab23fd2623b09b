from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from miglobe.accounts.models import User

from .. import desk, looks, notes, rights
from ..desk_forms import WriteNoteForm
from ..models import ConsultationRequest, Note

TAKE_BACK = desk.Button(
    "Notiz zurückziehen",
    "Die Notiz bleibt in der Akte und ist als zurückgezogen gekennzeichnet. Schreiben Sie danach, was richtig ist.",
    notes.take_back,
)


def note_form(writer: User, data: Any = None) -> WriteNoteForm:
    return WriteNoteForm(data, writer=writer, auto_id="notiz_%s", label_suffix="")


class NotesOfCase:
    """The part of a case's admin where coordinators tell each other something, and see who else has it open."""

    admin_site: Any
    case_to_see: Callable[[HttpRequest, int], ConsultationRequest]

    def get_urls(self) -> list[URLPattern]:
        views = (
            ("<int:pk>/note/", self.write_note, "note"),
            ("<int:pk>/note/<int:note_pk>/take-back/", self.take_back_note, "take_back"),
            ("<int:pk>/looking/", self.looking, "looking"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"requests_consultationrequest_{name}")
            for route, view, name in views
        ]
        inherited: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        return own + inherited

    @method_decorator(require_POST)
    def write_note(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nobody outside the desk is written to, so there is no page in between; errors have a page of their own."""
        consultation = self._case_to_note_on(request, pk)
        writer = cast(User, request.user)
        form = note_form(writer, request.POST)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "Interne Notiz",
                "consultation": consultation,
                "note_form": form,
            }
            return TemplateResponse(request, "admin/requests/note.html", context, status=422)
        people = form.cleaned_data["mentioned"]
        note = notes.write(consultation, text=form.cleaned_data["text"], mentioned=people, by=writer)
        told = f" Eine E-Mail bekommt: {', '.join(map(str, people))}." if people else ""
        messages.success(request, f"Die Notiz ist gespeichert.{told}")
        if form.unknown:
            names = ", ".join(f"@{name}" for name in form.unknown)
            messages.warning(request, f"Niemanden gefunden für: {names}. Dorthin ging keine E-Mail.")
        return redirect(f"{reverse(desk.CASE, args=[pk])}#notiz-{note.pk}")

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def take_back_note(self, request: HttpRequest, pk: int, note_pk: int) -> HttpResponse:
        consultation = self._case_to_note_on(request, pk)
        note = get_object_or_404(Note.objects.filter(consultation=consultation), pk=note_pk)
        return desk.press(self.admin_site, request, consultation, TAKE_BACK, target=note)

    def _case_to_note_on(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        """Whoever acts on cases at all writes notes on each of them."""
        consultation = self.case_to_see(request, pk)
        if not rights.may_note(cast(User, request.user), consultation):
            raise PermissionDenied
        return consultation

    @method_decorator(never_cache)
    @method_decorator(require_safe)
    def looking(self, request: HttpRequest, pk: int) -> JsonResponse:
        """For the script of an open page: who else has this case open, in words."""
        consultation = self.case_to_see(request, pk)
        return JsonResponse({"words": looks.words(looks.at(consultation, by=cast(User, request.user)))})
