"""Dates from which the municipality picks one. The only writer of `DateProposal`.

Every command locks the request's row first: of two who answer at once, or of one who takes the dates back while
another picks, the second learns what holds.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import workflow
from requests.models import ConsultationRequest

from . import appointments, mails, offers
from .models import DateOption, DateProposal, Offer

State = DateProposal.State
MOST_OPTIONS = 6
type Dates = Sequence[tuple[datetime, datetime]]
"""Begin and end of each."""


@transaction.atomic
def propose(
    consultation: ConsultationRequest,
    *,
    kind: str,
    place: str,
    options: Dates,
    word: str = "",
    by: User | None = None,
    of_team: Offer | None = None,
) -> DateProposal:
    """Asks the municipality to pick one of up to MOST_OPTIONS dates.

    By the desk or by somebody `of_team`. What was proposed for the same kind before is withdrawn. Raises Refused.
    """
    consultation = _lock(consultation, of_team)
    if consultation.state not in appointments.ARRANGEABLE:
        raise Refused(
            gettext("Termine lassen sich vorschlagen, sobald das Team vollständig ist und bis die Beratung endet.")
        )
    _require_sensible(options)
    given = {"kind": kind, "place": place, "word": word}
    former = DateProposal.objects.filter(consultation=consultation, kind=kind, state=State.OPEN).first()
    if former and _says(former, options, **given):
        raise Refused(gettext("Diese Termine sind schon vorgeschlagen."))  # a double click
    if former:
        _write(former, State.WITHDRAWN)
    proposal = DateProposal.objects.create(consultation=consultation, by=by, of_team=of_team, **given)
    rows = [DateOption(proposal=proposal, starts_at=begin, ends_at=end) for begin, end in sorted(options)]
    written = DateOption.objects.bulk_create(rows)
    _note(proposal, f"{len(written)} zur Wahl gestellt", by=by, of_team=of_team)
    mails.dates_proposed(proposal, options=written, replaces=former is not None)
    return proposal


@transaction.atomic
def pick(proposal: DateProposal, option: DateOption) -> DateProposal:
    """The municipality takes one: it is arranged. Picking it again changes nothing. Raises Refused."""
    consultation, proposal = _reread(proposal)
    if _has_picked(proposal, option):
        return proposal
    _require_open(proposal)
    if option.starts_at <= timezone.now():
        raise Refused(gettext("Dieser Termin ist schon vorbei. Bitte wählen Sie einen anderen."))
    proposal.appointment = appointments.arrange(
        consultation,
        kind=proposal.kind,
        starts_at=option.starts_at,
        ends_at=option.ends_at,
        place=proposal.place,
        by=None,
    )
    _write(proposal, State.PICKED)
    mails.date_picked_desk(proposal.appointment)
    return proposal


@transaction.atomic
def none_fits(proposal: DateProposal, *, answer: str) -> DateProposal:
    """The municipality asks for others; saying so again changes nothing. Team and desk are told. Raises Refused."""
    consultation, proposal = _reread(proposal)
    if proposal.state == State.NONE_FITS:
        return proposal
    _require_open(proposal)
    proposal.answer = answer
    _write(proposal, State.NONE_FITS)
    _note(proposal, "keiner passt der Kommune", last_contact_at=proposal.answered_at)
    mails.none_fits(proposal, options=list(proposal.options.all()), offers=offers.team(consultation))
    return proposal


@transaction.atomic
def withdraw(proposal: DateProposal, *, by: User | None = None, of_team: Offer | None = None) -> DateProposal:
    """The dates are no longer to be had. The municipality is told. Raises Refused when it has answered."""
    _, proposal = _reread(proposal, of_team)
    if proposal.state != State.OPEN:
        raise Refused(_closed(proposal))
    _write(proposal, State.WITHDRAWN)
    _note(proposal, "zurückgenommen", by=by, of_team=of_team)
    mails.dates_withdrawn(proposal, options=list(proposal.options.all()))
    return proposal


def is_open(proposal: DateProposal) -> bool:
    """Whether the municipality can answer now."""
    return DateProposal.objects.open().filter(pk=proposal.pk).exists()


# --- Small print ----------------------------------------------------------------------------------


def _lock(consultation: ConsultationRequest, of_team: Offer | None) -> ConsultationRequest:
    """The locked request. Raises Refused when `of_team` is no longer at work on it."""
    consultation = workflow.lock(consultation)
    appointments.require_at_work(of_team, consultation)
    return consultation


def _reread(proposal: DateProposal, of_team: Offer | None = None) -> tuple[ConsultationRequest, DateProposal]:
    """The locked request and its fresh proposal."""
    consultation = _lock(proposal.consultation, of_team)
    proposal = DateProposal.objects.select_related("appointment").get(pk=proposal.pk)
    proposal.consultation = consultation
    return consultation, proposal


def _write(proposal: DateProposal, state: State) -> None:
    proposal.state = state
    if state in (State.PICKED, State.NONE_FITS):
        proposal.answered_at = timezone.now()
    proposal.save()


def _says(proposal: DateProposal, options: Dates, **given: str) -> bool:
    same = all(getattr(proposal, name) == value for name, value in given.items())
    return same and list(proposal.options.values_list("starts_at", "ends_at")) == sorted(options)


def _has_picked(proposal: DateProposal, option: DateOption) -> bool:
    """Until it is moved: then a choice that is made again would mislead."""
    picked = proposal.appointment
    return picked is not None and (picked.starts_at, picked.ends_at) == (option.starts_at, option.ends_at)


def _require_sensible(options: Dates) -> None:
    if not 1 <= len(options) <= MOST_OPTIONS:
        raise Refused(gettext("Bitte schlagen Sie einen bis sechs Termine vor."))
    if min(begin for begin, _ in options) <= timezone.now():
        raise Refused(gettext("Ein Termin liegt in der Vergangenheit. Bitte prüfen Sie Tag und Uhrzeit."))
    if len(set(options)) < len(options):
        raise Refused(gettext("Ein Termin steht zweimal da."))


def _require_open(proposal: DateProposal) -> None:
    if not is_open(proposal):
        raise Refused(_closed(proposal))


def _closed(proposal: DateProposal) -> str:
    if proposal.state == State.PICKED:
        return gettext("Aus diesen Vorschlägen ist schon ein Termin gewählt.")
    if proposal.state == State.NONE_FITS:
        return gettext("Die Antwort steht schon fest: Keiner dieser Termine passt.")
    return gettext("Diese Vorschläge gelten nicht mehr.")


def _note(
    proposal: DateProposal,
    what: str,
    *,
    by: User | None = None,
    of_team: Offer | None = None,
    **changes: datetime | None,
) -> None:
    """A line in the case's history."""
    who = f" ({of_team.advisor.name})" if of_team else ""
    with translation.override(settings.LANGUAGE_CODE):
        note = f"Termine für {proposal.get_kind_display()}: {what}{who}"
    workflow.appoint(proposal.consultation, note=note, by=by, **changes)
