"""Table of contents."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """For the container's health check: this process answers. It asks nothing of the database."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    *i18n_patterns(
        path("", include("miglobe.pages.urls")),
        path("anfrage/", include("requests.urls")),
        path("angebot/", include("advisors.urls")),
        prefix_default_language=False,
    ),
    path("admin/", admin.site.urls),
    path("-/health/live/", alive, name="alive"),
]
if settings.DEMO:
    urlpatterns.append(path("postausgang/", include("miglobe.outbox.urls")))

handler400 = "miglobe.errors.bad_request"
handler500 = "miglobe.errors.server_error"
