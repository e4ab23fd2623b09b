"""An advisor's record at the desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from advisors import matching, pool, profiles
from advisors.models import Advisor, LanguageSkill, Pause, TopicSkill
from miglobe.outbox.models import Mail
from tests.advisors.test_profile import typed
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    LanguageFactory,
    MunicipalityFactory,
    OfferFactory,
    RegionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/advisors/advisor/"


def day(number):
    return timezone.localdate() + timedelta(days=number)


def sent(*pauses, **changes):
    data = typed(**{"email": "amara@example.com", "active": "on"} | changes)
    data["pauses-TOTAL_FORMS"], data["pauses-INITIAL_FORMS"] = str(len(pauses)), "0"
    for number, (begins, ends) in enumerate(pauses):
        data[f"pauses-{number}-starts_on"] = f"{day(begins):%d.%m.%Y}"
        data[f"pauses-{number}-ends_on"] = "" if ends is None else f"{day(ends):%d.%m.%Y}"
    return dict(data.lists())


def test_a_record_is_made_with_levels_ties_wishes_and_pauses(desk):
    tie, only, region = MunicipalityFactory(), TopicFactory(), RegionFactory()
    data = sent(
        (1, 5), (6, None), biased_for=[tie.pk, ""], only_topics=[only.pk], regions=[region.pk], wants_fewer="on"
    )
    assert desk.post(f"{LIST}add/", data).status_code == 302
    advisor = Advisor.objects.get()
    assert list(advisor.topic_skills.values_list("level", flat=True)) == [3]
    assert list(advisor.language_skills.values_list("level", flat=True)) == [2]
    assert (list(advisor.biased_for.all()), list(advisor.only_topics.all())) == ([tie], [only])
    assert (list(advisor.regions.all()), advisor.wants_fewer, advisor.pauses.count()) == ([region], True, 2)


def test_a_record_is_changed_and_shows_what_stands(desk):
    advisor = AdvisorFactory()
    topic = TopicFactory(name="Fairer Handel")
    TopicSkill.objects.create(advisor=advisor, topic=topic, level=2)
    LanguageSkill.objects.create(advisor=advisor, language=LanguageFactory(), level=3)
    address = f"{LIST}{advisor.pk}/change/"
    page = desk.get(address).content.decode()
    assert "Fairer Handel" in page and '<option value="2" selected>praktische Erfahrung</option>' in page
    desk.post(address, sent(email=advisor.email, **{f"topics_{topic.pk}": "1"}))
    assert dict(advisor.topic_skills.values_list("topic", "level"))[topic.pk] == 1
    assert advisor.language_skills.count() == 1


def test_the_desk_may_know_less_and_change_who_has_left(desk):
    advisor = AdvisorFactory(active=False, left_at=timezone.now())
    data = {"name": "Amara", "email": advisor.email, "home": advisor.home.pk, "travel_km": "1", "capacity": "1"}
    formset = {"pauses-TOTAL_FORMS": "0", "pauses-INITIAL_FORMS": "0"}
    assert desk.post(f"{LIST}{advisor.pk}/change/", data | formset).status_code == 302
    assert Advisor.objects.get(pk=advisor.pk).name == "Amara"


def test_what_the_person_has_changed_since_the_page_was_opened_stays(desk):
    advisor = AdvisorFactory(capacity=2)
    TopicSkill.objects.create(advisor=advisor, topic=TopicFactory(), level=2)
    address = f"{LIST}{advisor.pk}/change/"
    page = desk.get(address).content.decode()
    for shown in ('name="initial-active" value="True"', 'name="initial-capacity" value="2"'):
        assert shown in page
    before = {f"initial-{name}": str(getattr(advisor, name)) for name in ("active", "wants_fewer", "capacity")}
    profiles.wish(advisor, wants_fewer=True, only_topics=[])
    pool.leave(advisor)
    data = sent(**before, email=advisor.email, capacity="3", phone="0211 5550 12345")
    assert desk.post(address, data).status_code == 302
    advisor.refresh_from_db()
    assert (advisor.active, advisor.left_at is None, advisor.wants_fewer) == (False, False, True)
    assert (advisor.capacity, advisor.phone) == (3, "0211 5550 12345")


def test_pauses_that_overlap_are_refused(desk):
    response = desk.post(f"{LIST}add/", sent((1, 5), (5, 6)))
    assert "Zwei Pausen überschneiden sich." in response.content.decode()
    assert not Advisor.objects.exists()


def test_an_address_in_use_is_said_beside_the_form(desk):
    AdvisorFactory(email="amara@example.com")
    page = desk.post(f"{LIST}add/", sent()).content.decode()
    assert "Unter dieser E-Mail-Adresse ist schon jemand im Pool." in page


def test_the_list_says_who_is_paused_and_who_has_left(desk):
    AdvisorFactory(name="Amara")
    AdvisorFactory(name="Bo", active=False)
    AdvisorFactory(name="Cleo", active=False, left_at=timezone.now())
    for name, ends in (("Dora", 3), ("Emil", None)):
        Pause.objects.create(advisor=AdvisorFactory(name=name), starts_on=day(-1), ends_on=ends and day(ends))
    page = desk.get(LIST).content.decode()
    for words in ("aktiv", "ruht", "hat den Pool verlassen", f"Pause bis {day(3):%d.%m.%Y}", "Pause bis auf Weiteres"):
        assert f'<td class="field-standing">{words}' in page


def names(desk, query):
    return [advisor.name for advisor in desk.get(f"{LIST}?{query}").context["cl"].result_list]


def test_the_list_is_narrowed_to_who_pauses_now_or_wants_to_be_asked_less(desk):
    AdvisorFactory(name="Amara")
    AdvisorFactory(name="Bo", wants_fewer=True)
    for name, begins, ends in (("Cleo", -1, None), ("Dora", 0, 0), ("Emil", -9, -1), ("Finn", 1, 9)):
        Pause.objects.create(
            advisor=AdvisorFactory(name=name), starts_on=day(begins), ends_on=None if ends is None else day(ends)
        )
    assert names(desk, "wunsch=pause") == ["Cleo", "Dora"]
    assert names(desk, "wunsch=seltener") == ["Bo"]
    assert names(desk, "wunsch=keine") == ["Amara", "Emil", "Finn"]
    assert names(desk, "wunsch=unbekannt") == []
    page = desk.get(f"{LIST}?wunsch=seltener").content.decode()
    assert "aktiv, möchte seltener" in page and "Pause und Wünsche: möchte seltener angefragt werden" in page


def test_the_list_is_narrowed_by_experience(desk):
    for name, states in (("Amara", ["declined"]), ("Bo", ["accepted", "cancelled"]), ("Cleo", ["accepted"] * 3)):
        advisor = AdvisorFactory(name=name)
        for state in states:
            OfferFactory(advisor=advisor, state=state)
    assert names(desk, "einsaetze=0") == ["Amara"]
    assert names(desk, "einsaetze=1") == ["Bo"]
    assert names(desk, "einsaetze=3") == ["Cleo"]
    assert names(desk, "einsaetze=3&wunsch=keine&o=-3") == ["Cleo"]


def test_a_new_address_gets_the_link_to_the_own_page_and_the_desk_reads_so(desk):
    advisor = AdvisorFactory()
    OfferFactory(advisor=advisor, state="accepted", consultation__state="running")
    formset = {"pauses-TOTAL_FORMS": "0", "pauses-INITIAL_FORMS": "0"}
    data = {"name": "Amara", "email": "neu@example.com", "active": "on", "home": advisor.home.pk}
    data |= {"travel_km": "1", "capacity": "1"} | formset
    page = desk.post(f"{LIST}{advisor.pk}/change/", data, follow=True).content.decode()
    assert "Die neue E-Mail-Adresse bekommt den Link zur persönlichen Seite" in page
    mails = Mail.objects.filter(to="neu@example.com").values_list("template", flat=True)
    assert sorted(mails) == ["advisors/link_again", "advisors/own_page_again"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_three(desk, number, django_assert_num_queries):
    for _ in range(number):
        Pause.objects.create(advisor=AdvisorFactory(), starts_on=day(-1))
    with django_assert_num_queries(12):
        desk.get(LIST)


def test_nobody_is_deleted(desk):
    advisor = AdvisorFactory()
    assert desk.post(f"{LIST}{advisor.pk}/delete/", {"post": "yes"}).status_code == 403


# --- Who does not work together ---------------------------------------------------------------------


def apart(desk, advisor, *names):
    return desk.post(f"{LIST}{advisor.pk}/change/", sent(email=advisor.email, apart=list(names)))


def test_both_sides_are_kept_apart_until_it_is_taken_back(desk):
    ada, bea = AdvisorFactory(name="Ada"), AdvisorFactory(name="Bea Muster")
    assert apart(desk, ada, "bea muster", "").status_code == 302
    assert (list(ada.apart.all()), list(bea.apart.all())) == ([bea], [ada])
    case = CaseFactory(state="searching", team_size=2)
    offer = OfferFactory(consultation=case, advisor=bea, state="accepted")
    assert "nicht gemeinsam mit Bea Muster" in excluded(case)
    page = desk.get(f"{LIST}{ada.pk}/change/").content.decode()
    assert 'value="Bea Muster" list="id_apart_list"' in page and '<option value="Ada">' not in page
    apart(desk, ada)
    assert not bea.apart.exists() and offer.advisor == bea
    assert excluded(case) == ["für diesen Fall schon zugesagt"]


def excluded(case):
    return [suggestion.excluded for suggestion in matching.suggest(case)[1]]


def test_who_has_left_stays_until_taken_out(desk):
    ada, gone = AdvisorFactory(name="Ada"), AdvisorFactory(name="Weg", active=False, left_at=timezone.now())
    ada.apart.add(gone)
    assert apart(desk, ada, "Weg").status_code == 302
    assert list(ada.apart.all()) == [gone]


def test_names_are_found_or_said_to_be_unknown(desk):
    ada = AdvisorFactory(name="Ada")
    one, _other = AdvisorFactory(name="Bea", email="bea@example.com"), AdvisorFactory(name="Bea")
    for name, why in (
        ("Niemand", "Wir finden niemanden „Niemand“"),
        ("Bea", "Mehrere Personen heißen „Bea“"),
        ("Ada", "Wir finden niemanden „Ada“"),
    ):
        response = apart(desk, ada, name)
        page = response.content.decode()
        assert response.status_code == 200 and why in page and f'value="{name}" list=' in page
    assert apart(desk, ada, "Bea (bea@example.com)").status_code == 302
    assert list(ada.apart.all()) == [one]
