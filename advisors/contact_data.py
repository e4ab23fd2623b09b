"""What the pool's side holds of the contact of a request: dates, results, and texts that name the person."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from miglobe.privacy.parts import Entry, Part
from miglobe.privacy.scrubbing import pattern
from requests.models import ConsultationRequest
from requests.own_data import cases_of, without_others

from .models import Agreement, Appointment, DateProposal, Feedback, FollowUp, Offer, Report

NAMING = ((Report, "agreed", "options", "recommendations", "question"), (Offer, "note"))
"""Not about the contact, unless they name them."""


def everything(email: str) -> list[Part]:
    cases = list(cases_of(email))
    if not cases:
        return []
    hide = without_others(email, cases)
    found = [
        Part(_("Termine"), [_appointment(one, hide) for one in _of(Appointment, cases)]),
        Part(_("Terminvorschläge"), [_proposal(one, hide) for one in _of(DateProposal, cases)]),
        Part(_("Vereinbarungen"), [_agreement(one, hide) for one in _of(Agreement, cases)]),
        Part(_("Ihre Rückmeldungen"), [_feedback(one, hide) for one in _of(Feedback, cases)]),
        Part(_("Ihre Antworten Monate danach"), [_follow_up(one, hide) for one in _of(FollowUp, cases)]),
        Part(_("Texte, die Sie nennen"), [entry for case in cases for entry in _naming(case, hide)]),
    ]
    return [part for part in found if part.entries]


def _of(model: Any, cases: list[ConsultationRequest]) -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.filter(consultation__in=cases).select_related("consultation").order_by("pk")
    return found


def _appointment(one: Appointment, hide: Callable[[str], str]) -> Entry:
    return {
        _("Aktenzeichen"): one.consultation.reference,
        _("Art"): one.get_kind_display(),
        _("Beginn"): one.starts_at,
        _("Ende"): one.ends_at,
        _("Ort"): hide(one.place),
        _("Ergebnis"): hide(one.minutes),
    }


def _proposal(one: DateProposal, hide: Callable[[str], str]) -> Entry:
    return {
        _("Aktenzeichen"): one.consultation.reference,
        _("Art"): one.get_kind_display(),
        _("Vorgeschlagen"): one.created_at,
        _("Ort"): hide(one.place),
        _("Dazu geschrieben"): hide(one.word),
        _("Ihre Antwort"): one.answer,
    }


def _agreement(one: Agreement, hide: Callable[[str], str]) -> Entry:
    return {
        _("Aktenzeichen"): one.consultation.reference,
        _("Ziele"): hide(one.goals),
        _("Vereinbarte Tage"): one.days,
        _("Von"): one.starts_on,
        _("Bis"): one.ends_on,
    }


def _feedback(one: Feedback, hide: Callable[[str], str]) -> Entry:
    return {
        _("Aktenzeichen"): one.consultation.reference,
        _("Zufriedenheit"): one.get_satisfaction_display(),
        _("Was geholfen hat"): hide(one.helped),
        _("Was gefehlt hat"): hide(one.missing),
    }


def _follow_up(one: FollowUp, hide: Callable[[str], str]) -> Entry:
    return {
        _("Aktenzeichen"): one.consultation.reference,
        _("Gefragt"): one.asked_at,
        _("Beantwortet"): one.answered_at,
        _("Umgesetzt"): one.get_extent_display(),
        _("Was umgesetzt wurde"): hide(one.done),
        _("Was gehindert hat"): hide(one.hindered),
    }


def _naming(case: ConsultationRequest, hide: Callable[[str], str]) -> list[Entry]:
    person = pattern(name=case.contact_name, email=case.contact_email, phone=case.contact_phone)
    return [
        {_("Aktenzeichen"): case.reference, _("Angabe"): str(label), _("Text"): hide(text)}
        for model, *names in NAMING
        for row in model._default_manager.filter(consultation=case).order_by("pk")
        for name in names
        if person and (text := getattr(row, name)) and person.search(text)
        for label in [model._meta.get_field(name).verbose_name]  # type: ignore[union-attr]
    ]
