"""The own page's consents, and the way out of the pool and back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from miglobe import languages
from miglobe.errors import Refused

from .. import consents, links, pool
from ..models import Advisor, Consent, ConsentText, Purpose
from .own_page import behind_own_link


@behind_own_link
@require_http_methods(["GET", "HEAD", "POST"])
def my_consents(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """GET shows the three with everything that was ever said to them; POST gives or withdraws one."""
    if request.method != "POST" or languages.is_switched(request):
        return _show_consents(request, advisor)
    purpose = _purpose(request.POST.get("purpose", ""))
    if purpose is None:
        return _show_consents(request, advisor, 400)
    if request.POST.get("answer") == "withdraw":
        pool.withdraw(advisor, purpose)
        messages.success(request, gettext("Ihr Widerruf gilt ab sofort."))
    elif request.POST.get("answer") == "give":
        try:
            pool.agree(advisor, purpose, text=_words(request.POST.get("text", ""), purpose))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return _show_consents(request, advisor, 409)
        messages.success(request, gettext("Ihre Einwilligung ist gespeichert."))
    else:
        return _show_consents(request, advisor, 400)
    return redirect("advisors:my_consents", token=links.token_of(advisor))


def _purpose(typed: str) -> Purpose | None:
    return Purpose(typed) if typed in Purpose else None


def _words(typed: str, purpose: Purpose) -> ConsentText:
    """The words that stood on the page. Raises Refused for what were no words for this."""
    known = ConsentText.objects.filter(purpose=purpose)
    text = known.filter(pk=typed).first() if typed.isdecimal() and len(typed) < 10 else None
    if text is None:
        raise Refused(gettext("Der Wortlaut hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal."))
    return text


def _show_consents(request: HttpRequest, advisor: Advisor, status: int = 200) -> HttpResponse:
    context = {
        "advisor": advisor,
        "token": links.token_of(advisor),
        "asked": consents.asked(advisor),
        "past": Consent.objects.filter(advisor=advisor).exclude(withdrawn_at=None).select_related("text"),
    }
    return render(request, "advisors/my_consents.html", context, status=status)


@behind_own_link
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """GET says what leaving, or coming back, means; POST does it."""
    if request.method == "POST" and not languages.is_switched(request):
        return _leave_or_return(request, advisor)
    return _show_leaving(request, advisor)


def _leave_or_return(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    answer = request.POST.get("answer")
    if answer == "leave":
        pool.leave(advisor)
    elif answer == "return":
        try:
            pool.come_back(advisor)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return _show_leaving(request, advisor, 409)
        messages.success(request, gettext("Schön, dass Sie wieder dabei sind. Bitte entscheiden Sie jetzt neu."))
        return redirect("advisors:my_consents", token=links.token_of(advisor))
    else:
        return _show_leaving(request, advisor, 400)
    return redirect("advisors:leave", token=links.token_of(advisor))


def _show_leaving(request: HttpRequest, advisor: Advisor, status: int = 200) -> HttpResponse:
    context = {
        "advisor": advisor,
        "token": links.token_of(advisor),
        "assignments": [(offer, links.token(offer)) for offer in pool.assignments(advisor)],
    }
    return render(request, "advisors/leave.html", context, status=status)
