"""Attacks the portal with the scanner wapiti: `make scan`. It ends with an error when something is found.

The portal runs for it with invented data in a folder that is thrown away, at 127.0.0.1 and with TLS, as it is run in
earnest: cookies and headers are judged as the public gets them. First anybody comes, then a coordinator at the desk.
"""

import json
import os
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

from scripts import demo, embedded_postgres, healthcheck

CRAWL_SECONDS = int(os.environ.get("SCAN_CRAWL_SECONDS", "120"))
ATTACK_SECONDS = int(os.environ.get("SCAN_ATTACK_SECONDS", "60"))  # for each module
# Left out: csrf does not know the name of Django's token and reports every form; that no address takes anything without
# it, tests/attacks/test_crawler.py asks for all addresses and roles. nikto and wapp load their lists from the internet,
# ssrf and xxe wait for calls at a server there. buster and brute_login_form only guess, and against guessing stand our
# limits (docs/adr/0032-limits.md).
MODULES = (
    *("backup", "blindsql", "cookieflags", "crlf", "csp", "exec", "file", "htaccess", "http_headers"),
    *("methods", "permanentxss", "redirect", "shellshock", "sql", "xss"),
)
INFORMATIONAL = 0
# No browser of today knows it, and those of yesterday could be attacked through it; our policy (CSP) does its work.
OBSOLETE = "X-XSS-Protection is not set"
# A scanner is a flood, and shall get through to what lies behind the limits.
WITHOUT_LIMITS = (
    *("draft", "confirmation", "draft_link", "application", "lost_link", "own_data", "own_data_file"),
    *("code", "code_entry", "barrier", "message"),
)
LOGIN = re.compile(r"^Koordination .*?  (\S+@\S+)  +(\S+)$", re.MULTILINE)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if not shutil.which("wapiti"):
        sys.exit("Es fehlt wapiti (Debian: apt install wapiti).")
    try:
        with TemporaryDirectory(prefix="miglobe-scan-") as name:
            found = scan(Path(name))
    except (demo.GivesUp, embedded_postgres.CannotStart) as error:
        sys.exit(f"\n{error}")
    if found:
        sys.exit("\n".join(["", *found, f"{len(found)} Fundstelle(n), siehe oben."]))
    print("\nNichts gefunden, was über eine Auskunft hinausgeht.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def scan(folder: Path) -> list[str]:
    with portal(folder) as (address, login):
        found: list[str] = []
        for who, cookies in (("Wer vorbeikommt", None), ("Die Koordination", folder / "cookies.json")):
            print(f"{who}: höchstens {CRAWL_SECONDS} Sekunden lesen, {ATTACK_SECONDS} je Angriffsart …")
            if cookies:
                cookies.write_text(json.dumps(_cookies(address, *login)))
            report = folder / "report.json"
            attack(address, report, folder / who, cookies)
            for each in read(report):
                print(f"\n{each}")
                found.append(f"{who}: {each.partition(chr(10))[0]}")
        return found


# --- The portal --------------------------------------------------------------------------------------------


@contextmanager
def portal(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Its address, and how to log in there, while it runs."""
    with ExitStack() as stack:
        url = stack.enter_context(
            embedded_postgres.running(folder / "postgres", *embedded_postgres.FASTER_BUT_FORGETFUL)
        )
        port = demo.free_port()
        environment = os.environ | settings(folder, port, url)
        print("Richte ein Portal mit erfundenen Daten ein …")
        told = subprocess.run(
            [sys.executable, "-m", "scripts.prepare"], cwd=demo.ROOT, env=environment, capture_output=True, text=True
        )
        login = LOGIN.search(told.stdout)
        if told.returncode or not login:
            raise demo.GivesUp(f"Das Portal startet nicht:\n{told.stdout}{told.stderr}")
        tls = certificate(folder)
        bind = (f"--bind=127.0.0.1:{port}", f"--certfile={tls}", f"--keyfile={tls}")
        web = stack.enter_context(demo.child(environment, *demo.WEB, *demo.QUIET, *bind))
        stack.enter_context(demo.child(environment, *demo.WORKER))
        wait_for_answer(web, environment["BASE_URL"])
        yield environment["BASE_URL"], (login[1], login[2])


def settings(folder: Path, port: int, database_url: str) -> dict[str, str]:
    return {
        "DEMO": "1",
        "BASE_URL": f"https://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": database_url,
        "ATTACHMENTS_DIR": str(folder / "attachments"),
        "LIMITS": ",".join(f"{act}.network=1000000/h" for act in WITHOUT_LIMITS),
    }


def certificate(folder: Path) -> Path:
    """One of our own for 127.0.0.1, with its key in the same file. Nobody checks it."""
    path = folder / "tls.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-days", "2")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", f"{path}.crt", *subject],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise demo.GivesUp(f"openssl macht kein Zertifikat:\n{made.stderr}")
    with path.open("a") as file:
        file.write(Path(f"{path}.crt").read_text())
    return path


def wait_for_answer(web: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + demo.START_SECONDS
    while web.poll() is None and time.monotonic() < deadline:
        with suppress(URLError, OSError):
            opener().open(address + healthcheck.PATH, timeout=demo.START_SECONDS)
            return
        time.sleep(0.2)
    raise demo.GivesUp("Der Webserver antwortet nicht, wie er soll (siehe oben).")


def opener(jar: CookieJar | None = None) -> OpenerDirector:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    return build_opener(HTTPSHandler(context=unchecked), HTTPCookieProcessor(jar))


def _cookies(address: str, email: str, password: str) -> dict[str, Any]:
    """Those of somebody who has logged in, as wapiti reads them."""
    jar = CookieJar()
    browser, page = opener(jar), f"{address}/anmelden/"
    token = TOKEN.search(browser.open(page).read().decode())
    typed = {"login": email, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
    browser.open(Request(page, urlencode(typed).encode(), {"Referer": page}))
    names = {cookie.name for cookie in jar}
    if "__Host-sessionid" not in names:
        raise demo.GivesUp(f"Die Anmeldung gelingt nicht; es gibt nur die Cookies {names}.")
    kept = {
        cookie.name: {"value": cookie.value, "expires": None, "secure": True, "port": None, "version": 0}
        for cookie in jar
    }
    return {"127.0.0.1": {"/": kept}}


# --- The scanner -------------------------------------------------------------------------------------------


def attack(address: str, report: Path, store: Path, cookies: Path | None) -> None:
    """Within the address and nowhere else; nothing is reported to anybody. With cookies: the desk alone."""
    report.unlink(missing_ok=True)
    bounds = (f"--max-scan-time={CRAWL_SECONDS}", f"--max-attack-time={ATTACK_SECONDS}", "--scope=folder")
    kept = (f"--store-session={store}", f"--store-config={store}-config", "--no-bugreport", "--verify-ssl=0")
    out = ("-f", "json", "-o", str(report), "-v", "1")
    # Logging out lies outside of the desk's folder: wapiti's own way to leave addresses out fails since Python 3.11.
    known, target = (("-c", str(cookies)), f"{address}/admin/") if cookies else ((), f"{address}/")
    command = ["wapiti", "-u", target, "-m", ",".join(MODULES), *bounds, *kept, *out, *known]
    most = CRAWL_SECONDS + len(MODULES) * (ATTACK_SECONDS + 30)
    ran = subprocess.run(command, capture_output=True, text=True, timeout=most, stdin=subprocess.DEVNULL)
    if ran.returncode or not report.exists():
        raise demo.GivesUp(f"wapiti ist gescheitert:\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
    seen = re.search(r"Wapiti found (\d+) URLs", ran.stdout)
    print(f"  {seen[1] if seen else 'keine'} Adressen und Formulare angegriffen")


def read(report: Path) -> list[str]:
    """What goes beyond information, each with its address and words."""
    told = json.loads(report.read_text())
    return [
        f"{category}: {each['method']} {each['path']} {each['parameter'] or ''}\n{each['info']}\n{each['http_request']}"
        for kind in ("vulnerabilities", "anomalies")
        for category, all_of_it in told[kind].items()
        for each in all_of_it
        if each["level"] > INFORMATIONAL and each["info"] != OBSOLETE
    ]


if __name__ == "__main__":
    main()
