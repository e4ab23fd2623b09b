"""What we write about reported barriers: one function per event, named as what has happened."""

from email.utils import parseaddr

from django.conf import settings

from miglobe import links
from miglobe.accounts.models import Organisation, User
from miglobe.outbox import outbox, owners
from miglobe.outbox.models import Audience, Mail
from miglobe.outbox.owners import Owner

from .models import AccessibilityReport, Portal

RECEIPTS_A_DAY = 5  # to one address: anybody can type anybody's
NOTICES_A_DAY = 20  # to one mailbox of ours; the desk shows every report anyway


def received(report: AccessibilityReport) -> None:
    """Thanks whoever left an address, a few times a day."""
    if report.email and outbox.may_send(report.email, "pages/barrier_received", a_day=RECEIPTS_A_DAY):
        thanked(report)


def thanked(report: AccessibilityReport) -> None:
    """It says nothing of what they typed: the address may be somebody else's."""
    _to_reporter("pages/barrier_received", report)


def answered(report: AccessibilityReport) -> None:
    if report.email:
        _to_reporter("pages/barrier_answered", report)


def reported(report: AccessibilityReport) -> None:
    """To every organisation, with the link to the report."""
    for address in _desk_addresses():
        if outbox.may_send(address, "pages/barrier_desk", a_day=NOTICES_A_DAY):
            _to_desk(report, address)


def told_the_desk(report: AccessibilityReport) -> None:
    _to_desk(report, _desk_addresses()[0])


def _desk_addresses() -> list[str]:
    addresses = list(Organisation.objects.values_list("email", flat=True))
    return addresses or [Portal.current().contact_email or parseaddr(settings.MAIL_FROM)[1]]


def _to_desk(report: AccessibilityReport, address: str) -> None:
    outbox.queue(
        "pages/barrier_desk",
        to=address,
        reference=report.reference,
        links={"link": ("pages.report", str(report.key))},
        report=report,
    )


def _to_reporter(template: str, report: AccessibilityReport) -> None:
    portal = Portal.current()
    outbox.queue(
        template,
        to=report.email,
        reference=report.reference,
        reply_to=portal.contact_email,
        language=report.language,
        report=report,
        contact={"name": portal.operator, "email": portal.contact_email, "phone": portal.contact_phone},
    )


def _reporter(mail: Mail) -> Owner | None:
    report = AccessibilityReport.objects.filter(reference=mail.reference).first()
    if report is None:
        return None

    def correct(address: str, by: User) -> None:
        AccessibilityReport.objects.filter(pk=report.pk).update(email=address)

    return Owner(f"die Meldung {report.reference}", report.email, "pages.change_accessibilityreport", correct)


def register() -> None:
    owners.register_owner(Audience.REPORTER, _reporter)
    outbox.register_link("pages.report", _report_at_the_desk)


def _report_at_the_desk(key: str, to: str) -> str:
    report = AccessibilityReport.objects.only("pk").get(key=key)
    return links.absolute("admin:pages_accessibilityreport_change", object_id=str(report.pk))
