import pytest
from django.db import connection, transaction
from django.test import Client, override_settings

from tests.attacks import world

OURS, THEIRS = "Quittenbrot", "Ruebenkraut"


@pytest.fixture(scope="module")
def both(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two parties, made once for a file of tests: what a test does to them is undone."""
    plain = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ATTACHMENTS_DIR=tmp_path_factory.getbasetemp() / "attachments",
    )
    with django_db_blocker.unblock(), plain, transaction.atomic():
        with connection.cursor() as cursor:
            for number, model in enumerate(world.stored()):
                if model._meta.pk.get_internal_type() == "BigAutoField":  # no number means two rows
                    name = f"pg_get_serial_sequence('{model._meta.db_table}', '{model._meta.pk.column}')"
                    cursor.execute(f"SELECT setval({name}, GREATEST(nextval({name}), {700_000 + 10_000 * number}))")
        yield world.party(OURS), world.party(THEIRS)
        transaction.set_rollback(True)


@pytest.fixture
def parties(both, db):
    return both


@pytest.fixture
def client() -> Client:
    """Plain: what a page looks like, other tests ask. An error of ours is an answer to be judged."""
    return Client(raise_request_exception=False)
