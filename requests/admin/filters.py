"""What the list of cases can be narrowed to. Their parameters are what other pages link to."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from miglobe import workdays
from miglobe.accounts.models import Organisation, User
from miglobe.lists import Chip, NamedFilter
from miglobe.templatetags.language import day

from .. import earlier
from ..models import UNFILED, ConsultationRequest, Format, Municipality, State, Term, Topic

Offers = Iterable[tuple[str, str]]
ME, NOBODY = "me", "none"


class StateFilter(NamedFilter):
    title = "Stand"
    template = "admin/filters/several.html"
    parameter_name = "state"
    several = True

    def offers(self) -> Offers:
        return [(state.value, str(state.label)) for state in State if state not in (*UNFILED, State.MERGED)]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(state__in=chosen)


class ResponsibleFilter(NamedFilter):
    """Somebody, the one who asks (so that a view can be shared), or nobody."""

    column = ""

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        if params.pop(f"{self.column}__isnull", [""])[-1] in ("True", "1"):
            params[self.parameter_name] = [NOBODY]
        super().__init__(request, params, model, model_admin)

    @classmethod
    def parameters(cls) -> list[str]:
        return [cls.parameter_name, f"{cls.column}__isnull"]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        if NOBODY in chosen:
            return rows.filter(**{f"{self.column}__isnull": True})
        return rows.filter(**{f"{self.column}_id": self.own() if ME in chosen else chosen[0]})

    def own(self) -> Any:
        raise NotImplementedError


class OrganisationFilter(ResponsibleFilter):
    title = "Organisation"
    column = "organisation"
    parameter_name = "organisation__id__exact"

    def offers(self) -> Offers:
        yield ME, "meine"
        yield NOBODY, "noch keine"
        yield from ((str(organisation.pk), str(organisation)) for organisation in Organisation.objects.all())

    def own(self) -> Any:
        return self.request.user.organisation_id  # type: ignore[union-attr]


class PersonFilter(ResponsibleFilter):
    title = "Zuständig"
    column = "person"
    parameter_name = "person__id__exact"

    def offers(self) -> Offers:
        yield ME, "ich"
        yield NOBODY, "noch niemand"
        people = User.objects.filter(Q(is_staff=True, is_active=True) | Q(pk__in=self._keys()))
        yield from ((str(person.pk), str(person)) for person in people)

    def _keys(self) -> list[str]:
        return [value for value in self.chosen if value.isdecimal() and len(value) < 19]

    def own(self) -> Any:
        return self.request.user.pk


class AreaFilter(NamedFilter):
    """Of a Kreis or Regierungsbezirk to its municipalities: with their keys the database knows how many to expect."""

    column = ""

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        places = Municipality.objects.filter(**{self.column: chosen[0]}).order_by()
        return rows.filter(municipality__in=list(places.values_list("pk", flat=True)))


class RegionFilter(AreaFilter):
    title = "Regierungsbezirk"
    column = "region"
    parameter_name = "municipality__region"

    def offers(self) -> Offers:
        regions = Municipality.objects.order_by("region").values_list("region", flat=True).distinct()
        return [(region, region) for region in regions]


class DistrictFilter(AreaFilter):
    title = "Kreis oder kreisfreie Stadt"
    column = "district_ags"
    parameter_name = "kreis"

    def offers(self) -> Offers:
        districts = Municipality.objects.values_list("district_ags", "district_name").distinct()
        return sorted(districts.order_by(), key=lambda district: district[1])


class PlaceFilter(NamedFilter):
    """Everything one municipality is part of. There are too many to choose from: links lead here."""

    title = "Kommune"
    parameter_name = "kommune"

    def has_output(self) -> bool:
        return bool(self.chosen)

    def offers(self) -> Offers:
        places = Municipality.objects.filter(pk__in=[key for key in self.chosen if key.isalnum()])
        return [(place.pk, place.label) for place in places]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(pk__in=earlier.involving(chosen[0]))


class TermFilter(NamedFilter):
    """No join, so that no case comes twice and nothing has to be made distinct."""

    vocabulary: type[Term]
    through: Any
    column = ""

    def offers(self) -> Offers:
        return [(str(term.pk), str(term)) for term in self.vocabulary._default_manager.all()]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        links = self.through.objects.filter(consultationrequest=OuterRef("pk"), **{self.column: chosen[0]})
        return rows.filter(Exists(links))


class TopicFilter(TermFilter):
    title = "Thema"
    vocabulary, through, column = Topic, ConsultationRequest.topics.through, "topic"
    parameter_name = "topics__id__exact"


class FormatFilter(TermFilter):
    title = "Format"
    vocabulary, through, column = Format, ConsultationRequest.formats.through, "format"
    parameter_name = "formats__id__exact"


class ChannelFilter(NamedFilter):
    title = "Weg der Anfrage"
    parameter_name = "channel"

    def offers(self) -> Offers:
        return [(channel.value, str(channel.label)) for channel in ConsultationRequest.Channel]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(channel=chosen[0])


class WaitingFilter(NamedFilter):
    """The queues of the start page; `waiting` of the model's admin names them."""

    title = "Wartet auf uns"
    parameter_name = "waiting"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.waiting = model_admin.waiting
        super().__init__(request, params, model, model_admin)

    def offers(self) -> Offers:
        return [(name, waiting.label) for name, waiting in self.waiting.items()]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(self.waiting[chosen[0]].condition(timezone.now()))


class DueFilter(NamedFilter):
    """What is due on a day: one of the next ones, or any that the address names."""

    title = "Fällig am"
    parameter_name = "due"

    def offers(self) -> Offers:
        named = {day for day in map(_day, self.chosen) if day}
        days = sorted({*workdays.ahead(timezone.localdate(), 5), *named})
        return [(day.isoformat(), date_format(day, "D, j. F Y")) for day in days]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        due = date.fromisoformat(chosen[0])
        return rows.filter(due_at__gte=_midnight(due), due_at__lt=_midnight(due + timedelta(days=1)))


class OverdueFilter(NamedFilter):
    title = "Frist"
    parameter_name = "overdue"

    def offers(self) -> Offers:
        return [("1", "überfällig")]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(due_at__lt=timezone.now())


class ArrivalFilter(NamedFilter):
    """Both days belong to the period; either may be missing."""

    title = "Eingegangen"
    template = "admin/filters/period.html"
    SINCE, UNTIL = "arrived_from", "arrived_until"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        self.days = {name: params.get(name, [""])[-1] for name in self.expected_parameters()}
        super().__init__(request, params, model, model_admin)

    def offers(self) -> Offers:
        return [("", "")]

    @classmethod
    def parameters(cls) -> list[str]:
        return [cls.SINCE, cls.UNTIL]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, until = (_day(self.days[name]) for name in self.expected_parameters())
        if any(self.days[name] and _day(self.days[name]) is None for name in self.days):
            return queryset.none()
        if since:
            queryset = queryset.filter(confirmed_at__gte=_midnight(since))
        return queryset.filter(confirmed_at__lt=_midnight(until + timedelta(days=1))) if until else queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for name, label in ((self.SINCE, "Eingegangen ab"), (self.UNTIL, "Eingegangen bis")):
            found = _day(self.days[name])
            yield {"name": name, "label": label, "value": found.isoformat() if found else "", "day": found}

    def chips(self, changelist: ChangeList) -> Iterator[Chip]:
        for choice in self.choices(changelist):
            if self.days[choice["name"]]:
                words = day(choice["day"]) if choice["day"] else "kein Datum"
                yield Chip(f"{choice['label']}: {words}", changelist.get_query_string(remove=[choice["name"]]))


def _day(typed: str) -> date | None:
    """Years of the calendar that a database and a time zone can bear."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 1900 < found.year < 2200 else None


def _midnight(found: date) -> datetime:
    return timezone.make_aware(datetime.combine(found, time.min))


CASE_FILTERS = (
    StateFilter,
    WaitingFilter,
    OverdueFilter,
    DueFilter,
    PersonFilter,
    OrganisationFilter,
    RegionFilter,
    DistrictFilter,
    PlaceFilter,
    TopicFilter,
    FormatFilter,
    ChannelFilter,
    ArrivalFilter,
)
