"""Every page of the portal, with the rows that it shows: one list for all tests that look at pages.

`settings.ROOT_URLCONF = "tests.error_urls"` gives the error pages addresses; `everything()` makes the rows.
A new page belongs here: test_every_public_page_is_walked says which is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone, translation

from advisors import consents, reading, rounds
from advisors import links as offer_links
from advisors import reports as team_reports
from advisors.models import (
    Advisor,
    Candidacy,
    Criterion,
    DeclineReason,
    LanguageSkill,
    Offer,
    Pause,
    Purpose,
    Report,
    TopicSkill,
)
from miglobe import findable, links
from miglobe.accounts import saved_views
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox import suppression, texts
from miglobe.outbox.models import Mail
from miglobe.outbox.texts import Words
from miglobe.pages import reports
from miglobe.pages.models import Page, Portal
from miglobe.privacy import asking, holds, retention
from miglobe.privacy.models import DataRequest
from requests import attachments, bulk, drafts, looks, notes, workflow
from requests import links as request_links
from requests.forms import STEPS
from requests.models import UNFILED, ConsultationRequest, Language, Municipality, State, TextBlock, Topic
from tests import error_urls, factories

ACCESS = ("/anmelden/", "/abmelden/", "/passwort/", "/bestaetigen/", "/mein-zugang/")  # German only, as the desk
ERRORS = [*error_urls.ERRORS, 405]


@dataclass(frozen=True)
class Stop:
    """One page. `words` tells several of the same view apart."""

    path: str  # in German
    words: str = ""
    status: int = 200
    post: dict[str, str] | None = None  # what is typed and sent on it
    desk: bool = False  # behind the login, German only

    @property
    def view(self) -> str:
        with translation.override("de"):
            return resolve(self.path.partition("?")[0]).view_name

    @property
    def name(self) -> str:
        return f"{self.view} {self.words}".strip()

    @property
    def languages(self) -> list[str]:
        return ["de", "en"] if translated(self.path) else ["de"]

    def path_in(self, language: str) -> str:
        return self.path if language == "de" else f"/{language}{self.path}"

    def fetched_by(self, client: Client, language: str = "de"):
        """The response of Django's test client."""
        path = self.path_in(language)
        return client.get(path) if self.post is None else client.post(path, self.post)


def translated(path: str) -> bool:
    return not path.startswith(("/admin/", "/postausgang/", *ACCESS))


def everything(coordinator: User) -> list[Stop]:
    """The list, and the rows behind it. `coordinator` is the one who looks at the desk."""
    call_command("load_data")
    Portal.objects.update_or_create(
        pk=1,
        defaults={
            "operator": "Beispielträger gGmbH",
            "imprint": "Musterstraße 1\n12345 Musterstadt",
            "contact_email": "hilfe@example.org",
            "contact_phone": "0228 5550 100",
            "privacy_officer": "Datenschutz beim Beispielträger",
        },
    )
    return [
        *open_pages(),
        *form_pages(),
        *status_pages(coordinator),
        *joining_pages(),
        *offer_pages(coordinator),
        *own_pages(coordinator),
        *profile_pages(),
        *dates_pages(coordinator),
        *report_pages(coordinator),
        *answer_pages(coordinator),
        *error_pages(),
        *desk_pages(coordinator),
    ]


def open_pages() -> Iterator[Stop]:
    """Those that need no row."""
    for name in findable.names():
        yield Stop(reverse(name))
    for app in ("requests", "advisors"):
        link = reverse(f"{app}:lost_link")
        yield Stop(link)
        yield Stop(link, "with errors", 422, post={"email": "keine Adresse"})
        yield Stop(reverse(f"{app}:link_sent"))
    yield from own_data_pages()
    report = reverse("pages:report_barrier")
    yield Stop(report, "with errors", 422, post={"email": "keine Adresse"})
    filed = reports.file(uuid4(), barrier="Kontrast", page="", email="")
    yield Stop(reverse("pages:barrier_reported", kwargs={"key": filed.key}))
    for words, address in (("", "amara@example.net"), ("stopped", "petra@example.net")):
        token = suppression.stop_for(address) if words else suppression.token(address)
        yield Stop(reverse("mailbox:stop", kwargs={"token": token}), words)
    yield Stop(reverse("mailbox:stop", kwargs={"token": "kein-link"}), "dead link", 404)
    code = reverse("codes:enter", kwargs={"key": uuid4()})
    for path, typed in ((reverse("codes:ask"), {"email": "keine Adresse"}), (code, {"code": "ABC"})):
        yield Stop(path)
        yield Stop(path, "with errors", 422, post=typed)


def own_data_pages() -> Iterator[Stop]:
    """What somebody without an account sees of what we hold of them."""
    ask = reverse("privacy:ask")
    yield Stop(ask, "with errors", 422, post={"email": "keine Adresse"})
    yield Stop(reverse("privacy:asked"))
    case = factories.CaseFactory(state=State.CLOSED)
    for words, address in (("", case.contact_email), ("nothing held", "niemand@stadt.example"), ("asked", "")):
        asked = DataRequest.objects.create(email=address or case.contact_email)
        if words == "asked":
            asking.ask_erasure(asked)
        link = {"token": asking.token(asked)}
        yield Stop(reverse("privacy:own_data", kwargs=link), words)
        yield Stop(reverse("privacy:erasure", kwargs=link), words)
    yield Stop(reverse("privacy:own_data", kwargs={"token": "kein-link"}), "dead link", 404)


def form_pages() -> Iterator[Stop]:
    empty, wrong, full = factories.DraftFactory(), factories.DraftFactory(), factories.DraftFactory()
    answers = valid_answers()
    attachments.add(full, SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7"))
    for name in STEPS:
        drafts.store(wrong, name, QueryDict("contact_email=petra.beispiel@&participants=-1"))
        drafts.store(full, name, answers.get(name, QueryDict()))
        yield Stop(_step(empty, name), f"{name}, empty")
        if name != "unterlagen":  # nothing of it is stored unless it is right
            yield Stop(_step(wrong, name), f"{name}, with errors")
        yield Stop(_step(full, name), f"{name}, filled")
        yield Stop(_step(full, name) + "?aendern", f"{name}, to change")
    yield Stop(_step(uuid4(), "kommune"), "gone", 404)
    later = reverse("requests:pause", kwargs={"key": full.key})
    yield Stop(later)
    yield Stop(later, "with errors", 422, post={"email": "keine Adresse"})
    yield Stop(reverse("requests:paused", kwargs={"key": full.key}))
    resume = links.token(request_links.RESUME, full.key, bound="")
    yield Stop(reverse("requests:resume", kwargs={"token": resume}))
    yield Stop(reverse("requests:resume", kwargs={"token": "kein-link"}), "dead link", 404)
    yield Stop(reverse("requests:review", kwargs={"key": full.key}))
    yield Stop(reverse("requests:receipt", kwargs={"key": factories.CaseFactory(state=State.UNCONFIRMED).key}))


def valid_answers() -> dict[str, QueryDict]:
    topic = Topic.objects.first()
    return {
        "kommune": QueryDict(f"municipality={Municipality.objects.get(name='Unna').pk}"),
        "anliegen": QueryDict(f"topics={topic and topic.pk}&concern=Wir+suchen+Rat.&hope="),
        "rahmen": QueryDict("place=online"),
        "kontakt": QueryDict("contact_name=Petra+Beispiel&contact_email=petra@unna.example"),
    }


def _step(draft, name: str) -> str:
    return reverse("requests:step", kwargs={"key": getattr(draft, "key", draft), "name": name})


def status_pages(coordinator: User) -> Iterator[Stop]:
    for state in State.values:
        if state == State.DRAFT:
            continue
        asked = state == State.INQUIRY
        case = factories.CaseFactory(
            state=State.NEW if asked else state, person=coordinator, organisation=coordinator.organisation
        )
        if asked:
            workflow.ask(case, question="Wer nimmt teil?", by=coordinator)
        if state == State.UNCONFIRMED:
            token = request_links.token(request_links.CONFIRM, case)
            yield Stop(reverse("requests:confirm", kwargs={"token": token}))
        link = {"token": request_links.token(request_links.STATUS, case)}
        yield Stop(reverse("requests:status", kwargs=link), state)
        yield Stop(reverse("requests:withdraw", kwargs=link), state)
        if asked:
            yield Stop(reverse("requests:status", kwargs=link), "with errors", 422, post={"antwort": "1", "text": ""})
            yield Stop(reverse("requests:withdraw", kwargs=link), "with errors", 422, post={"note": "x" * 5_000})
    yield Stop("/anfrage/stand/kein-link/", "dead link", 404)
    yield Stop("/anfrage/bestaetigen/kein-link/", "dead link", 404)


def joining_pages() -> Iterator[Stop]:
    """The way into the pool, the consents, and the way out."""
    apply = reverse("advisors:apply")
    yield Stop(apply, "with errors", 422, post={"email": "keine Adresse"})
    yield Stop(reverse("advisors:application_sent"))
    for state in Candidacy.State.values:
        member = factories.AdvisorFactory() if state == Candidacy.State.JOINED else None
        candidacy = factories.CandidacyFactory(state=state, advisor=member)
        confirm, invited = (
            {"token": offer_links.token_for(candidacy, purpose)}
            for purpose in (offer_links.CONFIRM, offer_links.INVITATION)
        )
        yield Stop(reverse("advisors:confirm_application", kwargs=confirm), state)
        yield Stop(reverse("advisors:invitation", kwargs=invited), state)
        if state == Candidacy.State.INVITED:
            yield Stop(reverse("advisors:invitation", kwargs=invited), "with errors", 422, post={"capacity": "0"})
            yield Stop(reverse("advisors:refuse_invitation", kwargs=invited))
    yield Stop("/beraten/kein-link/", "dead link", 404)
    yield Stop("/einladung/kein-link/", "dead link", 404)
    yield Stop("/einladung/kein-link/absage/", "dead link", 404)
    advisor = factories.AdvisorFactory()
    factories.ConsentFactory(advisor=advisor, purpose=Purpose.PUBLIC, withdrawn_at=timezone.now(), withdrawn_way="link")
    consents.reword(Purpose.MATCHING, text="Ein neuer Wortlaut.", text_en="New words.")
    left = factories.AdvisorFactory(consents=[], active=False, left_at=timezone.now())
    for person, words in ((advisor, ""), (left, "has left")):
        factories.OfferFactory(
            advisor=person, state=Offer.State.ACCEPTED, consultation=factories.CaseFactory(state=State.RUNNING)
        )
        link = {"token": offer_links.token_of(person)}
        yield Stop(reverse("advisors:my_consents", kwargs=link), words)
        yield Stop(reverse("advisors:leave", kwargs=link), words)


def _pool_pages() -> Iterator[Stop]:
    """The same at the desk."""
    yield Stop(reverse("admin:advisors_candidacy_changelist"), desk=True)
    yield Stop(reverse("admin:advisors_candidacy_add"), desk=True)
    yield Stop(reverse("admin:advisors_candidacy_add"), "with errors", 422, post={"email": "x"}, desk=True)
    for state in (Candidacy.State.APPLIED, Candidacy.State.INVITED):
        candidacy = factories.CandidacyFactory(state=state)
        yield Stop(reverse("admin:advisors_candidacy_change", args=[candidacy.pk]), state, desk=True)
    decline = reverse("admin:advisors_candidacy_move", args=[candidacy.pk, "decline"])
    yield Stop(decline, desk=True)
    yield Stop(decline, "with the mail", post={"note": "Zurzeit leider nicht."}, desk=True)
    advisor = factories.AdvisorFactory()
    for name in ("give", "withdraw"):
        yield Stop(reverse("admin:advisors_advisor_consent", args=[advisor.pk, "matching", name]), name, desk=True)
    yield Stop(reverse("admin:advisors_consenttext_changelist"), desk=True)
    text = advisor.consents.filter(purpose=Purpose.MATCHING).get().text
    yield Stop(reverse("admin:advisors_consenttext_change", args=[text.pk]), desk=True)


def _round_pages(coordinator: User) -> Iterator[Stop]:
    """A plan with somebody pinned, one who can no longer come, a case that has gone, and wishes that contradict."""
    new = reverse("admin:advisors_round_add")
    yield Stop(new, desk=True)
    yield Stop(new, "with errors", 422, post={"per_person": "0"}, desk=True)
    cases = [factories.CaseFactory(state=State.SEARCHING, team_size=size) for size in (1, 2, 2)]
    people = [factories.AdvisorFactory(capacity=4) for _ in range(4)]
    pin = (cases[0].pk, people[0].pk)
    made = rounds.plan(by=coordinator, per_person=2, pinned=[pin])
    Advisor.objects.filter(pk=people[1].pk).update(active=False)
    ConsultationRequest.objects.filter(pk=cases[2].pk).update(state=State.WITHDRAWN, due_at=None)
    yield Stop(reverse("admin:advisors_round_changelist"), desk=True)
    yield Stop(reverse("admin:advisors_round_change", args=[made.pk]), desk=True)
    both = {"per_person": "2", "pin": f"{pin[0]}-{pin[1]}", "forbid": f"{pin[0]}-{pin[1]}"}
    again = reverse("admin:advisors_round_again", args=[made.pk])
    yield Stop(again, "contradictory", 422, post=both, desk=True)


def offer_pages(coordinator: User) -> Iterator[Stop]:
    factories.DeclineReasonFactory()
    for state in Offer.State.values:
        if state in Offer.UNSENT:
            continue
        offer = factories.OfferFactory(state=state, by=coordinator)
        yield Stop(_offer(offer), state)
        if state == Offer.State.SENT:
            yield Stop(_offer(offer), "with errors", 422, post={"answer": "decline"})
        if state == Offer.State.ACCEPTED:
            factories.OfferFactory(state=state, by=coordinator, consultation=offer.consultation)
    yield from second_thoughts(coordinator)
    late = factories.OfferFactory(by=coordinator, due_at=timezone.now() - timedelta(days=1))
    yield Stop(_offer(late), "too late")
    yield Stop("/angebot/kein-link/", "dead link", 404)


def dates_pages(coordinator: User) -> Iterator[Stop]:
    """Appointments and dates to choose from, as the team and the municipality have them; the personal calendar."""
    case = factories.CaseFactory(state=State.RUNNING, person=coordinator, organisation=coordinator.organisation)
    offer = factories.OfferFactory(state=Offer.State.ACCEPTED, consultation=case, by=coordinator)
    team, here = {"token": offer_links.token(offer)}, {"token": request_links.token(request_links.STATUS, case)}
    held = factories.AppointmentFactory(
        consultation=case, starts_at=timezone.now() - timedelta(days=3), participants=4, minutes="Gut.", state="held"
    )
    coming = factories.AppointmentFactory(consultation=case)
    for step, appointment in (("verlegen", coming), ("absagen", coming), ("ergebnis", held)):
        address = reverse("advisors:team_appointment", kwargs=team | {"appointment": appointment.key, "step": step})
        yield Stop(address, step)
        yield Stop(address, f"{step}, with errors", 422, post={"day": "irgendwann"})
    propose = reverse("advisors:propose_dates", kwargs=team)
    yield Stop(propose)
    yield Stop(propose, "with errors", 422, post={"day_4": "2020-01-01", "begins_4": "irgendwann", "kind": "event"})
    for state, kind in (
        ("open", "event"),
        ("none_fits", "workshop"),
        ("picked", "dialogue"),
        ("withdrawn", "dialogue"),
    ):
        proposal = factories.DateProposalFactory(consultation=case, state=state, kind=kind, word="Gern früh.")
        address = reverse("advisors:dates", kwargs=here | {"proposal": proposal.key})
        yield Stop(address, state)
        if state == "open":
            yield Stop(address, "with errors", 422, post={"answer": "Montags"})
            yield Stop(reverse("advisors:withdraw_dates", kwargs=team | {"proposal": proposal.key}))
    yield Stop(reverse("requests:status", kwargs=here), "with dates to choose from")
    yield Stop(_offer(offer), "with appointments")
    calendar = reverse("advisors:calendar", kwargs={"token": offer_links.token_of(offer.advisor)})
    yield Stop(calendar, "none")
    shown = factories.AdvisorFactory(feed_key=uuid4())
    yield Stop(reverse("advisors:calendar", kwargs={"token": offer_links.token_of(shown)}), "set up")
    gone = factories.AdvisorFactory(consents=[])
    yield Stop(reverse("advisors:calendar", kwargs={"token": offer_links.token_of(gone)}), "not allowed")
    yield Stop("/termine/kein-link/00000000-0000-4000-8000-000000000000/", "dead link", 404)


def report_pages(coordinator: User) -> Iterator[Stop]:
    """The report of a team of two in every state, as one of them sees it."""
    for state in ("", *Report.State.values):
        case = factories.CaseFactory(state=State.CLOSED, outcome="consulted", person=coordinator)
        factories.AgreementFactory(consultation=case, by=coordinator)
        offer, mate = (factories.OfferFactory(state="accepted", by=coordinator, consultation=case) for _ in range(2))
        here = reverse("advisors:report", kwargs={"token": offer_links.token(offer)})
        if state:
            given = {"options": "Ein Fonds", "recommendations": "Bald beginnen", "question": "Wer lädt ein?"}
            report = factories.ReportFactory(consultation=case, state=state, by=None, **given)
            factories.WorkFactory(report=report, offer=mate, receipts="3. September: Bahn")
        yield Stop(here, state or "not begun")
        if state == "draft":
            typed = {"agreed": "Fassung B", "days": "viele", "seen_agreed": "x", "do": "send"}
            yield Stop(here, "both have changed it", 409, post=typed)
            untouched = {f"seen_{name}": team_reports.fingerprint("") for name in team_reports.TEXTS}
            wrong = untouched | {"days": "viele", "do": "send"}
            yield Stop(here, "with errors", 422, post=wrong)
        if state == "sent":
            yield Stop(here, "to sign, with errors", 422, post={"do": "sign", "days": "-1"})


def answer_pages(coordinator: User) -> Iterator[Stop]:
    """What the municipality is asked after the end, and has said."""
    for said in ("not asked", "asked", "answered"):
        state = State.SEARCHING if said == "not asked" else State.CLOSED
        case = factories.CaseFactory(state=state, person=coordinator)
        if said != "not asked":
            factories.FollowUpFactory(consultation=case, extent=2 if said == "answered" else None, done="Ein Leitbild")
        if said == "answered":
            factories.FeedbackFactory(consultation=case, by=None, helped="Die Zeit")
        link = {"token": request_links.token(request_links.STATUS, case)}
        for name in ("feedback", "follow_up"):
            here = reverse(f"advisors:{name}", kwargs=link)
            yield Stop(here, said)
            if said == "asked":
                yield Stop(here, "with errors", 422, post={"done": "x" * 5_000})
        yield Stop(reverse("requests:status", kwargs=link), f"after the end, {said}")
    yield Stop("/rueckmeldung/kein-link/", "dead link", 404)
    yield Stop("/nachfrage/kein-link/", "dead link", 404)


def second_thoughts(coordinator: User) -> Iterator[Stop]:
    """An answer that can be taken back, an assignment to give up, and what a refusal asks of the profile."""
    case = factories.CaseFactory(state=State.SEARCHING, person=coordinator)
    alone = factories.OfferFactory(state="accepted", by=coordinator, consultation=case)
    yield Stop(_offer(alone), "accepted, can be taken back")
    here = reverse("advisors:give_up", kwargs={"token": offer_links.token(alone)})
    yield Stop(here)
    yield Stop(here, "with errors", 422, post={"note": ""})
    wrong = {"time": {}, "distance": {"travel_km": "weit"}, "topics": {}}
    for concern in DeclineReason.Concern:
        reason = factories.DeclineReasonFactory(concerns=concern)
        person = factories.AdvisorFactory()
        for topic in Topic.objects.all()[:2]:
            TopicSkill.objects.create(advisor=person, topic=topic)
        offer = factories.OfferFactory(state="declined", by=coordinator, reason=reason, advisor=person)
        yield Stop(_offer(offer), f"declined, {concern}")
        if concern in wrong:
            yield Stop(_offer(offer), f"{concern} with errors", 422, post={"answer": "profile"} | wrong[concern])
    known = factories.CaseFactory(state=State.SEARCHING, topics=list(Topic.objects.all()[:2]), person=coordinator)
    reason = factories.DeclineReasonFactory(concerns=DeclineReason.Concern.TOPICS)
    offer = factories.OfferFactory(state="declined", by=coordinator, reason=reason, advisor=person, consultation=known)
    yield Stop(_offer(offer), "declined, topics that are known")
    yield Stop(_offer(offer), "known topics with errors", 422, post={"answer": "profile"})


def _offer(offer: Offer) -> str:
    return reverse("advisors:offer", kwargs={"token": offer_links.token(offer)})


def own_pages(coordinator: User) -> Iterator[Stop]:
    """What an advisor sees behind the personal link, with something in every part."""
    busy = factories.AdvisorFactory()
    for state in ("sent", "accepted", "declined"):
        factories.OfferFactory(advisor=busy, state=state, by=coordinator)
    running = factories.OfferFactory(
        advisor=busy, state="accepted", by=coordinator, consultation=factories.CaseFactory(state=State.RUNNING)
    )
    factories.AppointmentFactory(consultation=running.consultation, by=coordinator)
    today = timezone.localdate()
    Pause.objects.create(advisor=busy, starts_on=today, ends_on=today + timedelta(days=3))
    Pause.objects.create(advisor=busy, starts_on=today + timedelta(days=9))
    reading.opened(busy, by=coordinator)
    gone = factories.AdvisorFactory(active=False, left_at=timezone.now())
    resting, silent = factories.AdvisorFactory(active=False), factories.AdvisorFactory(consents=[])
    for advisor, words in ((busy, "busy"), (gone, "left"), (resting, "resting"), (silent, "without consent")):
        yield Stop(_own("me", advisor), words)
        yield Stop(_own("own_data", advisor), words)
    for view in ("profile", "pauses", "wishes"):
        yield Stop(_own(view, busy))
        yield Stop(_own(view, silent), "empty")
        yield Stop(_own(view, silent), "with errors", 422, post={"starts_on": "bald", "travel_km": "weit"})
    yield Stop("/mein-bereich/kein-link/", "dead link", 404)


def _own(view: str, advisor: Advisor) -> str:
    return reverse(f"advisors:{view}", kwargs={"token": offer_links.token_of(advisor)})


def profile_pages() -> Iterator[Stop]:
    page = reverse("advisors:public_profiles")
    yield Stop(f"{page}?thema=x", "with errors")
    person = factories.AdvisorFactory(consents=list(Purpose), about="Ich begleite Partnerschaften.")
    TopicSkill.objects.create(advisor=person, topic=Topic.objects.all()[0], level=3)
    LanguageSkill.objects.create(advisor=person, language=Language.objects.all()[0])
    yield Stop(page)
    yield Stop(f"{page}?thema={Topic.objects.all()[1].pk}", "nobody found")
    yield Stop(_own("profile", person), "public")


def error_pages() -> Iterator[Stop]:
    for status in ERRORS:
        yield Stop(reverse("error", kwargs={"status": status}), str(status), status)
    yield Stop(reverse("error", kwargs={"status": 503}), "503, with what was typed", 503, post={"concern": "Rat"})
    yield Stop(reverse("error_csrf"), "", 403)


def access_pages() -> Iterator[Stop]:
    """Getting in, and everybody's own access. Second factors and dead sessions are walked in tests/accounts."""
    for name in (
        "account_login",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
    ):
        yield Stop(reverse(name))
    yield Stop(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "kein-link"}))
    for name in (
        "mfa_index",
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
    ):
        yield Stop(reverse(name), desk=True)


def _case_file_pages(coordinator: User) -> Iterator[Stop]:
    """A case with notes, earlier cases and somebody else who looks; handing it over; a note that is not saved yet."""
    place = Municipality.objects.get(name="Soest")
    colleague = factories.CoordinatorFactory(first_name="Jana", last_name="Wiechers")
    case = factories.CaseFactory(municipality=place, person=coordinator, organisation=coordinator.organisation)
    factories.CaseFactory(municipality=place, state=State.CLOSED)
    factories.CaseFactory(municipality=Municipality.objects.get(name="Lippstadt"))
    note = notes.write(case, text="Frag @Jana.", mentioned=[colleague], by=coordinator)
    notes.take_back(notes.write(case, text="Falsch.", by=coordinator), by=coordinator)
    looks.at(case, by=colleague)
    admin = "admin:requests_consultationrequest"
    yield Stop(reverse(f"{admin}_change", args=[case.pk]), "full", desk=True)
    hand_over = reverse(f"{admin}_move", args=[case.pk, "hand_over"])
    yield Stop(hand_over, "hand_over", desk=True)
    yield Stop(hand_over, "hand_over, with errors", 422, post={"to": "", "note": ""}, desk=True)
    given = {"to": f"person-{colleague.pk}", "note": "Ich bin im Urlaub."}
    yield Stop(hand_over, "hand_over, preview", post=given, desk=True)
    yield Stop(reverse(f"{admin}_note", args=[case.pk]), "with errors", 422, post={"text": ""}, desk=True)
    yield Stop(reverse(f"{admin}_take_back", args=[case.pk, note.pk]), desk=True)
    yield Stop(reverse(f"{admin}_changelist") + f"?kommune={place.pk}", "of a municipality", desk=True)


def _appointment_pages(coordinator: User) -> Iterator[Stop]:
    case = factories.CaseFactory(state=State.RUNNING, person=coordinator, organisation=coordinator.organisation)
    link = {"token": request_links.token(request_links.STATUS, case)}
    for hours in (-3, 72):
        begins = timezone.now() + timedelta(hours=hours)
        coming = factories.AppointmentFactory(consultation=case, by=coordinator, starts_at=begins)
    yield Stop(reverse("admin:requests_consultationrequest_change", args=[case.pk]), "with appointments", desk=True)
    yield Stop(reverse("requests:status", kwargs=link), "with appointments")
    arrange = reverse("admin:requests_consultationrequest_arrange", args=[case.pk])
    yield Stop(arrange, desk=True)
    yield Stop(arrange, "with errors", 422, desk=True, post={"kind": "dialogue", "place": ""})
    dates = reverse("admin:requests_consultationrequest_propose_dates", args=[case.pk])
    yield Stop(dates, desk=True)
    yield Stop(dates, "with errors", 422, desk=True, post={"kind": "dialogue", "place": ""})
    proposal = factories.DateProposalFactory(consultation=case, by=coordinator)
    factories.DateProposalFactory(consultation=case, state="none_fits", answer="Montags")
    withdraw = reverse("admin:requests_consultationrequest_withdraw_dates", args=[case.pk, proposal.pk])
    yield Stop(withdraw, desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_change", args=[case.pk]), "with dates", desk=True)
    for name in ("move", "cancel", "record"):
        here = reverse("admin:requests_consultationrequest_appointment", args=[case.pk, coming.pk, name])
        yield Stop(here, name, desk=True)


def _result_pages(coordinator: User) -> Iterator[Stop]:
    owner = {"person": coordinator, "organisation": coordinator.organisation}
    case = factories.CaseFactory(state=State.CLOSED, outcome="consulted", **owner)
    admin = "admin:requests_consultationrequest"
    for name in ("report", "feedback"):
        yield Stop(reverse(f"{admin}_result", args=[case.pk, name]), f"{name}, new", desk=True)
        yield Stop(reverse(f"{admin}_result", args=[case.pk, name]), f"{name}, with errors", 422, desk=True, post={})
    for name in ("agreement", "follow_up"):
        yield Stop(reverse(f"{admin}_result", args=[case.pk, name]), name, desk=True)
    for state in ("sent", "signed", "returned"):
        given = factories.CaseFactory(state=State.CLOSED, outcome="consulted", **owner)
        report = factories.ReportFactory(consultation=given, state=state, question="Wer lädt ein?", by=coordinator)
        factories.WorkFactory(report=report, travel_km=80, travel_cost="41.30", receipts="3. September")
        yield Stop(reverse(f"{admin}_change", args=[given.pk]), f"report {state}", desk=True)
        if state == "signed":
            for name in ("accept", "return"):
                yield Stop(reverse(f"{admin}_report", args=[given.pk, name]), name, desk=True)
    fees = reverse("admin:fees")
    yield Stop(fees, desk=True)
    yield Stop(f"{fees}?zeitraum=2001", "with errors", 422, desk=True)
    factories.AgreementFactory(consultation=case, by=coordinator)
    factories.FollowUpFactory(consultation=case, extent=3, done="Das Leitbild")
    factories.ReportFactory(consultation=case, options="Ein Fonds", recommendations="Bald beginnen")
    factories.FeedbackFactory(consultation=case, helped="Die Zeit", missing="Nichts")
    yield Stop(reverse(f"{admin}_change", args=[case.pk]), "with results", desk=True)
    yield Stop(reverse(f"{admin}_result", args=[case.pk, "report"]), "corrected", desk=True)


def _bulk_pages(coordinator: User) -> Iterator[Stop]:
    """Many cases at once, before, during and after; the last with a case that failed."""
    cases = ConsultationRequest.objects.filed()
    for stage in ("chosen", "begun", "finished"):
        run = bulk.choose(cases, move="close", by=coordinator)
        if stage != "chosen":
            bulk.begin(run, given={"outcome": ["dialogue"], "note": [""]})
        if stage == "finished":
            bulk.work(run, _refuse)
        here = reverse("admin:requests_bulkrun_change", args=[run.pk])
        yield Stop(here, stage, desk=True)
        if stage == "chosen":
            yield Stop(here, "preview", desk=True, post={"outcome": "dialogue", "note": ""})
            yield Stop(here, "with errors", 422, desk=True, post={"outcome": ""})
    yield Stop(reverse("admin:requests_bulkrun_changelist"), desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_export"), desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_export"), "with errors", 422, desk=True, post={"kind": ""})


def _refuse(consultation: ConsultationRequest) -> None:
    raise Refused("Das geht nicht mehr.")


def _privacy_pages(coordinator: User) -> Iterator[Stop]:
    rights = ("view_retentionrun", "view_legalhold", "add_legalhold", "view_consent", "answer_people")
    coordinator.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    run = retention.run(timezone.now())
    run.counts.create(rule="requests.drafts", how="gelöscht", period="14 Tage", number=3)
    hold = holds.place(Advisor.objects.latest("pk"), reason="Prüfung durch den Mittelgeber", by=coordinator)
    for name, of in (("changelist", None), ("preview", None), ("change", run)):
        yield Stop(reverse(f"admin:privacy_retentionrun_{name}", args=[of.pk] if of else []), desk=True)
    add = reverse("admin:privacy_legalhold_add")
    yield Stop(add, desk=True)
    yield Stop(add, "with errors", 422, post={"name": "MG-0000-XXXXX", "reason": ""}, desk=True)
    yield Stop(reverse("admin:privacy_legalhold_changelist"), desk=True)
    for name in ("change", "end"):
        yield Stop(reverse(f"admin:privacy_legalhold_{name}", args=[hold.pk]), desk=True)
    yield Stop(reverse("admin:advisors_consent_changelist"), desk=True)
    yield from _rights_pages()


def _rights_pages() -> Iterator[Stop]:
    """Somebody who waits for an answer, and has something of every kind."""
    case = factories.CaseFactory(state=State.CLOSED, contact_email="petra.wartet@stadt.example")
    factories.CaseFactory(state=State.RUNNING, contact_email=case.contact_email)
    asking.ask_erasure(DataRequest.objects.create(email=case.contact_email))
    yield Stop(reverse("admin:rights"), desk=True)
    person = reverse("admin:rights_person")
    yield Stop(person, "with errors", 422, post={"email": "keine Adresse"}, desk=True)
    for words, address in (("somebody", case.contact_email), ("nobody", "niemand@stadt.example")):
        yield Stop(person, words, post={"email": address}, desk=True)
    wrong = {"email": case.contact_email, "typed": "petra", "reason": ""}
    for name in ("erase", "decline"):
        yield Stop(reverse(f"admin:rights_{name}"), "with errors", 422, post=wrong, desk=True)


def desk_pages(coordinator: User) -> Iterator[Stop]:
    """The coordinators' pages: every list, and a case in every state that they see."""
    topics = list(Topic.objects.all()[:2])
    factories.CaseFactory(state=State.SEARCHING, topics=topics)
    advisor = factories.AdvisorFactory(home=Municipality.objects.get(name="Soest"))
    advisor.topics.set(topics)
    yield from access_pages()
    yield Stop(reverse("admin:index"), desk=True)
    for model in ("requests_consultationrequest", "advisors_advisor", "outbox_mail"):
        yield Stop(reverse(f"admin:{model}_changelist"), desk=True)
    cases, views = (reverse(f"admin:requests_consultationrequest_{name}") for name in ("changelist", "views"))
    yield Stop(views, "none", desk=True)
    saved_views.save(name="Neue", query="state=new", sharing="organisation", by=coordinator)
    saved_views.save(name="Für alle", query="q=Rat", sharing="all", by=factories.CoordinatorFactory())
    yield Stop(views, desk=True)
    yield Stop(f"{cases}?state=new", "kept", desk=True)
    yield Stop(f"{cases}?q=wünschen&state=searching&state=new&arrived_from=2020-01-01", "found", desk=True)
    yield Stop(f"{cases}?q=-Wünsche", "nothing to look for", desk=True)
    yield Stop(reverse("admin:advisors_advisor_add"), desk=True)
    yield Stop(reverse("admin:advisors_advisor_change", args=[advisor.pk]), desk=True)
    yield Stop(reverse("admin:advisors_advisor_history", args=[advisor.pk]), desk=True)
    for found in (
        ConsultationRequest.objects.exclude(state__in=(*UNFILED, State.MERGED)).order_by("state").distinct("state")
    ):
        yield Stop(reverse("admin:requests_consultationrequest_change", args=[found.pk]), found.state, desk=True)
    yield from _pool_pages()
    yield from _round_pages(coordinator)
    yield from _case_file_pages(coordinator)
    yield from _appointment_pages(coordinator)
    yield from _result_pages(coordinator)
    yield from _bulk_pages(coordinator)
    figures = reverse("admin:figures")
    yield Stop(figures, desk=True)
    yield Stop(f"{figures}?von=2020-01-01&bis=2020-01-31", "empty", desk=True)
    yield Stop(f"{figures}?von=2020-01-01&bis=heute", "with errors", 422, desk=True)
    yield from _matching_pages(coordinator)
    yield Stop(reverse("admin:requests_consultationrequest_record"), desk=True)
    recording = reverse("admin:requests_consultationrequest_recording", args=[uuid4()])
    yield Stop(recording, "with errors", 422, post={"concern": "Ein Anruf"}, desk=True)
    preview = factories.recorded(municipality=Municipality.objects.get(name="Soest").pk)
    recording = reverse("admin:requests_consultationrequest_recording", args=[uuid4()])
    yield Stop(recording, "preview", post=preview, desk=True)
    merged = ConsultationRequest.objects.filter(state=State.MERGED)[0]
    twin = factories.CaseFactory(municipality=merged.municipality, contact_email=merged.merged_into.contact_email)
    pair = [merged.merged_into_id, twin.pk]
    yield Stop(reverse("admin:requests_consultationrequest_change", args=[twin.pk]), "vielleicht doppelt", desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_duplicates", args=[twin.pk]), desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_compare", args=pair), desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_compare", args=[pair[0], merged.pk]), "merged", desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_merge", args=pair), desk=True)
    yield from _mail_pages(coordinator)
    page = Page.objects.get(slug="fragen", language="de")
    yield Stop(reverse("admin:pages_page_changelist"), desk=True)
    yield Stop(reverse("admin:pages_page_change", args=[page.pk]), desk=True)
    yield Stop(reverse("admin:pages_page_version", args=[page.pk, page.versions.get().pk]), desk=True)
    yield Stop(reverse("admin:pages_portal_change", args=[1]), desk=True)
    yield Stop(reverse("admin:pages_accessibilityreport_changelist"), desk=True)
    yield from _privacy_pages(coordinator)
    yield Stop(reverse("outbox:demo"))
    yield Stop(reverse("outbox:demo_mail", args=[Mail.objects.latest("pk").pk]))


def _matching_pages(coordinator: User) -> Iterator[Stop]:
    """How criteria are weighed, with a look back at a case, and how work is shared."""
    case = factories.CaseFactory(state=State.STAFFED)
    for state in ("accepted", "declined"):
        factories.OfferFactory(consultation=case, state=state, by=coordinator)
    case.transitions.create(move="staff", source=State.SEARCHING, target=State.STAFFED)
    page = reverse("admin:weights")
    yield Stop(page, desk=True)
    yield Stop(page, "preview", desk=True, post=dict.fromkeys(Criterion.values, "1,5"))
    yield Stop(page, "with errors", 422, desk=True, post={"topics": "viel"})
    yield Stop(reverse("admin:fairness"), desk=True)


def _mail_pages(coordinator: User) -> Iterator[Stop]:
    """Mails in every state with what can be done with them, their texts, and text blocks where they are used."""
    case = factories.CaseFactory(person=coordinator, organisation=coordinator.organisation)
    for state in Mail.State:
        sent = {"sent_at": timezone.now()} if state == Mail.State.SENT else {}
        error = {"error": "550 5.1.1 unknown user"} if state == Mail.State.FAILED else {}
        mail = Mail.objects.create(
            template="requests/status_link",
            audience="municipality",
            reference=case.reference,
            to=case.contact_email,
            subject=f"[{case.reference}] Ihr Link",
            text="Guten Tag\n\n[[link|Ansehen]]\n",
            links={"link": [request_links.STATUS, str(case.key)]},
            state=state,
            **sent,
            **error,
        )
        mail.steps.create(what="discarded" if state == Mail.State.DISCARDED else "held", by=coordinator, note="Anruf")
        yield Stop(reverse("admin:outbox_mail_change", args=[mail.pk]), state, desk=True)
        pages = {"held": ("edit", "discard"), "failed": ("address",)}.get(state, ())
        for name in pages:
            path = reverse(f"admin:outbox_mail_{name}", args=[mail.pk])
            yield Stop(path, desk=True)
            yield Stop(path, "with errors", 422, post={"subject": "Neu", "text": "Ohne"}, desk=True)
    yield Stop(reverse("admin:requests_consultationrequest_change", args=[case.pk]), "mails", desk=True)
    yield Stop(reverse("admin:outbox_mailtext_changelist"), desk=True)
    path = reverse("admin:outbox_mailtext_text", args=["requests/rejected", "en"])
    words = texts.shipped("requests/rejected", "en")._asdict()
    version = texts.save(
        "requests/rejected", "en", Words("[{{ Aktenzeichen }}] Sorry", words["body"]), seen=None, by=coordinator
    )
    yield Stop(path, desk=True)
    yield Stop(path, "preview", post={**words, "preview": "1"}, desk=True)
    yield Stop(path, "with errors", 422, post={"subject": "Neu", "body": "Ohne"}, desk=True)
    yield Stop(reverse("admin:outbox_mailtext_text", args=["signature", "de"]), "part", desk=True)
    yield Stop(reverse("admin:outbox_mailtext_reset", args=["requests/rejected", "en"]), desk=True)
    yield Stop(
        reverse("admin:outbox_mailtext_version", args=["requests/rejected", "en", version and version.pk]), desk=True
    )
    block = TextBlock.objects.create(name="Rückruf", text="Guten Tag {{ Ansprechperson }}, rufen Sie uns gern an.")
    yield Stop(reverse("admin:requests_textblock_changelist"), desk=True)
    yield Stop(reverse("admin:requests_textblock_change", args=[block.pk]), desk=True)
    ask = reverse("admin:requests_consultationrequest_move", args=[case.pk, "ask"])
    yield Stop(ask, "text blocks", desk=True)
    yield Stop(ask, "with the mail", post={"question": "Wer nimmt teil?"}, desk=True)
