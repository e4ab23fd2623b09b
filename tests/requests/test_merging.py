"""Two requests of a municipality become one: what goes where, who is told, and where old links lead."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from miglobe.errors import Refused
from miglobe.outbox import owners
from miglobe.outbox.models import Mail
from miglobe.templatetags.language import day
from requests import access, attachments, links, merging, notes, workflow
from requests.models import ConsultationRequest, State, Transition
from tests.factories import (
    CaseFactory,
    FormatFactory,
    MunicipalityFactory,
    OrganisationFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def pair(**changes):
    """The case that stays and the one that goes on in it, of the same municipality and contact."""
    place, mailbox = MunicipalityFactory(name="Unna"), {"contact_email": "petra@unna.example"}
    stays = CaseFactory(municipality=place, person=UserFactory(), **mailbox)
    goes = CaseFactory(
        municipality=place, concern="Ein zweites Mal gefragt.", hope="Eine Antwort.", **mailbox | changes
    )
    return stays, goes


def upload(name="Konzept.pdf", text=b"%PDF-1.7"):
    return SimpleUploadedFile(name, text)


def status_url(case):
    return f"/anfrage/stand/{links.token(links.STATUS, case)}/"


def test_everything_of_the_other_goes_on_in_the_case_that_stays():
    by = UserFactory()
    stays, goes = pair(contact_phone="02303 5550 9", wished_from=date(2027, 3, 1))
    stays.contact_phone = ""
    stays.save()
    workflow.write(goes, text="Gibt es Neues?")
    notes.write(goes, text="Frau Beispiel ist erst ab elf da.", by=by)
    attachments.add(goes, upload())
    goes.formats.set([FormatFactory()])
    goes.co_municipalities.set([MunicipalityFactory(), stays.municipality])
    mails = Mail.objects.of_case(goes.reference).count()
    assert mails
    stays = merging.merge(stays, absorbed=goes, by=by)
    assert [message.text for message in stays.messages.all()] == [
        f"Aus der Anfrage {goes.reference} vom {day(timezone.localdate())}:"
        "\n\nEin zweites Mal gefragt.\n\nEine Antwort.",
        "Gibt es Neues?",
    ]
    about, note = sorted(stays.notes.values_list("text", flat=True))
    assert note.startswith("Frau Beispiel")
    assert "02303 5550 9" in about
    assert set(goes.topics.all()) < set(stays.topics.all())
    assert set(goes.formats.all()) == set(stays.formats.all())
    assert stays.municipality not in stays.co_municipalities.all()
    assert stays.co_municipalities.count() == 1
    assert stays.attachments.get().name == "Konzept.pdf"
    assert (stays.contact_phone, stays.wished_from) == ("02303 5550 9", date(2027, 3, 1))
    assert stays.unanswered_since
    assert not Mail.objects.of_case(goes.reference).exists()
    assert Mail.objects.of_case(stays.reference).count() >= mails


def test_nothing_is_deleted_and_the_history_of_both_says_it():
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, by=stays.person)
    goes.refresh_from_db()
    assert (goes.state, goes.merged_into) == (State.MERGED, stays)
    assert (goes.concern, goes.hope) == ("Ein zweites Mal gefragt.", "Eine Antwort.")
    assert "Weiter unter " + stays.reference in Transition.objects.get(consultation=goes).note
    assert goes.reference in Transition.objects.get(consultation=stays).note


def test_what_was_sent_with_the_form_comes_with_its_words():
    stays, goes = pair()
    file = attachments.add(goes, upload())
    ConsultationRequest.objects.filter(pk=goes.pk).update(submitted_at=timezone.now() + timedelta(seconds=1))
    stays = merging.merge(stays, absorbed=goes, by=UserFactory())
    assert stays.messages.get().attachments.get() == file


def test_the_same_file_in_both_is_kept_once_and_can_still_be_had(client):
    stays, goes = pair()
    attachments.add(stays, upload())
    theirs = attachments.add(goes, upload("Noch einmal.pdf"))
    stays = merging.merge(stays, absorbed=goes, by=UserFactory())
    assert stays.attachments.get().name == "Konzept.pdf"
    had = client.get(f"{status_url(stays)}anlage/{theirs.key}/")
    assert b"".join(had.streaming_content) == b"%PDF-1.7"


def test_the_old_link_of_the_same_contact_shows_the_case_that_stays(client):
    stays, goes = pair()
    old = status_url(goes)
    merging.merge(stays, absorbed=goes, by=UserFactory())
    page = client.get(old).content.decode()
    assert stays.reference in page
    assert "Ein zweites Mal gefragt." in page  # in the thread
    client.post(old, {"text": "Noch eine Frage."})
    assert stays.messages.filter(text="Noch eine Frage.").exists()


@pytest.mark.parametrize(
    ("language", "words"), [("de", "geht in einer anderen weiter"), ("en", "continues in another")]
)
def test_another_contact_reads_where_the_request_went_and_nothing_of_the_other_person(client, language, words):
    stays, goes = pair(contact_email="jonas@unna.example", contact_name="Jonas Beispiel")
    stays.contact_name = "Petra Geheim"
    stays.save()
    merging.merge(stays, absorbed=goes, by=UserFactory())
    old = status_url(goes) if language == "de" else f"/en{status_url(goes)}"
    page = client.get(old).content.decode()
    assert words in page
    assert "Ein zweites Mal gefragt." in page
    assert stays.contact_name not in page
    assert stays.contact_email not in page
    sent = client.post(old, {"text": "Mein langer Text"})
    assert sent.status_code == 409
    assert "Mein langer Text" in sent.content.decode()


def test_one_contact_gets_one_mail_and_two_contacts_one_each():
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, note="Wir rufen Sie an.", by=stays.person)
    mail = Mail.objects.get()
    assert mail.to == "petra@unna.example"
    assert goes.reference in mail.text
    assert "Wir rufen Sie an." in mail.text
    stays, goes = pair(contact_email="jonas@unna.example")
    merging.merge(stays, absorbed=goes, by=stays.person)
    assert not Mail.objects.of_case(goes.reference).exists()  # whatever comes back shows on the case that stays
    assert set(Mail.objects.values_list("to", "template")) == {
        ("petra@unna.example", "requests/merged"),
        ("jonas@unna.example", "requests/merged_elsewhere"),
    }
    assert "petra@" not in Mail.objects.get(template="requests/merged_elsewhere").text.lower()


def test_the_colleagues_of_both_learn_of_it_but_not_who_did_it():
    stays, goes = pair(person=UserFactory())
    merging.merge(stays, absorbed=goes, by=goes.person)
    assert Mail.objects.get(template="requests/merged_desk").to == stays.person.email


def test_lost_links_and_codes_of_the_duplicate_lead_to_the_case_that_stays(client):
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, by=stays.person)
    Mail.objects.all().delete()
    access.send_links("petra@unna.example")
    assert Mail.objects.get().reference == stays.reference
    goes.refresh_from_db()
    assert access._find(goes.reference, "petra@unna.example") == goes.key
    assert stays.reference in client.get(access._address(goes.key)).content.decode()


def test_what_was_merged_before_goes_along():
    first, second = pair()
    merging.merge(first, absorbed=second, by=UserFactory())
    last = CaseFactory(municipality=first.municipality, contact_email="petra@unna.example")
    merging.merge(last, absorbed=first, by=UserFactory())
    second.refresh_from_db()
    assert second.merged_into == last


def test_it_counts_once():
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, by=UserFactory())
    assert list(ConsultationRequest.objects.filed()) == [stays]


def test_merging_again_changes_nothing():
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, by=stays.person)
    before = Transition.objects.count(), Mail.objects.count(), stays.messages.count()
    merging.merge(stays, absorbed=goes, by=stays.person)
    assert before == (Transition.objects.count(), Mail.objects.count(), stays.messages.count())


@pytest.mark.parametrize("state", ["closed", "rejected", "withdrawn", "merged"])
def test_only_a_case_that_goes_on_can_stay(state):
    _, goes = pair()
    ended = CaseFactory(state=state, municipality=goes.municipality)
    with pytest.raises(Refused, match="noch läuft"):
        merging.merge(ended, absorbed=goes, by=UserFactory())
    goes.refresh_from_db()
    assert goes.state == State.NEW


@pytest.mark.parametrize("state", ["staffed", "running", "closed", "merged"])
def test_a_case_with_its_team_does_not_go_on_in_another(state):
    stays, _ = pair()
    other = CaseFactory(state=state, municipality=stays.municipality)
    with pytest.raises(Refused, match="andersherum"):
        merging.merge(stays, absorbed=other, by=UserFactory())


def test_different_municipalities_are_no_duplicates_unless_they_ask_together():
    one, other = CaseFactory(), CaseFactory()
    with pytest.raises(Refused, match="verschiedenen Kommunen"):
        merging.merge(one, absorbed=other, by=UserFactory())
    with pytest.raises(Refused, match="ein und dieselbe"):
        merging.merge(one, absorbed=one, by=UserFactory())
    one.co_municipalities.add(other.municipality)
    merging.merge(one, absorbed=other, by=UserFactory())


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_either_way_at_once_end_in_one_truth():
    OrganisationFactory()
    by = UserFactory()
    for _ in range(20):
        stays, goes = pair()
        ConsultationRequest.objects.filter(pk__in=(stays.pk, goes.pk)).update(person=by)
        barrier = Barrier(2)

        def run(one, other, barrier=barrier):
            try:
                barrier.wait(timeout=10)
                merging.merge(one, absorbed=other, by=by)
            except Refused:
                return "refused"
            else:
                return "ok"
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            results = [pool.submit(run, stays, goes), pool.submit(run, goes, stays)]
        assert sorted(result.result() for result in results) == ["ok", "refused"]
        cases = ConsultationRequest.objects.filter(pk__in=(stays.pk, goes.pk))
        assert sorted(cases.values_list("state", flat=True)) == ["merged", "new"]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_while_two_are_merged_is_in_neither_lost():
    by = UserFactory()
    for _ in range(10):
        stays, goes = pair()
        barrier = Barrier(2)

        def at_once(act, barrier=barrier):
            try:
                barrier.wait(timeout=10)
                act()
            except Refused:
                return "refused"
            else:
                return "ok"
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            merged = pool.submit(at_once, lambda: merging.merge(stays, absorbed=goes, by=by))  # noqa: B023
            wrote = pool.submit(at_once, lambda: workflow.write(goes, text="Noch etwas."))  # noqa: B023
        assert merged.result() == "ok"
        assert stays.messages.filter(text="Noch etwas.").exists() == (wrote.result() == "ok")


def test_topics_of_both_are_matched():
    stays, goes = pair()
    topic = TopicFactory()
    goes.topics.add(topic)
    assert topic in merging.merge(stays, absorbed=goes, by=UserFactory()).topics.all()


def test_a_mail_that_came_back_from_the_other_contact_does_not_correct_this_one():
    stays, goes = pair(contact_email="jonas@unna.example")
    merging.merge(stays, absorbed=goes, by=stays.person)
    assert owners.find(Mail.objects.get(template="requests/merged_elsewhere")) is None
    assert owners.find(Mail.objects.get(template="requests/merged")) is not None
