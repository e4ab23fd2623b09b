"""Days and fees of a period, for the operator's accounting. Every look is noted: it tells who advises."""

from typing import cast

from django.contrib.admin import AdminSite
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse

from advisors import fees, reading
from miglobe.accounts.confirmation import freshly_confirmed
from miglobe.accounts.models import User
from requests.exports import TYPES, as_csv, as_xlsx

from . import figures_page
from .figures import Period

PERMISSION = "requests.export_personal_data"
SHOWN = 200  # rows; the file has them all


@freshly_confirmed
def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    by_year, by_days, period = figures_page.chosen(request, PERMISSION)
    head, *rows = list(fees.rows(period.start, period.end)) if period else [[]]
    reading.listed(min(len(rows), SHOWN), by=cast(User, request.user))
    context = {
        **site.each_context(request),
        "title": "Tage und Honorare",
        "by_year": by_year,
        "by_days": by_days,
        "period": period,
        "errors": period is None,
        "head": head,
        "rows": rows[:SHOWN],
        "number": len(rows),
        "more": max(0, len(rows) - SHOWN),
        "types": [(kind, label) for kind, (label, _) in TYPES.items()],
    }
    return TemplateResponse(request, "admin/fees.html", context, status=200 if period else 422)


@freshly_confirmed
def file(request: HttpRequest) -> HttpResponseBase:
    """All rows of the period in the address, as the `kind` of file that was sent."""
    _, _, period = figures_page.chosen(request, PERMISSION)
    kind = request.POST.get("kind", "")
    if period is None or kind not in TYPES:
        return HttpResponse("Diese Datei gibt es nicht.", content_type="text/plain; charset=utf-8", status=422)
    count = fees.count(period.start, period.end)
    reading.listed(count, by=cast(User, request.user), page=reading.Page.EXPORT)
    return _file(kind, period)


def _file(kind: str, period: Period) -> HttpResponseBase:
    name, content_type = f"honorare-{period.first}-{period.last}.{kind}", TYPES[kind][1]
    rows = fees.rows(period.start, period.end)
    if kind == "xlsx":
        sheet = as_xlsx(rows, fees.COLUMNS, name="Honorare")
        return FileResponse(sheet, as_attachment=True, filename=name, content_type=content_type)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(as_csv(rows), content_type=content_type, headers=headers)
