"""Loads the demo: everything that people, advisors and cases have lived through, in the order of time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from unittest.mock import patch
from uuid import uuid4

import pghistory
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from advisors import candidacies, consents, offers
from advisors.models import Advisor, Candidacy, ConsentText, Offer, Purpose
from miglobe import references
from miglobe.accounts import saved_views
from miglobe.accounts.models import Organisation, SavedView, User
from miglobe.outbox.models import Mail
from miglobe.pages import reports
from miglobe.pages.models import AccessibilityReport, Portal
from requests import reminders
from requests.models import ConsultationRequest, Format, Language, Municipality, Region, TextBlock, Topic

from . import clock, past, people
from .cases import CASES
from .clock import Calendar
from .names import address
from .story import Scene, Step
from .text_blocks import TEXT_BLOCKS
from .words import find

FIRST_DAY = 770  # working days before today: some three years
MORNING = 7 * 60 + 30  # minutes after midnight
ROUND = 8 * 60 + 5  # the worker reminds in working hours
LAST_ROUND = timedelta(minutes=9)
MAILBOXES = ("example.org", "post.example.net", "mail.example.com")
UNASSIGNED_MOBILE = "0171 39200"  # kept free for films and books by the Bundesnetzagentur, with two more digits

Event = tuple[datetime, Callable[[], object]]


@dataclass(frozen=True)
class Login:
    user: User
    password: str
    role: str


def is_needed() -> bool:
    return not (Organisation.objects.exists() or ConsultationRequest.objects.exists())


@transaction.atomic
def load() -> list[Login]:
    """Loads everything and returns the logins; their passwords are known nowhere else."""
    calendar = Calendar(timezone.now(), FIRST_DAY)
    with past.at(calendar.moment(FIRST_DAY, MORNING)):
        logins = _settle_in()
    coordinators = {person.key: login.user for person, login in zip(people.STAFF, logins, strict=True)}
    events = [
        *_pool(calendar),
        *_cases(calendar, coordinators),
        *_barriers(calendar, coordinators),
        *_applicants(calendar),
        *_rounds(calendar),
    ]
    # Keys of links and passwords stay random; the references that people see are the same at every load.
    with patch("miglobe.references.secrets.choice", Random(0).choice):  # noqa: S311
        for moment, happen in sorted(events, key=lambda event: event[0]):
            with past.at(moment):
                happen()
    _deliver_all()
    past.date_back()
    return logins


# --- People -----------------------------------------------------------------------------------------------


def _settle_in() -> list[Login]:
    Portal.objects.get_or_create(pk=1, defaults=people.PORTAL)
    for position, (name, text, text_en) in enumerate(TEXT_BLOCKS):
        TextBlock.objects.create(name=name, text=text, text_en=text_en, position=position)
    for partner in people.PARTNERS:
        Organisation.objects.create(
            name=partner.name,
            short_name=partner.short_name,
            email=f"miglobe@{partner.domain}",
            phone=partner.phone,
            address=partner.address,
            website=partner.website,
            description=partner.description,
            description_en=partner.description_en,
        )
    logins = [_account(person) for person in people.STAFF]
    for name, query in people.VIEWS:
        saved_views.save(name=name, query=query, sharing=SavedView.Sharing.ALL, by=logins[0].user)
    return logins


def _account(person: people.Coordinator) -> Login:
    first, _, last = person.name.partition(" ")
    password = "-".join(references.random_word(4) for _ in range(4))
    domain = next(partner.domain for partner in people.PARTNERS if partner.short_name == person.partner)
    user = User.objects.create_user(
        address(person.name, domain),
        password,
        first_name=first,
        last_name=last,
        phone=person.phone,
        organisation=Organisation.objects.get(short_name=person.partner),
        is_staff=True,
    )
    user.groups.add(Group.objects.get(name=person.role))
    return Login(user, password, person.role)


def _pool(calendar: Calendar) -> Iterator[Event]:
    for number, member in enumerate(people.MEMBERS):
        email = address(member.name, MAILBOXES[number % len(MAILBOXES)])
        phone = f"{UNASSIGNED_MOBILE}{number:02}"
        yield calendar.moment(member.since, MORNING + number), partial(_join, member, email, phone)
        if member.left is not None:
            yield calendar.moment(member.left, MORNING), partial(_leave, email)


def _join(member: people.Member, email: str, phone: str) -> None:
    advisor = Advisor.objects.create(
        name=member.name,
        email=email,
        phone=phone,
        home=Municipality.objects.get(name=member.home),
        travel_km=member.travel_km,
        online=member.online,
        capacity=member.capacity,
        about=member.about,
    )
    advisor.topics.set(find(Topic, *member.topics))
    advisor.regions.set(find(Region, *member.regions))
    advisor.languages.set(find(Language, *member.languages))
    advisor.formats.set(find(Format, *member.formats))
    for purpose in map(Purpose, member.consents):
        consents.give(advisor, purpose, text=ConsentText.objects.get(purpose=purpose))
    advisor.biased_for.set(Municipality.objects.filter(name__in=member.biased_for))


def _leave(email: str) -> None:
    Advisor.objects.filter(email=email).update(active=False)


# --- Cases -----------------------------------------------------------------------------------------------------


def _cases(calendar: Calendar, coordinators: dict[str, User]) -> Iterator[Event]:
    for number, case in enumerate(CASES):
        scene = Scene(case, coordinators)
        seen: Counter[clock.When] = Counter()
        for step in case.life:
            minute = _minute(number, step.when, seen[step.when]) if isinstance(step.when, int) else 0
            seen[step.when] += 1
            yield calendar.moment(step.when, minute), partial(_take, step, scene)


def _barriers(calendar: Calendar, coordinators: dict[str, User]) -> Iterator[Event]:
    """Reported on the public pages: one that is overdue, one that is new, and one that has its answer."""
    for days, barrier in people.BARRIERS:
        yield calendar.moment(days, MORNING), partial(_report, barrier, coordinators)


def _report(barrier: people.Barrier, coordinators: dict[str, User]) -> None:
    report = reports.file(uuid4(), barrier=barrier.text, page=barrier.page, email=barrier.email)
    if barrier.answer:
        reports.answer(report, text=barrier.answer, by=coordinators[barrier.by])


def _applicants(calendar: Calendar) -> Iterator[Event]:
    for days, applicant in people.APPLICANTS:
        yield calendar.moment(days, MORNING), partial(_apply, applicant)


def _apply(applicant: people.Applicant) -> None:
    key = uuid4()
    candidacies.apply(key, name=applicant.name, email=applicant.email, phone="", about=applicant.about)
    candidacies.confirm(Candidacy.objects.get(key=key))


def _take(step: Step, scene: Scene) -> None:
    step.act(scene)
    offers.close_orphaned()  # the worker does so every minute


def _minute(number: int, day: int, place: int) -> int:
    """When the step at this place of a case's day happens: in office hours, hardly ever twice the same."""
    first = 8 * 60 + 20 + (number * 47 + day * 29) % 420
    return first + place * (6 + (number * 7 + day) % 19)


def _rounds(calendar: Calendar) -> Iterable[Event]:
    """What the worker does by itself, every morning of a working day and once more just now."""
    moments = [calendar.moment(day, ROUND) for day in range(1, FIRST_DAY)]
    return [(moment, _keep_deadlines) for moment in (*moments, calendar.moment(LAST_ROUND))]


def _keep_deadlines() -> None:
    pghistory.context(task="requests.keep_deadlines")
    now = timezone.now()
    reminders.remind_municipalities(now)
    reminders.remind_of_due(now)
    if Offer.objects.filter(state=Offer.State.SENT).exists():  # on most mornings nobody owes an answer
        offers.remind_due(now)
        offers.expire_overdue(now)


# --- Mail ----------------------------------------------------------------------------------------------------------


def _deliver_all() -> None:
    """What has not come back has gone out long ago; no job may send it again."""
    references = ConsultationRequest.objects.values("reference").union(AccessibilityReport.objects.values("reference"))
    of_cases = Q(reference__in=references) | Q(template="requests/fell_due") | Q(template__startswith="advisors/")
    with pghistory.context(task="outbox.deliver"):
        Mail.objects.filter(of_cases, state=Mail.State.QUEUED).update(
            state=Mail.State.SENT, sent_at=F("created_at") + timedelta(seconds=3), attempts=1
        )
    with connection.cursor() as cursor:  # procrastinate's models are read-only
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'outbox.deliver' AND EXISTS"
            " (SELECT 1 FROM outbox_mail WHERE id = (args->>'mail_id')::bigint AND state <> 'queued')"
        )
