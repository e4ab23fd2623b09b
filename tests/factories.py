"""How tests make rows. One file, so that a new required field is added in one place."""

from datetime import timedelta

import factory
from django.contrib.auth.models import Group
from django.utils import timezone
from factory import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from advisors.models import (
    Advisor,
    Agreement,
    Appointment,
    Candidacy,
    Consent,
    ConsentText,
    DateOption,
    DateProposal,
    DeclineReason,
    Feedback,
    FollowUp,
    Offer,
    Purpose,
    Report,
    Round,
    WorkRecord,
)
from miglobe import workdays
from miglobe.accounts.models import Organisation, User
from miglobe.desk import roles
from requests import deadlines
from requests.models import UNFILED, ConsultationRequest, Format, Language, Municipality, Reason, Region, State, Topic

PASSWORD = "ein-langes-Passwort-1"


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = Sequence(lambda n: f"Organisation {n}")
    short_name = Sequence(lambda n: f"ORG{n}")
    email = Sequence(lambda n: f"org{n}@example.org")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@example.org")
    first_name = "Kim"
    last_name = Sequence(lambda n: f"Muster{n}")
    organisation = SubFactory(OrganisationFactory)
    is_staff = True
    password = factory.django.Password(PASSWORD)


class CoordinatorFactory(UserFactory):
    @factory.post_generation
    def role(self, create, extracted, **kwargs):
        if not Group.objects.filter(name=roles.COORDINATION).exists():
            roles.load()
        self.groups.add(Group.objects.get(name=roles.COORDINATION))


class MunicipalityFactory(DjangoModelFactory):
    class Meta:
        model = Municipality

    ags = Sequence(lambda n: f"05{n:06d}")
    name = Sequence(lambda n: f"Musterstadt {n}")
    sort_key = LazyAttribute(lambda place: place.name.lower())
    is_district = False
    type = "Stadt"
    district_ags = "05999"
    district_name = "Kreis Muster"
    region = "Arnsberg"
    latitude = 51.5
    longitude = 7.5


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    name = Sequence(lambda n: f"Thema {n}")


class FormatFactory(DjangoModelFactory):
    class Meta:
        model = Format

    name = Sequence(lambda n: f"Format {n}")


class LanguageFactory(DjangoModelFactory):
    class Meta:
        model = Language

    name = Sequence(lambda n: f"Sprache {n}")


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region

    name = Sequence(lambda n: f"Region {n}")


class ReasonFactory(DjangoModelFactory):
    class Meta:
        model = Reason

    name = Sequence(lambda n: f"Grund {n}")
    explanation = "Das ist der Grund."


class DeclineReasonFactory(DjangoModelFactory):
    class Meta:
        model = DeclineReason

    name = Sequence(lambda n: f"Absagegrund {n}")


def due(state, contacted_at):
    """What a move into the state would have promised just now."""
    days = deadlines.workdays_for(ConsultationRequest(state=state, contacted_at=contacted_at))
    return workdays.due(timezone.now(), days) if days else None


class CaseFactory(DjangoModelFactory):
    """A request in any state, with what that state requires."""

    class Meta:
        model = ConsultationRequest
        skip_postgeneration_save = True

    state = State.NEW
    reference = Sequence(lambda n: f"MG-2026-{n:05d}")
    municipality = SubFactory(MunicipalityFactory)
    concern = "Wir wünschen uns Rat."
    contact_name = "Petra Beispiel"
    contact_email = Sequence(lambda n: f"petra{n}@stadt.example")
    contact_phone = "02921 5550 10"
    submitted_at = LazyFunction(timezone.now)
    confirmed_at = LazyAttribute(lambda case: None if case.state in UNFILED else timezone.now())
    reason = LazyAttribute(lambda c: ReasonFactory() if c.state in (State.REJECTED, State.REFERRED) else None)
    outcome = LazyAttribute(lambda case: "consulted" if case.state == State.CLOSED else "")
    contacted_at = None
    due_at = LazyAttribute(lambda case: due(case.state, case.contacted_at))
    merged_into = LazyAttribute(
        lambda case: CaseFactory(municipality=case.municipality) if case.state == State.MERGED else None
    )

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        self.topics.set(extracted or [TopicFactory()])


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = ConsultationRequest


def consent_text(purpose):
    text, _ = ConsentText.objects.get_or_create(purpose=purpose, version=1, defaults={"text": "Ich willige ein."})
    return text


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    purpose = Purpose.MATCHING
    text = LazyAttribute(lambda consent: consent_text(consent.purpose))
    way = Consent.Way.LINK


class AdvisorFactory(DjangoModelFactory):
    class Meta:
        model = Advisor
        skip_postgeneration_save = True

    name = Sequence(lambda n: f"Beraterin {n}")
    email = Sequence(lambda n: f"beraterin{n}@example.com")
    phone = Sequence(lambda n: f"0211 5550 {n:04}")
    home = SubFactory(MunicipalityFactory)

    @factory.post_generation
    def consents(self, create, extracted, **kwargs):
        purposes = (Purpose.MATCHING, Purpose.SHOWN) if extracted is None else extracted
        for purpose in purposes:
            ConsentFactory(advisor=self, purpose=purpose)


class CandidacyFactory(DjangoModelFactory):
    class Meta:
        model = Candidacy

    name = Sequence(lambda n: f"Bewerberin {n}")
    email = Sequence(lambda n: f"bewerberin{n}@example.net")
    about = "Ich kenne mich mit fairer Beschaffung aus."
    state = Candidacy.State.APPLIED


class OfferFactory(DjangoModelFactory):
    """An offer in any state, with what that state requires."""

    class Meta:
        model = Offer

    consultation = SubFactory(CaseFactory, state=State.SEARCHING)
    advisor = SubFactory(AdvisorFactory)
    by = SubFactory(UserFactory)
    state = Offer.State.SENT
    sent_at = LazyAttribute(lambda offer: None if offer.state in Offer.UNSENT else timezone.now())
    due_at = LazyAttribute(lambda offer: offer.sent_at and offer.sent_at + timedelta(days=7))
    answered_at = LazyAttribute(
        lambda offer: timezone.now() if offer.state in ("accepted", "declined", "cancelled") else None
    )
    reason = LazyAttribute(lambda offer: DeclineReasonFactory() if offer.state == "declined" else None)


class AppointmentFactory(DjangoModelFactory):
    class Meta:
        model = Appointment

    consultation = SubFactory(CaseFactory, state=State.RUNNING)
    kind = Appointment.Kind.DIALOGUE
    starts_at = LazyFunction(lambda: timezone.now() + timedelta(days=7))
    ends_at = LazyAttribute(lambda appointment: appointment.starts_at + timedelta(hours=2))
    place = "Rathaus, Raum 3"
    by = SubFactory(UserFactory)


class DateProposalFactory(DjangoModelFactory):
    """Two dates to choose from, proposed by the desk."""

    class Meta:
        model = DateProposal
        skip_postgeneration_save = True

    consultation = SubFactory(CaseFactory, state=State.STAFFED)
    kind = Appointment.Kind.DIALOGUE
    place = "Rathaus, Raum 3"
    by = LazyAttribute(lambda proposal: None if proposal.of_team else UserFactory())
    of_team = None
    appointment = LazyAttribute(
        lambda proposal: AppointmentFactory(consultation=proposal.consultation) if proposal.state == "picked" else None
    )
    state = DateProposal.State.OPEN

    @factory.post_generation
    def options(self, create, extracted, **kwargs):
        for days in extracted or (7, 8):
            begins = timezone.now() + timedelta(days=days)
            DateOption.objects.create(proposal=self, starts_at=begins, ends_at=begins + timedelta(hours=2))


class ReportFactory(DjangoModelFactory):
    class Meta:
        model = Report

    consultation = SubFactory(CaseFactory, state=State.CLOSED, outcome="consulted")
    agreed = "Ein Runder Tisch, der vierteljährlich tagt."
    days = 2.5
    by = SubFactory(UserFactory)


class AgreementFactory(DjangoModelFactory):
    class Meta:
        model = Agreement

    consultation = SubFactory(CaseFactory, state=State.RUNNING)
    goals = "Ein Leitbild, das der Rat beschließt."
    days = 10
    starts_on = LazyFunction(timezone.localdate)
    ends_on = LazyAttribute(lambda agreement: agreement.starts_on + timedelta(days=180))
    by = SubFactory(UserFactory)


class WorkFactory(DjangoModelFactory):
    """What one of the team has recorded; the report adds up what the tests give it."""

    class Meta:
        model = WorkRecord

    report = SubFactory(ReportFactory)
    offer = LazyAttribute(lambda work: OfferFactory(consultation=work.report.consultation, state="accepted"))
    days = 1.5
    signed_at = LazyFunction(timezone.now)


class FollowUpFactory(DjangoModelFactory):
    class Meta:
        model = FollowUp

    consultation = SubFactory(CaseFactory, state=State.CLOSED, outcome="consulted")
    answered_at = LazyAttribute(lambda asked: timezone.now() if asked.extent else None)
    extent = None


class FeedbackFactory(DjangoModelFactory):
    class Meta:
        model = Feedback

    consultation = SubFactory(CaseFactory, state=State.CLOSED, outcome="consulted")
    satisfaction = Feedback.Satisfaction.VERY
    by = SubFactory(UserFactory)


class RoundFactory(DjangoModelFactory):
    """A plan without a case."""

    class Meta:
        model = Round

    by = SubFactory(UserFactory)
    figures = LazyFunction(
        lambda: {
            "full": 0,
            "full_bound": 0,
            "worth": 0.0,
            "worth_bound": 0.0,
            "gap": 0.0,
            "seconds": 0.0,
            "timed_out": False,
            "one_by_one": {"full": 0, "worth": 0.0},
            "cases": [],
        }
    )


def recorded(**typed) -> dict:
    """The least that a coordinator types to record a request, without the municipality."""
    return {
        "channel": "phone",
        "came_in_on": str(timezone.localdate()),
        "contact_name": "Petra Beispiel",
        "contact_email": "petra@unna.example",
        "language": "de",
        "concern": "Sie möchte über Fairen Handel sprechen.",
        "place": "either",
        "responsible": "on",
    } | typed
