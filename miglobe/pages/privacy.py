"""What of the public pages and of reported barriers is personal, and how long it is kept."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from miglobe.history.forgetting import forget
from miglobe.outbox.models import Mail
from miglobe.privacy import mails
from miglobe.privacy.registry import How, Rule, classify, register_rule
from miglobe.privacy.retention import of_rows

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
