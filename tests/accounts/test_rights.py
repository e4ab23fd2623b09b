"""Who keeps whose account: nobody gets more rights by it, and nobody knows another's password."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from miglobe.accounts.models import User
from miglobe.desk import roles
from tests.conftest import HouseClient
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_roles(db):
    roles.load()


def person_as(*names, **given):
    person = UserFactory(**given)
    person.groups.set(Group.objects.filter(name__in=names))
    return person


def at_desk(person):
    client = HouseClient()
    client.force_login(person)
    return client


def account(person):
    return reverse("admin:accounts_user_change", args=[person.pk])


def typed(person, **given):
    names = ("email", "first_name", "last_name", "phone")
    return {name: getattr(person, name) for name in names} | {"is_active": "on", "is_staff": "on"} | given


def ids(*names):
    return list(Group.objects.filter(name__in=names).values_list("pk", flat=True))


def given_roles(person):
    return set(person.groups.values_list("name", flat=True))


def test_the_lead_makes_an_account_without_a_password_and_gives_it_a_role():
    desk = at_desk(person_as(roles.LEAD))
    desk.post(reverse("admin:accounts_user_add"), {"email": "neu@example.org", "first_name": "A", "last_name": "B"})
    new = User.objects.get(email="neu@example.org")
    assert not new.has_usable_password()
    assert not new.is_staff
    assert "password" not in desk.get(account(new)).content.decode().partition('id="content"')[2]
    desk.post(account(new), typed(new, groups=ids(roles.COORDINATION, roles.TECHNICAL)))
    new.refresh_from_db()
    assert new.is_staff
    assert given_roles(new) == {roles.COORDINATION, roles.TECHNICAL}


@pytest.mark.parametrize("role", [roles.LEAD, roles.TECHNICAL])
def test_nobody_makes_a_superuser_or_touches_one(role):
    desk, other, mighty = at_desk(person_as(role)), person_as(), person_as(is_superuser=True)
    assert "superuser" not in desk.get(account(other)).content.decode()
    desk.post(account(other), typed(other, is_superuser="on", user_permissions=["1"]))
    other.refresh_from_db()
    assert not other.is_superuser
    assert not other.user_permissions.exists()
    assert desk.post(account(mighty), typed(mighty, email="mein@example.org")).status_code == 403
    mighty.refresh_from_db()
    assert mighty.email != "mein@example.org"


def test_who_keeps_the_system_running_gives_only_roles_whose_rights_are_their_own():
    desk, other = at_desk(person_as(roles.TECHNICAL)), person_as()
    shown = desk.get(account(other)).content.decode()
    assert roles.FIGURES in shown
    assert roles.COORDINATION not in shown
    assert roles.LEAD not in shown
    for role in (roles.COORDINATION, roles.LEAD):
        desk.post(account(other), typed(other, groups=ids(role)))
        assert given_roles(other) == set()
    desk.post(account(other), typed(other, groups=ids(roles.FIGURES)))
    assert given_roles(other) == {roles.FIGURES}


@pytest.mark.parametrize("active", [True, False])
def test_an_account_that_sees_more_keeps_its_mailbox_and_roles(active):
    """Whoever could change the mailbox would get the link for a new password."""
    desk = at_desk(person_as(roles.TECHNICAL))
    other = person_as(roles.COORDINATION, email="sie@example.org", is_active=active)
    desk.post(account(other), typed(other, email="mein@example.org", groups=ids(roles.FIGURES), last_name="Anders"))
    other.refresh_from_db()
    assert (other.email, other.last_name) == ("sie@example.org", "Anders")
    assert given_roles(other) == {roles.COORDINATION}


@pytest.mark.parametrize("role", [roles.LEAD, roles.TECHNICAL])
def test_nobody_types_a_password_for_another(role):
    desk, other = at_desk(person_as(role)), person_as(roles.FIGURES)
    for method in ("get", "post"):
        new = {"password1": "ein-anderes-Passwort", "password2": "ein-anderes-Passwort", "usable_password": "true"}
        getattr(desk, method)(f"/admin/accounts/user/{other.pk}/password/", new)
    fields = desk.get(account(other)).context["adminform"].form.fields
    assert not [name for name in fields if "password" in name]
    assert User.objects.get(pk=other.pk).password == other.password


def test_nobody_changes_the_own_role_or_locks_themselves_out():
    person = person_as(roles.LEAD)
    desk = at_desk(person)
    desk.post(account(person), {"first_name": "Neu", "last_name": "Name", "groups": ids(roles.FIGURES)})
    person.refresh_from_db()
    assert (person.first_name, person.is_active, person.is_staff) == ("Neu", True, True)
    assert given_roles(person) == {roles.LEAD}


def test_accounts_are_for_lead_and_technical_people_alone():
    for role in (roles.COORDINATION, roles.FIGURES):
        assert at_desk(person_as(role)).get(reverse("admin:accounts_user_changelist")).status_code == 403


def test_the_technical_role_cannot_redirect_the_mails_of_an_organisation():
    person = person_as(roles.TECHNICAL)
    address = reverse("admin:accounts_organisation_change", args=[person.organisation.pk])
    assert at_desk(person).post(address, {"email": "mein@example.org"}).status_code == 403


def test_roles_have_exactly_the_permissions_that_the_table_names():
    group = Group.objects.get(name=roles.FIGURES)
    group.permissions.set(Group.objects.get(name=roles.LEAD).permissions.all())
    roles.load()
    assert list(group.permissions.values_list("codename", flat=True)) == ["view_figures"]


@pytest.mark.parametrize("role", [roles.TECHNICAL, roles.LEAD])
def test_the_list_of_people_tells_nothing_of_sessions_passwords_and_factors(role):
    desk, other = at_desk(person_as(role)), person_as(roles.LEAD, organisation=OrganisationFactory())
    key = at_desk(other).session.session_key
    people = reverse("admin:accounts_user_changelist")
    guesses = (f"session__session_key__startswith={key[0]}", f"session={key}", "session__isnull=0", "password__gt=a")
    for guess in (*guesses, "authenticator__id__gt=0", "user_permissions__id__gt=0"):
        assert desk.get(f"{people}?{guess}").status_code == 400, guess
    for wish in (f"organisation__id__exact={other.organisation_id}", "is_active__exact=1", "groups__id__exact=1"):
        assert desk.get(f"{people}?{wish}").status_code == 200, wish
