"""How a page looks in public, saved or (for the preview) not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from miglobe.accounts.models import Organisation

from . import markup
from .models import Page, Portal

TEMPLATES = {  # pages that show more than their text
    Page.Slug.START: "pages/start.html",
    Page.Slug.ABOUT: "pages/about.html",
    Page.Slug.FOR_ADVISORS: "pages/for_advisors.html",
    Page.Slug.IMPRINT: "pages/imprint.html",
    Page.Slug.PRIVACY: "pages/privacy.html",
    Page.Slug.ACCESSIBILITY: "pages/accessibility.html",
    Page.Slug.SIGN_LANGUAGE: "pages/sign_language.html",
}


def response(request: HttpRequest, page: Page, *, is_preview: bool = False) -> HttpResponse:
    portal = Portal.current()
    with translation.override(page.language):
        context = {
            "page": page,
            "body": markup.html(page.body, portal),
            "portal": portal,
            "organisations": Organisation.objects.all(),
            "is_preview": is_preview,
        }
        return render(request, TEMPLATES.get(Page.Slug(page.slug), "pages/page.html"), context)
