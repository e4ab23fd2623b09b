"""How people of the pool are forgotten, and what of theirs goes with a case. `advisors.privacy` says when."""

from collections.abc import Sequence
from uuid import uuid4

import pgtrigger
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from miglobe.errors import Refused
from miglobe.history.forgetting import forget_about
from miglobe.outbox.models import Mail
from miglobe.privacy import desk_log, holds, mails
from miglobe.privacy.scrubbing import pattern, scrub
from requests.models import ConsultationRequest

from . import counts, known_as, naming, offers
from .models import (
    Advisor,
    Agreement,
    Appointment,
    Candidacy,
    DateProposal,
    Feedback,
    FollowUp,
    Offer,
    Report,
    RoundPlace,
    WorkRecord,
)

Cases = Sequence[ConsultationRequest]

# --- With a case ---------------------------------------------------------------------------------------


def anonymise_with(cases: Cases) -> None:
    """What people said beside the work goes; of the results, the contact's name."""
    Offer.objects.filter(consultation__in=cases).exclude(note="").update(note="")
    Appointment.objects.filter(consultation__in=cases).update(place="", minutes="")
    DateProposal.objects.filter(consultation__in=cases).update(place="", word="", answer="")
    Report.objects.filter(consultation__in=cases).exclude(question="").update(question="")
    for case in cases:
        contact = pattern(name=case.contact_name, email=case.contact_email, phone=case.contact_phone)
        for model, *names in naming.RESULTS:
            scrub(model._default_manager.filter(consultation=case), [contact], *names)
    forget_about(Offer, _keys(Offer.objects.filter(consultation__in=cases)))


def delete_with(cases: Cases) -> None:
    """Its counts stay. Who has been forgotten and has no other offer goes for good."""
    counts.keep(cases)
    found = Offer.objects.filter(consultation__in=cases)
    keys, people = _keys(found), set(found.values_list("advisor", flat=True))
    WorkRecord.objects.filter(report__consultation__in=cases).delete()
    DateProposal.objects.filter(consultation__in=cases).delete()
    for model in (Report, Agreement, Feedback, FollowUp, Appointment, Offer):
        model._default_manager.filter(consultation__in=cases).delete()
    forget_about(Offer, keys)
    _delete_emptied(Advisor.objects.filter(pk__in=people))


def _delete_emptied(people: QuerySet[Advisor]) -> None:
    gone = people.exclude(anonymised_at=None).filter(offers=None)
    keys = _keys(gone)
    Advisor.objects.filter(pk__in=keys).delete()
    forget_about(Advisor, keys)


# --- A person of the pool --------------------------------------------------------------------------------


@transaction.atomic
def erase(advisor: Advisor) -> None:
    """The person wants to be forgotten; whoever waits for their answer goes on without it.

    Raises Refused while they work on a case, or are held.
    """
    offers.close_of(advisor)  # locks their cases, which come before the person
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    if holds.is_held(advisor):
        raise Refused("Die Löschung ist für diese Person ausgesetzt.")
    if Offer.objects.at_work().filter(advisor=advisor).exists():
        raise Refused("Die Person hat noch Einsätze. Bitte geben Sie diese zuerst ab.")
    anonymise([advisor])


@transaction.atomic
def anonymise(people: Sequence[Advisor]) -> None:
    """Of who has worked, an empty row stays with the work; who has not is deleted. The caller has locked them.

    What a case that is held says of their work stays with it.
    """
    for advisor in people:
        _empty(advisor)
    forget_about(Advisor, [advisor.pk for advisor in people], among=holds.free)
    desk_log.forget(Advisor, [advisor.pk for advisor in people])
    forget_about(Offer, _keys(holds.free(Offer.objects.filter(advisor__in=people))))
    _delete_emptied(Advisor.objects.filter(pk__in=[advisor.pk for advisor in people]))


def _empty(advisor: Advisor) -> None:
    _forget_words(advisor)
    with pgtrigger.ignore("advisors.AdvisorAccess:only_added"):
        advisor.accesses.all().delete()
    for relation in ("regions", "formats", "biased_for", "only_topics", "apart"):
        getattr(advisor, relation).clear()
    for rows in (advisor.topic_skills, advisor.language_skills, advisor.pauses, advisor.consents):
        rows.all().delete()
    RoundPlace.objects.filter(advisor=advisor).delete()
    delete_candidacies(candidacies_of(advisor))
    offers_of = holds.free(Offer.objects.filter(advisor=advisor))
    offers_of.filter(state__in=Offer.UNSENT).delete()
    offers_of.update(note="", scores=None)
    advisor.key, advisor.feed_key, advisor.home = uuid4(), None, None
    advisor.name, advisor.email = "Ehemalige*r Berater*in", f"{advisor.key}@entfernt.invalid"
    advisor.phone = advisor.about = ""
    advisor.active, advisor.online, advisor.wants_fewer = False, False, False
    advisor.left_at, advisor.anonymised_at = advisor.left_at or timezone.now(), timezone.now()
    advisor.travel_km = advisor.capacity = 0
    advisor.save()


def _forget_words(advisor: Advisor) -> None:
    """Their mails, and their name in the texts and mails of cases; what they were called before, too."""
    known = known_as.of(advisor)
    mails.delete(known.mails.exclude(holds.mails()))
    cases = advisor.offers.values("consultation")
    named = Q(reference__in=advisor.offers.values("consultation__reference"))
    for word in known.words:
        named |= Q(text__icontains=word)
    scrub(Mail.objects.filter(named), known.patterns, "text")
    for model, *names in naming.OF_CASES:
        scrub(model._default_manager.filter(consultation__in=cases), known.patterns, *names)
    scrub(WorkRecord.objects.filter(offer__advisor=advisor), known.patterns, "receipts")


def candidacies_of(advisor: Advisor) -> QuerySet[Candidacy]:
    """Their own, and what was sent from their mailbox before."""
    return Candidacy.objects.filter(Q(advisor=advisor) | Q(advisor=None, email__iexact=advisor.email))


def delete_candidacies(found: Sequence[Candidacy] | QuerySet[Candidacy]) -> None:
    """Applications and invitations, with the mails about those that led nowhere."""
    keys, addresses = [candidacy.pk for candidacy in found], [candidacy.email for candidacy in found]
    Candidacy.objects.filter(pk__in=keys).delete()
    forget_about(Candidacy, keys)
    desk_log.forget(Candidacy, keys)
    for address in addresses:
        if not Advisor.objects.filter(email__iexact=address).exists():
            mails.delete(known_as.mails_to([address]).exclude(holds.mails()))


def _keys(found: QuerySet) -> list[int]:
    return list(found.values_list("pk", flat=True))
