from django.urls import path

from . import views
from .models import Page

app_name = "pages"
urlpatterns = [
    path("", views.page, {"slug": Page.Slug.START}, name="start"),
    path("ablauf/", views.page, {"slug": Page.Slug.PROCESS}, name="process"),
    path("fragen/", views.page, {"slug": Page.Slug.FAQ}, name="faq"),
    path("ueber-uns/", views.page, {"slug": Page.Slug.ABOUT}, name="about"),
    path("fuer-beratende/", views.page, {"slug": Page.Slug.FOR_ADVISORS}, name="for_advisors"),
    path("impressum/", views.page, {"slug": Page.Slug.IMPRINT}, name="imprint"),
    path("datenschutz/", views.page, {"slug": Page.Slug.PRIVACY}, name="privacy"),
    path("barrierefreiheit/", views.page, {"slug": Page.Slug.ACCESSIBILITY}, name="accessibility"),
    path("barrierefreiheit/melden/", views.report_barrier, name="report_barrier"),
    path("barrierefreiheit/gemeldet/<uuid:key>/", views.barrier_reported, name="barrier_reported"),
    path("leichte-sprache/", views.page, {"slug": Page.Slug.EASY_LANGUAGE}, name="easy_language"),
    path("gebaerdensprache/", views.page, {"slug": Page.Slug.SIGN_LANGUAGE}, name="sign_language"),
]
