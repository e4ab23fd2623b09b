"""What is personal in the tables of the apps below this one, which cannot say it themselves."""

from collections.abc import Iterator
from datetime import datetime

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from procrastinate.contrib.django.models import (
    ProcrastinateEvent,
    ProcrastinateJob,
    ProcrastinatePeriodicDefer,
    ProcrastinateWorker,
)

from miglobe.accounts.models import FirstView, Organisation, SavedView, Session, User
from miglobe.codes.models import AccessCode
from miglobe.history import forgetting
from miglobe.limits.models import Tally
from miglobe.outbox.models import Audience, Mail, MailStep, MailText, Suppression

from . import at_the_desk, holds, mailboxes, mails
from .models import Answer, DataRequest, LegalHold, RetentionCount, RetentionRun
from .registry import How, Rule, classify, register_rule
from .retention import delete, of_rows


def register() -> None:
    _classify_people_at_the_desk()
    _classify_the_rest()
    _register_rules()
    at_the_desk.register()
    mailboxes.register()


def _classify_people_at_the_desk() -> None:
    classify(
        User,
        personal="password last_login first_name last_name is_active date_joined email organisation phone",
        neither="id is_superuser is_staff",
    )
    classify(User.groups.through, personal="user group", neither="id")
    classify(User.user_permissions.through, personal="user permission", neither="id")
    classify(Session, personal="session_key session_data user", neither="expire_date")
    classify(SavedView, personal="owner name query", neither="id sharing position")
    classify(FirstView, personal="person view")
    classify(EmailAddress, personal="user email verified primary", neither="id")
    classify(EmailConfirmation, personal="email_address key", neither="id created sent")
    classify(Authenticator, personal="user type data created_at last_used_at", neither="id")
    classify(
        LogEntry,
        personal="user object_id object_repr change_message",
        neither="id action_time content_type action_flag",
    )


def _classify_the_rest() -> None:
    classify(
        Organisation, neither="id name short_name email phone address website description description_en"
    )  # of bodies, not of persons
    classify(
        Mail,
        sensitive="to reply_to text links calendar error",  # to whom in the pool, among others
        neither="id state template audience language reference subject created_at sent_at attempts",
    )
    classify(MailStep, personal="by note", neither="id mail what at")
    classify(MailText, personal="by", neither="id template language subject body shipped at")
    classify(AccessCode, personal="target", neither="id key purpose created_at tries")
    classify(Suppression, personal="digest", neither="created_at until")
    classify(Tally, personal="digest", neither="empty_at")
    classify(LegalHold, personal="row reason by ended_by", neither="id model at ended_at")
    classify(DataRequest, personal="email", neither="id key language asked_at erasure_asked_at due_at")
    classify(Answer, personal="digest by", neither="id what asked_at at effects")
    classify(RetentionRun, neither="id started_at finished_at failed")
    classify(RetentionCount, neither="id run rule how period number")
    classify(Group, neither="id name")
    classify(Group.permissions.through, neither="id group permission")
    classify(Permission, neither="id name content_type codename")
    classify(ContentType, neither="id app_label model")
    classify(
        ProcrastinateJob,  # `args` hold keys of rows; what was typed, as an address, only encrypted
        personal="args",
        neither="id queue_name task_name priority lock status scheduled_at attempts queueing_lock abort_requested "
        "worker",
    )
    classify(ProcrastinateEvent, neither="id job type at")
    classify(ProcrastinateWorker, neither="id last_heartbeat")
    classify(ProcrastinatePeriodicDefer, neither="id task_name defer_timestamp job periodic_id")


# --- Periods -------------------------------------------------------------------------------------------


def _register_rules() -> None:
    for name, what, setting, how, due, act in (
        ("sessions", "Abgelaufene Anmeldungen", "", How.DELETE, _expired_sessions, delete),
        ("counters", "Gezählte Versuche", "", How.DELETE, _empty_tallies, delete),
        ("suppressions", "Gesperrte Postfächer", "", How.DELETE, _old_suppressions, delete),
        ("codes", "Abgelaufene Zugangscodes", "CODE_DAYS", How.DELETE, _old_codes, delete),
        ("mails", "E-Mails ohne Vorgang", "MAIL_MONTHS", How.DELETE, _mails_of_nothing, mails.delete),
        (
            "mails.text",
            "Text und Empfänger von E-Mails",
            "MAIL_MONTHS",
            How.ANONYMISE,
            _mails_of_something,
            mails.empty,
        ),
        ("own_data", "Fragen nach den eigenen Daten", "DATA_LINK_DAYS", How.DELETE, _asked, delete),
        (
            "own_data.mails",
            "E-Mails zu Fragen nach den eigenen Daten",
            "DATA_LINK_DAYS",
            How.DELETE,
            _mails_to_persons,
            mails.delete,
        ),
        ("own_data.erased", "Letzte E-Mails an Personen, die gelöscht sind", "", How.DELETE, _last_mails, mails.delete),
        ("own_data.answers", "Protokoll von Auskunft und Löschung", "AUDIT_MONTHS", How.DELETE, _answers, delete),
        ("admin_log", "Protokoll der Änderungen an Stammdaten", "AUDIT_MONTHS", How.DELETE, _old_log, delete),
    ):
        register_rule(Rule(name, what, setting, how, **of_rows(due, act)))
    register_rule(
        Rule("jobs", "Gescheiterte Aufträge des Workers", "JOB_DAYS", How.DELETE, _count_old_jobs, _delete_old_jobs)
    )
    register_rule(Rule("history", "Verlauf aller Tabellen", "AUDIT_MONTHS", How.DELETE, _count_past, _forget_past))


def _expired_sessions(before: datetime) -> QuerySet[Session]:
    return Session._default_manager.filter(expire_date__lt=before)


def _empty_tallies(before: datetime) -> QuerySet[Tally]:
    return Tally.objects.filter(empty_at__lt=before)


def _old_suppressions(before: datetime) -> QuerySet[Suppression]:
    return Suppression.objects.filter(until__lt=before)


def _old_codes(before: datetime) -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(created_at__lt=before)


def _mails_of_nothing(before: datetime) -> QuerySet[Mail]:
    return _old_mails(before).filter(reference="")


def _mails_of_something(before: datetime) -> QuerySet[Mail]:
    return _old_mails(before).exclude(reference="").filter(mails.is_over())


def _old_mails(before: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(created_at__lt=before, state__in=mails.OVER).exclude(holds.mails())


def _asked(before: datetime) -> QuerySet[DataRequest]:
    """Who waits for an answer is not forgotten."""
    return DataRequest.objects.filter(asked_at__lt=before, erasure_asked_at=None)


def _mails_to_persons(before: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(audience=Audience.PERSON, created_at__lt=before, state__in=mails.OVER)


def _last_mails(before: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(template="privacy/erased", sent_at__lt=before, state=Mail.State.SENT)


def _answers(before: datetime) -> QuerySet[Answer]:
    return Answer.objects.filter(at__lt=before)


def _old_log(before: datetime) -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(action_time__lt=before)


def _past(before: datetime) -> Iterator[QuerySet]:
    """What all histories have written down before, but for what is held."""
    for past in forgetting.event_models():
        yield holds.free(forgetting.older(past, before))


def _count_past(before: datetime) -> int:
    return sum(found.count() for found in _past(before))


def _forget_past(before: datetime) -> int:
    return sum(map(forgetting.forget_events, _past(before)))


# --- The queue's tables are not Django's: its models only read ------------------------------------------

OLD_JOBS = """
    FROM procrastinate_jobs WHERE status IN ('failed', 'cancelled', 'aborted', 'succeeded') AND NOT EXISTS (
        SELECT 1 FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND at >= %s
    )
"""


def _count_old_jobs(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {OLD_JOBS}", [before])
        return int(cursor.fetchone()[0])


def _delete_old_jobs(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE {OLD_JOBS}", [before])
        return int(cursor.rowcount)
