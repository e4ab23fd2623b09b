"""Rules of the house that nobody should have to remember."""

import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from miglobe.backup import seal
from miglobe.checks import no_distribution_shadows_the_app_requests

ROOT = Path(settings.BASE_DIR)

PUBLIC = {
    "alive",
    "metrics",  # behind a token
    "ready",
    "robots",
    "sitemap",
    "security_txt",
    "pages:start",
    "pages:process",
    "pages:faq",
    "pages:about",
    "pages:for_advisors",
    "pages:imprint",
    "pages:privacy",
    "privacy:ask",
    "privacy:asked",
    "privacy:own_data",
    "privacy:own_file",
    "privacy:erasure",
    "pages:accessibility",
    "pages:report_barrier",
    "pages:barrier_reported",
    "pages:easy_language",
    "pages:sign_language",
    "requests:start",
    "requests:no_municipality",
    "requests:step",
    "requests:review",
    "requests:receipt",
    "requests:receipt_pdf",
    "requests:pause",
    "requests:paused",
    "requests:resume",
    "requests:throw_away",
    "requests:confirm",
    "requests:status",
    "requests:draft_file",
    "requests:file_to_confirm",
    "requests:status_file",
    "advisors:offer_file",
    "advisors:give_up",
    "requests:status_pdf",
    "requests:withdraw",
    "requests:lost_link",
    "requests:link_sent",
    "advisors:apply",
    "advisors:application_sent",
    "advisors:confirm_application",
    "advisors:invitation",
    "advisors:refuse_invitation",
    "advisors:my_consents",
    "advisors:leave",
    "advisors:offer",
    "advisors:propose_dates",
    "advisors:withdraw_dates",
    "advisors:team_appointment",
    "advisors:team_calendar_file",
    "advisors:dates",
    "advisors:calendar_file",
    "advisors:calendar",
    "advisors:feed",
    "advisors:report",
    "advisors:save_report",
    "advisors:activity_sheet",
    "advisors:feedback",
    "advisors:follow_up",
    "advisors:lost_link",
    "advisors:link_sent",
    "advisors:me",
    "advisors:profile",
    "advisors:pauses",
    "advisors:wishes",
    "advisors:own_data",
    "advisors:own_data_file",
    "advisors:public_profiles",
    "mailbox:stop",
    "codes:ask",
    "codes:enter",
    "outbox:demo",
    "outbox:demo_mail",
    "admin:login",
    "account_login",
    "account_inactive",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
}


def views(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from views(pattern, namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern.callback


def test_only_these_pages_are_open_without_a_login():
    assert {name for name, view in views() if not getattr(view, "login_required", True)} == PUBLIC


def test_no_distribution_shadows_the_app_requests():
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.distribution("requests")
    assert no_distribution_shadows_the_app_requests() == []


def test_the_check_finds_a_distribution_that_shadows_the_app(monkeypatch):
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: object())
    (error,) = no_distribution_shadows_the_app_requests()
    assert error.level == checks.ERROR


def test_imports_run_one_way():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == 0, run.stdout


INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)|javascript:|https?://(?!www\.w3\.org)", re.IGNORECASE
)


def test_no_template_holds_inline_script_or_style_or_a_foreign_address():
    for template in (ROOT / "templates").rglob("*.html"):
        found = INLINE.search(template.read_text())
        assert not found, f"{template.relative_to(ROOT)}: {found[0]}"


def test_every_static_file_that_a_template_names_exists():
    from django.contrib.staticfiles import finders

    for template in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r"{% static '([^']+)' %}", template.read_text()):
            assert finders.find(name), f"{template.relative_to(ROOT)}: {name}"


MAILING = ("requests", "advisors", *(f"miglobe/{app}" for app in ("pages", "outbox", "accounts", "watch", "privacy")))
PARTS = ("case", "appointment")  # of several mails
TO_THE_DESK = ("arrived", "answered", "message_arrived", "fell_due", "tested", "trouble_found")
OF_THE_POOL = (
    *("please_confirm_application", "application_received", "application_declined", "invited", "already_in_pool"),
    *("joined", "consent_given", "consent_withdrawn", "left", "returned", "own_page_again"),
    *("applied_desk", "given_up_desk", "joined_desk", "consent_withdrawn_desk", "left_desk", "returned_desk"),
)
WITHOUT_REFERENCE = (
    "draft_link",
    "tested",
    "trouble_found",
    "fell_due",
    *OF_THE_POOL,
)  # no case yet, none at all, or several


def test_every_mail_has_a_function_that_sends_it_and_the_other_way_round():
    code = "".join(path.read_text() for app in MAILING for path in (ROOT / app).glob("*mails.py"))
    written = {
        f"{path.parent.name}/{path.stem.removesuffix('.en')}"
        for path in (ROOT / "templates/mail").glob("*/*.txt")
        if path.stem.removesuffix(".en") not in PARTS
    }
    sent = set(re.findall(r'"((?:requests|advisors|pages|outbox|accounts|watch|privacy)/\w+)"', code))
    sent |= {f"advisors/{event}" for event in re.findall(r'_to_(?:advisor|who_leaves)\("(\w+)"', code)}
    for event in re.findall(r'_to_everybody\("(\w+)"', code):
        sent |= {f"advisors/{event}", f"advisors/{event}_team"}
    assert written == sent


def test_every_mail_begins_with_the_reference_and_names_somebody_to_ask():
    for path in (ROOT / "templates/mail").glob("*/*.txt"):
        text = path.read_text()
        if path.stem.removesuffix(".en") in PARTS:
            continue
        in_english = path.stem.endswith(".en")
        subject = f"{'Subject' if in_english else 'Betreff'}: "
        without_reference = path.stem.removesuffix(".en") in WITHOUT_REFERENCE or path.parent.name in (
            "accounts",
            "privacy",
        )
        assert text.startswith(subject if without_reference else subject + "[{{ reference }}] "), path
        to_the_desk = path.stem.endswith("_desk") or path.stem in TO_THE_DESK
        assert (f"signature{'.en' if in_english else ''}.txt" in text) != to_the_desk, path


def test_every_mail_to_the_public_is_written_in_both_languages():
    mails = ROOT / "templates/mail"
    code = "".join((ROOT / app / "mails.py").read_text() for app in ("requests", "advisors"))
    public = set(re.findall(r'to_municipality\(\s*"(\w+/\w+)"', code))
    assert public
    for name in public | {str(path.relative_to(mails))[:-7] for path in mails.rglob("*.en.txt")}:
        german, english = ((mails / f"{name}{suffix}.txt").read_text() for suffix in ("", ".en"))
        placeholder = r"\[\[(\w+)\||{{ ([^}]+) }}"
        assert set(re.findall(placeholder, german)) == set(re.findall(placeholder, english)), name


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


COMPLETE = {
    "SECRET_KEY": "a-key-for-this-test-alone-" * 3,
    "BASE_URL": "https://portal.example.org",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "MAIL_FROM": "portal@example.org",
    "SMTP_HOST": "mail.example.org",
    "ATTACHMENTS_DIR": tempfile.gettempdir(),
}


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_a_missing_setting_stops_the_start_with_a_sentence(missing):
    run = manage("check", **{name: value for name, value in COMPLETE.items() if name != missing})
    assert run.returncode != 0
    assert f"{missing} fehlt: " in run.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"BASE_URL": "http://portal.example.org"}, "https://"),
        ({"BASE_URL": "portal"}, "BASE_URL"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "PostgreSQL"),
        ({"CLAMAV": "clamav"}, "CLAMAV"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(changes, sentence):
    run = manage("check", **COMPLETE | changes)
    assert run.returncode != 0
    assert sentence in run.stderr


def test_the_production_settings_pass_djangos_deployment_check():
    sensible = {"BACKUP_DIR": "/backups", "BACKUP_PUBLIC_KEY": seal.new_pair()[1]}
    sensible["WATCH_MAIL"] = "technik@example.org"
    run = manage("check", "--deploy", "--fail-level", "INFO", **COMPLETE, **sensible)
    assert run.returncode == 0, run.stderr
    assert "no issues (0 silenced)" in run.stdout + run.stderr


def test_whoever_leaves_out_what_operation_needs_is_warned():
    run = manage("check", "--deploy", **COMPLETE)
    assert "Es wird nichts gesichert." in run.stderr
    assert "Niemand erfährt" in run.stderr


def test_the_demonstrations_mail_page_does_not_exist_in_production():
    code = (
        "from miglobe.urls import urlpatterns; print('postausgang/' in [str(route.pattern) for route in urlpatterns])"
    )
    run = manage("shell", "-v0", "-c", code, **COMPLETE)
    assert run.stdout.strip() == "False", run.stderr


def test_without_a_database_there_is_a_plain_page_that_says_so():
    code = """
from django.test import Client
client = Client(raise_request_exception=False, headers={"host": "portal.example.org"})
for method, path in (("get", "/anfrage/"), ("post", "/anfrage/"), ("post", "/anmelden/")):
    response = getattr(client, method)(path, {"username": "a", "password": "b"}, secure=True)
    page = response.content.decode()
    print(response.status_code, response.get("Retry-After"), "<h1" in page and 'lang="en"' in page, "<style" in page)
print(client.get("/-/health/live/", secure=True).status_code)
"""
    run = manage("shell", "-v0", "-c", code, **COMPLETE)
    assert run.stdout.split("\n")[:4] == ["503 60 True False"] * 3 + ["200"], run.stderr


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"OFFER_WORKDAYS": "0"},
        {"OFFER_WORKDAYS": "2"},
        {"LINK_DAYS": "-1"},
        {"FIRST_CONTACT_WORKDAYS": "0"},
        {"WATCH_MAIL": "technik"},
        {"METRICS_TOKEN": "kurz"},
        {"BACKUP_KEEP": "0"},
        {"BACKUP_PUBLIC_KEY": "age1"},
        {"BACKUP_DIR": f"{tempfile.gettempdir()}/backups"},  # within the attachments
    ],
)
def test_settings_that_make_no_sense_stop_the_start(changes):
    run = manage("check", **COMPLETE | changes)
    assert run.returncode != 0
    assert next(iter(changes)) in run.stderr


@pytest.mark.parametrize("place", ["build/static/anlagen", "static", "manage.py"])
def test_attachments_lie_where_nobody_else_reads_and_we_can_write(place):
    run = manage("check", **COMPLETE | {"ATTACHMENTS_DIR": str(ROOT / place)})
    assert run.returncode != 0
    assert "ATTACHMENTS_DIR" in run.stderr


def test_every_periodic_task_runs_once_at_a_time():
    from procrastinate.contrib.django import app

    tasks = {entry.task.name: entry.task.queueing_lock for entry in app.periodic_registry.periodic_tasks.values()}
    assert tasks == {name: name for name in tasks}
    assert len(tasks) >= 7


def test_the_deadlines_follow_the_holidays_of_the_land(settings):
    from datetime import date

    from miglobe import workdays

    corpus_christi = date(2026, 6, 4)  # a holiday in North Rhine-Westphalia, not in Berlin
    assert not workdays.is_workday(corpus_christi)
    settings.LAND = "BE"
    assert workdays.is_workday(corpus_christi)
    assert workdays.shift(date(2026, 5, 1), -1) == date(2026, 4, 30)


@pytest.mark.django_db
def test_loading_the_reference_data_again_changes_nothing():
    from requests.models import Municipality, Reason, Region, Topic

    call_command("load_data")
    Topic.objects.filter(name="Brückenbauer-Pools").update(active=False, position=99)
    before = [list(model.objects.values_list()) for model in (Municipality, Topic, Region, Reason)]
    call_command("load_data")
    assert [list(model.objects.values_list()) for model in (Municipality, Topic, Region, Reason)] == before
    assert Municipality.objects.count() == 427
    assert Municipality.objects.filter(is_district=True).count() == 31
    labels = [place.label for place in Municipality.objects.all()]
    assert len(labels) == len(set(labels))
