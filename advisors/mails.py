"""What we write around offers: one function per event, named as what has happened.

Before an advisor has accepted, a mail tells the case without the contact's personal data.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from miglobe import workdays
from miglobe.codes import codes
from miglobe.codes.models import AccessCode
from miglobe.outbox import outbox
from miglobe.outbox.outbox import Links
from requests import mails as request_mails
from requests.models import ConsultationRequest

from . import calendars, links
from .models import Appointment, DateOption, DateProposal, Offer, Purpose, Report

MET = (ConsultationRequest.Outcome.DIALOGUE, ConsultationRequest.Outcome.CONSULTED)
"""Outcomes of which there is something to report and to say."""
OFFERED = "advisors/offered"


def _to_advisor(
    event: str, offer: Offer, *, link: str = links.OFFER, ways: Links | None = None, foot: bool = True, **context: Any
) -> None:
    """With a link, and the sentence how to do without, unless other `ways` (or none) are given.

    The foot leads to the page where they say how often, and whether, they want to hear from us; only a mail with a
    code goes without: who may not open links gets none. Who was forgotten has no mailbox here any more.
    """
    if offer.advisor.anonymised_at:
        return
    consultation = offer.consultation
    contact = request_mails.whom_to_ask(consultation)
    me = {"me": (links.ME, str(offer.advisor.key))} if foot else {}
    outbox.queue(
        f"advisors/{event}",
        to=offer.advisor.email,
        reference=consultation.reference or "",
        reply_to=contact["email"],
        links={"link": (link, str(offer.key))} | me if ways is None else {**ways, **me},
        own_page=foot,
        second_way=codes.entrance(settings.LANGUAGE_CODE) if ways is None else "",
        offer=offer,
        consultation=consultation,
        contact=contact,
        **context,
    )


# --- To advisors -------------------------------------------------------------------------------


def offered(offer: Offer, *, contested: bool) -> None:
    """`contested`: more are asked than there are places."""
    _to_advisor("offered", offer, contested=contested)


def reminded(offer: Offer) -> None:
    _to_advisor("reminded", offer)


def accepted(offer: Offer, *, mates: Sequence[Offer]) -> None:
    _to_advisor("accepted", offer, mates=mates)


def mate_joined(offer: Offer, *, joined: Offer) -> None:
    _to_advisor("mate_joined", offer, joined=joined)


def mate_left(offer: Offer) -> None:
    _to_advisor("mate_left", offer)


def place_taken(offer: Offer) -> None:
    _to_advisor("place_taken", offer, ways={})


def offer_withdrawn(offer: Offer) -> None:
    _to_advisor("offer_withdrawn", offer, ways={})


def case_ended(offer: Offer, *, had_accepted: bool, appointments: Sequence[Appointment] = ()) -> None:
    _to_who_leaves("case_ended", offer, appointments, had_accepted=had_accepted)


def team_resized(offer: Offer) -> None:
    _to_advisor("team_resized", offer)


def case_resumed(offer: Offer) -> None:
    _to_advisor("case_resumed", offer)


def case_closed(offer: Offer) -> None:
    """Asks for the report, unless it has been handed in or there is nothing to report."""
    consultation = offer.consultation
    handed_in = Report.objects.filter(consultation=consultation).exclude(state__in=Report.EDITABLE).exists()
    due = workdays.due(timezone.now(), settings.REPORT_WORKDAYS)
    report_due = due if consultation.outcome in MET and not handed_in else None
    _to_advisor("case_closed", offer, link=links.REPORT, report_due=report_due)


def expired(offer: Offer) -> None:
    _to_advisor("expired", offer, ways={})


def offer_cancelled(offer: Offer, *, appointments: Sequence[Appointment] = ()) -> None:
    _to_who_leaves("offer_cancelled", offer, appointments)


def _to_who_leaves(event: str, offer: Offer, appointments: Sequence[Appointment], **context: Any) -> None:
    """`appointments`: the mail takes them out of the person's own calendar.

    Each as an object of its own: to call off several in one, the standard (RFC 5546) does not allow.
    """
    contact = request_mails.whom_to_ask(offer.consultation)
    entries = [calendars.taken_out(one, to=offer.advisor.email, contact=contact) for one in appointments]
    _to_advisor(event, offer, ways={}, standing=bool(entries), calendar="".join(entries), **context)


def link_again(offer: Offer) -> None:
    _to_advisor("link_again", offer)


def access_code(offer: Offer, access: AccessCode) -> None:
    _to_advisor("access_code", offer, ways=codes.in_mail(access), foot=False, until=codes.expires_at(access))


# --- About the report ------------------------------------------------------------------------------


def report_to_sign(offer: Offer, *, sent_by: Offer) -> None:
    _to_advisor("report_to_sign", offer, link=links.REPORT, sent_by=sent_by)


def report_accepted(offer: Offer) -> None:
    _to_advisor("report_accepted", offer, link=links.REPORT)


def report_returned(offer: Offer, *, question: str) -> None:
    _to_advisor("report_returned", offer, link=links.REPORT, question=question)


def report_missing(offer: Offer) -> None:
    _to_advisor("report_missing", offer, link=links.REPORT)


def report_signed_desk(report: Report) -> None:
    request_mails.to_desk("advisors/report_signed_desk", report.consultation)


# --- To the municipality --------------------------------------------------------------------------


def team_complete(consultation: ConsultationRequest, *, offers: Sequence[Offer]) -> None:
    names = [offer.advisor.name for offer in offers if offer.advisor.consents_to(Purpose.SHOWN)]
    request_mails.to_municipality("advisors/team_complete", consultation, names=names, unnamed=len(offers) - len(names))


def team_incomplete(consultation: ConsultationRequest) -> None:
    request_mails.to_municipality("advisors/team_incomplete", consultation, standing=_standing(consultation))


def _standing(consultation: ConsultationRequest) -> bool:
    """Whether dates are arranged that are still to come: they stay until somebody calls them off."""
    arranged = Appointment.objects.filter(consultation=consultation, state=Appointment.State.ARRANGED)
    return arranged.filter(ends_at__gt=timezone.now()).exists()


def follow_up_asked(consultation: ConsultationRequest) -> None:
    request_mails.to_municipality("advisors/follow_up_asked", consultation, link=links.FOLLOW_UP)


# --- To municipality and team -----------------------------------------------------------------------


def appointment_arranged(appointment: Appointment, *, offers: Sequence[Offer]) -> None:
    _to_everybody("appointment_arranged", appointment, offers)


def appointment_moved(appointment: Appointment, *, former: datetime, offers: Sequence[Offer]) -> None:
    """`former`: when it was to begin, in local time."""
    _to_everybody("appointment_moved", appointment, offers, former=former)


def appointment_cancelled(appointment: Appointment, *, note: str, offers: Sequence[Offer]) -> None:
    _to_everybody("appointment_cancelled", appointment, offers, note=note)


def appointment_reminded(appointment: Appointment, *, offers: Sequence[Offer]) -> None:
    _to_everybody("appointment_reminded", appointment, offers)


def _to_everybody(event: str, appointment: Appointment, offers: Sequence[Offer], **context: Any) -> None:
    """With the appointment as an entry for the recipient's calendar."""
    consultation = appointment.consultation
    contact = request_mails.whom_to_ask(consultation)
    entry = partial(calendars.entry, appointment, contact=contact)
    request_mails.to_municipality(
        f"advisors/{event}",
        consultation,
        calendar=entry(to=consultation.contact_email, language=consultation.language),
        appointment=appointment,
        **context,
    )
    for offer in offers:
        calendar = entry(to=offer.advisor.email, language=settings.LANGUAGE_CODE)
        _to_advisor(f"{event}_team", offer, calendar=calendar, appointment=appointment, **context)


# --- Dates to choose from --------------------------------------------------------------------------


def dates_proposed(proposal: DateProposal, *, options: Sequence[DateOption], replaces: bool) -> None:
    """`replaces`: earlier ones that the municipality knows of."""
    request_mails.to_municipality(
        "advisors/dates_proposed",
        proposal.consultation,
        link=links.DATES,
        key=proposal.key,
        proposal=proposal,
        options=options,
        replaces=replaces,
    )


def dates_withdrawn(proposal: DateProposal, *, options: Sequence[DateOption]) -> None:
    request_mails.to_municipality("advisors/dates_withdrawn", proposal.consultation, proposal=proposal, options=options)


def none_fits(proposal: DateProposal, *, options: Sequence[DateOption], offers: Sequence[Offer]) -> None:
    """To the team and the desk: either may propose others."""
    for offer in offers:
        _to_advisor("none_fits_team", offer, proposal=proposal, options=options)
    request_mails.to_desk("advisors/none_fits_desk", proposal.consultation, proposal=proposal, options=options)


# --- To the coordinators ---------------------------------------------------------------------------


def accepted_desk(offer: Offer) -> None:
    request_mails.to_desk("advisors/accepted_desk", offer.consultation, offer=offer, word=offer.note)


def declined_desk(offer: Offer, *, substitutes: int = 0) -> None:
    """`substitutes`: how many stand by for the place that is free now."""
    request_mails.to_desk("advisors/declined_desk", offer.consultation, offer=offer, substitutes=substitutes)


def offer_dropped_desk(offer: Offer, *, substitutes: int = 0) -> None:
    request_mails.to_desk("advisors/offer_dropped_desk", offer.consultation, offer=offer, substitutes=substitutes)


def appointment_moved_desk(appointment: Appointment, *, former: datetime, offer: Offer) -> None:
    """`offer`: who of the team has moved it."""
    request_mails.to_desk(
        "advisors/appointment_moved_desk",
        appointment.consultation,
        appointment=appointment,
        former=former,
        offer=offer,
    )


def appointment_cancelled_desk(appointment: Appointment, *, note: str, offer: Offer) -> None:
    """`offer`: who of the team has called it off."""
    request_mails.to_desk(
        "advisors/appointment_cancelled_desk", appointment.consultation, appointment=appointment, note=note, offer=offer
    )


def date_picked_desk(appointment: Appointment) -> None:
    request_mails.to_desk("advisors/date_picked_desk", appointment.consultation, appointment=appointment)


def expired_desk(offer: Offer, *, substitutes: int = 0) -> None:
    request_mails.to_desk("advisors/expired_desk", offer.consultation, offer=offer, substitutes=substitutes)


def undone_desk(offer: Offer, *, had_accepted: bool) -> None:
    request_mails.to_desk("advisors/undone_desk", offer.consultation, offer=offer, had_accepted=had_accepted)


def cancelled_desk(offer: Offer, *, substitutes: int) -> None:
    """By the advisor."""
    request_mails.to_desk(
        "advisors/cancelled_desk",
        offer.consultation,
        offer=offer,
        word=offer.note,
        substitutes=substitutes,
        standing=_standing(offer.consultation),
    )
