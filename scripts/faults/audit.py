"""What was promised, compared with what is there. Every function returns the promises that are broken."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from http import HTTPStatus

from . import post_office
from .people import Filing, Visitor
from .portal import Portal

# Seconds from the moment at which the mail server writes a mail down to the crash because of which it comes again. It
# may write it down even after the crash: the whole mail had arrived before.
CRASH_WINDOW = (-0.5, 3.0)
AT_A_TIME = 2  # mails that the worker has in hand (settings.PROCRASTINATE_WORKER_DEFAULTS)


def requests_are_there(portal: Portal, filings: Iterable[Filing]) -> list[str]:
    """Every request that was answered with a receipt, once, and its file with it; and no other."""
    filings = list(filings)
    there, told = counted(portal, filings)
    broken = [f"zugesagt, aber nicht da: {row}" for row in told - there]
    broken += [f"mehr als einmal da: {row}" for row in there - told]
    broken += [f"ohne Eingangsbestätigung: {filing.email}" for filing in filings if not filing.reference]
    return broken + files_are_there(portal, filings)


def counted(portal: Portal, filings: Iterable[Filing]) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """The requests that are there, and those that somebody has been told of."""
    there = portal.database.rows(
        "SELECT contact_email, reference, state FROM requests_consultationrequest WHERE state <> 'draft'"
    )
    return Counter(there), Counter((filing.email, filing.reference, "unconfirmed") for filing in filings)


def kept(portal: Portal, filings: Iterable[Filing]) -> int:
    there, told = counted(portal, filings)
    return sum(there[row] == 1 for row in told)


def files_are_there(portal: Portal, filings: Iterable[Filing]) -> list[str]:
    rows = portal.database.rows(
        "SELECT c.contact_email, a.file FROM requests_attachment a"
        " JOIN requests_consultationrequest c ON c.id = a.consultation_id WHERE c.state <> 'draft'"
    )
    there = {email: hashlib.sha256((portal.attachments / name).read_bytes()).hexdigest() for email, name in rows}
    sent = {filing.email: filing.digest for filing in filings if filing.digest}
    return [f"Anlage fehlt oder ist anders: {email}" for email in sent if there.get(email) != sent[email]] + [
        f"Anlage zu viel: {email}" for email in there.keys() - sent.keys()
    ]


def each_request_is_owed_its_mail(portal: Portal, filings: Iterable[Filing]) -> list[str]:
    rows = portal.database.rows(
        'SELECT "to", reference FROM outbox_mail WHERE template = %s', "requests/please_confirm"
    )
    owed, told = Counter(rows), Counter((filing.email, filing.reference) for filing in filings)
    return [f"E-Mail nicht geschuldet: {row}" for row in told - owed] + [
        f"E-Mail zu viel geschuldet: {row}" for row in owed - told
    ]


def mails_were_taken(portal: Portal) -> list[str]:
    """Every mail has been accepted, or was refused for good and says so; and we know of each which."""
    taken = {mail.to for mail in post_office.read(portal.journal)}
    broken = []
    for to, state, error in portal.database.rows('SELECT "to", state, error FROM outbox_mail'):
        expected = "failed" if to.startswith(post_office.FOR_GOOD) else "sent"
        if state != expected or (to in taken) != (state == "sent") or (state == "failed" and error[:2] != "55"):
            broken.append(f"{to}: {state}, {error or 'kein Fehler'}, {'' if to in taken else 'nicht '}angenommen")
    return broken


def refused(portal: Portal) -> int:
    ((number,),) = portal.database.rows("SELECT count(*) FROM outbox_mail WHERE state = 'failed'")
    return int(number)


def sent_again(portal: Portal) -> int:
    """How many copies there are beside the first of each mail."""
    taken = post_office.read(portal.journal)
    return len(taken) - len({mail.message_id for mail in taken})


def copies_are_due_to_crashes(portal: Portal) -> list[str]:
    """A mail is repeated only when our worker or the mail server died between acceptance and our note of it.

    It keeps its Message-ID, by which mailboxes tell that they have it.
    """
    begin, end = CRASH_WINDOW
    crashes = [*portal.kills, *portal.office_kills]
    times, addresses = defaultdict(list), defaultdict(set)
    for mail in post_office.read(portal.journal):
        times[mail.message_id].append(mail.at)
        addresses[mail.to].add(mail.message_id)
    broken = []
    if sent_again(portal) > AT_A_TIME * len(crashes):
        broken.append(f"{sent_again(portal)} zusätzliche Exemplare nach {len(crashes)} Abstürzen")
    broken += [f"zwei Message-IDs für eine E-Mail an {to}" for to, ids in addresses.items() if len(ids) > 1]
    for message_id, moments in times.items():
        broken += [
            f"ohne Absturz wiederholt: {message_id}"
            for moment in sorted(moments)[:-1]
            if not any(begin <= crash - moment <= end for crash in crashes)
        ]
    return broken


def jobs_are_done(portal: Portal) -> list[str]:
    """None is stuck or has failed; what waits is not overdue."""
    rows = portal.database.rows(
        "SELECT task_name, status::text, count(*) FROM procrastinate_jobs"
        " WHERE status <> 'todo' OR coalesce(scheduled_at, now()) < now() - interval '10 seconds' GROUP BY 1, 2"
    )
    return [f"{number} × {task} {status}" for task, status, number in rows if status != "succeeded"]


def addresses(portal: Portal, filings: Iterable[Filing]) -> list[str]:
    """The public pages, the receipts, and what the links in the mails open."""
    links = [word for mail in post_office.read(portal.journal) for word in mail.text.split() if "/bestaetigen/" in word]
    receipts = [f"/anfrage/{filing.key}/eingang/" for filing in filings]
    return ["/", "/anfrage/", *receipts, *sorted({link[link.index("/anfrage/") :] for link in links})]


def pages_are_whole(portal: Portal, paths: Iterable[str]) -> list[str]:
    visitor = Visitor(portal.port)
    return [f"kaputt: {path}" for path in paths if visitor.insist("GET", path).status != HTTPStatus.OK]
