"""The mails we owe. `queue` writes row and job in the caller's transaction; `deliver` is the worker's part."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import smtplib
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError, connection, transaction
from django.template import engines, loader
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import normalize_newlines
from procrastinate.contrib.django import app
from psycopg.errors import LockNotAvailable

from miglobe.errors import Refused
from miglobe.limits import digests, limits
from miglobe.limits.rates import Rate

from . import kinds, suppression, texts
from .models import Audience, Mail, MailStep

if TYPE_CHECKING:
    from miglobe.accounts.models import User

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10  # with the waits of tasks.deliver some eight hours
MOST_WORDS = 1000  # of an error, in letters
OUTAGE_SECONDS = 60  # so long we try to note that a mail has gone out; a restart of the database takes less
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # a row that cannot be saved counts no attempt, and never ends
_PLACEHOLDER = re.compile(r"\[\[(?P<name>\w+)\|(?P<label>[^\]]+)\]\]")
_CALENDAR = re.compile(r"BEGIN:VCALENDAR\r?\n.*?END:VCALENDAR\r?\n", re.DOTALL)
_resolvers: dict[str, Callable[[str, str], str]] = {}
_codes: set[str] = set()  # purposes whose placeholder becomes a word to type, not an address to open
_rehearsed: ContextVar[list[Mail] | None] = ContextVar("rehearsed", default=None)
_held_by: ContextVar[User | None] = ContextVar("held_by", default=None)

Links = Mapping[str, tuple[str, str]]
"""Placeholder name → (purpose that an app has registered, key of the row it leads to)."""


def register_link(purpose: str, resolve: Callable[[str, str], str]) -> None:
    """Tells how a link is made from a row's key and the mail address it goes to. Called when an app gets ready.

    `resolve` raises ObjectDoesNotExist when the row is gone. It binds the link to the address that the mail is
    sent to: a mail that reaches a former address late brings a link that opens nothing.
    """
    _resolvers[purpose] = resolve


def register_code(purpose: str, resolve: Callable[[str, str], str]) -> None:
    """The same for a word that is typed where links are not allowed."""
    register_link(purpose, resolve)
    _codes.add(purpose)


def queue(
    template: str,
    *,
    to: str,
    reference: str = "",
    reply_to: str = "",
    language: str = settings.LANGUAGE_CODE,
    links: Links | None = None,
    calendar: str = "",
    **context: Any,
) -> Mail:
    """Owes a mail. The row, its job and the caller's change commit or roll back together.

    `template` names `templates/mail/<template>.txt` (`<template>.en.txt` in English), whose first line is
    "Betreff: …" ("Subject: …"). `calendar`: iCalendar objects with their METHOD, attached one by one: Termin.ics,
    Termin-2.ics …
    """
    if not connection.in_atomic_block:
        raise RuntimeError("outbox.queue() gehört in die Transaktion dessen, was die E-Mail auslöst.")
    kind = kinds.find(template)
    by_anybody = kind is not None and kind.by_anybody
    if by_anybody:
        links = {**(links or {}), "stop": (suppression.STOP, language)}
    subject, text = _render(template, language, {**context, "reference": reference})
    mail = Mail(
        template=template,
        audience=kinds.audience(template),
        language=language,
        reference=reference,
        to=to,
        reply_to=reply_to,
        subject=subject,
        text=text,
        links={name: list(target) for name, target in (links or {}).items()},
        calendar=calendar,
    )
    rehearsed = _rehearsed.get()
    if rehearsed is not None:
        rehearsed.append(mail)
    else:
        _store(mail, unwanted=by_anybody and suppression.holds(to))
    return mail


def _store(mail: Mail, *, unwanted: bool) -> None:
    """For the worker, for somebody at the desk who looks at it first, or as one that never leaves."""
    holder = _held_by.get()
    if unwanted:
        mail.state = Mail.State.DISCARDED
        mail.save()
        _note(mail, MailStep.What.DISCARDED, by=None, note=suppression.REASON)
    elif holder is not None:
        mail.state = Mail.State.HELD
        mail.save()
        _note(mail, MailStep.What.HELD, by=holder)
    else:
        mail.save()
        _defer(mail, after=_delay(mail))


@contextmanager
def holding(by: User) -> Iterator[None]:
    """Whatever is owed inside waits until somebody at the desk sends it."""
    token = _held_by.set(by)
    try:
        yield
    finally:
        _held_by.reset(token)


def may_send(to: str, template: str, *, a_day: int) -> bool:
    """Whether the mailbox may be owed one more of `a_day` such mails; counts it. Anybody can type anybody's address,
    in many ways that lead to one mailbox.

    Belongs into the transaction that owes the mail; whoever asks for the same mailbox waits for its end.
    """
    return limits.take("mail", template, digests.mailbox(to), rate=Rate(a_day, timedelta(days=1)))


def rehearse(act: Callable[[], object]) -> list[Mail]:
    """The mails that `act` would owe. Everything it does is rolled back; what it raises is raised."""
    mails: list[Mail] = []
    token = _rehearsed.set(mails)
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    finally:
        _rehearsed.reset(token)
    return mails


def _render(template: str, language: str, context: dict[str, Any]) -> tuple[str, str]:
    suffix = "" if language == settings.LANGUAGE_CODE else f".{language}"
    engine = engines["mail"]
    changed = texts.template_source(template, language)
    with translation.override(language):
        chosen = engine.get_template(f"{template}{suffix}.txt") if changed is None else engine.from_string(changed)
        source = chosen.render(context)
    first, _, body = normalize_newlines(source).partition("\n")
    subject = " ".join(first.partition(":")[2].split())
    return subject[:200], re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def _defer(mail: Mail, *, after: int = 0) -> None:
    """`after`: seconds until the worker may take it."""
    when = {"seconds": after} if after else None
    app.configure_task("outbox.deliver", schedule_in=when).defer(mail_id=mail.pk)


def _delay(mail: Mail) -> int:
    """So that there is something to hold. A code expires within minutes, and our own mailboxes need no time."""
    waits_for_it = any(purpose in _codes for purpose, _ in mail.links.values())
    return 0 if waits_for_it or mail.audience == Audience.DESK else settings.MAIL_DELAY_SECONDS


# --- Links are put in when a mail is shown or sent ----------------------------------------------


def addresses(mail: Mail) -> dict[str, str]:
    """The address, or the code, behind each placeholder. Raises ObjectDoesNotExist when its row is gone."""
    return {name: _resolvers[purpose](key, mail.to) for name, (purpose, key) in mail.links.items()}


def as_text(mail: Mail, urls: Mapping[str, str]) -> str:
    def line(found: re.Match[str]) -> str:
        url = urls.get(found["name"])
        if not url:
            return found[0]
        return f"{found['label']}:{' ' if _is_code(mail, found['name']) else '\n'}{url}"

    return _PLACEHOLDER.sub(line, mail.text)


def as_preview(mail: Mail) -> str:
    """The text for those who must not have the link."""
    return as_text(mail, {name: "(Code)" if _is_code(mail, name) else "(Link)" for name in mail.links})


def _is_code(mail: Mail, name: str) -> bool:
    purpose, _ = mail.links.get(name, ("", ""))
    return purpose in _codes


def fingerprint(mails: Iterable[Mail]) -> str:
    """The same for mails that say the same to the same people."""
    words = json.dumps([(mail.to, mail.subject, mail.text) for mail in mails])
    return hashlib.sha256(words.encode()).hexdigest()


def as_html(mail: Mail, urls: Mapping[str, str]) -> SafeString:
    """The same words as `as_text`, as paragraphs; what people typed is escaped."""

    def anchor(found: re.Match[str]) -> str:
        url = urls.get(found["name"])
        label = mark_safe(found["label"])  # noqa: S308 (escaped with its paragraph)
        if not url:
            return found[0]
        if _is_code(mail, found["name"]):
            return format_html("{}: <strong>{}</strong>", label, url)
        return format_html('<a href="{}">{}</a>', url, label)

    paragraphs = [
        _PLACEHOLDER.sub(anchor, escape(paragraph)).replace("\n", "<br>\n")
        for paragraph in mail.text.strip().split("\n\n")
    ]
    html = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return mark_safe(html)  # noqa: S308 (escaped above)


def _message_id(mail: Mail) -> str:
    """The same at every attempt: where a crash made us send twice, mail programs can tell."""
    return f"<mail-{mail.pk}-{mail.created_at:%Y%m%d%H%M%S%f}@{urlsplit(settings.BASE_URL).hostname}>"


def message(mail: Mail) -> EmailMultiAlternatives:
    urls = addresses(mail)
    message = EmailMultiAlternatives(
        mail.subject,
        as_text(mail, urls),
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={"Auto-Submitted": "auto-generated", "Message-ID": _message_id(mail)},
    )
    html = loader.render_to_string("mail/layout.html", {"mail": mail, "body": as_html(mail, urls)})
    message.attach_alternative(html, "text/html")
    for number, calendar in enumerate(_CALENDAR.findall(mail.calendar), start=1):
        method = re.search(r"^METHOD:(\w+)", calendar, re.MULTILINE)
        kind = f"text/calendar; method={method[1]}" if method else "text/calendar"
        message.attach(f"Termin{f'-{number}' if number > 1 else ''}.ics", calendar.encode(), kind)
    return message


# --- Delivery -----------------------------------------------------------------------------------


class NotYetDelivered(Exception):
    """The mail server could not take the mail now; the job tries again."""


def deliver(mail_id: int) -> None:
    """Hands a queued mail to the mail server; does nothing for any other. Raises NotYetDelivered to be retried.

    The row stays locked meanwhile, so two workers never send it twice, and a killed worker leaves it queued.
    """
    mail = None
    try:
        with transaction.atomic():
            mail = Mail.objects.select_for_update().filter(pk=mail_id, state=Mail.State.QUEUED).first()
            if mail is None:
                return
            _hand_over(mail)
            mail.save(update_fields=["state", "attempts", "error", "sent_at"])
    except (OperationalError, InterfaceError):
        if mail is None or mail.state != Mail.State.SENT:
            raise
        _note_sent(mail)
    log.info("Mail %s: %s nach %s Versuch(en)", mail.pk, mail.state, mail.attempts)
    if mail.state == Mail.State.QUEUED:
        raise NotYetDelivered(f"Mail {mail.pk}")


def _hand_over(mail: Mail) -> None:
    """One attempt; what came of it stands in the row, unsaved."""
    mail.attempts += 1
    try:
        message(mail).send()
    except Exception as error:  # a worker's edge: whatever it is, a person must get to see it
        _log(mail, error)
        mail.error = _UNSTORABLE.sub("", _words(error))[:MOST_WORDS]
        if _is_final(error) or mail.attempts >= MAX_ATTEMPTS:
            mail.state = Mail.State.FAILED
    else:
        mail.state, mail.sent_at, mail.error = Mail.State.SENT, timezone.now(), ""


def _note_sent(mail: Mail) -> None:
    """The database went away while the mail server took the mail: what is not noted now would be sent again."""
    deadline = time.monotonic() + OUTAGE_SECONDS
    while True:
        connection.close()
        try:
            Mail.objects.filter(pk=mail.pk, state=Mail.State.QUEUED).update(
                state=mail.state, attempts=mail.attempts, sent_at=mail.sent_at, error=""
            )
        except (OperationalError, InterfaceError):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def _log(mail: Mail, error: Exception) -> None:
    """Where an error of ours came from, without its words: they may name the recipient."""
    if isinstance(error, ObjectDoesNotExist | OSError | smtplib.SMTPException):
        log.warning("Mail %s: %s", mail.pk, type(error).__name__)
    else:
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("Mail %s: %s\n%s", mail.pk, type(error).__name__, where)


def _words(error: Exception) -> str:
    if isinstance(error, ObjectDoesNotExist):
        return "Der Vorgang, zu dem die E-Mail führt, besteht nicht mehr."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {words.decode(errors='replace')}" for code, words in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return str(error) or type(error).__name__


def _is_final(error: Exception) -> bool:
    """Whether trying again is useless: the row is gone, or the server refuses this address or content for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ObjectDoesNotExist)


# --- What people at the desk do -------------------------------------------------------------------

S = Mail.State
_WHAT_ELSE = "Die E-Mail ist inzwischen „{state}“. Bitte laden Sie die Seite neu."


def _take(mail: Mail, *states: str, refusal: str = _WHAT_ELSE) -> Mail:
    """The fresh row, locked. Raises Refused in any other state, and at once while the worker is sending it."""
    try:
        with transaction.atomic():
            mail = Mail.objects.select_for_update(nowait=True).get(pk=mail.pk)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Refused("Die E-Mail wird gerade versandt. Bitte laden Sie die Seite gleich neu.") from None
        raise
    if mail.state not in states:
        raise Refused(refusal.format(state=mail.get_state_display()))
    return mail


def _note(mail: Mail, what: MailStep.What, *, by: User | None, note: str = "") -> None:
    MailStep.objects.create(mail=mail, what=what, by=by, note=note)


def _write(mail: Mail, **changes: Any) -> Mail:
    for field, value in changes.items():
        setattr(mail, field, value)
    mail.save(update_fields=list(changes))
    return mail


@transaction.atomic
def hold(mail: Mail, *, by: User) -> Mail:
    """Keeps a mail from going out, until somebody sends or discards it. Holding it again changes nothing."""
    mail = _take(mail, S.QUEUED, S.FAILED, S.DISCARDED, S.HELD)
    if mail.state == S.HELD:
        return mail
    _note(mail, MailStep.What.HELD, by=by)
    return _write(mail, state=S.HELD)


@transaction.atomic
def edit(mail: Mail, *, subject: str, text: str, seen: str, by: User) -> Mail:
    """Writes other words into a mail that is held. `seen`: the `fingerprint` of what the person had before them.

    Raises Refused when somebody has changed it since, or when `problems` finds any.
    """
    mail = _take(mail, S.HELD, refusal="Bitte halten Sie die E-Mail zuerst zurück: Sie ist „{state}“.")
    subject = " ".join(subject.split())  # a line break in it would be refused at delivery
    text = normalize_newlines(text).strip() + "\n"
    if (mail.subject, mail.text) == (subject, text):
        return mail
    if fingerprint([mail]) != seen:
        raise Refused("Jemand anderes hat die E-Mail inzwischen bearbeitet. Ihr Text steht noch hier.")
    found = problems(mail, subject=subject, text=text)
    if found:
        raise Refused(" ".join(found.values()))
    changed = [name for name, old, new in (("Betreff", mail.subject, subject), ("Text", mail.text, text)) if old != new]
    _note(mail, MailStep.What.EDITED, by=by, note=", ".join(changed))
    return _write(mail, subject=subject, text=text)


def problems(mail: Mail, *, subject: str, text: str) -> dict[str, str]:
    """What forbids these words, field by field: a link that is gone or unknown, a subject that tells too much."""
    found = {}
    names = {match["name"] for match in _PLACEHOLDER.finditer(text)}
    gone = [label for name, label in labels(mail).items() if name not in names]
    if gone:
        found["text"] = f"Im Text fehlt {', '.join(f'„{label}“' for label in gone)}. Ohne diese Stelle fehlt der Link."
    if mail.reference and mail.reference not in subject:
        found["subject"] = f"Das Aktenzeichen {mail.reference} muss im Betreff stehen bleiben."
    elif "@" in subject:
        found["subject"] = "Eine E-Mail-Adresse darf nicht im Betreff stehen: Ihn lesen unterwegs viele."
    for field, words in (("subject", subject), ("text", text)):
        if texts.CONTROL.search(words):
            found.setdefault(field, texts.INVISIBLE)
    return found


def labels(mail: Mail) -> dict[str, str]:
    """The places of the links in the text, as they are written there."""
    written = {match["name"]: match[0] for match in _PLACEHOLDER.finditer(mail.text)}
    return {name: written[name] for name in mail.links if name in written}


@transaction.atomic
def discard(mail: Mail, *, reason: str, by: User) -> Mail:
    """The mail never goes out; `reason` stands on the case."""
    mail = _take(mail, S.QUEUED, S.HELD, S.FAILED)
    _note(mail, MailStep.What.DISCARDED, by=by, note=reason)
    return _write(mail, state=S.DISCARDED)


@transaction.atomic
def send_now(mail: Mail, *, by: User) -> Mail:
    """Ends holding and waiting: the worker takes it next, with all its attempts before it."""
    mail = _take(mail, S.QUEUED, S.HELD)
    _note(mail, MailStep.What.RELEASED, by=by)
    _write(mail, state=S.QUEUED, attempts=0)
    _defer(mail)
    return mail


@transaction.atomic
def resend(mail: Mail, *, to: str = "", by: User | None = None) -> Mail:
    """Owes a mail again that failed for good; `to`: at another address, to which its links are bound then."""
    mail = _take(
        mail, S.FAILED, refusal="Nur eine E-Mail, die nicht zugestellt werden konnte, lässt sich erneut senden."
    )
    moved = bool(to) and to.lower() != mail.to.lower()
    _note(mail, MailStep.What.REDIRECTED if moved else MailStep.What.RESENT, by=by)
    _write(mail, state=S.QUEUED, attempts=0, to=to or mail.to)
    _defer(mail)
    return mail
