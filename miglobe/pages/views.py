from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from miglobe.accounts.models import Organisation
from miglobe.findable import findable


@login_not_required
@require_safe
@findable
def imprint(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/imprint.html")


@login_not_required
@require_safe
@findable
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html", {"organisations": Organisation.objects.all()})
