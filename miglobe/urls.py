"""Table of contents."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from . import machines

urlpatterns = [
    *i18n_patterns(
        path("", include("miglobe.pages.urls")),
        path("anfrage/", include("requests.urls")),
        path("", include("advisors.urls")),
        path("zugang/", include("miglobe.codes.urls")),
        path("meine-daten/", include("miglobe.privacy.urls")),
        path("keine-mails/", include("miglobe.outbox.public_urls")),
        prefix_default_language=False,
    ),
    path("", include("miglobe.accounts.urls")),
    path("admin/", admin.site.urls),
    path("-/health/live/", machines.alive, name="alive"),
    path("-/health/ready/", machines.ready, name="ready"),
    path("-/metrics/", machines.figures, name="metrics"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path(".well-known/security.txt", machines.security_txt, name="security_txt"),
]
if settings.DEMO:
    urlpatterns.append(path("postausgang/", include("miglobe.outbox.urls")))

handler400 = "miglobe.errors.bad_request"
handler429 = "miglobe.errors.too_often"  # allauth's limits ask for it
handler500 = "miglobe.errors.server_error"
