"""Reference, mail address and a code: the way in for people who must not open links."""

import re
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisors import mails as offer_mails
from advisors.models import Advisor, Offer
from miglobe import references
from miglobe.codes import codes
from miglobe.codes.models import AccessCode
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import mails as request_mails
from requests.models import ConsultationRequest, State
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, UserFactory
from tests.periods import follow

pytestmark = pytest.mark.django_db

CLERK = "Petra.Beispiel@stadt.example"


def a_case(**changes):
    return CaseFactory(**{"reference": "MG-2026-K7P4X", "contact_email": CLERK, **changes})


def ask(client, reference="MG-2026-K7P4X", email=CLERK, language=""):
    """The address of the page that takes the code."""
    response = client.post(f"{language}/zugang/", {"reference": reference, "email": email})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def mailed(mail=None):
    """The code as it arrives in the mailbox."""
    body = outbox.message(mail or Mail.objects.latest("pk")).body
    return re.search(r"(?:Ihr Code|Your code): (\S+)", body)[1]


def enter(client, page, code):
    return client.post(page, {"code": code})


def wrong(code):
    return ("A" if code[0] != "A" else "B") + code[1:]


# --- Through the doors ---------------------------------------------------------------------------------


def test_a_municipality_reaches_its_status_page(client):
    case = a_case()
    page = ask(client)
    assert "Bitte geben Sie den Code ein" in client.get(page).content.decode()
    response = enter(client, page, mailed())
    assert response["Location"].startswith(f"/anfrage/stand/{case.key.hex}.")
    assert client.get(response["Location"]).status_code == 200


def test_an_unconfirmed_request_is_confirmed_first(client):
    case = a_case(state=State.UNCONFIRMED)
    response = enter(client, ask(client), mailed())
    assert response["Location"].startswith("/anfrage/bestaetigen/")
    client.post(response["Location"])
    case.refresh_from_db()
    assert case.state == State.NEW


def test_what_was_thrown_away_unconfirmed_gets_no_mail(client):
    a_case(state=State.WITHDRAWN, confirmed_at=None)
    ask(client)
    assert not Mail.objects.exists()


def test_an_advisor_reaches_the_newest_offer_that_was_sent(client):
    case = a_case(state=State.SEARCHING)
    advisor = AdvisorFactory()
    OfferFactory(consultation=case, advisor=advisor, state=Offer.State.DECLINED)
    newest = OfferFactory(consultation=case, advisor=advisor)
    OfferFactory(advisor=advisor)  # of another case
    response = enter(client, ask(client, email=advisor.email.upper()), mailed())
    assert response["Location"].startswith(f"/angebot/{newest.key.hex}.")
    assert client.get(response["Location"]).status_code == 200


def test_who_was_only_noted_for_a_case_learns_nothing_of_it(client):
    offer = OfferFactory(consultation=a_case(state=State.SEARCHING), state=Offer.State.PROPOSED)
    ask(client, email=offer.advisor.email)
    assert not Mail.objects.exists()


def test_who_is_clerk_and_advisor_gets_a_code_for_each_door(client):
    case = a_case(state=State.SEARCHING)
    OfferFactory(consultation=case, advisor=AdvisorFactory(email=CLERK.lower()))
    page = ask(client)
    doors = {mail.template: enter(client, page, mailed(mail))["Location"] for mail in Mail.objects.all()}
    assert doors["requests/access_code"].startswith("/anfrage/stand/")
    assert doors["advisors/access_code"].startswith("/angebot/")


def test_the_same_in_english(client):
    case = a_case(language="en")
    page = ask(client, language="/en")
    assert page.startswith("/en/zugang/")
    mail = Mail.objects.get()
    assert mail.subject == "[MG-2026-K7P4X] Your code"
    response = enter(client, page, mailed(mail))
    assert response["Location"].startswith(f"/en/anfrage/stand/{case.key.hex}.")


@pytest.mark.parametrize("typed", ["mg-2026-k7p4x", " MG 2026 K7P4X ", "[MG-2026-K7P4X]", "2026k7p4x", "MG–2026–K7P4X"])
def test_the_reference_may_be_typed_in_many_ways(client, typed):
    a_case()
    ask(client, reference=typed, email=f" {CLERK.upper()} ")
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("typed", [str.lower, " ".join, "-".join, lambda code: f" {code[:3]} – {code[3:]}\t"])
def test_the_code_may_be_typed_in_many_ways(client, typed):
    a_case()
    assert enter(client, ask(client), typed(mailed())).status_code == 302


def test_switching_the_language_keeps_what_was_typed_and_asks_for_nothing(client):
    a_case()
    page = client.post("/en/zugang/", {"reference": "mg 2026", "email": CLERK, "sprache": "en"})
    assert (page.status_code, "mg 2026" in page.content.decode()) == (200, True)
    client.post("/en/zugang/", {"reference": "MG-2026-K7P4X", "email": CLERK, "sprache": "en"})
    assert not AccessCode.objects.exists()
    address = ask(client)
    page = client.post(f"/en{address}", {"code": mailed(), "sprache": "en"})
    assert (page.status_code, mailed() in page.content.decode()) == (200, True)


# --- What the code is --------------------------------------------------------------------------------------


def test_a_code_has_six_letters_that_nobody_misreads():
    seen = {codes.word(AccessCode(key=uuid.uuid4(), purpose="x", target=uuid.uuid4()), CLERK) for _ in range(2000)}
    assert len(seen) > 1990
    assert all(re.fullmatch(f"[{references.ALPHABET}]{{6}}", code) for code in seen)
    assert set("".join(seen)) == set(references.ALPHABET)
    assert not set("01OI") & set(references.ALPHABET)


def test_a_code_depends_on_row_door_address_and_secret():
    row = AccessCode(key=uuid.uuid4(), purpose="x", target=uuid.uuid4())
    code = codes.word(row, CLERK)
    assert code == codes.word(row, CLERK.lower())
    assert code != codes.word(row, "other@stadt.example")
    assert code != codes.word(row, CLERK, secret="another")
    assert code != codes.word(AccessCode(key=row.key, purpose="y"), CLERK)
    assert code != codes.word(AccessCode(key=uuid.uuid4(), purpose="x"), CLERK)


def test_the_database_and_the_logs_hold_no_code(client, caplog):
    a_case()
    caplog.set_level("DEBUG")
    page = ask(client)
    code = mailed()
    enter(client, page, wrong(code))
    enter(client, page, code)
    mail = Mail.objects.get()
    assert "[[code|Ihr Code]]" in mail.text
    assert "Ihr Code: (Code)" in outbox.as_preview(mail)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        jobs = str(cursor.fetchall())
    rows = str(list(Mail.objects.values())) + str(list(AccessCode.objects.values()))
    for place in (rows, jobs, caplog.text):
        assert code not in place
    assert CLERK.lower() not in (str(list(AccessCode.objects.values())) + caplog.text).lower()


@pytest.mark.parametrize("door", ["requests", "advisors"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_mail_with_the_code_has_no_link_and_keeps_the_code_out_of_its_subject(client, door, language):
    case = a_case(state=State.SEARCHING, language=language)
    offer = OfferFactory(consultation=case)
    ask(client, email=CLERK if door == "requests" else offer.advisor.email)
    mail = Mail.objects.get()
    message = outbox.message(mail)
    html = message.alternatives[0][0]
    assert mail.template == f"{door}/access_code"
    assert f"<strong>{mailed()}</strong>" in html
    assert "<a" not in html
    assert "http" not in message.body + html
    assert "zugang" not in message.body
    assert "[[" not in message.body + html
    assert mailed() not in message.subject
    until = timezone.localtime(AccessCode.objects.get().created_at + timedelta(minutes=15))
    assert f"{until:%H:%M}" in message.body


def test_a_former_secret_key_still_opens(client, settings):
    a_case()
    page, code = ask(client), mailed()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert code != mailed()
    assert enter(client, page, code).status_code == 302
    settings.SECRET_KEY_FALLBACKS = []
    assert enter(client, page, code).status_code == 422


# --- When it opens nothing -----------------------------------------------------------------------------------


def test_five_wrong_tries_end_it(client):
    a_case()
    page, code = ask(client), mailed()
    for _ in range(4):
        assert enter(client, page, wrong(code)).status_code == 422
    assert enter(client, page, code).status_code == 302
    assert enter(client, page, wrong(code)).status_code == 422
    assert enter(client, page, code).status_code == 422
    assert AccessCode.objects.get().tries == 5


def test_what_cannot_be_a_code_costs_no_try(client):
    a_case()
    page = ask(client)
    for typed in ("", "ABC", "ABCDEFG", "ABCDE0", "\x00" * 6):
        assert enter(client, page, typed).status_code == 422
    assert AccessCode.objects.get().tries == 0


def test_fifteen_minutes_end_it(client):
    a_case()
    page, code = ask(client), mailed()
    AccessCode.objects.update(created_at=timezone.now() - timedelta(minutes=14, seconds=50))
    assert enter(client, page, code).status_code == 302
    AccessCode.objects.update(created_at=timezone.now() - timedelta(minutes=15, seconds=1))
    assert enter(client, page, code).status_code == 422


def test_a_second_click_opens_the_page_again(client):
    a_case()
    page, code = ask(client), mailed()
    assert enter(client, page, code)["Location"] == enter(client, page, code)["Location"]


def test_a_code_opens_only_where_it_was_asked_for(client):
    a_case()
    a_case(reference="MG-2026-ABCDE", contact_email="anna@stadt.example")
    page, code = ask(client), mailed()
    other = ask(client, reference="MG-2026-ABCDE", email="anna@stadt.example")
    assert enter(client, other, code).status_code == 422
    assert enter(client, f"/zugang/{uuid.uuid4()}/", code).status_code == 422
    assert enter(client, page, code).status_code == 302


def test_who_has_asked_twice_may_enter_either_code(client):
    a_case()
    pages = [ask(client), ask(client)]
    first, second = (mailed(mail) for mail in Mail.objects.order_by("pk"))
    assert first != second
    for page in pages:
        assert enter(client, page, first).status_code == enter(client, page, second).status_code == 302
    for _ in range(5):
        enter(client, pages[0], wrong(first))
    assert enter(client, pages[1], first).status_code == 422  # guessed at too often
    assert enter(client, pages[1], second).status_code == 302


def test_a_corrected_address_kills_the_code_in_the_wrong_mailbox(client):
    case = a_case(state=State.SEARCHING)
    advisor = OfferFactory(consultation=case).advisor
    page, code = ask(client), mailed()
    ConsultationRequest.objects.update(contact_email="richtig@stadt.example")
    assert enter(client, page, code).status_code == 422
    page, code = ask(client, email=advisor.email), mailed()
    Advisor.objects.filter(pk=advisor.pk).update(email="richtig@example.com")
    assert enter(client, page, code).status_code == 422


def test_a_request_that_is_gone_opens_nothing(client):
    case = a_case(state=State.UNCONFIRMED)
    page, code = ask(client), mailed()
    case.delete()
    assert enter(client, page, code).status_code == 422


# --- What a stranger learns ----------------------------------------------------------------------------------


def without_key(response):
    """What a page says, without the tokens that differ each time."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    told = sorted((name, value) for name, value in response.headers.items() if name != "X-Request-ID")
    return response.status_code, re.sub(r"[0-9a-f-]{36}", "KEY", page + str(told))


def test_nobody_learns_whether_reference_and_address_belong_together(client):
    a_case()
    pages = [
        ask(client),
        ask(client, email="fremd@stadt.example"),
        ask(client, reference="MG-2026-ZZZZZ"),
        ask(client, reference="MG-2026-ZZZZZ", email="fremd@stadt.example"),
    ]
    assert Mail.objects.count() == 1
    assert len({without_key(client.get(page)) for page in pages}) == 1
    for _ in range(6):  # also beyond the last try
        assert len({without_key(enter(client, page, "AAAAAA")) for page in pages}) == 1


def test_a_wrong_code_costs_a_stranger_no_more_queries_than_an_unknown_page(client):
    a_case()
    counts = []
    for page in (ask(client), f"/zugang/{uuid.uuid4()}/"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            enter(client, page, "AAAAAA")
        counts.append(len(queries))
    known, unknown = counts
    assert known - unknown <= 3  # the mailbox and the codes of the door are read, the try is counted


def test_a_wrong_address_and_a_wrong_reference_cost_the_same(client):
    a_case()
    counts = set()
    for reference, email in (("MG-2026-K7P4X", "fremd@stadt.example"), ("MG-2026-ZZZZZ", CLERK)):
        with CaptureQueriesContext(connection) as queries:
            ask(client, reference=reference, email=email)
        counts.add(len(queries))
    assert len(counts) == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_pages_changes_nothing(client, method):
    a_case()
    page = ask(client)
    before = list(AccessCode.objects.values()), Mail.objects.count()
    for address in ("/zugang/", "/en/zugang/", page, f"{page}?code={mailed()}"):
        assert getattr(client, method)(address).status_code == 200
    assert (list(AccessCode.objects.values()), Mail.objects.count()) == before


def test_the_page_that_takes_the_code_is_kept_by_nobody_and_names_nobody(client):
    a_case()
    page = ask(client)
    response = client.get(page)
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]
    assert re.fullmatch(r"/zugang/[0-9a-f-]{36}/", page)
    field = re.search(r"<input[^>]+name=\"code\"[^>]*>", response.content.decode())[0]
    assert 'autocomplete="one-time-code"' in field
    assert 'autocapitalize="characters"' in field
    assert 'inputmode="text"' in field


@pytest.mark.parametrize("typed", ["", "K7P4X", "MG-26-K7P4X", "MG-2026-K7P4", "Anfrage", "MG-2026-K7P4X-1"])
def test_what_cannot_be_a_reference_is_asked_for_again(client, typed):
    response = client.post("/zugang/", {"reference": typed, "email": CLERK})
    assert response.status_code == 422
    assert "Bitte geben Sie das Aktenzeichen" in response.content.decode()


# --- How much we send and keep ----------------------------------------------------------------------------------


def test_asking_again_and_again_fills_no_mailbox(client):
    a_case()
    for number in range(codes.MOST_AN_HOUR + 2):
        client.defaults["REMOTE_ADDR"] = f"192.0.{number}.7"
        ask(client)
    assert Mail.objects.count() == AccessCode.objects.count() == codes.MOST_AN_HOUR
    AccessCode.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    ask(client)
    assert Mail.objects.count() == codes.MOST_AN_HOUR + 1


def test_one_door_does_not_use_up_the_codes_of_another(client):
    offer = OfferFactory(consultation=a_case(state=State.SEARCHING))
    for _ in range(5):
        ask(client)
    ask(client, email=offer.advisor.email)
    assert Mail.objects.filter(template="advisors/access_code").count() == 1


def test_old_codes_are_forgotten():
    rows = [
        AccessCode.objects.create(purpose="x", target=uuid.uuid4(), created_at=timezone.now() - timedelta(hours=age))
        for age in (1, 23, 25)
    ]
    follow("codes")
    assert list(AccessCode.objects.order_by("pk")) == rows[:2]


def test_a_mail_that_could_not_be_sent_in_time_fails_for_a_person_to_see(client):
    a_case()
    ask(client)
    AccessCode.objects.all().delete()
    mail = Mail.objects.get()
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == Mail.State.FAILED


# --- Where people learn of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/anfrage/link/", "/angebot/link/", "/anfrage/stand/quatsch/", "/angebot/quatsch/"])
def test_pages_about_lost_links_name_the_second_way(client, path):
    assert 'href="/zugang/"' in client.get(path).content.decode()


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.NEW])
def test_the_receipt_names_the_second_way(client, state):
    assert 'href="/zugang/"' in client.get(f"/anfrage/{a_case(state=state).key}/eingang/").content.decode()


def test_mails_with_a_link_name_the_second_way_and_others_do_not():
    offer = OfferFactory(consultation=a_case(state=State.SEARCHING, person=UserFactory()))
    request_mails.status_link(offer.consultation)
    offer_mails.offered(offer, contested=False)
    offer_mails.expired(offer)
    with_link, offered, without = Mail.objects.order_by("pk")
    for mail in (with_link, offered):
        assert f"{settings.BASE_URL}/zugang/" in mail.text
        assert mail.links
    assert "/zugang/" not in without.text
    assert set(without.links) == {"me"}


def test_the_second_way_speaks_the_language_of_the_mail():
    assert codes.entrance("de") == f"{settings.BASE_URL}/zugang/"
    assert codes.entrance("en") == f"{settings.BASE_URL}/en/zugang/"


def test_every_mail_that_has_no_link_of_its_own_says_so():
    """`links` of a mail and the placeholder in its text go together, for every event that concerns an offer."""
    offer = OfferFactory(consultation=a_case(state=State.SEARCHING))
    events = {
        "offered": {"contested": True},
        "accepted": {"mates": []},
        "mate_joined": {"joined": offer},
        "case_ended": {"had_accepted": True},
    }
    plain = [
        "reminded",
        "mate_left",
        "place_taken",
        "offer_withdrawn",
        "team_resized",
        "case_resumed",
        "case_closed",
        "expired",
    ]
    for event in [*plain, "offer_cancelled", "link_again", *events]:
        getattr(offer_mails, event)(offer, **events.get(event, {}))
        mail = Mail.objects.latest("pk")
        assert ("link" in mail.links) == ("[[link|" in mail.text) == ("/zugang/" in mail.text), event
