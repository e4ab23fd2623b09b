"""Forgetting somebody forgets them, and nobody else."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from advisors import erasure, forgetting, offers, own_data, reading
from advisors.models import Advisor, Candidacy, DateProposal, Offer, Report
from miglobe.accounts import saved_views
from miglobe.accounts.models import SavedView
from miglobe.desk import roles
from miglobe.errors import Refused
from miglobe.history.tracking import events
from miglobe.months import months_before
from miglobe.outbox.models import Mail
from miglobe.privacy import erasing, holds
from miglobe.privacy.scrubbing import pattern, scrubbed
from requests import notes, workflow
from requests.models import BulkRun, ConsultationRequest, Message, Note, State
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CandidacyFactory,
    CaseFactory,
    OfferFactory,
    ReportFactory,
    UserFactory,
    WorkFactory,
)
from tests.periods import follow

pytestmark = pytest.mark.django_db


def amara(**given):
    return AdvisorFactory(name="Amara Okoro", email="okoro@example.net", phone="0231 5550 99", **given)


def worked_with(advisor, **given):
    """A closed case, so that the person may go."""
    case = CaseFactory(state=given.pop("state", State.CLOSED), **given)
    OfferFactory(advisor=advisor, consultation=case, state=Offer.State.ACCEPTED)
    return case


def test_an_application_of_before_goes_with_the_person():
    advisor = amara()
    CandidacyFactory(email="Okoro@example.net", state=Candidacy.State.DECLINED)
    CandidacyFactory(email="andere@example.net")
    assert any(
        effect.what == "Bewerbungen und Einladungen" and effect.number for effect in erasure.effects(advisor.email)
    )
    forgetting.erase(advisor)
    assert list(Candidacy.objects.values_list("email", flat=True)) == ["andere@example.net"]
    assert not events(Candidacy).filter(email__iexact=advisor.email).exists()


def test_the_history_of_what_does_not_name_the_person_stays():
    advisor, by = amara(), UserFactory()
    case = worked_with(advisor, state=State.RUNNING)
    Mail.objects.create(audience="municipality", reference=case.reference, subject="x", text="Frau Okoro kommt.")
    workflow.reply(case, text="Wir melden uns.", by=by)
    workflow.reply(case, text="Frau Okoro meldet sich.", by=by)
    workflow.close(case, outcome="consulted", by=by)
    forgetting.erase(advisor)
    assert list(Message.objects.order_by("pk").values_list("text", flat=True)) == [
        "Wir melden uns.",
        "Frau [entfernt] meldet sich.",
    ]
    assert "Okoro" not in "".join(Mail.objects.values_list("text", flat=True))
    past = list(events(Message).order_by("pgh_id").values_list("text", flat=True))
    assert past == ["Wir melden uns.", "Frau [entfernt] meldet sich."]


def test_what_is_held_keeps_its_words():
    advisor, by = amara(), UserFactory()
    case = worked_with(advisor)
    notes.write(case, text="Frau Okoro war dabei.", by=by)
    holds.place(case, reason="Prüfung", by=by)
    forgetting.erase(advisor)
    assert Note.objects.get().text == "Frau Okoro war dabei."
    assert events(Note).get().text == "Frau Okoro war dabei."


def test_a_case_that_was_merged_and_is_held_keeps_the_one_that_goes_on():
    then, by = months_before(timezone.now(), 25), UserFactory()
    survivor = CaseFactory(state=State.CLOSED, state_since=then)
    merged = CaseFactory(state=State.MERGED, merged_into=survivor, contact_name="Petra Kranich")
    hold = holds.place(merged, reason="Prüfung", by=by)
    assert follow("requests.persons") == 0
    with pytest.raises(Refused):
        workflow_erase(survivor)
    holds.end(hold, by=by)
    assert follow("requests.persons") == 1
    merged.refresh_from_db()
    assert merged.contact_name == ""


def workflow_erase(case):
    from requests import forgetting as of_requests

    of_requests.erase(case)


def test_who_is_held_keeps_cases_and_mails():
    advisor, by = amara(), UserFactory()
    case = worked_with(advisor, state_since=months_before(timezone.now(), 70))
    Mail.objects.create(
        template="advisors/asked", audience="advisor", to=advisor.email, reference=case.reference, subject="x", text="y"
    )
    hold = holds.place(advisor, reason="Streit um das Honorar", by=by)
    assert (follow("requests.persons"), follow("requests.core")) == (0, 0)
    assert Mail.objects.filter(to=advisor.email).exclude(text="").exists()
    holds.place(case, reason="Prüfung", by=by)
    holds.end(hold, by=by)
    assert follow("requests.core") == 0
    holds.end(holds.LegalHold.objects.get(ended_at=None), by=by)
    assert follow("requests.core") == 1


def test_nobody_waits_for_the_answer_of_who_is_gone():
    advisor = amara()
    offer = OfferFactory(advisor=advisor, state=Offer.State.SENT)
    waits = [effect for effect in erasure.effects(advisor.email) if effect.what == "Angebote ohne Antwort"]
    assert waits[0].number == 1
    forgetting.erase(advisor)
    offer.refresh_from_db()
    assert offer.state == Offer.State.WITHDRAWN and not offers.is_open(offer)
    assert "Okoro" not in "".join(Mail.objects.values_list("text", flat=True))


def test_own_data_name_others_by_their_role_and_tell_what_names_the_person():
    UserFactory(first_name="Emre", last_name="Kavakli")
    advisor, other = amara(), AdvisorFactory(name="Leyla Hasenkamp")
    CandidacyFactory(
        state=Candidacy.State.JOINED, advisor=advisor, email=advisor.email, note="Leyla Hasenkamp kennt sie"
    )
    case = worked_with(advisor)
    report = ReportFactory(consultation=case, state=Report.State.RETURNED, question="Bitte mit Emre Kavakli klären")
    WorkFactory(report=report, offer=case.offers.get())
    notes.write(case, text="Amara Okoro kam zu spät, sagt Leyla Hasenkamp", by=UserFactory())
    notes.write(case, text="Etwas anderes", by=UserFactory())
    found = str([part.entries for part in own_data.everything(advisor)])
    assert other.name not in found and "Emre Kavakli" not in found
    assert "Amara Okoro kam zu spät, sagt [" in found and "Etwas anderes" not in found


def test_own_data_hold_the_words_of_mails_without_their_links():
    advisor = amara()
    Mail.objects.create(
        template="advisors/asked",
        audience="advisor",
        to=advisor.email,
        subject="Möchten Sie?",
        text="Guten Tag\n\n[[link|Zum Angebot]]\n",
        links={"link": ["advisors.own_page", str(advisor.key)]},
    )
    found = str(own_data.mails(advisor).entries)
    assert "Guten Tag" in found and "(Link)" in found and str(advisor.key) not in found


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Bitte an meier@stadt.de schreiben.", "Bitte an [entfernt] schreiben."),
        ("anna.meier@stadt.de und b-meier@stadt.de", "anna.meier@stadt.de und b-meier@stadt.de"),
        ("Frau Groß sagt, der Bedarf ist groß.", "Frau [entfernt] sagt, der Bedarf ist groß."),
        ("JUTTA GROSS? Nein: jutta groß!", "JUTTA GROSS? Nein: [entfernt]!"),
        ("Großstadt", "Großstadt"),
        ("0231/5550-99 oder 0231 555098", "[entfernt] oder 0231 555098"),
        ("Frau Großs Wunsch, Jutta Großs Amt", "Frau [entfernt] Wunsch, [entfernt] Amt"),
        ("+49 231 555099, 0049/231-555099, +49 (0)231 5550 99", "[entfernt], [entfernt], [entfernt]"),
    ],
)
def test_names_are_found_and_words_are_left(text, after):
    assert scrubbed(text, [pattern(name="Jutta Groß", email="meier@stadt.de", phone="0231 5550 99")]) == after


@pytest.mark.parametrize("given", ["+49 231 555099", "0049 (231) 5550 99", "0231/555099"])
def test_a_number_is_found_with_and_without_the_country(given):
    assert scrubbed("Ruf 0231 5550-99 an, +49 231 555099", [pattern(phone=given)]) == "Ruf [entfernt] an, [entfernt]"


def test_a_number_of_another_country_is_found():
    assert scrubbed("+31 20 555 0099, 31 20 5550099", [pattern(phone="+31 20 555 00 99")]) == "[entfernt], [entfernt]"


def test_a_search_that_is_kept_and_the_note_of_many_cases_forget_the_person():
    advisor, by = amara(), UserFactory()
    for name, query in (("A", "q=Amara+Okoro&state=new"), ("B", "q=okoro%40example.net")):
        saved_views.save(name=name, query=query, sharing="all", by=by)
    run = BulkRun.objects.create(move="contact", by=by, count=1, given={"note": "Mit Amara Okoro", "all": [True]})
    erasure.erase(advisor.email)
    run.refresh_from_db()
    assert run.given == {"note": "Mit [entfernt]", "all": [True]}
    assert list(SavedView.objects.order_by("name").values_list("query", flat=True)) == [
        "q=%5Bentfernt%5D&state=new",
        "q=%5Bentfernt%5D",
    ]


def test_the_log_of_the_desk_forgets_who_was_changed(settings):
    by, advisor = UserFactory(), amara(active=False, left_at=months_before(timezone.now(), settings.ADVISOR_MONTHS + 1))
    candidacy = CandidacyFactory(name="Bo Ahrens")
    for row in (advisor, candidacy):
        LogEntry.objects.log_actions(by.pk, [row], CHANGE, [{"changed": {"fields": ["Telefon"], "object": str(row)}}])
    forgetting.delete_candidacies([candidacy])
    assert follow("advisors.left") == 1
    assert set(LogEntry.objects.values_list("object_repr", "change_message")) == {("(gelöscht)", "")}


def test_proposals_forget_the_person():
    advisor = amara()
    case = worked_with(advisor)
    proposal = DateProposal.objects.create(
        consultation=case,
        kind="forum",
        state="withdrawn",
        place="Büro Frau Okoro",
        word="Ruf: 0231 555099",
        answer="Danke, Frau Okoro",
        of_team=case.offers.get(),
    )
    assert "Danke, Frau Okoro" in str(own_data.named(advisor).entries)
    erasure.erase(advisor.email)
    proposal.refresh_from_db()
    assert [proposal.place, proposal.word, proposal.answer] == [
        "Büro Frau [entfernt]",
        "Ruf: [entfernt]",
        "Danke, Frau [entfernt]",
    ]


def test_a_case_that_is_held_keeps_what_was_asked_and_answered_of_who_goes():
    advisor, by = amara(), UserFactory()
    case = worked_with(advisor)
    case.offers.update(note="Erst ab Mai")
    mail = mail_to(advisor.email, case)
    past = events(Offer).count()
    holds.place(case, reason="Prüfung", by=by)
    forgetting.erase(advisor)
    assert case.offers.get().note == "Erst ab Mai" and events(Offer).count() == past
    assert Mail.objects.get(pk=mail.pk).to == "okoro@example.net"


def mail_to(address, case, audience="advisor"):
    now = timezone.now()
    return Mail.objects.create(
        to=address, audience=audience, reference=case.reference, subject="x", text="y", state="sent", sent_at=now
    )


def test_the_mails_of_a_case_that_is_held_with_another_stay(settings):
    survivor = CaseFactory(state=State.CLOSED)
    merged = CaseFactory(state=State.MERGED, merged_into=survivor)
    mail = mail_to("petra@stadt.example", survivor, "municipality")
    Mail.objects.update(created_at=months_before(timezone.now(), settings.MAIL_MONTHS + 1))
    holds.place(merged, reason="Prüfung", by=UserFactory())
    assert follow("mails.text") == 0 and Mail.objects.get(pk=mail.pk).text


def test_who_has_read_a_profile_that_is_held_stays_known(settings):
    advisor, by = amara(), UserFactory()
    reading.opened(advisor, by=by)
    later = months_before(timezone.now(), -settings.AUDIT_MONTHS - 1)
    hold = holds.place(advisor, reason="Streit", by=by)
    assert follow("advisors.accesses", later) == 0
    holds.end(hold, by=by)
    assert follow("advisors.accesses", later) == 1


def test_places_that_name_the_person_are_scrubbed_too():
    advisor = amara()
    appointment = AppointmentFactory(consultation=worked_with(advisor), place="bei Amara Okoro, Raum 3")
    erasure.erase(advisor.email)
    appointment.refresh_from_db()
    assert appointment.place == "bei [entfernt], Raum 3"
    assert not Advisor.objects.filter(name="Amara Okoro").exists()


@pytest.mark.parametrize("who", ["superuser", "only one"])
def test_the_lead_erases_nobody_above_her_and_not_the_last_of_a_role(who):
    roles.load()
    lead, user = UserFactory(), UserFactory(is_superuser=who == "superuser")
    lead.groups.add(Group.objects.get(name=roles.LEAD))
    if who == "superuser":
        UserFactory(is_superuser=True)
    else:
        user.groups.add(Group.objects.get(name=roles.TECHNICAL))
    seen = erasing.fingerprint(erasing.preview(user.email))
    with pytest.raises(
        Refused, match="Rechte, die Sie nicht haben" if who == "superuser" else "Niemand sonst hat diese Rolle"
    ):
        erasing.erase(user.email, seen=seen, by=lead)
    user.refresh_from_db()
    assert user.is_active and ConsultationRequest.objects.count() == 0
