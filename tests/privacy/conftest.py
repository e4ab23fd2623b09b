import pytest
from django.contrib.auth.models import Group

from miglobe.desk import roles
from tests.factories import UserFactory


@pytest.fixture
def lead(db):
    roles.load()
    person = UserFactory()
    person.groups.set([Group.objects.get(name=roles.LEAD)])
    return person
