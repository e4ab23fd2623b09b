"""A real mail server that is away, says nothing, or refuses: what becomes of the mail."""

import asyncio
import socket
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import mails
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db


class Server:
    """Does what its `way` says, and counts what it has taken."""

    def __init__(self):
        self.way, self.taken = "take", []

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = {"later": "451 later", "unknown": "550 unknown", "busy": "421 busy"}
        if self.way not in answers:
            envelope.rcpt_tos.append(address)
        return answers.get(self.way, "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if self.way == "hang":
            await asyncio.sleep(5)
        if self.way == "drop":
            server.transport.abort()
        if self.way in ("take", "forget to say goodbye"):
            self.taken.append(envelope.content)
        return {"full": "452 full", "rejected": "554 rejected"}.get(self.way, "250 OK")

    async def handle_QUIT(self, server, session, envelope):
        if self.way == "forget to say goodbye":
            server.transport.abort()
        return "221 Bye"


@pytest.fixture(scope="module")
def server():
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        server.port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@contextmanager
def delivering_to(port):
    options = {"host": "127.0.0.1", "port": port, "use_tls": False, "timeout": 0.5}
    backend = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(MAILERS={"default": {"BACKEND": backend, "OPTIONS": options}}):
        yield


@pytest.fixture
def deliver(server):
    """`deliver(way)` makes one attempt and gives the mail as it stands then."""
    case = CaseFactory()
    with transaction.atomic():
        mails.status_link(case)
    mail = Mail.objects.get()
    server.taken.clear()

    def attempt(way, port=None):
        server.way = way
        with delivering_to(port or server.port):
            try:
                outbox.deliver(mail.pk)
            except outbox.NotYetDelivered:
                assert Mail.objects.get().state == Mail.State.QUEUED
        return Mail.objects.get()

    return attempt


@pytest.mark.parametrize("way", ["hang", "drop", "later", "busy", "full"])
def test_what_passes_is_tried_again_and_sent_once(deliver, server, way):
    for attempts in (1, 2):
        mail = deliver(way)
        assert (mail.state, mail.attempts) == (Mail.State.QUEUED, attempts)
        assert mail.error
    mail = deliver("take")
    assert (mail.state, mail.attempts, mail.error) == (Mail.State.SENT, 3, "")
    assert len(server.taken) == 1


def test_a_server_that_is_away_is_tried_again(deliver, server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    assert deliver("take", port=nobody).state == Mail.State.QUEUED
    assert deliver("take").state == Mail.State.SENT


@pytest.mark.parametrize(("way", "words"), [("unknown", "550 unknown"), ("rejected", "554 rejected")])
def test_a_refusal_for_good_comes_back_to_a_person_at_once(deliver, server, way, words):
    mail = deliver(way)
    assert (mail.state, mail.attempts, mail.error) == (Mail.State.FAILED, 1, words)
    assert deliver("take").state == Mail.State.FAILED  # only a person sends it again
    assert server.taken == []


def test_a_server_that_hangs_up_after_taking_a_mail_gets_it_once(deliver, server):
    assert deliver("forget to say goodbye").state == Mail.State.SENT
    deliver("take")
    assert len(server.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_taken_while_the_database_went_away_is_noted_afterwards(deliver, server, monkeypatch):
    """The connection dies between the mail server's answer and our note of it; the next one works again."""
    hand_over, tries = outbox._hand_over, []

    def and_lose_the_database(mail):
        hand_over(mail)
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(outbox, "_hand_over", and_lose_the_database)
    monkeypatch.setattr(outbox.time, "sleep", tries.append)
    mail = deliver("take")
    assert (mail.state, mail.attempts) == (Mail.State.SENT, 1)
    assert mail.sent_at is not None
    deliver("take")
    assert len(server.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_not_taken_when_the_database_went_away_stays_owed(deliver, server, monkeypatch):
    hand_over = outbox._hand_over

    def and_lose_the_database(mail):
        hand_over(mail)
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_hand_over", and_lose_the_database)
        with pytest.raises(OperationalError):
            deliver("later")
    assert Mail.objects.get().state == Mail.State.QUEUED
    assert deliver("take").state == Mail.State.SENT
