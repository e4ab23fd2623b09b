"""The pages of everybody's own access. What allauth does not have stands here; `urls` puts both together."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.app_settings import RECOVERY_CODE_COUNT
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from . import browsers, people
from .encryption import Unreadable
from .forms import UNREADABLE
from .models import Session, User

LAST_FACTOR = "Sie brauchen einen zweiten Faktor. Richten Sie erst einen anderen ein, dann können Sie diesen entfernen."


def at_the_desk(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Gives the page what the desk's frame shows; no cache keeps it. Lost secrets lead back with a sentence."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Unreadable:
            messages.error(request, UNREADABLE)
            return redirect("mfa_index")
        if isinstance(response, TemplateResponse) and not response.is_rendered:
            response.context_data = {**frame(request), **(response.context_data or {})}
        response["Cache-Control"] = "no-store, private"
        return response

    return wrapper


def frame(request: HttpRequest) -> dict[str, Any]:
    site = admin.site
    return {
        "site_title": site.site_title,
        "site_url": site.site_url,
        "has_permission": site.has_permission(request),
        "is_popup": False,
        "is_nav_sidebar_enabled": False,
    }


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """What I am here, how I get in, where I am logged in."""
    person = _person(request)
    factors = list(Authenticator.objects.filter(user=person).order_by("created_at"))
    by_type = {kind: [f for f in factors if f.type == kind] for kind in Authenticator.Type.values}
    context = {
        "person": person,
        "roles": [group.name for group in person.groups.order_by("name")],
        "app": next(iter(by_type["totp"]), None),
        "passkeys": [(factor, factor.wrap().name) for factor in by_type["webauthn"]],
        "codes_left": _codes_left(by_type["recovery_codes"]),
        "set_up": bool(by_type["totp"] or by_type["webauthn"]),
        "required": settings.SECOND_FACTOR,
        "sessions": _sessions(request),
    }
    return TemplateResponse(request, "accounts/me.html", context)


def _codes_left(factors: list[Authenticator]) -> int | None:
    """How many recovery codes are unused; none without codes. Counted from the mask, so nothing is decrypted."""
    if not factors:
        return None
    return int(RECOVERY_CODE_COUNT) - int(factors[0].data.get("used_mask", 0)).bit_count()


def _sessions(request: HttpRequest) -> list[dict[str, Any]]:
    shown = []
    for session in Session.objects.filter(user=_person(request), expire_date__gt=timezone.now()):
        note = session.get_decoded().get(browsers.KEY, {})
        shown.append(
            {
                "handle": session.handle,
                "browser": note.get("name", browsers.UNKNOWN),
                "since": parse_datetime(note.get("since", "")),
                "until": session.expire_date,
                "is_this": session.session_key == request.session.session_key,
            }
        )
    return sorted(shown, key=lambda session: (not session["is_this"], -session["until"].timestamp()))


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """The one that the button names, or all but this."""
    person, wanted = _person(request), request.POST.get("session", "")
    if wanted == "others":
        people.end_sessions(person, but=request.session.session_key)
        messages.success(request, "Alle anderen Anmeldungen sind beendet.")
        return redirect("mfa_index")
    for session in Session.objects.filter(user=person):
        if session.handle == wanted:
            session.delete()
            messages.success(request, "Die Anmeldung ist beendet.")
    return redirect("mfa_index")


class RemovePasskey(RemoveWebAuthnView):
    """As allauth has it, but the last factor stays where one is required."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        factor = self.get_queryset().filter(pk=kwargs["pk"]).first()
        if factor is None:
            raise Http404
        if not get_adapter().can_delete_authenticator(factor):
            messages.error(request, LAST_FACTOR)
            return redirect("mfa_index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


def no_desk(request: HttpRequest) -> HttpResponse:
    """For somebody who is logged in and has no business at the desk."""
    return render(request, "accounts/no_desk.html", frame(request), status=403)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the login is required by the middleware
    return request.user
