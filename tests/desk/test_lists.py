"""The lists' one form for search and filters, and the address it leads to."""

import pytest
from django.http import QueryDict

from miglobe.desk.site import tidied
from tests.factories import AdvisorFactory, CaseFactory

LIST = "/admin/requests/consultationrequest/"


@pytest.mark.parametrize(
    ("before", "choices", "search", "after"),
    [
        ("?", ["?", "?state=new"], "", "state=new"),
        ("?state=new", ["?", "?state=new&kreis=05358"], "", "kreis=05358"),
        ("?state=new", ["?state=new", "?kreis=05358&state=new"], "", "state=new&kreis=05358"),
        ("?person__id__exact=3", ["?person__isnull=True"], "", "person__isnull=True"),
        ("?o=-3&q=alt", ["?o=-3&q=alt"], "neu", "o=-3&q=neu"),
        ("?q=alt", ["?q=alt"], "", ""),
        ("?_popup=1", ["?_popup=1&active__exact=0"], "", "_popup=1&active__exact=0"),
        ("", [], "ä ö", "q=%C3%A4+%C3%B6"),
    ],
)
def test_the_form_leads_to_a_tidy_address(before, choices, search, after):
    sent = QueryDict(mutable=True)
    sent["from"] = before
    sent.setlist("filter", choices)
    sent["q"] = search
    assert tidied(sent).urlencode() == after


@pytest.mark.django_db
def test_filters_and_search_are_one_form_that_needs_no_script(client, coordinator):
    client.force_login(coordinator)
    CaseFactory(state="new")
    wanted = CaseFactory(state="searching")
    sent = {"from": "?o=-3", "filter": ["?o=-3&state=searching", "?o=-3"], "q": wanted.reference}
    response = client.get(LIST, sent, follow=True)
    assert response.redirect_chain == [(f"{LIST}?o=-3&state=searching&q={wanted.reference}", 302)]
    assert [case.pk for case in response.context["cl"].result_list] == [wanted.pk]
    assert "Zurücksetzen" in response.content.decode()


@pytest.mark.django_db
def test_an_empty_form_leads_to_the_plain_list(client, coordinator):
    client.force_login(coordinator)
    AdvisorFactory()
    response = client.get("/admin/advisors/advisor/", {"from": "?", "filter": ["?", "?"], "q": ""})
    assert response["Location"] == "/admin/advisors/advisor/"


@pytest.mark.django_db
def test_the_form_needs_a_login_where_it_leads(client):
    response = client.get(LIST, {"from": "?", "filter": "?state=new"}, follow=True)
    assert response.redirect_chain[-1][0].startswith("/anmelden/")
