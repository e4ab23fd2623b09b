"""Internal notes: whom they mention, what is mailed, how one is taken back. And who has a case open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import looks, notes
from requests.models import Look, Note
from tests.factories import CaseFactory, CoordinatorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def aylin():
    return CoordinatorFactory(first_name="Aylin", last_name="Kavakli")


def test_who_is_mentioned_gets_a_mail_that_says_who_wrote_and_not_what(coordinator, aylin):
    case = CaseFactory()
    notes.write(case, text="Der Rat ist dagegen.", mentioned=[aylin, aylin, coordinator], by=coordinator)
    mail = Mail.objects.get()
    assert mail.to == aylin.email
    assert mail.subject == f"[{case.reference}] Eine Notiz erwähnt Sie"
    assert str(coordinator) in mail.text
    assert "Rat ist dagegen" not in mail.text


def test_the_same_note_sent_twice_is_one(coordinator, aylin):
    case = CaseFactory()
    for _ in range(2):
        notes.write(case, text="Bitte anrufen.", mentioned=[aylin], by=coordinator)
    assert Note.objects.count() == Mail.objects.count() == 1
    notes.write(case, text="Bitte anrufen.", by=aylin)
    assert Note.objects.count() == 2


def test_only_who_wrote_a_note_takes_it_back_and_it_stays(coordinator, aylin):
    note = notes.write(CaseFactory(), text="Falsch.", by=coordinator)
    with pytest.raises(Refused, match="Zurückziehen kann sie nur"):
        notes.take_back(note, by=aylin)
    first = notes.take_back(note, by=coordinator).taken_back_at
    assert first
    assert notes.take_back(note, by=coordinator).taken_back_at == first
    assert Note.objects.get().text == "Falsch."


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("@Aylin Kavakli bitte anrufen", ["Aylin Kavakli"], []),
        ("Frag @kavakli.", ["Aylin Kavakli"], []),
        ("(@Aylin, @Jörg) bitte", ["Aylin Kavakli", "Jörg Addo-Koh"], []),
        ("@Jörg Addo-Koh: danke", ["Jörg Addo-Koh"], []),
        ("@Aylin\n@Aylin", ["Aylin Kavakli"], []),
        ("@Nina sieht das anders", [], ["Nina"]),
        ("an petra@stadt.example schreiben", [], []),
        ("Preis @ 5 Euro", [], []),
        ("@Miriam Lindhorst übernimmt", ["Miriam Lindhorst"], []),
    ],
)
def test_names_behind_an_at_sign_are_found(aylin, text, found, unknown):
    people = [
        aylin,
        CoordinatorFactory(first_name="Jörg", last_name="Addo-Koh"),
        CoordinatorFactory(first_name="Miriam", last_name="Lindhorst"),
        CoordinatorFactory(first_name="Miriam", last_name="Benaissa"),
    ]
    people_found, names = notes.named_in(text, people)
    assert ([str(person) for person in people_found], names) == (found, unknown)


def test_a_name_that_fits_two_is_asked_about():
    people = [CoordinatorFactory(first_name="Miriam", last_name=name) for name in ("Lindhorst", "Benaissa")]
    with pytest.raises(notes.Unclear, match="Miriam Lindhorst, Miriam Benaissa"):
        notes.named_in("@Miriam bitte", people)


def test_who_else_looks_is_told_and_forgotten_after_a_quarter_of_an_hour(coordinator, aylin):
    case, other = CaseFactory(), CaseFactory()
    assert looks.at(case, by=coordinator) == []
    (look,) = looks.at(case, by=aylin)
    assert looks.words([look]) == f"Zurzeit auch geöffnet von {coordinator} seit {timezone.localtime():%H:%M} Uhr."
    assert looks.at(other, by=aylin) == []
    assert looks.words([]) == ""
    Look.objects.filter(by=coordinator).update(at=timezone.now() - looks.KEEP)
    Look.objects.filter(by=aylin).update(at=timezone.now() - looks.AFRESH)
    assert looks.at(case, by=aylin) == []
    assert not Look.objects.filter(by=coordinator).exists()


def test_looking_again_within_a_minute_writes_nothing_and_later_keeps_since_when(
    coordinator, django_assert_num_queries
):
    case = CaseFactory()
    looks.at(case, by=coordinator)
    with django_assert_num_queries(1):
        looks.at(case, by=coordinator)
    since = timezone.now() - timedelta(minutes=10)
    Look.objects.update(at=timezone.now() - looks.AFRESH, since=since)
    looks.at(case, by=coordinator)
    look = Look.objects.get()
    assert look.since == since
    assert look.at > timezone.now() - looks.AFRESH
