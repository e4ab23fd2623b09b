"""How evenly work is shared. Every look is noted: it tells who advises, and how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from advisors import fairness, reading
from advisors.fairness import Part, Sharing
from miglobe.accounts.confirmation import freshly_confirmed
from miglobe.accounts.models import User
from requests.exports import TYPES, as_csv, as_xlsx

PERMISSION = "requests.coordinate"
TAKE = "requests.export_personal_data"
SHOWN = 100  # rows of a page
DRAWN = 20  # people in the chart: half with the most beyond their capacity, half with the least


@dataclass(frozen=True)
class Row:
    """A person as the page shows them; numbers as Germans write them."""

    part: Part
    capacity_share: str
    asked_share: str
    accepted_share: str
    days: str
    days_share: str
    drift: str
    bars: tuple[tuple[str, str, int, str], ...]
    """For the chart: class, what it is, its length out of 1,000, the share in words."""


@freshly_confirmed
def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    _require(request, PERMISSION)
    sharing = fairness.read()
    shown = Paginator(sharing.parts, SHOWN).get_page(request.GET.get("seite"))
    drawn = _ends(sharing.parts)
    people = {part.key for part in (*shown, *drawn)}
    reading.listed(len(people), by=cast(User, request.user))
    most = _longest(sharing.parts)
    context = {
        **site.each_context(request),
        "title": "Verteilung der Einsätze",
        "sharing": sharing,
        "facts": list(_facts(sharing)),
        "drawn": [_row(part, most) for part in drawn],
        "is_cut": len(drawn) < len(sharing.parts),
        "rows": [_row(part, most) for part in shown],
        "shown": shown,
        "types": [(kind, label) for kind, (label, _) in TYPES.items()],
        "may_take": request.user.has_perm(TAKE),
    }
    return TemplateResponse(request, "admin/fairness.html", context)


@freshly_confirmed
def file(request: HttpRequest) -> HttpResponseBase:
    """Everybody, as the `kind` of file that was sent."""
    _require(request, PERMISSION)
    _require(request, TAKE)
    kind = request.POST.get("kind", "")
    if kind not in TYPES:
        return HttpResponse("Diese Datei gibt es nicht.", content_type="text/plain; charset=utf-8", status=422)
    sharing = fairness.read()
    reading.listed(len(sharing.parts), by=cast(User, request.user), page=reading.Page.EXPORT)
    name, content_type = f"verteilung-{timezone.localdate()}.{kind}", TYPES[kind][1]
    if kind == "xlsx":
        sheet = as_xlsx(fairness.rows(sharing), fairness.COLUMNS, name="Verteilung")
        return FileResponse(sheet, as_attachment=True, filename=name, content_type=content_type)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(as_csv(fairness.rows(sharing)), content_type=content_type, headers=headers)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _ends(parts: Sequence[Part]) -> Sequence[Part]:
    """The first and the last of the row."""
    return parts if len(parts) <= DRAWN else (*parts[: DRAWN // 2], *parts[-(DRAWN // 2) :])


def _longest(parts: Sequence[Part]) -> float:
    return max((max(part.capacity_share, part.accepted_share, part.days_share) for part in parts), default=0) or 1


def _row(part: Part, most: float) -> Row:
    def bar(name: str, label: str, share: float) -> tuple[str, str, int, str]:
        return name, label, round(1000 * share / most), _percent(share)

    return Row(
        part,
        _percent(part.capacity_share),
        _percent(part.asked_share),
        _percent(part.accepted_share),
        fairness.number(part.days),
        _percent(part.days_share),
        fairness.drift_in_words(part.drift),
        (
            bar("capacity", "Kapazität", part.capacity_share),
            bar("accepted", "Einsätze", part.accepted_share),
            bar("days", "Tage", part.days_share),
        ),
    )


def _percent(share: float) -> str:
    return f"{fairness.number(100 * share)} %"


def _facts(sharing: Sharing) -> Iterator[tuple[str, str, str]]:
    """Label, number, and the sentence that explains it."""
    accepted, days = sharing.accepted, fairness.number(sharing.days)
    yield (
        "Einsätze: Gini-Koeffizient",
        fairness.number(sharing.gini_of_accepted, 2),
        f"{fairness.number(sharing.misplaced_accepted)} von {accepted} Einsätzen hätten bei anderen liegen müssen,"
        " um genau der Kapazität zu entsprechen.",
    )
    yield (
        "Tage: Gini-Koeffizient",
        fairness.number(sharing.gini_of_days, 2),
        f"{fairness.number(sharing.misplaced_days)} von {days} Tagen hätten bei anderen liegen müssen,"
        " um genau der Kapazität zu entsprechen.",
    )
