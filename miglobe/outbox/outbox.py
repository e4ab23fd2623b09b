"""The mails we owe. `queue` writes row and job in the caller's transaction; `deliver` is the worker's part."""

import hashlib
import json
import logging
import re
import smtplib
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template import engines, loader
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import normalize_newlines
from procrastinate.contrib.django import app

from miglobe.errors import Refused
from miglobe.turns import take_turn

from .models import Mail

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10  # with the waits of tasks.deliver some eight hours
_PLACEHOLDER = re.compile(r"\[\[(?P<name>\w+)\|(?P<label>[^\]]+)\]\]")
_resolvers: dict[str, Callable[[str, str], str]] = {}
_codes: set[str] = set()  # purposes whose placeholder becomes a word to type, not an address to open
_rehearsed: ContextVar[list[Mail] | None] = ContextVar("rehearsed", default=None)

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
    **context: Any,
) -> Mail:
    """Owes a mail. The row, its job and the caller's change commit or roll back together.

    `template` names `templates/mail/<template>.txt` (`<template>.en.txt` in English), whose first line is
    "Betreff: …" ("Subject: …").
    """
    if not connection.in_atomic_block:
        raise RuntimeError("outbox.queue() gehört in die Transaktion dessen, was die E-Mail auslöst.")
    subject, text = _render(template, language, {**context, "reference": reference})
    mail = Mail(
        template=template,
        language=language,
        reference=reference,
        to=to,
        reply_to=reply_to,
        subject=subject,
        text=text,
        links={name: list(target) for name, target in (links or {}).items()},
    )
    rehearsed = _rehearsed.get()
    if rehearsed is not None:
        rehearsed.append(mail)
        return mail
    mail.save()
    _defer(mail)
    return mail


def may_send(to: str, template: str, *, a_day: int) -> bool:
    """Whether the mailbox was owed fewer than `a_day` such mails within a day: anybody can type anybody's address.

    Belongs into the transaction that owes the mail; whoever asks for the same mailbox waits for its end.
    """
    take_turn("mail", to.lower(), template)
    since = timezone.now() - timedelta(days=1)
    return Mail.objects.filter(to__iexact=to, template=template, created_at__gt=since).count() < a_day


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
    with translation.override(language):
        source = engines["mail"].get_template(f"{template}{suffix}.txt").render(context)
    first, _, body = normalize_newlines(source).partition("\n")
    subject = " ".join(first.partition(":")[2].split())
    return subject[:200], re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def _defer(mail: Mail) -> None:
    app.configure_task("outbox.deliver").defer(mail_id=mail.pk)


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
    return message


# --- Delivery -----------------------------------------------------------------------------------


class NotYetDelivered(Exception):
    """The mail server could not take the mail now; the job tries again."""


def deliver(mail_id: int) -> None:
    """Hands a queued mail to the mail server; does nothing for any other. Raises NotYetDelivered to be retried.

    The row stays locked meanwhile, so two workers never send it twice, and a killed worker leaves it queued.
    """
    with transaction.atomic():
        mail = Mail.objects.select_for_update().filter(pk=mail_id, state=Mail.State.QUEUED).first()
        if mail is None:
            return
        mail.attempts += 1
        try:
            message(mail).send()
        except Exception as error:  # a worker's edge: whatever it is, a person must get to see it
            _log(mail, error)
            mail.error = _words(error)
            if _is_final(error) or mail.attempts >= MAX_ATTEMPTS:
                mail.state = Mail.State.FAILED
        else:
            mail.state, mail.sent_at, mail.error = Mail.State.SENT, timezone.now(), ""
        mail.save(update_fields=["state", "attempts", "error", "sent_at"])
    log.info("Mail %s: %s nach %s Versuch(en)", mail.pk, mail.state, mail.attempts)
    if mail.state == Mail.State.QUEUED:
        raise NotYetDelivered(f"Mail {mail.pk}")


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
    return str(error)[:1000] or type(error).__name__


def _is_final(error: Exception) -> bool:
    """Whether trying again is useless: the row is gone, or the server refuses this address or content for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ObjectDoesNotExist)


@transaction.atomic
def resend(mail: Mail) -> Mail:
    """Owes a mail again that failed for good."""
    mail = Mail.objects.select_for_update().get(pk=mail.pk)
    if mail.state != Mail.State.FAILED:
        raise Refused("Nur eine E-Mail, die nicht zugestellt werden konnte, lässt sich erneut senden.")
    mail.state, mail.attempts = Mail.State.QUEUED, 0
    mail.save(update_fields=["state", "attempts"])
    _defer(mail)
    return mail
