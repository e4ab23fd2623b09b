"""A request as a PDF: what was sent, for the files of the municipality and of the desk."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from miglobe import pdf
from miglobe.pages.models import Portal
from miglobe.templatetags.language import weekday

from . import mails, summary
from .forms import STEPS
from .models import ConsultationRequest


def of(consultation: ConsultationRequest) -> bytes:
    """What was sent, in the active language."""
    sections = [
        _section("", _facts(consultation)),
        *(
            _section(str(STEPS[name].title), [(row.label, row.value) for row in summary.of_case(fields, consultation)])
            for name, fields in summary.SECTIONS.items()
        ),
        _section(_("Haben Sie Fragen?"), _contact(consultation)),
    ]
    return pdf.make(
        "request",
        {
            "title": _("Anfrage für %(place)s") % {"place": _place(consultation)},
            "lang": get_language(),
            "author": Portal.current().operator or "MiGlobe",
            "reference": consultation.reference,
            "page": _("Seite"),
            "sections": [section for section in sections if section["rows"]],
        },
    )


def response(consultation: ConsultationRequest) -> HttpResponse:
    """Opens in the browser and is saved under the reference."""
    disposition = f'inline; filename="{consultation.reference}.pdf"'
    return HttpResponse(of(consultation), content_type="application/pdf", headers={"Content-Disposition": disposition})


def _place(consultation: ConsultationRequest) -> str:
    assert consultation.municipality
    return consultation.municipality.accusative


def _section(title: str, rows: list[tuple[str, str]]) -> dict[str, Any]:
    return {"title": title, "rows": [{"label": label, "value": value or _("keine Angabe")} for label, value in rows]}


def _facts(consultation: ConsultationRequest) -> list[tuple[str, str]]:
    facts = [(_("Aktenzeichen"), consultation.reference or ""), (_("Abgesendet"), weekday(consultation.submitted_at))]
    if consultation.confirmed_at:
        facts.append((_("Bestätigt"), weekday(consultation.confirmed_at)))
    return facts


def _contact(consultation: ConsultationRequest) -> list[tuple[str, str]]:
    contact = mails.whom_to_ask(consultation)
    rows = [(_("Kontakt"), contact["name"]), (_("E-Mail"), contact["email"]), (_("Telefon"), contact["phone"])]
    return [(label, value) for label, value in rows if value]
