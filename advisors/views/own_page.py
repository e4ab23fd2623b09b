"""The advisor's own page behind a mailed link: what waits, what was agreed on, what holds."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from miglobe.links import Dead, secret_page

from .. import links, to_do
from ..models import Advisor, Appointment, Offer, Purpose
from .finding import show_lost_link

MOST_PAST = 20
State = Offer.State
ANSWERS = {  # as the person reads it
    State.ACCEPTED: _("zugesagt, abgeschlossen"),
    State.DECLINED: _("abgesagt"),
    State.EXPIRED: _("ohne Antwort abgelaufen"),
    State.WITHDRAWN: _("hat sich erledigt"),
    State.CANCELLED: _("nach der Zusage ausgestiegen"),
    State.SENT: _("nicht mehr offen"),
}


def behind_own_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Finds the advisor whose link it is; a dead link leads to a page that helps."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            advisor = links.find_advisor(token)
        except Dead:
            return show_lost_link(request, dead=True)
        return view(request, advisor, **kwargs)

    return login_not_required(secret_page(wrapper))


def in_the_pool(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Who has left reads on the own page what holds; there is nothing to change any more."""

    @wraps(view)
    def wrapper(request: HttpRequest, advisor: Advisor, **kwargs: Any) -> HttpResponseBase:
        return to_own(request, "me") if advisor.left_at else view(request, advisor, **kwargs)

    return wrapper


def to_own(request: HttpRequest, view: str) -> HttpResponse:
    """Another of the person's own pages, by the link they have come with."""
    assert request.resolver_match is not None
    return redirect(f"advisors:{view}", token=request.resolver_match.kwargs["token"])


@behind_own_link
@require_safe
def me(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    mine = Offer.objects.filter(advisor=advisor).select_related("advisor", "consultation__municipality")
    at_work = mine.at_work().order_by("-answered_at")
    context = {
        "advisor": advisor,
        "token": links.token_of(advisor),
        "pause": advisor.pauses.on(timezone.localdate()).first(),
        "may_be_asked": advisor.consents_to(Purpose.MATCHING),
        "tasks": [] if advisor.left_at else to_do.of(advisor),
        "appointments": _appointments(advisor),
        "assignments": [(offer, links.token(offer)) for offer in at_work],
        "past": _past(mine),
        "profile": _profile(advisor),
        "consents": [(label, advisor.consents_to(purpose)) for purpose, label in _purposes()],
    }
    return render(request, "advisors/me.html", context)


def _appointments(advisor: Advisor) -> list[Appointment]:
    """What is to come, in the cases that they are at work on."""
    cases = Offer.objects.at_work().filter(advisor=advisor).values("consultation")
    coming = Appointment.objects.standing().filter(consultation__in=cases, ends_at__gt=timezone.now())
    return list(coming.select_related("consultation__municipality").order_by("starts_at", "pk"))


def _past(mine: Any) -> list[tuple[Offer, str, str]]:
    """The newest of what was sent and is neither to be answered nor at work, with what became of it."""
    over = (
        mine.exclude(sent_at=None).exclude(pk__in=mine.open().values("pk")).exclude(pk__in=mine.at_work().values("pk"))
    )
    return [
        (offer, str(ANSWERS.get(State(offer.state), "")), links.token(offer))
        for offer in over.order_by("-sent_at", "-pk")[:MOST_PAST]
    ]


def _profile(advisor: Advisor) -> dict[str, Any]:
    return {
        "topics": advisor.topic_skills.count(),
        "languages": [str(skill.language) for skill in advisor.language_skills.select_related("language")],
        "only_topics": [str(topic) for topic in advisor.only_topics.all()],
    }


def _purposes() -> list[tuple[Purpose, str]]:
    return [(purpose, str(purpose.label)) for purpose in Purpose]
