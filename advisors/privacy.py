"""What of advisors is personal, how long it is kept, and whose it is. The whole record is Art. 9 GDPR data."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import pgtrigger
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from miglobe.outbox.models import Mail
from miglobe.privacy import holds, mails, retention
from miglobe.privacy.others import Other, register_people
from miglobe.privacy.parts import Part
from miglobe.privacy.registry import (
    Contributor,
    Dependent,
    Holdable,
    How,
    Rule,
    classify,
    register_contributor,
    register_dependent,
    register_holdable,
    register_rule,
)
from requests.models import ConsultationRequest

from . import contact_data, erasure, forgetting, known_as, own_data, pool_mails
from .models import (
    Advisor,
    AdvisorAccess,
    Agreement,
    Appointment,
    Candidacy,
    Consent,
    ConsentText,
    CriterionWeight,
    DateOption,
    DateProposal,
    DeclineReason,
    Feedback,
    FollowUp,
    KeptCount,
    LanguageSkill,
    Offer,
    Pause,
    Report,
    Round,
    RoundPlace,
    TopicSkill,
    WorkRecord,
)

# --- What is personal --------------------------------------------------------------------------------

classify(
    Advisor,
    sensitive="key feed_key name email phone active left_at home travel_km online capacity about wants_fewer",
    neither="id anonymised_at",
)
for name, other in (("regions", "region"), ("formats", "format"), ("biased_for", "municipality")):
    classify(getattr(Advisor, name).through, sensitive=f"advisor {other}", neither="id")
classify(Advisor.only_topics.through, sensitive="advisor topic", neither="id")
classify(Advisor.apart.through, sensitive="from_advisor to_advisor", neither="id")
classify(TopicSkill, sensitive="advisor topic level", neither="id")
classify(LanguageSkill, sensitive="advisor language level", neither="id")
classify(Pause, sensitive="advisor starts_on ends_on", neither="id")
classify(
    Candidacy,
    sensitive="key state name email phone about note advisor",
    personal="by",
    neither="id created_at state_since",
)
classify(AdvisorAccess, sensitive="advisor", personal="by", neither="id at page count")
classify(
    Offer,
    sensitive="key advisor reason note scores profile_changed_at",
    personal="by",
    neither="id consultation state created_at rank sent_at due_at reminded_at answered_at",
)
classify(
    Appointment,
    personal="place minutes by",
    neither="id key consultation kind state starts_at ends_at participants created_at changed_at sequence reminded_at",
)
classify(
    DateProposal,
    sensitive="of_team",
    personal="place word answer by",
    neither="id key consultation kind state created_at answered_at appointment",
)
classify(DateOption, neither="id proposal starts_at ends_at")
classify(ConsentText, personal="by", neither="id purpose version text text_en valid_from")
classify(
    Consent,
    sensitive="advisor purpose text given_at way withdrawn_at withdrawn_way",
    personal="by withdrawn_by",
    neither="id",
)
classify(CriterionWeight, neither="criterion weight")
classify(Round, personal="by", neither="id created_at per_person figures")
classify(RoundPlace, sensitive="advisor planned one_by_one wish", neither="id round consultation")
classify(Agreement, personal="goals by", neither="id recorded_at consultation days starts_on ends_on")
classify(
    Report,
    personal="agreed options recommendations question by",
    neither="id recorded_at consultation state days sent_at",
)
classify(WorkRecord, sensitive="offer days travel_km travel_cost receipts signed_at rate", neither="id report")
classify(Feedback, personal="helped missing by", neither="id recorded_at consultation satisfaction")
classify(FollowUp, personal="done hindered by", neither="id consultation asked_at answered_at extent")
classify(DeclineReason, neither="id name name_en position active concerns")
classify(KeptCount, neither="id day kind value number")

register_dependent(ConsultationRequest, Dependent(forgetting.anonymise_with, forgetting.delete_with))

# --- Periods -------------------------------------------------------------------------------------------


def _unconfirmed(before: datetime) -> QuerySet[Candidacy]:
    asking = Mail.objects.filter(template=pool_mails.PLEASE_CONFIRM, to__iexact=OuterRef("email"))
    found = Candidacy.objects.filter(state=Candidacy.State.UNCONFIRMED, created_at__lt=before)
    return found.filter(mails.asked_before(asking, before))


def _over(before: datetime) -> QuerySet[Candidacy]:
    """Without success, or an invitation without an answer."""
    states = (Candidacy.State.DECLINED, Candidacy.State.ENDED, Candidacy.State.INVITED)
    return Candidacy.objects.filter(state__in=states, state_since__lt=before)


def _left(before: datetime) -> QuerySet[Advisor]:
    """Who has left and hands nothing back any more."""
    at_work = Offer.objects.at_work().filter(advisor=OuterRef("pk"))
    found = Advisor.objects.filter(left_at__lt=before, anonymised_at=None).exclude(Exists(at_work))
    return found.exclude(pk__in=holds.rows(Advisor))


def _accesses(before: datetime) -> QuerySet[AdvisorAccess]:
    return holds.free(AdvisorAccess.objects.filter(at__lt=before))


def _delete_accesses(rows: Sequence[AdvisorAccess]) -> None:
    with pgtrigger.ignore("advisors.AdvisorAccess:only_added"):
        retention.delete(rows)


def _rounds(before: datetime) -> QuerySet[Round]:
    return Round.objects.filter(created_at__lt=before)


for name, what, setting, how, due, act in (
    (
        "unconfirmed",
        "Bewerbungen, die niemand bestätigt hat",
        "UNCONFIRMED_DAYS",
        How.DELETE,
        _unconfirmed,
        forgetting.delete_candidacies,
    ),
    (
        "candidacies",
        "Bewerbungen und Einladungen ohne Ergebnis",
        "CANDIDACY_DAYS",
        How.DELETE,
        _over,
        forgetting.delete_candidacies,
    ),
    ("left", "Berater*innen, die gegangen sind", "ADVISOR_MONTHS", How.ANONYMISE, _left, forgetting.anonymise),
    ("accesses", "Protokoll der Einsichten in Profile", "AUDIT_MONTHS", How.DELETE, _accesses, _delete_accesses),
    ("rounds", "Runden der Teamsuche", "ROUND_DAYS", How.DELETE, _rounds, retention.delete),
):
    register_rule(Rule(f"advisors.{name}", what, setting, how, **retention.of_rows(due, act)))


def _find(address: str) -> Advisor | None:
    return Advisor.objects.filter(email__iexact=address).first()


def _mails(rows: Iterable[int]) -> Q:
    found = Q(pk__in=())
    for advisor in Advisor.objects.filter(pk__in=rows):
        found |= Q(pk__in=known_as.of(advisor).mails.values("pk"))
    return found


def _cases(rows: Iterable[int]) -> Iterable[int]:
    theirs = Offer.objects.filter(advisor__in=rows).values_list("consultation", flat=True)
    return ConsultationRequest.objects.one_with(theirs).values_list("pk", flat=True)


register_holdable(Holdable(Advisor, "Berater*in", _find, _mails, spreads={ConsultationRequest: _cases}))

# --- Whose it is ---------------------------------------------------------------------------------------


def _parts(email: str) -> list[Part]:
    return [*own_data.of(email), *contact_data.everything(email)]


def _advisors() -> Iterator[Other]:
    for name, email, phone in Advisor.objects.filter(anonymised_at=None).values_list("name", "email", "phone"):
        yield Other(name, email, _("Berater*in"), phone)
    on_the_way = Candidacy.objects.exclude(state=Candidacy.State.JOINED)
    for name, email, phone in on_the_way.values_list("name", "email", "phone"):
        yield Other(name, email, _("Bewerber*in"), phone)


register_people(_advisors)
register_contributor(
    Contributor(
        gettext_noop("Beratung"),
        (
            *(Advisor, AdvisorAccess, Candidacy, Consent, ConsentText, LanguageSkill, TopicSkill, Pause),
            *(getattr(Advisor, name).through for name in ("regions", "formats", "biased_for", "only_topics", "apart")),
            *(Offer, RoundPlace, Report, WorkRecord, Agreement, Appointment, DateProposal, Feedback, FollowUp),
        ),
        _parts,
        erasure.effects,
        erasure.erase,
    )
)
