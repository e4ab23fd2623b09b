"""Who is and was the contact of a case, and of the requests that went on in it: its texts name them all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from miglobe.history.tracking import events
from miglobe.outbox.models import Mail
from miglobe.privacy import holds
from miglobe.privacy.others import Other
from miglobe.privacy.scrubbing import around, pattern, scrub

from .models import ConsultationRequest

FIELDS = ("contact_name", "contact_email", "contact_phone")


def of(cases: Iterable[ConsultationRequest]) -> Iterator[Other]:
    """Each once, now and before."""
    found = ConsultationRequest.objects.one_with(case.pk for case in cases).order_by()
    keys, now = found.values("pk"), found.values_list(*FIELDS)
    before = events(ConsultationRequest).filter(pgh_obj__in=keys).order_by().values_list(*FIELDS)
    for name, email, phone in dict.fromkeys([*now, *before]):
        yield Other(name, email, _("Ansprechperson"), phone)


# --- Elsewhere -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trace:
    """Somebody who is not the contact of this case any more, or only of one that went on in it."""

    case: ConsultationRequest
    name: str
    phone: str

    @property
    def is_somebody_else(self) -> bool:
        """The same name under another address is the same person, who is still the contact."""
        return self.name.casefold() != self.case.contact_name.casefold()


def traces(email: str, ended: QuerySet[ConsultationRequest]) -> list[Trace]:
    """In cases that have another contact. `ended`: those of this address that are about to lose their people."""
    before = events(ConsultationRequest).filter(contact_email__iexact=email).order_by()
    known = set(before.values_list("pgh_obj", "contact_name", "contact_phone"))
    known |= set(ended.exclude(merged_into=None).values_list("merged_into", "contact_name", "contact_phone"))
    others = ConsultationRequest.objects.exclude(contact_email__iexact=email).exclude(pk__in=_held())
    cases = others.filter(anonymised_at=None).in_bulk({key for key, _name, _phone in known})
    return [Trace(cases[key], name, phone) for key, name, phone in known if key in cases]


def _held() -> list[int]:
    return holds.rows(ConsultationRequest)


def forget(found: Iterable[Trace]) -> None:
    """Their name and number, in the texts and mails of those cases. A surname that is the present contact's stays."""
    for trace in found:
        if trace.is_somebody_else:
            same = trace.name.split()[-1:] == trace.case.contact_name.split()[-1:]
            phone = "" if trace.phone == trace.case.contact_phone else trace.phone
            ways = [pattern(name=trace.name, phone=phone, by_surname=not same)]
            around(ConsultationRequest, [trace.case.pk], ways)
            scrub(Mail.objects.of_case(trace.case.reference or "-"), ways, "text")
