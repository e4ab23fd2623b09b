"""Outgoing mail in the browser. `miglobe.urls` includes these pages in the demonstration only."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from . import outbox
from .models import Mail

PAGE_SIZE = 50


@login_not_required
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    page = Paginator(Mail.objects.defer("text"), PAGE_SIZE).get_page(request.GET.get("seite"))
    return render(request, "outbox/demo.html", {"page": page})


@login_not_required
@require_safe
def demo_mail(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=pk)
    try:
        urls = outbox.addresses(mail)
    except ObjectDoesNotExist:
        urls = {}
    context = {"mail": mail, "html": outbox.as_html(mail, urls), "text": outbox.as_text(mail, urls)}
    return render(request, "outbox/demo_mail.html", context)
