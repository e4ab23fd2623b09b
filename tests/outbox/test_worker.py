"""A real worker in a process of its own, a real SMTP server, and SIGKILL."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from procrastinate.exceptions import AlreadyEnqueued

from miglobe.errors import Refused
from miglobe.outbox import outbox, tasks
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.factories import CaseFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds


class Postman:
    """Takes mails; while `asleep`, keeps whoever delivers waiting after the last byte."""

    def __init__(self):
        self.asleep = False
        self.waiting = 0
        self.taken: list[str] = []

    async def handle_DATA(self, server, session, envelope):
        self.waiting += 1
        while self.asleep:
            await asyncio.sleep(0.05)
        self.taken += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def postman():
    postman = Postman()
    with socket.create_server(("127.0.0.1", 0)) as free:
        postman.port = free.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=postman.port)
    controller.start()
    yield postman
    postman.asleep = False
    controller.stop()


@contextmanager
def worker(postman):
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DEMO": "0",
        "BASE_URL": "https://portal.example.org",
        "DATABASE_URL": database.geturl(),
        "MAIL_FROM": "portal@example.org",
        "SMTP_HOST": "127.0.0.1",
        "ATTACHMENTS_DIR": tempfile.gettempdir(),
        "SMTP_PORT": str(postman.port),
        "SMTP_STARTTLS": "0",
    }
    process = subprocess.Popen([sys.executable, "manage.py", "procrastinate", "worker"], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "Darauf wurde zu lange gewartet."
        time.sleep(0.05)


def owe_two_mails():
    OrganisationFactory()
    workflow.confirm(CaseFactory(state=State.UNCONFIRMED))


def all_sent() -> bool:
    return not Mail.objects.exclude(state=Mail.State.SENT).exists()


def test_the_worker_delivers_what_was_committed(postman):
    owe_two_mails()
    with worker(postman):
        until(all_sent)
    assert sorted(postman.taken) == sorted(Mail.objects.values_list("to", flat=True))


def test_a_worker_killed_while_it_delivers_loses_no_mail(postman):
    owe_two_mails()
    postman.asleep = True
    with worker(postman) as killed:
        until(lambda: postman.waiting == 2)
        killed.send_signal(signal.SIGKILL)
        killed.wait(PATIENCE)
    assert set(Mail.objects.values_list("state", flat=True)) == {Mail.State.QUEUED}
    postman.asleep = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert cursor.fetchone() == (2,)
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    with worker(postman):
        with suppress(AlreadyEnqueued):
            tasks.retry_stalled.defer(timestamp=0)  # what the clock does every minute
        until(all_sent)
    assert set(Mail.objects.values_list("to", flat=True)) <= set(postman.taken)


def test_the_worker_leaves_alone_what_is_held_until_somebody_sends_it(postman):
    owe_two_mails()
    held, other = Mail.objects.all()
    by = UserFactory()
    outbox.hold(held, by=by)
    with worker(postman):
        until(lambda: Mail.objects.filter(pk=other.pk, state=Mail.State.SENT).exists())
        assert postman.taken == [other.to]
        outbox.send_now(held, by=by)
        until(all_sent)
    assert sorted(postman.taken) == sorted([held.to, other.to])


def test_a_mail_in_the_workers_hands_can_no_longer_be_held_or_discarded(postman):
    owe_two_mails()
    by = UserFactory()
    postman.asleep = True
    with worker(postman):
        until(lambda: postman.waiting == 2)
        for mail in Mail.objects.all():
            with pytest.raises(Refused, match="gerade versandt"):
                outbox.hold(mail, by=by)
            with pytest.raises(Refused, match="gerade versandt"):
                outbox.discard(mail, reason="Anruf", by=by)
        postman.asleep = False
        until(all_sent)
    assert len(postman.taken) == 2
