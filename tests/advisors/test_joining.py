"""The way into the pool: applying, confirming, being invited, filling in the profile with the three consents."""

import re
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from advisors import candidacies, consents, links, matching, pool
from advisors.forms import ApplicationForm, ConsentsForm, ProfileForm
from advisors.models import Advisor, Candidacy, Consent, ConsentText, LanguageSkill, Pause, Purpose, TopicSkill
from miglobe.errors import Refused
from miglobe.history.tracking import events
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests.models import State as CaseState
from tests.factories import (
    AdvisorFactory,
    CandidacyFactory,
    CaseFactory,
    LanguageFactory,
    MunicipalityFactory,
    OrganisationFactory,
    TopicFactory,
    UserFactory,
    consent_text,
)
from tests.periods import follow

pytestmark = pytest.mark.django_db

State = Candidacy.State
APPLY = "/beraten/"


def typed(**changes) -> dict:
    return {
        "key": str(uuid4()),
        "name": "Amara Muster",
        "email": "amara@example.net",
        "phone": "0211 5550 1",
        "about": "Ich berate zu fairer Beschaffung.",
        "agreed": "on",
    } | changes


def to_confirm(candidacy):
    return f"/beraten/{links.token_for(candidacy, links.CONFIRM)}/"


def invitation(candidacy):
    return f"/einladung/{links.token_for(candidacy, links.INVITATION)}/"


def snapshot():
    return [
        list(model.objects.order_by("pk").values_list()) for model in (Candidacy, Advisor, Consent, ConsentText)
    ] + [Mail.objects.count()]


def templates() -> list[str]:
    return sorted(name.partition("/")[2] for name in Mail.objects.values_list("template", flat=True))


@pytest.fixture(autouse=True)
def words():
    for purpose in Purpose:
        consent_text(purpose)


@pytest.fixture
def invited():
    return CandidacyFactory(state=State.INVITED, name="Amara Muster", phone="0211 5550 1")


def profile(**changes) -> dict:
    """The least that somebody types on joining, with the words of the consents that are shown."""
    shown = {f"{each.purpose}_text": str(each.text.pk) for each in consents.asked()}
    return {
        "name": "Amara Muster",
        f"topics_{TopicFactory().pk}": "3",
        f"languages_{LanguageFactory().pk}": "2",
        "home": MunicipalityFactory().pk,
        "travel_km": "80",
        "capacity": "2",
        **shown,
    } | changes


# --- Applying ------------------------------------------------------------------------------------------------


def test_an_application_waits_for_its_mailbox_and_then_for_the_desk(client):
    OrganisationFactory(email="skew@example.org")
    assert client.post(APPLY, typed()).status_code == 302
    candidacy = Candidacy.objects.get()
    assert candidacy.state == State.UNCONFIRMED
    assert templates() == ["please_confirm_application"]
    mail = outbox.message(Mail.objects.get())
    assert to_confirm(candidacy) in mail.body
    for secret in ("Amara", "Beschaffung", "5550"):
        assert secret not in mail.subject + mail.body

    page = client.post(to_confirm(candidacy), follow=True).content.decode()
    assert "liegt der Koordination vor" in page
    candidacy.refresh_from_db()
    assert candidacy.state == State.APPLIED
    assert templates() == ["application_received", "applied_desk", "please_confirm_application"]
    assert "Amara" not in Mail.objects.get(template="advisors/applied_desk").subject


def test_sending_twice_files_one_application(client):
    answers = typed()
    for _ in range(2):
        client.post(APPLY, answers)
    assert (Candidacy.objects.count(), Mail.objects.count()) == (1, 1)


def test_who_goes_back_mends_what_they_sent_until_it_is_confirmed(client):
    answers = typed(email="amra@example.net")
    client.post(APPLY, answers)
    for _ in range(2):
        client.post(APPLY, answers | {"email": "amara@example.net"})
    candidacy = Candidacy.objects.get()
    assert candidacy.email == "amara@example.net"
    assert list(Mail.objects.order_by("pk").values_list("to", flat=True)) == ["amra@example.net", "amara@example.net"]
    client.post(to_confirm(candidacy))
    client.post(APPLY, answers | {"email": "other@example.net", "about": "Etwas anderes."})
    candidacy.refresh_from_db()
    assert (candidacy.email, candidacy.about) == ("amara@example.net", answers["about"])
    assert not Mail.objects.filter(to="other@example.net").exists()


def test_confirming_twice_tells_everybody_once(client):
    candidacy = CandidacyFactory(state=State.UNCONFIRMED)
    for _ in range(2):
        client.post(to_confirm(candidacy))
    assert templates().count("application_received") == 1


@pytest.mark.parametrize("field", ["name", "email", "about", "agreed"])
def test_what_is_missing_is_said_and_what_was_typed_stays(client, field):
    response = client.post(APPLY, typed(**{field: ""}))
    page = response.content.decode()
    assert response.status_code == 422
    assert "kern-error" in page
    assert field == "about" or "fairer Beschaffung" in page
    assert not Candidacy.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": "Zwei\nZeilen"}, {"phone": "ruf an"}, {"email": "x"}, {"key": "x"}])
def test_wrong_input_is_refused(client, wrong):
    assert client.post(APPLY, typed(**wrong)).status_code == 422
    assert not Candidacy.objects.exists()


def test_changing_the_language_keeps_what_was_typed_and_files_nothing(client):
    page = client.post("/en/beraten/", typed(name="", sprache="en")).content.decode()
    assert "fairer Beschaffung" in page and "kern-error" not in page
    assert not Candidacy.objects.exists()


def test_the_answer_says_nothing_of_who_is_known(client):
    member = AdvisorFactory()
    left = AdvisorFactory(active=False, left_at=timezone.now())
    applied, asked = CandidacyFactory(), CandidacyFactory(state=State.INVITED)
    pages = set()
    for email in (member.email.upper(), left.email, applied.email, asked.email, "neu@example.net"):
        pages.add(client.post(APPLY, typed(email=email), follow=True).content)
    assert len(pages) == 1
    sent = dict(Mail.objects.values_list("to", "template"))
    assert sent == {
        member.email: "advisors/already_in_pool",
        left.email: "advisors/already_in_pool",
        applied.email: "advisors/application_received",
        asked.email: "advisors/invited",
        "neu@example.net": "advisors/please_confirm_application",
    }


def test_nobody_can_fill_a_mailbox(client):
    member = AdvisorFactory()
    for _ in range(candidacies.MAILS_A_DAY + 2):
        assert client.post(APPLY, typed(email=member.email)).status_code == 302
    assert Mail.objects.filter(to=member.email).count() == candidacies.MAILS_A_DAY


def test_no_application_is_lost_in_silence(client):
    """Each that is taken gets its mail; the one too many is told so."""
    answers = [client.post(APPLY, typed(email="fremd@example.net")).status_code for _ in range(20)]
    taken = answers.count(302)
    assert answers == [302] * taken + [429] * (20 - taken)
    assert Mail.objects.filter(to="fremd@example.net").count() == taken == Candidacy.objects.count() < 20


def test_two_applications_of_one_address_become_one(client):
    first, second = CandidacyFactory.create_batch(2, state=State.UNCONFIRMED, email="amara@example.net")
    client.post(to_confirm(first))
    client.post(to_confirm(second))
    assert sorted(Candidacy.objects.values_list("state", flat=True)) == [State.APPLIED, State.UNCONFIRMED]
    with pytest.raises(IntegrityError), transaction.atomic():
        Candidacy.objects.update(state=State.APPLIED)


def test_throwing_an_unconfirmed_application_away_leaves_nothing(client):
    candidacy = CandidacyFactory(state=State.UNCONFIRMED)
    address = to_confirm(candidacy)
    assert client.post(address, {"zurueckziehen": "1"}).status_code == 302
    assert not Candidacy.objects.exists()
    assert not events(Candidacy).exists()
    assert not Mail.objects.exists()
    assert client.get(address).status_code == 404


def test_taking_a_confirmed_application_back_tells_the_desk(client):
    candidacy = CandidacyFactory()
    page = client.post(to_confirm(candidacy), {"zurueckziehen": "1"}, follow=True).content.decode()
    assert "möchten zurzeit nicht mitmachen" in page
    assert templates() == ["given_up_desk"]


@pytest.mark.parametrize("state", State.values)
def test_opening_the_links_changes_nothing(client, state):
    advisor = AdvisorFactory() if state == State.JOINED else None
    candidacy = CandidacyFactory(state=state, advisor=advisor)
    before = snapshot()
    for address in (to_confirm(candidacy), invitation(candidacy), f"{invitation(candidacy)}absage/"):
        for method in (client.get, client.head):
            assert method(address).status_code == 200
    assert snapshot() == before


def test_dead_and_foreign_links_help_on(client):
    candidacy, other = CandidacyFactory(state=State.INVITED), CandidacyFactory()
    good = links.token_for(candidacy, links.CONFIRM)
    key, _, rest = good.partition(".")
    member = links.token_of(AdvisorFactory())
    for token in ("quatsch", good[:-2], f"{other.key.hex}.{rest}", key, member):
        for path in (f"/beraten/{token}/", f"/einladung/{token}/", f"/einladung/{token}/absage/"):
            for response in (client.get(path), client.post(path)):
                assert response.status_code == 404
                assert "Neuen Link anfordern" in response.content.decode()
    assert client.get(f"/einladung/{good}/").status_code == 404  # the other purpose
    assert client.get(to_confirm(candidacy).replace("beraten", "mein-bereich")).status_code == 404
    candidacy.refresh_from_db()
    assert candidacy.state == State.INVITED


def test_links_die_with_their_address_and_their_time(client, invited, monkeypatch):
    address = invitation(invited)
    Candidacy.objects.update(email="neu@example.net")
    assert client.get(address).status_code == 404
    invited.refresh_from_db()
    assert client.get(invitation(invited)).status_code == 200
    later = time.time() + (settings.LINK_DAYS + 1) * 86400
    address = invitation(invited)
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(address).status_code == 404


# --- The desk ------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_and_is_refused_where_somebody_is_known():
    by = UserFactory()
    candidacy = candidacies.invite(name="Amara Muster", email="amara@example.net", by=by)
    assert (candidacy.state, candidacy.by, templates()) == (State.INVITED, by, ["invited"])
    assert invitation(candidacy) in outbox.message(Mail.objects.get()).body
    for email in ("AMARA@example.net", CandidacyFactory().email, AdvisorFactory().email):
        with pytest.raises(Refused):
            candidacies.invite(name="Amara", email=email, by=by)
    left = AdvisorFactory(active=False, left_at=timezone.now())
    with pytest.raises(Refused, match="wieder mitmachen"):
        candidacies.invite(name="Amara", email=left.email, by=by)


ALLOWED = {
    "accept": {State.APPLIED},
    "invite_again": {State.INVITED},
    "decline": {State.APPLIED, State.INVITED},
}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("move", ALLOWED)
def test_every_move_of_the_desk_from_every_state(move, state):
    advisor = AdvisorFactory() if state == State.JOINED else None
    candidacy = CandidacyFactory(state=state, advisor=advisor)
    given = {"note": "Zurzeit leider nicht."} if move == "decline" else {}
    if state in ALLOWED[move]:
        after = getattr(candidacies, move)(candidacy, by=UserFactory(), **given)
        assert after.state == (State.DECLINED if move == "decline" else State.INVITED)
        assert Mail.objects.count() == 1
    else:
        with pytest.raises(Refused):
            getattr(candidacies, move)(candidacy, by=UserFactory(), **given)
        assert not Mail.objects.exists()


def test_declining_writes_what_the_desk_has_written():
    candidacies.decline(CandidacyFactory(), note="Im Herbst gern wieder.", by=UserFactory())
    assert "Im Herbst gern wieder." in Mail.objects.get().text


def test_who_does_not_want_to_says_so_and_whoever_invited_learns_it(client):
    by = UserFactory()
    candidacy = candidacies.invite(name="Amara", email="amara@example.net", by=by)
    for _ in range(2):
        page = client.post(f"{invitation(candidacy)}absage/", follow=True).content.decode()
        assert "möchten zurzeit nicht mitmachen" in page
    assert Mail.objects.get(template="advisors/given_up_desk").to == by.email
    assert client.post(invitation(candidacy), profile()).status_code == 409
    assert not Advisor.objects.exists()


def test_no_application_is_forgotten_before_the_mail_that_asks_has_gone_out():
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=20)
    CandidacyFactory(state=State.UNCONFIRMED, email="ida@example.net", created_at=long_ago)
    Mail.objects.create(template="advisors/please_confirm_application", to="Ida@example.net", subject="x", text="x")
    assert follow("advisors.unconfirmed", now) == 0
    Mail.objects.update(state="sent", sent_at=now - timedelta(days=6))
    assert follow("advisors.unconfirmed", now) == 0
    assert follow("advisors.unconfirmed", now + timedelta(days=2)) == 1


def test_time_forgets_what_came_to_nothing(settings):
    settings.UNCONFIRMED_DAYS, settings.CANDIDACY_DAYS = 7, 180
    now = timezone.now()
    for state in State.values:
        advisor = AdvisorFactory() if state == State.JOINED else None
        for days in (8, 181):
            then = now - timedelta(days=days)
            email = f"{state}{days}@example.net"
            own = advisor if days == 181 else None
            if state != State.JOINED or own:
                CandidacyFactory(state=state, email=email, created_at=then, state_since=then, advisor=own)
    assert follow("advisors.unconfirmed", now) == 2
    assert follow("advisors.candidacies", now) == 3
    left = sorted(Candidacy.objects.values_list("email", flat=True))
    assert left == sorted(
        [f"{state}8@example.net" for state in (State.APPLIED, State.INVITED, State.DECLINED, State.ENDED)]
        + [f"{state}181@example.net" for state in (State.APPLIED, State.JOINED)]
    )
    assert set(events(Candidacy).values_list("email", flat=True)) == set(left)


# --- Joining ---------------------------------------------------------------------------------------------------


def test_the_invitation_shows_the_three_consents_apart_and_none_is_chosen(client, invited):
    page = client.get(invitation(invited)).content.decode()
    for purpose in Purpose:
        box = re.search(rf'<input type="checkbox" name="{purpose}"[^>]*>', page)
        assert box and "checked" not in box[0]
        assert str(consents.EFFECTS[purpose].withdrawn).partition(";")[0] in page
    assert page.count("Fassung 1") == 3
    assert 'value="Amara Muster"' in page  # known already
    assert "Grundlage sind Ihre ausdrücklichen Einwilligungen" in page


def test_joining_makes_an_advisor_with_the_consents_that_were_given(client, invited):
    OrganisationFactory()
    response = client.post(invitation(invited), profile(matching="on", public="on"), follow=True)
    advisor = Advisor.objects.get()
    assert response.redirect_chain[0][0].startswith(f"/mein-bereich/{advisor.key.hex}.")
    assert (advisor.email, advisor.name, advisor.topic_skills.get().level) == (invited.email, "Amara Muster", 3)
    given = Consent.objects.order_by("purpose")
    assert [(each.purpose, each.way, each.text.version, each.by) for each in given] == [
        (Purpose.MATCHING, "link", 1, None),
        (Purpose.PUBLIC, "link", 1, None),
    ]
    invited.refresh_from_db()
    assert (invited.state, invited.advisor) == (State.JOINED, advisor)
    assert templates() == ["joined", "joined_desk"]
    assert "passt" in Mail.objects.get(template="advisors/joined").text


def test_without_the_consent_joining_works_and_nobody_is_matched(client, invited):
    place, topic, language = MunicipalityFactory(), TopicFactory(), LanguageFactory()
    answers = profile(home=place.pk, **{f"topics_{topic.pk}": "3", f"languages_{language.pk}": "2"})
    page = client.post(invitation(invited), answers, follow=True).content.decode()
    assert "Willkommen" in page
    advisor = Advisor.objects.get()
    assert "schlagen wir Sie für keine Anfrage vor" in Mail.objects.get(template="advisors/joined").text
    case = CaseFactory(state=CaseState.SEARCHING, municipality=place, topics=[topic])
    fitting, excluded = matching.suggest(case)
    assert not fitting
    assert [suggestion.advisor for suggestion in excluded] == [advisor]
    pool.agree(advisor, Purpose.MATCHING, text=consents.current_text(Purpose.MATCHING))
    assert [suggestion.advisor for suggestion in matching.suggest(case)[0]] == [advisor]


def test_joining_twice_makes_one_person(client, invited):
    answers = profile(matching="on")
    targets = {client.post(invitation(invited), answers)["Location"].partition(".")[0] for _ in range(2)}
    assert len(targets) == 1
    assert (Advisor.objects.count(), Consent.objects.count()) == (1, 1)
    assert templates().count("joined") == 1
    assert "schon im Kreis" in client.get(invitation(invited)).content.decode()


def test_the_invitation_does_not_open_the_page_of_another_mailbox(client, invited):
    client.post(invitation(invited), profile())
    advisor = Advisor.objects.get()
    Advisor.objects.update(email="neu@example.net")
    response = client.post(invitation(invited), profile(), follow=True)
    advisor.refresh_from_db()
    assert advisor.key.hex not in str(response.redirect_chain)
    assert advisor.key.hex not in response.content.decode()


def test_words_that_changed_meanwhile_are_not_agreed_to(client, invited):
    answers = profile(matching="on", shown="on")
    consents.reword(Purpose.MATCHING, text="Ein ganz neuer Wortlaut.")
    response = client.post(invitation(invited), answers)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Ein ganz neuer Wortlaut." in page and "hat sich inzwischen geändert" in page
    assert "checked" not in re.search(r'<input type="checkbox" name="matching"[^>]*>', page)[0]
    assert "checked" in re.search(r'<input type="checkbox" name="shown"[^>]*>', page)[0]
    assert not Advisor.objects.exists()
    shown = re.search(r'name="matching_text" value="(\d+)"', page)[1]
    client.post(invitation(invited), answers | {"matching_text": shown})
    assert Consent.objects.get(purpose=Purpose.MATCHING).text.text == "Ein ganz neuer Wortlaut."


@pytest.mark.parametrize("text", ["", "0", "x", "99999999999999999999"])
def test_a_tick_without_the_words_that_stood_beside_it_is_nothing(client, invited, text):
    assert client.post(invitation(invited), profile(matching="on", matching_text=text)).status_code == 422
    assert not Advisor.objects.exists()


def test_an_incomplete_profile_keeps_ticks_and_words(client, invited):
    response = client.post(invitation(invited), profile(name="", matching="on", about="Ich berate gern."))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Ich berate gern." in page
    assert "checked" in re.search(r'<input type="checkbox" name="matching"[^>]*>', page)[0]
    switched = client.post(f"/en{invitation(invited)}", profile(name="", matching="on", sprache="en"))
    assert switched.status_code == 200
    assert "checked" in re.search(r'<input type="checkbox" name="matching"[^>]*>', switched.content.decode())[0]
    assert not Advisor.objects.exists()


def test_an_address_that_got_a_profile_meanwhile_is_said(client, invited):
    AdvisorFactory(email=invited.email.upper())
    response = client.post(invitation(invited), profile(matching="on"))
    assert response.status_code == 409
    assert "gibt es schon ein Profil" in response.content.decode()


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.APPLIED, State.DECLINED, State.ENDED])
def test_only_who_is_invited_joins(client, state):
    candidacy = CandidacyFactory(state=state)
    assert client.post(invitation(candidacy), profile()).status_code == 409
    with pytest.raises(Refused, match="gilt nicht mehr"):
        pool.join(candidacy, profile={}, agreed={})
    assert not Advisor.objects.exists()


# --- Nothing asks for origin -----------------------------------------------------------------------------------

ORIGIN = re.compile(
    r"herkunft|origin|nationalit|staatsang|citizen|geburt|birth|ethni|muttersprach|mother.?tongue|religion|"
    r"einwander|immigra|heimat",
    re.IGNORECASE,
)


def test_no_field_asks_for_origin():
    """What a text says about origin is that nobody asks for it."""
    tables = (Advisor, Candidacy, TopicSkill, LanguageSkill, Pause)
    fields = [field for table in tables for field in table._meta.get_fields() if isinstance(field, models.Field)]
    named = [f"{field.name} {field.verbose_name}" for field in fields]
    forms = (ApplicationForm(), ProfileForm(), ConsentsForm())
    named += [f"{name} {field.label}" for form in forms for name, field in form.fields.items() if name != "agreed"]
    named += [str(label) for level in (LanguageSkill.Level, TopicSkill.Level) for label in level.labels]
    assert len(named) > 40
    assert [name for name in named if ORIGIN.search(name)] == []
