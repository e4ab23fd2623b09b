"""The start page of the desk: what waits for me, for my organisation, for all, and what gets due this week.

Every number is one condition counted three times, and every link leads to the list under the same condition. All of
them together are one query, and only cases at work are counted, so it costs the same at any age of the portal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, F, Min, Model, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from advisors.models import Candidacy
from advisors.waiting import WAITING
from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.outbox.models import Delivery, Mail
from miglobe.pages.models import AccessibilityReport
from miglobe.privacy.models import DataRequest
from requests import deadlines
from requests.models import ConsultationRequest

from . import rights_page

WEEK = 5  # working days
A_DAY = 10  # cases that the week shows of each day

OVERDUE = "overdue"
MAILS = "mails"
DELIVERIES = "deliveries"
HELD = "held"
BARRIERS = "barriers"
APPLICATIONS = "applications"
ERASURES = "erasures"
REPORTS = ("signed", "report", "returned")
EVERYBODYS: dict[str, tuple[str, type[Model], dict[str, str]]] = {
    MAILS: ("E-Mails nicht zustellbar", Mail, {"state": "failed"}),
    DELIVERIES: ("E-Mails nicht zustellbar", Delivery, {"state__exact": "failed"}),
    HELD: ("E-Mails zurückgehalten", Mail, {"state": "held"}),
    BARRIERS: ("Gemeldete Barrieren ohne Antwort", AccessibilityReport, {"answer": "open"}),
    APPLICATIONS: ("Bewerbungen ohne Antwort", Candidacy, {"state__exact": "applied"}),
}
"""Words, list and its query of what has no responsible person."""
GROUPS = {
    "Fristen": (OVERDUE, "escalated"),
    "Datenschutz": (ERASURES,),
    "Von Kommunen": ("triage", "answered", "unanswered", "silent"),
    "Teams und Beratungen": ("offers", "team", "appointment", "unrecorded", "contact", *REPORTS, "feedback"),
    "Pool": (APPLICATIONS,),
    "Post und Barrieren": ("mail", MAILS, DELIVERIES, HELD, BARRIERS),
}


@dataclass(frozen=True)
class Scope:
    """Whose cases: the columns of the page."""

    name: str
    label: str
    query: dict[str, Any]

    @property
    def condition(self) -> Q:
        return Q(**{name.removesuffix("__exact"): value for name, value in self.query.items()})


@dataclass(frozen=True)
class Cell:
    scope: Scope
    number: int
    address: str
    """Of the list; empty where the work is nobody's in particular."""


@dataclass(frozen=True)
class Row:
    name: str
    label: str
    hint: str
    cells: tuple[Cell, ...]
    urgent: bool
    waiting: int | None
    """Working days that the oldest has waited."""

    @property
    def is_empty(self) -> bool:
        return not any(cell.number for cell in self.cells)


@dataclass(frozen=True)
class Group:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Day:
    at: date
    words: str
    cases: tuple[tuple[ConsultationRequest, str, deadlines.Due | None], ...]
    """With what is due of each, and how near it is."""
    number: int
    address: str
    """Of the list with all that are due that day."""


@dataclass(frozen=True)
class Choice:
    scope: Scope
    number: int
    is_chosen: bool


@dataclass(frozen=True)
class Week:
    choices: tuple[Choice, ...]
    days: tuple[Day, ...]


def context(request: HttpRequest) -> dict[str, Any]:
    """What the start page shows beyond the areas of the desk, as far as the person may see it."""
    now = timezone.now()
    person = cast(User, request.user)
    found = scopes(person)
    return {
        "scopes": found,
        "queues": queues(request, found, now),
        "week": week(found, request.GET.get("woche", ""), now) if _may_see(request, ConsultationRequest) else None,
    }


def scopes(person: User) -> list[Scope]:
    found = [Scope("ich", "Für mich", {"person__id__exact": person.pk})]
    if person.organisation:
        whose = {"organisation__id__exact": person.organisation.pk}
        found.append(Scope("organisation", f"Für {person.organisation}", whose))
    return [*found, Scope("alle", "Für alle", {})]


# --- The queues -----------------------------------------------------------------------------------------------


def queues(request: HttpRequest, scopes: list[Scope], now: datetime) -> list[Group]:
    counted = _count(request, scopes, now)
    groups = [
        Group(title, tuple(_row(name, counted[name], scopes, now) for name in names if name in counted))
        for title, names in GROUPS.items()
    ]
    return [group for group in groups if group.rows]


Counts = dict[str, Any]


def _count(request: HttpRequest, scopes: list[Scope], now: datetime) -> dict[str, Counts]:
    """Name of a queue → its number in every scope and since when the oldest waits. One query."""
    parts: dict[str, QuerySet[Any, Counts]] = {}
    if _may_see(request, ConsultationRequest):
        parts |= {name: _of_cases(name, scopes, now) for name in (OVERDUE, *WAITING)}
    parts |= {name: _of_all(name, rows, scopes, since) for name, (rows, since) in _everybodys(request).items()}
    if not parts:
        return {}
    nothing = dict.fromkeys((scope.name for scope in scopes), 0) | {"since": None}
    first, *rest = parts.values()
    return dict.fromkeys(parts, nothing) | {str(row["queue"]): row for row in first.union(*rest, all=True).order_by()}


def _everybodys(request: HttpRequest) -> dict[str, tuple[QuerySet[Any], str]]:
    """What has no responsible person, and since which of its moments it waits."""
    found: dict[str, tuple[QuerySet[Any], str]] = {}
    if _may_see(request, Mail):
        found[MAILS] = Mail.objects.filter(state=Mail.State.FAILED), "created_at"
        found[HELD] = Mail.objects.filter(state=Mail.State.HELD), "created_at"
    elif _may_see(request, Delivery):
        found[DELIVERIES] = Delivery.objects.filter(state=Mail.State.FAILED), "created_at"
    if _may_see(request, AccessibilityReport):
        found[BARRIERS] = AccessibilityReport.objects.filter(answered_at=None), "received_at"
    if request.user.has_perm(rights_page.PERMISSION):
        found[ERASURES] = DataRequest.objects.open(), "due_at"
    if _may_see(request, Candidacy):
        found[APPLICATIONS] = Candidacy.objects.waiting(), "state_since"
    return found


def cases(name: str, now: datetime) -> QuerySet[ConsultationRequest]:
    condition = Q(due_at__lt=now) if name == OVERDUE else WAITING[name].condition(now)
    return ConsultationRequest.objects.filed().filter(condition)


def _of_cases(name: str, scopes: list[Scope], now: datetime) -> QuerySet[Any, Counts]:
    since = WAITING[name].since if name in WAITING else ""
    numbers = {scope.name: Count("pk", filter=scope.condition) for scope in scopes}
    return _counted(name, cases(name, now), numbers, since or "due_at")


def _of_all(name: str, rows: QuerySet[Any], scopes: list[Scope], since: str) -> QuerySet[Any, Counts]:
    numbers = {scope.name: Value(0) if scope.query else Count("pk") for scope in scopes}
    return _counted(name, rows, numbers, since)


def _counted(name: str, rows: QuerySet[Any], numbers: dict[str, Any], since: str) -> QuerySet[Any, Counts]:
    named = rows.order_by().annotate(queue=Value(name)).values("queue")
    counted: QuerySet[Any, Counts] = named.annotate(**numbers, since=Min(since))
    return counted


def _row(name: str, counts: Counts, scopes: list[Scope], now: datetime) -> Row:
    label, hint = _words(name)
    if name == ERASURES and counts["since"]:
        hint = f"Antwort bis {timezone.localtime(counts['since']):%d.%m.%Y}"
    has_oldest = name in EVERYBODYS or (name in WAITING and WAITING[name].since)
    since = counts["since"] if has_oldest else None
    return Row(
        name=name,
        label=label,
        hint=hint,
        cells=tuple(Cell(scope, counts[scope.name], _address(name, scope)) for scope in scopes),
        urgent=name in GROUPS["Fristen"],
        waiting=since and workdays.between(timezone.localdate(since), timezone.localdate(now)),
    )


def _words(name: str) -> tuple[str, str]:
    return {
        OVERDUE: ("Überfällig", ""),
        ERASURES: ("Verlangte Löschungen", "Antwort binnen eines Monats"),
        "escalated": ("Länger überfällig", f"seit {settings.ESCALATE_WORKDAYS} Arbeitstagen oder mehr"),
        "contact": (WAITING["contact"].label, f"{settings.QUIET_WORKDAYS} Arbeitstage oder mehr"),
        **{everybodys: (label, "") for everybodys, (label, _, _) in EVERYBODYS.items()},
    }.get(name) or (WAITING[name].label, WAITING[name].hint)


def _address(name: str, scope: Scope) -> str:
    if name == ERASURES:
        return "" if scope.query else reverse("admin:rights")
    if name in EVERYBODYS:
        _, model, query = EVERYBODYS[name]
        return "" if scope.query else _list(model, query)
    return _list(ConsultationRequest, ({"overdue": "1"} if name == OVERDUE else {"waiting": name}) | scope.query)


def _list(model: type[Model], query: dict[str, Any]) -> str:
    return f"{reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')}?{urlencode(query)}"


def _may_see(request: HttpRequest, model: type[Model]) -> bool:
    return bool(admin.site.get_model_admin(model).has_view_permission(request))


# --- The week ahead -----------------------------------------------------------------------------------------------


def week(scopes: list[Scope], wanted: str, now: datetime) -> Week:
    """What gets due today and on the working days that follow, for the scope that is wanted.

    Without a wish: the narrowest in which there is anything.
    """
    days = workdays.ahead(timezone.localdate(now), WEEK)
    first, last = timezone.localdate(now), days[-1]
    due = ConsultationRequest.objects.filed().filter(
        due_at__gte=_midnight(first), due_at__lt=_midnight(last + timedelta(days=1))
    )
    numbers = due.order_by().aggregate(**{scope.name: Count("pk", filter=scope.condition) for scope in scopes})
    busy = [scope for scope in scopes if numbers[scope.name]] or scopes
    chosen = next((scope for scope in scopes if scope.name == wanted), busy[0])
    return Week(
        choices=tuple(Choice(scope, numbers[scope.name], scope is chosen) for scope in scopes),
        days=tuple(_days(days, due.filter(chosen.condition), chosen)),
    )


def _days(days: list[date], due: QuerySet[ConsultationRequest], scope: Scope) -> Iterator[Day]:
    day = TruncDate("due_at")
    ranked = due.annotate(
        day=day,
        rank=Window(RowNumber(), partition_by=[day], order_by=[F("due_at").asc(), F("pk").asc()]),
        number=Window(Count("pk"), partition_by=[day]),
    )
    first = ranked.filter(rank__lte=A_DAY).select_related("municipality", "person").order_by("due_at", "pk")
    found: dict[date, list[Any]] = {at: [] for at in days}
    for consultation in first:
        found.setdefault(consultation.day, []).append(consultation)
    for at, of_day in sorted(found.items()):
        number = of_day[0].number if of_day else 0
        address = _list(ConsultationRequest, {"due": at.isoformat()} | scope.query)
        entries = tuple((case, deadlines.step(case), deadlines.of(case)) for case in of_day)
        yield Day(at, _day(at), entries, number, address)


def _day(at: date) -> str:
    ahead = (at - timezone.localdate()).days
    return {0: "Heute", 1: "Morgen"}.get(ahead) or date_format(at, "l")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
