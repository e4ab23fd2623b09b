"""A request as a list to read: the same words before sending, after sending, at the desk and for advisors."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext, override

from miglobe.templatetags.language import day

from .models import Attachment, ConsultationRequest, Municipality


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    url: str = ""
    files: tuple[tuple[str, str], ...] = ()
    """What `value` says, with the address of each file."""


type AddressOf = Callable[[Attachment], str]

SECTIONS = {
    "kommune": ("municipality", "co_municipalities"),
    "anliegen": ("topics", "concern", "hope"),
    "unterlagen": ("attachments",),
    "rahmen": ("formats", "place", "wished_from", "wished_until", "languages", "regions"),
    "kontakt": ("contact_name", "contact_office", "contact_email", "contact_phone"),
}
CASE = (*SECTIONS["anliegen"], *SECTIONS["rahmen"], "co_municipalities")
"""What advisors read before they accept: nothing of the contact."""


def rows(names: Iterable[str], values: Mapping[str, Any], address_of: AddressOf | None = None) -> list[Row]:
    """One row per field, from what a form has cleaned. Files can be had where `address_of` says."""
    return [_row(name, values.get(name), address_of) for name in names]


def of_case(names: Iterable[str], consultation: ConsultationRequest, address_of: AddressOf | None = None) -> list[Row]:
    """One row per field, from the stored request."""
    return rows(names, {name: _stored(consultation, name) for name in names}, address_of)


def everything(consultation: ConsultationRequest, address_of: AddressOf | None = None) -> list[Row]:
    return of_case([name for names in SECTIONS.values() for name in names], consultation, address_of)


EXPECTED = ("topics", "formats", "wished_from", "wished_until", "contact_office", "contact_phone")


def missing(consultation: ConsultationRequest) -> list[str]:
    """What the form would have asked for and nobody has told yet, in the language of the request."""
    with override(consultation.language):
        return [row.label for row in of_case(EXPECTED, consultation) if not row.value]


def _row(name: str, value: Any, address_of: AddressOf | None) -> Row:
    if name != "attachments":
        return Row(_label(name), _words(name, value))
    files = list(value)
    links = tuple((file.label, address_of(file)) for file in files) if address_of else ()
    return Row(gettext("Unterlagen"), "\n".join(file.label for file in files), files=links)


def _stored(consultation: ConsultationRequest, name: str) -> Any:
    if name == "attachments":
        return consultation.attachments.of_the_form()
    if ConsultationRequest._meta.get_field(name).many_to_many:
        return getattr(consultation, name).all()
    return getattr(consultation, name)


def _label(name: str) -> str:
    return str(ConsultationRequest._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _words(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Municipality):
        return value.label
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        choices: dict[Any, str] = dict(ConsultationRequest._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
        return str(choices.get(value, value))
    return "\n".join(_words(name, item) if isinstance(item, Municipality) else str(item) for item in value)
