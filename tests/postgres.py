"""pytest plugin: an environment and a PostgreSQL for the tests, before Django reads its settings.

Loaded by `-p tests.postgres` in pyproject.toml, so start the tests with `python -m pytest`
in the project's folder. A DATABASE_URL in the environment is used instead.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scripts import embedded_postgres

ENVIRONMENT = {
    "DEMO": "1",  # mails are kept, not sent
    "BASE_URL": "http://localhost:8000",
    "SECRET_KEY": "only-for-tests-" * 4,
}


@pytest.hookimpl(wrapper=True)  # a wrapper comes before pytest-django, which reads the settings here
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "DATABASE_URL" not in os.environ:
        try:
            os.environ["DATABASE_URL"] = start_postgres(early_config)
        except embedded_postgres.CannotStart as error:
            raise pytest.UsageError(str(error)) from error
    return (yield)


def start_postgres(config: pytest.Config) -> str:
    """In a folder of its own, so that several runs at a time do not meet. pytest stops it, whatever happens."""
    stack = ExitStack()
    config.add_cleanup(stack.close)
    folder = stack.enter_context(TemporaryDirectory(prefix="miglobe-tests-"))
    data = Path(folder) / "postgres"
    return stack.enter_context(embedded_postgres.running(data, *embedded_postgres.FASTER_BUT_FORGETFUL))
