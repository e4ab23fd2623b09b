"""What is over goes, everywhere; what is not stays."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from advisors.models import Advisor, KeptCount, Offer
from miglobe.desk import figures
from miglobe.history.forgetting import event_models
from miglobe.history.tracking import events
from miglobe.months import months_before
from miglobe.outbox.models import Mail
from miglobe.privacy import holds, registry, retention
from miglobe.privacy.models import RetentionRun
from requests import attachments, notes, search, workflow
from requests.models import ConsultationRequest, State
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CaseFactory,
    FeedbackFactory,
    OfferFactory,
    ReportFactory,
    TopicFactory,
    UserFactory,
    WorkFactory,
)
from tests.periods import follow

pytestmark = pytest.mark.django_db

PETRA = {"contact_name": "Petra Kranich", "contact_email": "kranich@soest.example", "contact_phone": "02921 5550 77"}
TRACES = ("Kranich", "kranich@soest", "02921 5550 77", "02921-555077")


def a_closed_case(**given):
    """With something of everything that may hang on a case, and the contact's name in all of it."""
    by = UserFactory()
    case = CaseFactory(
        state=State.RUNNING,
        concern="Bitte Frau Kranich anrufen: 02921-555077.",
        contact_office="Stabsstelle Kranich",
        **PETRA,
        **given,
    )
    workflow.write(case, text="Viele Grüße, Petra Kranich")
    workflow.reply(case, text="Guten Tag Frau Kranich", by=by)
    workflow.contact(case, note="Frau Kranich am Telefon", by=by)
    notes.write(case, text="Kranich ist ab Juli im Urlaub", by=by)
    attachments.add(case, SimpleUploadedFile("Kranich.pdf", b"%PDF-1.7 Kranich"), by=by)
    offer = OfferFactory(consultation=case, state=Offer.State.ACCEPTED, note="Kenne Frau Kranich")
    AppointmentFactory(consultation=case, place="bei Kranich", minutes="Kranich dabei")
    report = ReportFactory(consultation=case, agreed="Mit Frau Kranich verabredet.")
    WorkFactory(report=report, offer=offer)
    FeedbackFactory(consultation=case, helped="P. Kranich")
    workflow.close(case, outcome="consulted", note="Kranich sagt danke", by=by)
    case.refresh_from_db()
    return case


def ended(case, then):
    ConsultationRequest.objects.filter(pk=case.pk).update(state_since=then)
    return case


def whole_database() -> str:
    """Every row of every table as text, the history and the search included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608
            found += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(found)


def where(words) -> list[str]:
    return [line[:200] for line in whole_database().splitlines() if any(word.lower() in line.lower() for word in words)]


def test_after_their_time_nobody_can_be_told_from_a_closed_case_in_any_table(tmp_path, settings):
    settings.ATTACHMENTS_DIR = tmp_path
    case = ended(a_closed_case(), months_before(timezone.now(), settings.CASE_PERSONS_MONTHS + 1))
    assert len({line.partition(":")[0] for line in where(TRACES)}) > 8
    assert follow("requests.persons") == 1
    assert where(TRACES) == []
    case.refresh_from_db()
    assert case.anonymised_at and case.state == State.CLOSED and case.topics.exists()
    assert case.concern == "Bitte Frau [entfernt] anrufen: [entfernt]."
    assert case.report.agreed == "Mit Frau [entfernt] verabredet."
    assert follow("requests.persons") == 0


@pytest.mark.django_db(transaction=True)
def test_the_files_go_too(tmp_path, settings):
    settings.ATTACHMENTS_DIR = tmp_path
    ended(a_closed_case(), months_before(timezone.now(), 25))
    assert [path for path in tmp_path.rglob("*") if path.is_file()]
    follow("requests.persons")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_search_finds_nobody_any_more():
    case = ended(a_closed_case(), months_before(timezone.now(), 25))
    query = search.understand("Kranich")
    assert search.keys(query) == [case.pk]
    follow("requests.persons")
    assert search.keys(query) == []


def test_a_day_before_nothing_happens(settings):
    case = a_closed_case()
    now = months_before(timezone.now(), -settings.CASE_PERSONS_MONTHS)
    assert follow("requests.persons", now - timedelta(days=3)) == 0
    case.refresh_from_db()
    assert case.contact_name == "Petra Kranich"


def test_after_years_a_case_goes_with_everything_and_the_figures_stay_what_they_were(settings):
    topic = TopicFactory()
    others = [CaseFactory(topics=[topic]) for _ in range(2)]
    case = a_closed_case(topics=[topic], contacted_at=timezone.now())
    today = timezone.localdate()
    period = figures.Period(today, today)
    before = figures.of(period)
    assert before.number == 3
    ended(case, months_before(timezone.now(), 61))
    assert follow("requests.core") == 1
    assert figures.of(period) == before
    assert set(ConsultationRequest.objects.all()) == set(others)
    assert where(TRACES) == [] and where([case.reference]) == []
    assert KeptCount.objects.exists()


def test_what_is_left_of_a_case_in_the_figures_belongs_to_its_own_days():
    case = ended(a_closed_case(), months_before(timezone.now(), 61))
    last_year = timezone.now() - timedelta(days=400)
    ConsultationRequest.objects.filter(pk=case.pk).update(confirmed_at=last_year)
    follow("requests.core")
    day = timezone.localdate(last_year)
    assert figures.of(figures.Period(day, day)).number == 1
    assert figures.first_year() == day.year
    today = timezone.localdate()
    facts = {fact.label: fact.words for fact in figures.of(figures.Period(today, today)).facts}
    assert (facts["Anfragen"], facts["Abgeschlossen"]) == ("0", "1")


def test_refused_requests_are_deleted_and_still_counted():
    now = timezone.now()
    cases = [CaseFactory(state=state) for state in (State.REJECTED, State.REFERRED, State.WITHDRAWN)]
    for case in cases:
        ended(case, months_before(now, 13))
    CaseFactory(state=State.REJECTED)
    assert follow("requests.refused") == 3
    assert ConsultationRequest.objects.count() == 1
    today = timezone.localdate()
    assert figures.of(figures.Period(today, today)).number == 4


def test_what_was_merged_goes_with_the_case_that_goes():
    case = a_closed_case()
    CaseFactory(state=State.MERGED, merged_into=case, **PETRA)
    ended(case, months_before(timezone.now(), 25))
    follow("requests.persons")
    assert where(TRACES) == []
    ended(case, months_before(timezone.now(), 61))
    assert follow("requests.core") == 1
    assert not ConsultationRequest.objects.exists()


def test_a_running_case_has_no_end_of_its_time():
    case = CaseFactory(state=State.RUNNING, state_since=timezone.now() - timedelta(days=4000))
    retention.run(timezone.now())
    assert ConsultationRequest.objects.get() == case


# --- People of the pool --------------------------------------------------------------------------------


def amara(**given):
    advisor = AdvisorFactory(name="Amara Okoro", email="okoro@example.net", phone="0231 5550 99", about="Ich", **given)
    Mail.objects.create(template="advisors/left", audience="advisor", to=advisor.email, subject="x", text="Liebe Amara")
    return advisor


OF_AMARA = ("Okoro", "5550 99", "Amara")


def gone(advisor, months=13):
    then = months_before(timezone.now(), months)
    Advisor.objects.filter(pk=advisor.pk).update(active=False, left_at=then)


def test_who_has_left_and_never_worked_is_deleted():
    advisor = amara()
    gone(advisor)
    assert follow("advisors.left") == 1
    assert not Advisor.objects.exists()
    assert where(OF_AMARA) == []


def test_who_has_worked_leaves_an_empty_row_that_the_work_hangs_on():
    advisor = amara()
    offer = OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=CaseFactory(state=State.CLOSED))
    report = ReportFactory(consultation=offer.consultation, agreed="Amara Okoro hat beraten.")
    WorkFactory(report=report, offer=offer, days=3)
    gone(advisor)
    assert follow("advisors.left") == 1
    assert where(OF_AMARA) == []
    offer.refresh_from_db()
    assert offer.state == Offer.State.ACCEPTED and offer.work.get().days == 3
    left = offer.advisor
    assert (left.name, left.home, left.active) == ("Ehemalige*r Berater*in", None, False)
    assert not left.topic_skills.exists() and not left.consents.exists()
    ended(offer.consultation, months_before(timezone.now(), 61))
    assert follow("requests.core") == 1
    assert not Advisor.objects.exists()


def test_who_still_works_on_a_case_is_not_forgotten():
    advisor = amara()
    OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=CaseFactory(state=State.RUNNING))
    gone(advisor)
    assert follow("advisors.left") == 0


def test_the_pages_of_a_forgotten_persons_case_still_open(desk):
    advisor = amara()
    case = CaseFactory(state=State.CLOSED)
    OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=case)
    gone(advisor)
    follow("advisors.left")
    ended(case, months_before(timezone.now(), 25))
    follow("requests.persons")
    page = desk.get(f"/admin/requests/consultationrequest/{case.pk}/change/").content.decode()
    assert "Ehemalige*r Berater*in" in page and "Die Personen in dieser Anfrage sind" in page
    assert "Notiz speichern" not in page and "festhalten" not in page and "Angaben berichtigen" not in page
    assert desk.post(f"/admin/requests/consultationrequest/{case.pk}/move/resume/").status_code == 403
    assert desk.post(f"/admin/requests/consultationrequest/{case.pk}/note/", {"text": "Kranich"}).status_code == 403
    assert "Ehemalige" not in desk.get("/admin/advisors/advisor/").content.decode()
    assert desk.get("/admin/requests/consultationrequest/").status_code == 200


# --- The rest ------------------------------------------------------------------------------------------


def test_mails_lose_their_words_and_those_of_no_case_go():
    old, case = timezone.now() - timedelta(days=370), CaseFactory()
    given = {"subject": "Eingang", "text": "Guten Tag", "sent_at": old, "to": "a@b.example"}
    mails = [
        Mail.objects.create(state="sent", reference=case.reference, **given),
        Mail.objects.create(state="sent", **given),
        Mail.objects.create(state="queued", reference=case.reference, **given),
        Mail.objects.create(state="sent", reference=case.reference, **given),
    ]
    Mail.objects.filter(pk__in=[mail.pk for mail in mails[:3]]).update(created_at=old)
    assert (follow("mails"), follow("mails.text")) == (1, 1)
    left = dict(Mail.objects.values_list("pk", "text"))
    assert left == {mails[0].pk: "", mails[2].pk: "Guten Tag", mails[3].pk: "Guten Tag"}
    assert not events(Mail).filter(pgh_obj_id__in=[mail.pk for mail in mails[:2]]).exists()


def test_the_history_is_as_long_as_the_setting_says(settings):
    case = CaseFactory()
    ConsultationRequest.objects.filter(pk=case.pk).update(hope="Neu")
    assert follow("history") == 0
    later = months_before(timezone.now(), -settings.AUDIT_MONTHS) + timedelta(days=3)
    assert follow("history", later) > 0
    assert not any(past.objects.exists() for past in event_models())


def test_every_rule_has_a_period_of_whole_days_months_or_years(settings):
    for rule in registry.rules():
        if rule.setting:
            assert rule.setting.rpartition("_")[2] in retention.UNITS, rule.name
            assert getattr(settings, rule.setting) >= 1
        assert rule.count(timezone.now() - timedelta(days=9999)) == 0


def test_a_run_writes_down_how_much_and_never_whom():
    ended(a_closed_case(), months_before(timezone.now(), 25))
    protocol = retention.run(timezone.now())
    assert [(count.rule, count.how, count.period, count.number) for count in protocol.counts.all()] == [
        ("requests.persons", "anonymisiert", "24 Monate", 1)
    ]
    assert protocol.finished_at and not protocol.failed


def test_a_preview_changes_nothing(capsys):
    ended(a_closed_case(), months_before(timezone.now(), 25))
    before = whole_database()
    call_command("retention", dry_run=True)
    assert "     1  Personen in abgeschlossenen Anfragen: anonymisiert (24 Monate)" in capsys.readouterr().out
    assert whole_database() == before
    call_command("retention")
    assert RetentionRun.objects.get().counts.get().number == 1


def test_a_rule_that_fails_stops_no_other_and_is_named(monkeypatch):
    ended(a_closed_case(), months_before(timezone.now(), 25))

    def breaks(before):
        raise OSError("Platte voll")

    broken = registry.Rule("broken", "Kaputt", "", registry.How.DELETE, lambda before: 0, breaks)
    monkeypatch.setattr(registry, "_rules", [broken, *registry.rules()])
    with pytest.raises(retention.NotFollowed, match="broken"):
        retention.run(timezone.now())
    protocol = RetentionRun.objects.get()
    assert protocol.failed == "broken" and protocol.counts.get().rule == "requests.persons"


def test_many_rows_go_in_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        ended(CaseFactory(state=State.REJECTED), months_before(timezone.now(), 13))
    assert follow("requests.refused") == 5


# --- Holds ---------------------------------------------------------------------------------------------


def test_what_is_held_stays_with_its_mails_and_its_history(settings):
    case, by = ended(a_closed_case(), months_before(timezone.now(), 70)), UserFactory()
    Mail.objects.filter(reference=case.reference).update(
        created_at=months_before(timezone.now(), 60), state="sent", sent_at=timezone.now()
    )
    advisor = amara()
    gone(advisor)
    for row in (case, advisor):
        holds.place(row, reason="Prüfung durch den Rechnungshof", by=by)
    later = months_before(timezone.now(), -settings.AUDIT_MONTHS - 1)
    past = events(ConsultationRequest).count()
    for rule in registry.rules():
        follow(rule.name, later)
    case.refresh_from_db()
    advisor.refresh_from_db()
    assert case.contact_name == "Petra Kranich" and advisor.name == "Amara Okoro"
    assert Mail.objects.filter(reference=case.reference).exclude(text="").exists()
    assert events(ConsultationRequest).count() == past
    for row in (case, advisor):
        (hold,) = [hold for hold in holds.LegalHold.objects.standing() if hold.row == row.pk]
        holds.end(hold, by=by)
    follow("requests.persons", later)
    follow("advisors.left", later)
    assert where(TRACES) == [] and where(OF_AMARA) == []


JOB = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', %s, '{}') RETURNING id"


def test_jobs_that_failed_go_and_those_that_wait_stay():
    with connection.cursor() as cursor:
        for status, days in (("failed", 31), ("failed", 29), ("todo", 31), ("doing", 31)):
            cursor.execute(JOB, [f"{status}{days}"])
            (job,) = cursor.fetchone()
            for now in {"failed": ("doing", "failed"), "doing": ("doing",)}.get(status, ()):
                cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [now, job])
            then = timezone.now() - timedelta(days=days)
            cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [then, job])
        assert follow("jobs") == 1
        cursor.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id")
        assert [name for (name,) in cursor.fetchall()] == ["failed29", "todo31", "doing31"]
