"""Every page is valid HTML: the Nu checker, as the W3C runs it, has nothing to say, not even a warning."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

CHECKER = Path(settings.BASE_DIR) / "node_modules/vnu-jar/build/dist/vnu.jar"
# An info is a matter of taste: Django's admin closes void elements with a slash.
OPTIONS = ["--exit-zero-always", "--skip-info-messages", "--skip-non-html"]

pytestmark = pytest.mark.django_db


def check(folder):
    """[(file, what the checker says, where)]"""
    run = subprocess.run(
        ["java", "-jar", CHECKER, "--format", "json", "--stdout", *OPTIONS, folder],
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        (Path(message["url"]).stem, message["message"], message.get("extract", ""))
        for message in json.loads(run.stdout)["messages"]
    ]


def test_every_page_is_valid_html(stops, client_of, tmp_path):
    for stop in stops:
        for language in stop.languages:
            response = stop.fetched_by(client_of(stop), language)
            name = re.sub(r"\W+", "-", stop.name)
            (tmp_path / f"{name}.{language}.html").write_bytes(response.content)

    assert len(list(tmp_path.iterdir())) == sum(len(stop.languages) for stop in stops)
    problems = check(tmp_path)
    assert not problems, "\n".join(map(str, problems))


def test_the_checker_finds_what_is_wrong(tmp_path):
    (tmp_path / "wrong.html").write_text('<!doctype html><html lang="de"><title>Falsch</title><p><div></div></p>')

    (found,) = check(tmp_path)

    assert found[0] == "wrong" and "“p”" in found[1]
