"""What advisors say of themselves, and when, how often and on what they would like to be asked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from miglobe import languages
from miglobe.errors import Refused

from .. import pauses as breaks
from .. import public_profiles
from ..forms import PauseForm, ProfileForm, WishesForm
from ..models import Advisor, Pause, Purpose
from .own_page import behind_own_link, in_the_pool, to_own

POST_TOO = ["GET", "HEAD", "POST"]


@behind_own_link
@in_the_pool
@require_http_methods(POST_TOO)
def profile(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """GET shows the form and how others would read it; POST keeps what was typed."""
    if request.method != "POST":
        return _show_profile(request, ProfileForm(instance=advisor))
    if languages.is_switched(request):
        return _show_profile(request, ProfileForm.as_typed(request.POST, instance=advisor))
    form = ProfileForm(request.POST, instance=advisor)
    if not form.is_valid():
        return _show_profile(request, form, 422)
    form.save()
    messages.success(request, gettext("Ihr Profil ist gespeichert."))
    return to_own(request, "profile")


def _show_profile(request: HttpRequest, form: ProfileForm, code: int = 200) -> HttpResponse:
    """The preview shows what is kept, not what is being typed."""
    kept = public_profiles.with_profile(Advisor.objects.filter(pk=form.instance.pk)).get()
    context = {"advisor": kept, "form": form, "is_public": kept.active and kept.consents_to(Purpose.PUBLIC)}
    return render(request, "advisors/profile.html", context, status=code)


@behind_own_link
@in_the_pool
@require_http_methods(POST_TOO)
def pauses(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """GET lists them; POST adds one, ends the present one or takes back one to come."""
    if request.method != "POST":
        return _show_pauses(request, advisor, PauseForm(initial={"starts_on": timezone.localdate()}))
    if languages.is_switched(request):
        return _show_pauses(request, advisor, PauseForm.as_typed(request.POST))
    if "pause" in request.POST:
        return _end(request, advisor)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _show_pauses(request, advisor, form, 422)
    try:
        pause = breaks.add(advisor, **form.cleaned_data)
    except Refused as refusal:
        form.add_error("starts_on", str(refusal))
        return _show_pauses(request, advisor, form, 422)
    messages.success(request, gettext("Ihre Pause ist eingetragen: %(pause)s.") % {"pause": breaks.words(pause)})
    return to_own(request, "pauses")


def _end(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """A pause that is gone already stays gone: pressing twice hurts nobody."""
    act = breaks.end if "beenden" in request.POST else breaks.remove
    act(advisor, _key(request.POST["pause"]))
    messages.success(request, gettext("Ihre Pausen sind geändert."))
    return to_own(request, "pauses")


def _key(typed: str) -> int:
    """Not a number: nobody's pause."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _show_pauses(request: HttpRequest, advisor: Advisor, form: PauseForm, code: int = 200) -> HttpResponse:
    today = timezone.localdate()
    rows = [(pause, breaks.words(pause), pause.starts_on <= today) for pause in _to_come(advisor)]
    return render(request, "advisors/pauses.html", {"advisor": advisor, "rows": rows, "form": form}, status=code)


def _to_come(advisor: Advisor) -> list[Pause]:
    """Those of today and later."""
    today = timezone.localdate()
    return [pause for pause in advisor.pauses.all() if pause.ends_on is None or pause.ends_on >= today]


@behind_own_link
@in_the_pool
@require_http_methods(POST_TOO)
def wishes(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """Where the foot of every mail leads: pause, fewer, topics, stop. GET shows, POST keeps."""
    if request.method != "POST":
        return _show_wishes(request, WishesForm(advisor=advisor))
    if languages.is_switched(request):
        return _show_wishes(request, WishesForm.as_typed(request.POST, advisor=advisor))
    form = WishesForm(request.POST, advisor=advisor)
    if not form.is_valid():
        return _show_wishes(request, form, 422)
    try:
        form.save()
    except Refused as refusal:
        form.add_error("starts_on", str(refusal))
        return _show_wishes(request, form, 422)
    messages.success(request, gettext("Ihre Wünsche sind gespeichert."))
    return to_own(request, "wishes")


def _show_wishes(request: HttpRequest, form: WishesForm, code: int = 200) -> HttpResponse:
    pauses_to_come = [breaks.words(pause) for pause in _to_come(form.advisor)]
    context = {"advisor": form.advisor, "form": form, "pauses": pauses_to_come}
    return render(request, "advisors/wishes.html", context, status=code)
