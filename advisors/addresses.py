"""The address of an advisor: corrected in one place, with the links that are due for the new one."""

from django.core.exceptions import ValidationError
from django.db import transaction

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox import owners
from miglobe.outbox.models import Audience, Mail
from miglobe.outbox.owners import Owner

from . import access, links
from .models import Advisor, Offer

LINKS = "den Link zur persönlichen Seite und die Links zu offenen Angeboten und Einsätzen"


def register() -> None:
    owners.register_owner(Audience.ADVISOR, _owner)


@transaction.atomic
def correct(advisor: Advisor, address: str) -> None:
    """Keeps the new address, which gets the links to open offers and assignments. Raises Refused."""
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    advisor.email = address
    try:
        advisor.full_clean(exclude=[field.name for field in Advisor._meta.fields if field.name != "email"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    advisor.save(update_fields=["email"])
    access.send_links(address)


def _owner(mail: Mail) -> Owner | None:
    advisor = _advisor(mail)
    if advisor is None:
        return None

    def write(address: str, by: User) -> None:
        correct(advisor, address)

    return Owner(
        f"{advisor} (Berater*in)",
        advisor.email,
        "advisors.change_advisor",
        write,
        f"Außerdem bekommt die neue Adresse {LINKS}.",
    )


def _advisor(mail: Mail) -> Advisor | None:
    """Whose offer the link leads to; in mails without a link, whose address it is."""
    purpose, key = mail.links.get("link", ("", ""))
    if purpose == links.OFFER:
        return Advisor.objects.filter(offers__in=Offer.objects.filter(key=key)).first()
    return Advisor.objects.filter(email__iexact=mail.to).first()
