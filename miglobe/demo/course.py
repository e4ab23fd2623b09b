"""What comes of a case once it has its team: dates to choose from, reports, and what the municipality says."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pghistory
from django.utils import timezone

from advisors import follow_ups, offers, proposals, reports, results
from advisors.models import Appointment, FollowUp
from miglobe import workdays

from .clock import When
from .story import Scene, Step

TRAVEL = ((64, "22.40", "Bahn 22,40 Euro"), (118, "41.30", "Auto, 118 km 35,40 Euro; Parken 5,90 Euro"))
"""Kilometers, euros and what the receipts are for, of one of the team after the other."""


def proposes_dates(when: When, number: int, *ahead: int, place: str, word: str = "") -> Step:
    """Somebody of the team asks the municipality to pick one of the dates, in so many working days at ten."""

    def act(scene: Scene) -> None:
        days = [workdays.shift(timezone.localdate(), days) for days in ahead]
        begins = [timezone.make_aware(datetime.combine(day, time(10))) for day in days]
        proposals.propose(
            scene.consultation,
            kind=Appointment.Kind.DIALOGUE,
            place=place,
            options=[(begin, begin + timedelta(hours=2)) for begin in begins],
            word=word,
            of_team=scene.offer(number),
        )

    return Step(when, act)


def reported(when: When, days: str, agreed: str, options: str = "", recommendations: str = "") -> Step:
    """What the team has handed in on paper is written down, with the days of each."""

    def act(scene: Scene) -> None:
        pghistory.context(user=scene.by.pk)
        team = offers.team(scene.consultation)
        shares = _shares(Decimal(days), len(team))
        results.report(
            scene.consultation,
            agreed=agreed,
            options=options,
            recommendations=recommendations,
            work={offer.pk: _worked(number, shares[number]) for number, offer in enumerate(team)},
            by=scene.by,
        )

    return Step(when, act)


def _shares(days: Decimal, people: int) -> list[Decimal]:
    """In half days, the first of them a little more."""
    halves, rest = divmod(int(days * 2), people)
    return [Decimal(halves + (number < rest)) / 2 for number in range(people)]


def _worked(number: int, days: Decimal) -> dict[str, Any]:
    km, cost, receipts = TRAVEL[number % len(TRAVEL)]
    day = timezone.localdate() - timedelta(days=24)
    return {"days": days, "travel_km": km, "travel_cost": Decimal(cost), "receipts": f"{day:%d.%m.%Y} {receipts}"}


def hands_in(when: When, number: int, days: str, agreed: str, options: str, recommendations: str) -> Step:
    """Somebody of the team has written the report and signed it; the others are asked to."""

    def act(scene: Scene) -> None:
        offer = scene.offer(number)
        texts = {"agreed": agreed, "options": options, "recommendations": recommendations}
        reports.save(offer, texts=texts, seen={}, work=_worked(0, Decimal(days)))
        reports.send(offer, seen={name: reports.fingerprint(text) for name, text in texts.items()})

    return Step(when, act)


def says(when: When, satisfaction: int, helped: str, missing: str = "", *, itself: bool = False) -> Step:
    """The municipality's feedback: written down at the desk, or sent by `itself`."""

    def act(scene: Scene) -> None:
        if not itself:
            pghistory.context(user=scene.by.pk)
        by = None if itself else scene.by
        results.feedback(scene.consultation, satisfaction=satisfaction, helped=helped, missing=missing, by=by)

    return Step(when, act)


def asked_what_became(when: When) -> Step:
    """The worker asks everybody whose turn it is, this case among them."""
    return Step(when, lambda scene: follow_ups.ask_due(timezone.now()))


def tells_what_became(when: When, extent: FollowUp.Extent, done: str, hindered: str = "") -> Step:
    def act(scene: Scene) -> None:
        follow_ups.answer(scene.consultation, extent=extent, done=done, hindered=hindered)

    return Step(when, act)
