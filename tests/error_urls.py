"""The portal's addresses and one for every error: /fehler/413/ and so on."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponseNotAllowed
from django.urls import path

from miglobe import urls
from miglobe.errors import Refused, TooOften, csrf_failure

ERRORS = {
    400: SuspiciousOperation(),
    403: PermissionDenied(),
    404: Http404(),
    409: Refused("Ihre Anfrage ist schon abgesendet."),
    413: RequestDataTooBig(),
    429: TooOften("An diese Adresse haben wir heute schon mehrere E-Mails geschickt."),
    500: RuntimeError("ein Fehler, den dieser Test will"),
    503: OperationalError("ein Fehler, den dieser Test will"),
}


@login_not_required
def fails(request, status):
    if status == 405:
        return HttpResponseNotAllowed(["POST"])
    request.POST  # noqa: B018  # as whatever checks the token of a form does
    raise ERRORS[status]


urlpatterns = [
    *i18n_patterns(
        path("fehler/<int:status>/", fails, name="error"),
        path("fehler/formular/", login_not_required(csrf_failure), name="error_csrf"),
        prefix_default_language=False,
    ),
    *urls.urlpatterns,
]
handler400 = urls.handler400
handler500 = urls.handler500
