from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings

from tests.attacks import addresses, world

OURS, THEIRS = "Quittenbrot", "Ruebenkraut"


@contextmanager
def rows_for_a_file_of_tests(blocker, temporary):
    """What is made within is there for all of them, and what a test does to it is undone."""
    plain = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ATTACHMENTS_DIR=temporary.getbasetemp() / "attachments",
    )
    with blocker.unblock(), plain, transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def everywhere(django_db_setup, django_db_blocker, tmp_path_factory):
    with rows_for_a_file_of_tests(django_db_blocker, tmp_path_factory):
        yield addresses.build()


@pytest.fixture(scope="module")
def both(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two parties."""
    with rows_for_a_file_of_tests(django_db_blocker, tmp_path_factory):
        with connection.cursor() as cursor:
            for number, model in enumerate(world.stored()):
                if model._meta.pk.get_internal_type() == "BigAutoField":  # no number means two rows
                    name = f"pg_get_serial_sequence('{model._meta.db_table}', '{model._meta.pk.column}')"
                    cursor.execute(f"SELECT setval({name}, GREATEST(nextval({name}), {700_000 + 10_000 * number}))")
        yield world.party(OURS), world.party(THEIRS)


@pytest.fixture
def parties(both, db):
    return both


@pytest.fixture
def client() -> Client:
    """Plain: what a page looks like, other tests ask. An error of ours is an answer to be judged."""
    return Client(raise_request_exception=False)
