"""A button that is not a case's: one page that says what will happen and shows the mail, and a second button."""

from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox import outbox
from requests.desk import Button


def press(
    site: admin.AdminSite,
    request: HttpRequest,
    button: Button,
    *,
    target: Any,
    whose: str,
    back: str,
    model: Any,
    initial: dict[str, Any] | None = None,
    words: Any = None,
) -> HttpResponse:
    """GET asks, POST shows the mails, POST with `seen` acts on `target`. The caller has checked the right.

    `whose`: the row in words; `back`: the address of its page; `words`: a ConsentText to be read out.
    """
    form = button.form(request.POST if request.method == "POST" else None, initial=initial)
    asks, mails, refusal = bool(button.form.base_fields), None, ""
    with transaction.atomic():
        if form.is_valid() or not asks:
            act = partial(button.command, target, by=cast(User, request.user), **getattr(form, "cleaned_data", {}))
            try:
                mails = outbox.rehearse(act)
                if "seen" in request.POST and request.POST["seen"] == outbox.fingerprint(mails):
                    act()
                    messages.success(request, f"Erledigt: {button.label}.")
                    return redirect(back)
            except Refused as refused:
                mails, refusal = None, str(refused)
    context = {
        **site.each_context(request),
        "title": button.label,
        "opts": model._meta,
        "button": button,
        "form": form,
        "asks": asks,
        "whose": whose,
        "back": back,
        "words": words,
        "refusal": refusal,
        "mails": None if mails is None else [(mail, outbox.as_preview(mail)) for mail in mails],
        "seen": "" if mails is None else outbox.fingerprint(mails),
        "changed": "seen" in request.POST and mails is not None,
    }
    status = 409 if refusal else 422 if form.is_bound and not form.is_valid() else 200
    return TemplateResponse(request, "admin/advisors/press.html", context, status=status)
