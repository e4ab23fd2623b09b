"""What of the public pages and of reported barriers is personal, and how long it is kept."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from miglobe.history.forgetting import forget
from miglobe.outbox.models import Audience, Mail
from miglobe.privacy import holds, mails
from miglobe.privacy.parts import Entry, Part
from miglobe.privacy.registry import Contributor, Effect, How, Rule, classify, register_contributor, register_rule
from miglobe.privacy.retention import of_rows
from miglobe.privacy.scrubbing import pattern, scrubbed

from .models import AccessibilityReport, Page, PageVersion, Portal

classify(
    Portal,  # what the operator publishes of itself
    personal="represented_by responsible_for_content privacy_officer privacy_officer_contact",
    neither="id operator address register_entry vat_id imprint contact_email contact_phone security_contact "
    "supervisory_authority land_de land_en takes_requests pause_note pause_note_en accessibility_checked_on "
    "accessibility_method accessibility_method_en accessibility_answer_days enforcement_body sign_language_url",
)
classify(Page, neither="id slug language title description body")
classify(PageVersion, personal="by", neither="id page title description body saved_at")
classify(
    AccessibilityReport,
    personal="barrier email answer by",
    neither="id reference key page language received_at due_at answered_at",
)


def _answered(before: datetime) -> QuerySet[AccessibilityReport]:
    return AccessibilityReport.objects.filter(answered_at__lt=before)


def delete(reports: Sequence[AccessibilityReport]) -> None:
    """With the mails about them."""
    mails.delete(Mail.objects.filter(reference__in=[report.reference for report in reports]))
    keys = [report.pk for report in reports]
    AccessibilityReport.objects.filter(pk__in=keys).delete()
    forget(AccessibilityReport, keys)


register_rule(
    Rule("pages.barriers", "Beantwortete Barrieremeldungen", "BARRIER_MONTHS", How.DELETE, **of_rows(_answered, delete))
)

# --- Whose it is ---------------------------------------------------------------------------------------


def _of(email: str) -> QuerySet[AccessibilityReport]:
    return AccessibilityReport.objects.filter(email__iexact=email).order_by("pk")


def _mails(email: str) -> QuerySet[Mail]:
    found = Mail.objects.filter(to__iexact=email, audience=Audience.REPORTER).exclude(holds.mails())
    return found.order_by("created_at", "pk")


def _parts(email: str) -> list[Part]:
    sent = Mail.objects.filter(to__iexact=email, audience=Audience.REPORTER).order_by("created_at", "pk")
    found = [
        Part(_("Barrieren, die Sie gemeldet haben"), [_report(report) for report in _of(email)]),
        Part(_("E-Mails an Sie"), [mails.entry(mail) for mail in sent]),
    ]
    return [part for part in found if part.entries]


def _report(report: AccessibilityReport) -> Entry:
    return {
        _("Aktenzeichen"): report.reference,
        _("E-Mail-Adresse"): report.email,
        _("Eingegangen"): report.received_at,
        _("Seite"): report.page,
        _("Barriere"): report.barrier,
        _("Antwort"): report.answer,
        _("Beantwortet"): report.answered_at,
    }


def _effects(email: str) -> list[Effect]:
    found = _of(email)
    return [
        Effect(_("Beantwortete Barrieremeldungen"), found.exclude(answered_at=None).count(), How.DELETE),
        Effect(
            _("Offene Barrieremeldungen"),
            found.filter(answered_at=None).count(),
            How.ANONYMISE,
            _("Die Barriere bleibt vermerkt, damit sie beseitigt wird; die Person bekommt keine Antwort mehr."),
        ),
        Effect(_("E-Mails zu Barrieremeldungen"), _mails(email).count(), How.DELETE),
    ]


def _erase(email: str) -> None:
    mails.delete(_mails(email))
    delete(list(_of(email).exclude(answered_at=None).select_for_update()))
    left = list(_of(email).select_for_update())
    for report in left:
        report.barrier, report.email = scrubbed(report.barrier, [pattern(email=email)]), ""
        report.save(update_fields=["barrier", "email"])
    forget(AccessibilityReport, [report.pk for report in left])


register_contributor(Contributor(gettext_noop("Gemeldete Barrieren"), (AccessibilityReport,), _parts, _effects, _erase))
