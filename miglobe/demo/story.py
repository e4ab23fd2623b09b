"""What a case is in the data, and what can happen to it. Every step is one real command of the workflow."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pghistory
from django.http import QueryDict
from django.utils import timezone

from advisors import appointments, matching, offers, results, substitutes
from advisors.models import Appointment, DeclineReason, Offer
from miglobe.accounts.models import User
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import drafts, recording, workflow
from requests import notes as internal
from requests.models import ENDED, ConsultationRequest, Format, Language, Municipality, Reason, Region, Topic

from .clock import When
from .names import address, municipal_domain
from .words import find

Outcome = ConsultationRequest.Outcome
Kind = Appointment.Kind
Channel = ConsultationRequest.Channel
Place = ConsultationRequest.Place


@dataclass(frozen=True, kw_only=True)
class Case:
    municipality: str
    contact: str
    office: str
    phone: str
    topics: tuple[str, ...]
    concern: str
    hope: str = ""
    formats: tuple[str, ...] = ()
    place: str = Place.EITHER
    wished: tuple[int, int] | None = None
    """From and until, in days after the request was filled in."""
    languages: tuple[str, ...] = ("Deutsch",)
    regions: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    channel: str = Channel.WEB
    domain: str = ""
    """Of the contact's mail address; that of the municipality unless told."""
    by: str = ""
    """Key of the coordinator who does what coordinators do."""
    life: "tuple[Step, ...]"


@dataclass
class Scene:
    """A case while it is played."""

    case: Case
    coordinators: dict[str, User]
    key: UUID = field(init=False)

    @property
    def consultation(self) -> ConsultationRequest:
        return ConsultationRequest.objects.get(key=self.key)

    @property
    def by(self) -> User:
        return self.coordinators[self.case.by]

    def offer(self, number: int) -> Offer:
        """Counted from 1 in the order in which advisors were noted."""
        return Offer.objects.filter(consultation__key=self.key).order_by("pk")[number - 1]


@dataclass(frozen=True)
class Step:
    when: When
    act: Callable[[Scene], object]


# --- The municipality ----------------------------------------------------------------------------------


def fills(when: When, *steps: str) -> Step:
    """Begins a draft and fills these steps of the form; all of them unless told."""

    def act(scene: Scene) -> None:
        scene.key = ConsultationRequest.objects.create(channel=scene.case.channel).key
        for step, values in _typed(scene.case).items():
            if not steps or step in steps:
                drafts.store(scene.consultation, step, _query_dict(values))

    return Step(when, act)


def sends(when: When) -> Step:
    return Step(when, lambda scene: drafts.submit(scene.consultation))


def confirms(when: When) -> Step:
    return Step(when, lambda scene: workflow.confirm(scene.consultation))


def arrives(when: When) -> tuple[Step, ...]:
    """Filled in, sent and confirmed, one after the other."""
    return *unconfirmed(when), confirms(when)


def unconfirmed(when: When) -> tuple[Step, ...]:
    return fills(_earlier(when, 17)), sends(_earlier(when, 4))


def replies(when: When, text: str) -> Step:
    return Step(when, lambda scene: workflow.answer(scene.consultation, text=text))


def writes(when: When, text: str) -> Step:
    return Step(when, lambda scene: workflow.write(scene.consultation, text=text))


def withdraws(when: When, note: str = "") -> Step:
    return Step(when, lambda scene: workflow.withdraw(scene.consultation, note=note))


def _earlier(when: When, minutes: int) -> When:
    """Steps of the same working day get their distance from `play`."""
    return when if isinstance(when, int) else when + timedelta(minutes=minutes)


def _typed(case: Case) -> dict[str, dict[str, list[str]]]:
    """What somebody types and ticks in each step of the form."""
    municipality = _municipality(case.municipality)
    return {
        "kommune": {
            "municipality": [municipality.pk],
            **{f"co_{number}": [_municipality(name).pk] for number, name in enumerate(case.partners, start=1)},
        },
        "anliegen": {"topics": _keys(Topic, case.topics), "concern": [case.concern], "hope": [case.hope]},
        "rahmen": {
            "formats": _keys(Format, case.formats),
            "place": [case.place],
            "languages": _keys(Language, case.languages),
            "regions": _keys(Region, case.regions),
            **_wished(case),
        },
        "kontakt": {
            "contact_name": [case.contact],
            "contact_office": [case.office],
            "contact_email": [address(case.contact, case.domain or municipal_domain(municipality))],
            "contact_phone": [case.phone],
        },
    }


def _municipality(name: str) -> Municipality:
    return Municipality.objects.get(name=name)


def _keys(model: type[Topic | Format | Language | Region], beginnings: tuple[str, ...]) -> list[str]:
    return [str(term.pk) for term in find(model, *beginnings)]


def _wished(case: Case) -> dict[str, list[str]]:
    if case.wished is None:
        return {}
    begin, end = (timezone.localdate() + timedelta(days=days) for days in case.wished)
    return {"wished_from": [begin.isoformat()], "wished_until": [end.isoformat()]}


def _query_dict(values: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, texts in values.items():
        data.setlist(name, texts)
    return data


# --- The coordinators ------------------------------------------------------------------------------------


def takes_over(when: When, by: str = "") -> Step:
    return Step(
        when,
        lambda scene: workflow.take_over(scene.consultation, by=scene.coordinators[by] if by else scene.by),
    )


def hands_over(when: When, to: str, note: str) -> Step:
    """From the case's coordinator, whose key in `by` stays, to the colleague with this key."""
    return Step(
        when,
        lambda scene: workflow.hand_over(scene.consultation, to=scene.coordinators[to], note=note, by=scene.by),
    )


def writes_down(when: When, text: str, *mentioned: str, by: str = "") -> Step:
    """An internal note that mentions the colleagues with these keys, by the case's coordinator unless told."""

    def act(scene: Scene) -> None:
        people = [scene.coordinators[key] for key in mentioned]
        writer = scene.coordinators[by] if by else scene.by
        internal.write(scene.consultation, text=text, mentioned=people, by=writer)

    return Step(when, act)


def corrects(when: When, note: str, **changes: Any) -> Step:
    """Fields of the case, `note` names them; lists are the beginnings of topics."""

    def act(scene: Scene) -> None:
        pghistory.context(user=scene.by.pk)
        values = dict(changes)
        topics = values.pop("topics", ())
        workflow.correct(scene.consultation, note=note, by=scene.by, **values)
        if topics:
            scene.consultation.topics.set(find(Topic, *topics))

    return Step(when, act)


def asks(when: When, question: str) -> Step:
    return Step(when, lambda scene: workflow.ask(scene.consultation, question=question, by=scene.by))


def writes_back(when: When, text: str) -> Step:
    return Step(when, lambda scene: workflow.reply(scene.consultation, text=text, by=scene.by))


def notes_reply(when: When, text: str) -> Step:
    """The municipality has answered by telephone."""
    return Step(when, lambda scene: workflow.answer(scene.consultation, text=text, by=scene.by))


def accepts(when: When, team_size: int = 2) -> Step:
    return Step(when, lambda scene: workflow.accept(scene.consultation, team_size=team_size, by=scene.by))


def rejects(when: When, reason: str, note: str = "") -> Step:
    def act(scene: Scene) -> None:
        workflow.reject(scene.consultation, reason=find(Reason, reason)[0], note=note, by=scene.by)

    return Step(when, act)


def refers(when: When, reason: str, note: str) -> Step:
    def act(scene: Scene) -> None:
        workflow.refer(scene.consultation, reason=find(Reason, reason)[0], note=note, by=scene.by)

    return Step(when, act)


def notes(when: When, advisors: int) -> Step:
    """Notes those whom matching puts first among the advisors who have not been asked yet."""

    def act(scene: Scene) -> None:
        asked = set(Offer.objects.filter(consultation__key=scene.key).values_list("advisor_id", flat=True))
        fitting, _ = matching.suggest(scene.consultation)
        fresh = [suggestion.advisor.pk for suggestion in fitting if suggestion.advisor.pk not in asked]
        if len(fresh) < advisors:
            raise LookupError(f"{scene.consultation}: Nur {len(fresh)} Berater*innen passen.")
        offers.propose(scene.consultation, advisors=fresh[:advisors], by=scene.by)

    return Step(when, act)


def offers_sent(when: When) -> Step:
    return Step(when, lambda scene: offers.send(scene.consultation, by=scene.by))


def offered(when: When, advisors: int) -> tuple[Step, Step]:
    return notes(when, advisors), offers_sent(when)


def takes_back(when: When, number: int) -> Step:
    def act(scene: Scene) -> None:
        pghistory.context(user=scene.by.pk)
        offers.withdraw(scene.offer(number), by=scene.by)

    return Step(when, act)


def starts(when: When) -> Step:
    """The Beratung begins, with goals, days and a period of four months."""

    def act(scene: Scene) -> None:
        goals = "Ein Fahrplan mit drei bis fünf Schritten, den Rat und Vereine gemeinsam tragen."
        today = timezone.localdate()
        period = {"starts_on": today, "ends_on": today + timedelta(days=120)}
        results.begin(scene.consultation, goals=goals, days=Decimal("4.5"), by=scene.by, **period)

    return Step(when, act)


def stands_by(when: When) -> Step:
    """The best who has not been asked stands by as a substitute."""

    def act(scene: Scene) -> None:
        fitting, _ = matching.suggest(scene.consultation)
        substitutes.line_up(scene.consultation, advisors=[fitting[0].advisor.pk], by=scene.by)

    return Step(when, act)


def arranges(when: When, ahead: int, place: str, kind: str = Kind.DIALOGUE) -> Step:
    """An appointment in so many days, from ten to twelve."""

    def act(scene: Scene) -> None:
        day = timezone.localdate() + timedelta(days=ahead)
        begins = timezone.make_aware(datetime.combine(day, time(10)))
        appointments.arrange(
            scene.consultation,
            kind=kind,
            starts_at=begins,
            ends_at=begins + timedelta(hours=2),
            place=place,
            by=scene.by,
        )

    return Step(when, act)


def holds(when: When, participants: int, minutes: str) -> Step:
    """The newest appointment of the case has taken place."""

    def act(scene: Scene) -> None:
        newest = Appointment.objects.filter(consultation__key=scene.key).latest("pk")
        appointments.record(newest, participants=participants, minutes=minutes, by=scene.by)

    return Step(when, act)


def closes(when: When, outcome: str, note: str) -> Step:
    return Step(when, lambda scene: workflow.close(scene.consultation, outcome=outcome, note=note, by=scene.by))


def reopens(when: When, note: str) -> Step:
    return Step(when, lambda scene: workflow.reopen(scene.consultation, note=note, by=scene.by))


def resumes(when: When, note: str) -> Step:
    return Step(when, lambda scene: workflow.resume(scene.consultation, note=note, by=scene.by))


def records(when: When, note: str = "") -> Step:
    """Writes down what the municipality has asked by telephone, mail or the like."""

    def act(scene: Scene) -> None:
        scene.key = uuid4()
        page = {name: values for step in _typed(scene.case).values() for name, values in step.items()}
        page |= {"channel": [scene.case.channel], "came_in_on": [timezone.localdate().isoformat()], "language": ["de"]}
        page |= {"responsible": ["on"], "note": [note]}
        recording.record(recording.keep(scene.key, _query_dict(page)), by=scene.by)

    return Step(when, act)


def merges(when: When) -> Step:
    """Lets the case go on in the older one of the same municipality that is still open."""

    def act(scene: Scene) -> None:
        duplicate = scene.consultation
        older = ConsultationRequest.objects.filed().filter(municipality=duplicate.municipality)
        survivor = older.exclude(pk=duplicate.pk).exclude(state__in=ENDED).earliest("pk")
        offers.merge(survivor, absorbed=duplicate, by=scene.by)

    return Step(when, act)


# --- The advisors, by the number of their offer ----------------------------------------------------------


def yes(when: When, number: int) -> Step:
    return Step(when, lambda scene: offers.accept(scene.offer(number)))


def no(when: When, number: int, reason: str, note: str = "") -> Step:
    def act(scene: Scene) -> None:
        offers.decline(scene.offer(number), reason=find(DeclineReason, reason)[0], note=note)

    return Step(when, act)


def drops_out(when: When, number: int, note: str) -> Step:
    return Step(when, lambda scene: offers.cancel(scene.offer(number), note=note, by=scene.by))


# --- The mail server ----------------------------------------------------------------------------------------


def bounces(when: When, template: str, error: str, *, attempts: int = 1) -> Step:
    """The newest mail of the case with this template has come back; `error` is in the words of the mail server."""

    def act(scene: Scene) -> None:
        mail = Mail.objects.filter(reference=scene.consultation.reference, template=template)[0]
        mail.state, mail.error, mail.attempts = Mail.State.FAILED, error, attempts
        mail.save(update_fields=["state", "error", "attempts"])

    return Step(when, act)


def keeps_back(when: When, template: str) -> Step:
    """Whoever coordinates keeps the newest mail of the case with this template back, to look at it once more."""

    def act(scene: Scene) -> None:
        mail = Mail.objects.filter(reference=scene.consultation.reference, template=template)[0]
        outbox.hold(mail, by=scene.by)

    return Step(when, act)
