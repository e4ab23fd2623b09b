"""Cases are found: by words, by filters, in an order, page by page."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from miglobe import lists
from requests import search
from requests.models import ConsultationRequest, Message, Municipality, Note, SearchEntry
from tests.desk.case import LIST
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    DraftFactory,
    FormatFactory,
    MunicipalityFactory,
    OrganisationFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def found(typed):
    """What the words find, without the desk around."""
    query = search.understand(typed)
    cases = ConsultationRequest.objects.all()
    return set(search.found(cases, query, search.keys(query))) if query else None


def shown(client, address=LIST, **query):
    response = client.get(address, query)
    assert response.status_code == 200, response
    return [row.pk for row in response.context["cl"].result_list]


# --- Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("faire Beschaffung", "Beschaff"),  # beginnings
        ("faire Beschaffung", "Beschaffu"),
        ("faire Beschaffungen", "BESCHAFFUNG"),  # forms of a word
        ("in den Räumen", "Raum"),
        ("ein Raum", "Räume"),
        ("Partnerschaften", "Partnerschaft"),
        ("die Frauen", "Frau"),
        ("Köln", "Koeln"),  # spellings, both ways
        ("Koeln", "Köln"),
        ("Köln", "koln"),
        ("Münster", "Muenster"),
        ("Muenster", "Münster"),
        ("Straße", "Strasse"),
        ("Strasse", "Straße"),
        ("Soest", "Soest"),
        ("Soest", "Söst"),
        ("Häuser", "Haeuser"),
        ("Mu\u0308nster", "Münster"),  # as some computers write it: the dots are a letter of their own
        ("José Ağrı", "jose agri"),
        ("Brü\u00adcken", "Brücken"),
        ("Nord-Süd-Brücke", "nord sud"),
        ("Nord-Süd-Brücke", "Nord-Süd"),
        ("ein Rat für alle", "Rat für"),  # small words do no harm
        ("Tag der Begegnung am Markt", "„Tag der Begegnung“"),  # phrases, in whatever quotation marks
        ("Tag der Begegnung am Markt", '"tag der'),
        ("ein Fest", "Fest -Woche"),
    ],
)
def test_words_are_found_in_every_form_and_spelling(written, typed):
    case = CaseFactory(concern=written)
    CaseFactory(concern="Etwas anderes.")
    assert found(typed) == {case}


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("eine Begegnung am Tag", '"Tag der Begegnung"'),
        ("Beschaffung", '"Beschaffu"'),  # quoted means exactly
        ("faire Woche", "fair -Woche"),
        ("ein Fest", "Fest Woche"),  # all words are wanted
        ("Abend", "b"),  # one letter begins nothing
    ],
)
def test_what_does_not_fit_is_not_found(written, typed):
    CaseFactory(concern=written)
    assert found(typed) == set()


def test_all_that_belongs_to_a_case_is_looked_through(coordinator):
    place = MunicipalityFactory(name="Bergneustadt", district_name="Oberbergischer Kreis")
    case = CaseFactory(
        municipality=place,
        topics=[TopicFactory(name="Brückenbauer-Pools")],
        concern="Anliegenwort",
        hope="Hoffnungswort",
        contact_name="Petra Namenswort",
        contact_office="Amt für Amtswort",
        contact_email="postwort@stadt.example",
    )
    case.co_municipalities.add(MunicipalityFactory(name="Wiehl"))
    Message.objects.create(consultation=case, move="write", text="Nachrichtenwort")
    Note.objects.create(consultation=case, text="Notizwort", by=coordinator)
    CaseFactory()
    words = "bergneu oberberg wiehl brückenbau anliegenwort hoffnungswort namenswort amtswort postwort"
    for word in f"{words} nachrichtenwort notizwort".split():
        assert found(word) == {case}, word
    assert found("postwort@stadt.example") == {case}
    assert found("Wiehl Notizwort") == {case}  # words from different places


@pytest.mark.parametrize("typed", ["MG-2026-K7P4X", "mg 2026 k7p4x", "MG2026K7P4X", "(mg-2026-k7p4x)"])
def test_a_reference_is_found_however_it_is_typed_and_comes_first(desk, typed):
    meant = CaseFactory(reference="MG-2026-K7P4X", confirmed_at=timezone.now() - timedelta(days=900))
    mentions = CaseFactory(concern="Siehe MG-2026-K7P4X")
    CaseFactory()
    assert shown(desk, q=typed) == [meant.pk, mentions.pk]


def test_what_is_found_follows_what_is_written(coordinator):
    case = CaseFactory(concern="Alt", topics=[TopicFactory(name="Ersteres")])
    case.concern = "Neu"
    case.save()
    assert (found("Alt"), found("Neu")) == (set(), {case})
    ConsultationRequest.objects.filter(pk=case.pk).update(contact_name="Zoe")
    assert found("Zoe") == {case}
    topic = TopicFactory(name="Letzteres")
    case.topics.set([topic])
    assert (found("Ersteres"), found("Letzteres")) == (set(), {case})
    topic.name = "Umbenanntes"
    topic.save()
    assert (found("Letzteres"), found("Umbenanntes")) == (set(), {case})
    Municipality.objects.filter(pk=case.municipality_id).update(name="Neuenrade")
    assert found("Neuenrade") == {case}
    partner = MunicipalityFactory(name="Altena")
    case.co_municipalities.add(partner)
    Municipality.objects.filter(pk=partner.pk).update(name="Herscheid")
    assert (found("Altena"), found("Herscheid")) == (set(), {case})
    case.co_municipalities.clear()
    assert found("Herscheid") == set()
    note = Note.objects.create(consultation=case, text="Vertraulich", by=coordinator)
    assert found("Vertraulich") == {case}
    note.taken_back_at = timezone.now()
    note.save()
    assert found("Vertraulich") == set()


def test_erased_words_are_no_longer_in_the_search():
    case = CaseFactory(contact_name="Petra Vergessmich")
    Message.objects.create(consultation=case, move="write", text="Geheimes")
    case.messages.all().delete()
    ConsultationRequest.objects.filter(pk=case.pk).update(contact_name="gelöscht")
    words = SearchEntry.objects.get().words
    assert "vergess" not in words and "geheim" not in words
    case.delete()
    assert not SearchEntry.objects.exists()


def test_drafts_have_no_entry():
    draft = DraftFactory(concern="Geheim")
    assert not SearchEntry.objects.exists()
    draft.delete()


def test_changing_the_state_alone_does_not_touch_the_entry():
    case = CaseFactory()

    def version():
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid::text, xmin::text FROM requests_searchentry")
            return cursor.fetchall()

    before = version()
    ConsultationRequest.objects.filter(pk=case.pk).update(state="searching", due_at=None)
    assert version() == before


def test_a_very_long_case_can_still_be_written_to():
    case = CaseFactory()
    texts = (" ".join(f"w{number:x}v{part:x}" for number in range(600)) for part in range(150))
    Message.objects.bulk_create(Message(consultation=case, move="write", text=text[:4000]) for text in texts)
    Message.objects.create(consultation=case, move="write", text="Zuletztgesagtes")
    assert found("Zuletztgesagtes") == {case}


def test_words_that_many_have_in_common_are_found_another_way(desk, monkeypatch):
    cases = [CaseFactory(concern="Fest", state=state) for state in ("new", "new", "searching")]
    CaseFactory(concern="Feier")
    monkeypatch.setattr(search, "FEW", 1)
    assert found("Fest") == set(cases)
    response = desk.get(LIST, {"q": "Fest", "state": "new"})
    assert [case.pk for case in response.context["cl"].result_list] == [cases[1].pk, cases[0].pk]
    assert response.context["cl"].result_count == 2


HOSTILE = [
    "'",
    '"',
    "''';--",
    "\\",
    "a' OR '1'='1",
    "foo:*|bar&!(baz)<->",
    ":*",
    "!!!",
    "-",
    "--",
    "-x",
    "%",
    "%s %(x)s",
    "(((((",
    "$$",
    "\u202e\u0000x",
    "\ud83d".encode("utf-8", "replace").decode(),
    "😀 ﷽",
    "ﬁ ½ ß",
    "x" * 5000,
    "a b " * 500,
    '"' * 300,
    "- - - -",
    "1e400 -5 0x1F 3.14",
    "http://a.example/b?c=d&e#f",
    "[a-z]+.*\\m(",
    "ä" * 199 + '"',
    "مرحبا Привет 你好",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_only_looked_for(desk, typed):
    CaseFactory(concern="<script>alert(1)</script> Привет [a-z]")
    response = desk.get(LIST, {"q": typed})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("typed", ["-Fest", "!!!", "„“"])
def test_nothing_to_look_for_finds_nothing_and_says_why(desk, typed):
    CaseFactory(concern="Fest")
    response = desk.get(LIST, {"q": typed})
    assert response.context["cl"].result_list == []
    assert "Bitte nennen Sie mindestens ein Wort" in response.content.decode()


def test_database_and_python_spell_alike():
    for word in ("Köln", "Straße", "ÆØÅ", "Łódź", "İzmir", "Frauen", "Quelle", "Muenster", "Soest", "Ğrı", "ﬁt", "½"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT requests_fold(%s)", [word])
            assert cursor.fetchone()[0] == search.fold(word)


def test_a_row_shows_where_the_words_were_found(desk, coordinator):
    case = CaseFactory(concern="Ein Anliegen ohne das Wort.")
    own = CaseFactory(concern=f"{'Viele Worte. ' * 30}Wir suchen Häuser. {'Viele Worte. ' * 30}")
    place = CaseFactory(municipality=MunicipalityFactory(name="Hausen"))
    Message.objects.create(consultation=case, move="write", text="Das <b>Haus</b> & der Hof.")
    page = desk.get(LIST, {"q": "Haus"}).content.decode()
    assert "Nachricht: Das &lt;b&gt;<mark>Haus</mark>&lt;/b&gt; &amp; der Hof." in page
    assert "Wir suchen <mark>Häuser</mark>." in page and "Anliegen: … " in page
    Note.objects.create(consultation=case, text="Ein Haus mehr.", by=coordinator)
    response = desk.get(LIST, {"q": "Haus"})
    rows = {row.pk: row.snippet for row in response.context["cl"].result_list}
    assert rows.keys() == {case.pk, own.pk, place.pk}
    assert "Fundstelle" in response.content.decode()
    without = desk.get(LIST)
    assert "Fundstelle" not in without.content.decode()
    columns = [set(page.context["cl"].list_display) for page in (response, without)]
    assert columns[0] ^ columns[1] == {"found_in", "topic_names"}  # the table stays as wide as the page


def test_somebody_who_writes_at_the_same_time_is_found_as_well(coordinator):
    """The entry is made anew under the case's lock."""
    case = CaseFactory()
    Message.objects.bulk_create([Message(consultation=case, move="write", text=word) for word in ("Erstes", "Zweites")])
    assert found("Erstes Zweites") == {case}


# --- Pages ---------------------------------------------------------------------------------------------


@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(lists.LongList, "list_per_page", 3)


def walked(desk, address, **query):
    """Every page from the first to the last by "Weiter", and all the way back by "Zurück"."""
    there, back = [], []
    response = desk.get(address, query)
    while True:
        changes = response.context["cl"]
        there.append([row.pk for row in changes.result_list])
        if not changes.next_page:
            break
        response = desk.get(address + changes.next_page)
    while True:
        changes = response.context["cl"]
        back.append([row.pk for row in changes.result_list])
        if not changes.previous_page:
            break
        response = desk.get(address + changes.previous_page)
    return there, back


@pytest.mark.parametrize("column", ["", "reference", "place_name", "district", "arrived", "standing", "due"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_miss_nothing_and_repeat_nothing(desk, short_pages, column, sign):
    now = timezone.now()
    places = [MunicipalityFactory(sort_key=key, district_name=key) for key in ("a", "a", "b")]
    for number in range(11):  # much that is equal, and dates that are missing
        CaseFactory(
            municipality=places[number % 3],
            confirmed_at=now - timedelta(days=number // 5),
            state_since=now - timedelta(days=number % 2),
            due_at=None if number % 3 == 0 else now + timedelta(days=number % 2),
        )
    everything = set(ConsultationRequest.objects.values_list("pk", flat=True))
    there, back = walked(desk, LIST, **({"o": f"{sign}{column}.-arrived"} if column else {}))
    seen = [pk for page in there for pk in page]
    assert len(seen) == 11 and set(seen) == everything
    assert [len(page) for page in there] == [3, 3, 3, 2]
    assert back[::-1] == there


def test_a_row_that_moves_while_somebody_reads_does_not_shift_the_pages(desk, short_pages):
    cases = [CaseFactory(confirmed_at=timezone.now() - timedelta(days=day)) for day in range(6)]
    first = desk.get(LIST).context["cl"]
    CaseFactory()  # arrives before all others
    second = desk.get(LIST + first.next_page).context["cl"]
    assert [row.pk for row in second.result_list] == [case.pk for case in cases[3:]]


def test_a_page_may_begin_after_a_row_that_the_filters_no_longer_show(desk, short_pages):
    cases = [CaseFactory(confirmed_at=timezone.now() - timedelta(days=day)) for day in range(5)]
    ConsultationRequest.objects.filter(pk=cases[2].pk).update(state="searching")
    assert shown(desk, state="new", after=cases[2].pk) == [cases[3].pk, cases[4].pk]


@pytest.mark.parametrize("key", ["", "0", "-1", "abc", "99999999999999999999999", "1'", "\u0661"])
def test_a_mangled_page_is_the_first(desk, key):
    case = CaseFactory()
    for name in ("after", "before"):
        assert shown(desk, **{name: key}) == [case.pk]


def test_nobody_counts_further_than_anybody_reads(desk, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED", 2)
    CaseFactory()
    assert "1 Anfrage<" in desk.get(LIST).content.decode()
    CaseFactory.create_batch(2)
    assert "Mehr als 1.000 Anfragen" in desk.get(LIST).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_ask_as_often_for_one_row_as_for_three(desk, coordinator, number, django_assert_num_queries):
    for _ in range(number):
        case = CaseFactory(person=coordinator, organisation=coordinator.organisation, concern="Fest")
        Message.objects.create(consultation=case, move="write", text="Fest")
        AdvisorFactory()
    desk.get(LIST)
    with django_assert_num_queries(16):
        desk.get(LIST)
    with django_assert_num_queries(19):
        desk.get(LIST, {"q": "Fest", "o": "due"})


def test_other_long_lists_have_pages_too(desk, short_pages):
    for _ in range(7):
        AdvisorFactory(name="Gleich")
    there, back = walked(desk, "/admin/advisors/advisor/")
    assert [len(page) for page in there] == [3, 3, 1] and back[::-1] == there
    there, back = walked(desk, "/admin/advisors/advisor/", o="-5")
    assert sum(len(page) for page in there) == 7 and back[::-1] == there


# --- Filters -------------------------------------------------------------------------------------------


def test_every_filter_narrows_the_list(desk, coordinator):
    now = timezone.now()
    place = MunicipalityFactory(district_ags="05974", district_name="Kreis Soest", region="Arnsberg")
    topic, form = TopicFactory(), FormatFactory()
    wanted = CaseFactory(
        state="searching",
        municipality=place,
        person=coordinator,
        organisation=coordinator.organisation,
        topics=[topic, TopicFactory()],
        channel="phone",
        due_at=now - timedelta(days=1),
        confirmed_at=timezone.make_aware(datetime(2026, 3, 31, 23, 30)),
    )
    wanted.formats.add(form)
    other = CaseFactory(
        municipality=MunicipalityFactory(district_ags="05315", district_name="Köln", region="Köln"),
        due_at=now + timedelta(days=1),
    )
    for query in (
        {"state": "searching"},
        {"state": ["searching", "running"]},
        {"organisation__id__exact": coordinator.organisation.pk},
        {"organisation__id__exact": "me"},
        {"person__id__exact": coordinator.pk},
        {"person__id__exact": "me"},
        {"municipality__region": "Arnsberg"},
        {"kreis": "05974"},
        {"topics__id__exact": topic.pk},
        {"formats__id__exact": form.pk},
        {"channel": "phone"},
        {"overdue": "1"},
        {"arrived_from": "2026-03-31", "arrived_until": "2026-03-31"},
        {"arrived_until": "2026-03-31"},
    ):
        assert shown(desk, **query) == [wanted.pk], query
        assert shown(desk, **query, q=wanted.reference) == [wanted.pk], query
        assert shown(desk, **query, q=other.reference) == [], query
    for query in (
        {"state": "new"},
        {"person__id__exact": "none"},
        {"person__isnull": "True"},
        {"organisation__id__exact": "none"},
        {"arrived_from": "2026-04-01"},
        {"municipality__region": "Köln"},
    ):
        assert shown(desk, **query) == [other.pk], query
    assert shown(desk, state=["new", "searching"]) == [other.pk, wanted.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gibtsnicht"},
        {"person__id__exact": "999999"},
        {"person__id__exact": "x' OR 1=1"},
        {"topics__id__exact": "99999999999999999999999999"},
        {"kreis": "\u0000"},
        {"arrived_from": "31.3.2026"},
        {"arrived_from": "0001-01-01"},
        {"arrived_until": "9999-12-31"},
        {"channel": ["", "fax"]},
    ],
)
def test_a_value_nobody_knows_finds_nothing(desk, query):
    CaseFactory()
    assert shown(desk, **query) == []


def test_what_narrows_the_list_can_be_taken_away_piece_by_piece(desk):
    CaseFactory()
    response = desk.get(LIST, {"q": "a & b", "state": ["new", "closed"], "kreis": "05999", "o": "-due"})
    chips = {chip.label: chip.without for chip in response.context["cl"].chips()}
    assert list(chips) == [
        "Suche: a & b",
        "Stand: neu",
        "Stand: abgeschlossen",
        "Kreis oder kreisfreie Stadt: Kreis Muster",
    ]
    assert "state=closed" in chips["Stand: neu"] and "state=new" not in chips["Stand: neu"]
    page = response.content.decode()
    assert '<span class="visually-hidden">Ohne </span>Suche: a &amp; b' in page
    assert "Alle entfernen" in page


def test_choices_that_are_taken_back_in_the_form_are_gone(desk):
    CaseFactory()
    sent = {
        "from": "?state=new&kreis=05999&o=-due",
        "field": ["state", "kreis", "arrived_from"],
        "kreis": "",
        "arrived_from": "",
        "q": "",
        "all": "1",
    }
    assert desk.get(LIST, sent)["Location"] == f"{LIST}?o=-due"
    sent["from"] = "?state=new"
    assert desk.get(LIST, sent)["Location"] == f"{LIST}?all=1"


def test_addresses_name_the_columns_they_sort_by(desk):
    CaseFactory(concern="Fest")
    for query in ({"o": "-due"}, {"o": "-due", "q": "Fest"}):
        changes = desk.get(LIST, query).context["cl"]
        assert [changes.list_display[number] for number in changes.get_ordering_field_columns()] == ["due"]
        assert "o=-due" in changes.get_query_string() and "o=arrived" in changes.get_query_string({"o": "arrived"})
    page = desk.get(LIST, {"q": "Fest"}).content.decode()
    named = re.findall(r'href="[?]o=([^"&]*)&amp;q=Fest"', page)
    assert "reference.-arrived" in named and not re.search(r"[0-9]", "".join(named))


def test_people_who_have_left_are_not_offered_unless_they_were_chosen(desk):
    gone = UserFactory(is_active=False, last_name="Verzogen", organisation=OrganisationFactory())
    case = CaseFactory(person=gone)
    assert "Verzogen</option>" not in desk.get(LIST).content.decode()
    assert shown(desk, person__id__exact=gone.pk) == [case.pk]
