"""The tools around the code."""

import re
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from miglobe.demo import people
from miglobe.pages.models import Portal
from tests.factories import OrganisationFactory

ROOT = Path(settings.BASE_DIR)
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", path.read_text(), re.MULTILINE))


@pytest.mark.django_db
def test_the_models_need_no_further_migration():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.django_db
def test_the_system_checks_find_nothing_where_the_operator_has_filled_in_the_portal():
    OrganisationFactory(address="Musterweg 1\n12345 Musterstadt")
    Portal.objects.create(**people.PORTAL)
    call_command("check", databases=["default"], fail_level="WARNING", stdout=StringIO())


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_have_hashes_and_no_addresses(path):
    text = path.read_text()

    assert "://" not in text
    assert not re.search(r"^--?\w", text, re.MULTILINE), "an option, such as an index"
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("name", ["runtime.txt", "build.txt", "demo.txt"])
def test_what_runs_is_what_was_tested(name):
    assert pins(ROOT / "requirements" / name).items() <= pins(ROOT / "requirements/dev.txt").items()


def test_the_requirements_follow_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *groups["build"], *groups["demo"], *groups["dev"]]
    have = pins(ROOT / "requirements/dev.txt")

    for requirement in wanted:
        name, _, version = re.sub(r"\[.*\]", "", requirement).partition("==")
        assert have[name].startswith(version), requirement


def test_nothing_brings_the_library_requests():
    assert not [path.name for path in REQUIREMENTS if "requests" in pins(path)]


def test_the_lock_file_holds_no_addresses():
    assert "://" not in (ROOT / "package-lock.json").read_text()
