"""What an advisor has done for MiGlobe in a year, as a PDF for the tax office, an employer or an application."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from miglobe import pdf
from miglobe.pages.models import Portal
from miglobe.templatetags.language import day
from requests.models import ENDED

from .models import Advisor, Appointment, Offer, Report, WorkRecord


def years(advisor: Advisor) -> list[int]:
    """Those with something to show, the newest first."""
    found = {
        timezone.localdate(handed_in).year for handed_in in _all_records(advisor).values_list("handed_in", flat=True)
    }
    this_year = timezone.localdate().year
    lasted = _accepted(advisor).values_list("answered_at", "consultation__state", "consultation__state_since")
    for begun, state, since in lasted:
        last = timezone.localdate(since).year if state in ENDED else this_year
        found.update(range(timezone.localdate(begun).year, last + 1))
    return sorted(found, reverse=True)


def response(advisor: Advisor, year: int) -> HttpResponse:
    name = f"miglobe-{year}.pdf"  # of no one: the file's name shows in many places
    disposition = f'inline; filename="{name}"'
    content = of(advisor, year)
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def of(advisor: Advisor, year: int) -> bytes:
    """In the active language."""
    work = _work(advisor, year)
    offers = list(_in(advisor, year))
    rows = [_row(offer, work.get(offer.pk)) for offer in offers]
    portal = Portal.current()
    return pdf.make(
        "activity",
        {
            "title": _("Tätigkeitsnachweis %(year)s") % {"year": year},
            "lang": get_language(),
            "author": portal.operator or "MiGlobe",
            "facts": [[_("Berater*in"), advisor.name], [_("Einsätze"), str(len(offers))]],
            "heading": _("Einsätze"),
            "head": [_("Kommune"), _("Rolle"), _("Termine %(year)s") % {"year": year}, _("Tage"), _("Kilometer")],
            "rows": rows,
            "total": [_("Zusammen"), "", str(sum(offer.held for offer in offers)), *_sums(work)],
            "note": _(
                "Tage und Kilometer stehen in dem Jahr, in dem der Bericht des Teams eingereicht wurde. "
                "Nur gezeichnete Berichte zählen."
            ),
            "made": _("Erstellt am %(day)s") % {"day": day(timezone.localdate())},
            "page": _("Seite"),
        },
    )


def _accepted(advisor: Advisor) -> QuerySet[Offer]:
    return Offer.objects.accepted().filter(advisor=advisor)


def _in(advisor: Advisor, year: int) -> QuerySet[Any]:
    """The assignments of the year: accepted by its end, and not over before it began; whatever days stand for.

    With the appointments held since the person accepted; of one who has left, nobody knows which.
    """
    ended = Q(consultation__state__in=ENDED, consultation__state_since__year__lt=year)
    lasted = Q(state=Offer.State.ACCEPTED, answered_at__year__lte=year) & ~ended
    reported = Q(pk__in=_records(advisor, year).values("offer"))
    theirs = Q(state=Offer.State.ACCEPTED, consultation__appointments__starts_at__gte=F("answered_at"))
    held = Q(consultation__appointments__state=Appointment.State.HELD, consultation__appointments__starts_at__year=year)
    return (
        Offer.objects.filter(lasted | reported, advisor=advisor)
        .select_related("consultation__municipality")
        .annotate(held=Count("consultation__appointments", filter=held & theirs, distinct=True))
        .order_by("answered_at", "pk")
    )


def _records(advisor: Advisor, year: int) -> QuerySet[Any]:
    return _all_records(advisor).filter(handed_in__year=year)


def _all_records(advisor: Advisor) -> QuerySet[Any]:
    found = WorkRecord.objects.filter(offer__advisor=advisor, report__in=Report.objects.handed_in())
    return found.annotate(handed_in=Coalesce("report__sent_at", "report__recorded_at"))


def _work(advisor: Advisor, year: int) -> dict[int, WorkRecord]:
    return {record.offer_id: record for record in _records(advisor, year)}


def _row(offer: Any, record: WorkRecord | None) -> list[str]:
    consultation = offer.consultation
    return [
        f"{consultation.municipality.label} ({consultation.reference})",
        _("allein") if consultation.team_size == 1 else _("im Team"),
        str(offer.held) if offer.state == Offer.State.ACCEPTED else "–",
        _number(record.days if record else None),
        _number(record.travel_km if record else None),
    ]


def _sums(work: dict[int, WorkRecord]) -> list[str]:
    days = sum((record.days or Decimal(0) for record in work.values()), Decimal(0))
    return [_number(days), _number(sum(record.travel_km or 0 for record in work.values()))]


def _number(value: Decimal | int | None) -> str:
    """Without a needless nought behind the comma."""
    if value is None:
        return "–"
    return str(number_format(value.normalize() if isinstance(value, Decimal) and value else value, use_l10n=True))
