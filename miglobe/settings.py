"""All settings, read top to bottom. What differs between installations comes from the environment."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from pghistory import ForeignKey

from miglobe import database
from miglobe.limits import rates

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str, sentence: str) -> str:
    """The value of an environment variable without which the portal must not start."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Die Umgebungsvariable {name} fehlt: {sentence}")
    return value


# --- What kind of installation this is -------------------------------------------------

DEMO = env.bool("DEMO", default=False)  # shows outgoing mail in the browser, sends none
DEBUG = env.bool("DEBUG", default=False)

SECRET_KEY = required("SECRET_KEY", "Setzen Sie mindestens 50 zufällige Zeichen; sie unterschreiben alle Links.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former keys: their links stay valid

BASE_URL = required(
    "BASE_URL", "Setzen Sie die öffentliche Adresse des Portals, zum Beispiel https://portal.example.org."
).rstrip("/")  # links in mails never depend on a request's Host header
_base = urlsplit(BASE_URL)
if _base.scheme not in ("http", "https") or not _base.hostname:
    raise ImproperlyConfigured("BASE_URL muss mit https:// beginnen und einen Rechnernamen enthalten.")
HTTPS = _base.scheme == "https"
if not HTTPS and not (DEMO or DEBUG):
    raise ImproperlyConfigured("BASE_URL muss mit https:// beginnen; nur die Vorführung (DEMO=1) darf ohne laufen.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_base.hostname])

# --- The Land this portal serves ---------------------------------------------------------

LAND = env.str("LAND", default="NW")  # ISO 3166-2:DE code; decides the public holidays
FIRST_CONTACT_WORKDAYS = env.int("FIRST_CONTACT_WORKDAYS", default=5)
TRIAGE_WORKDAYS = env.int("TRIAGE_WORKDAYS", default=5)  # after the first contact
INQUIRY_REMINDER_WORKDAYS = env.int("INQUIRY_REMINDER_WORKDAYS", default=5)  # for the municipality's answer
OFFER_WORKDAYS = env.int("OFFER_WORKDAYS", default=7)
OFFER_REMINDER_WORKDAYS = env.int("OFFER_REMINDER_WORKDAYS", default=2)  # before the answer is due
APPOINTMENT_WORKDAYS = env.int("APPOINTMENT_WORKDAYS", default=5)  # after the team is complete
APPOINTMENT_REMINDER_WORKDAYS = env.int("APPOINTMENT_REMINDER_WORKDAYS", default=2)  # before the appointment
REPORT_WORKDAYS = env.int("REPORT_WORKDAYS", default=10)  # after the end of a consultation
FEEDBACK_WORKDAYS = env.int("FEEDBACK_WORKDAYS", default=15)
FOLLOW_UP_MONTHS = env.int("FOLLOW_UP_MONTHS", default=9)  # after the end: what has been put into practice?
if not 6 <= FOLLOW_UP_MONTHS <= 12:
    raise ImproperlyConfigured("FOLLOW_UP_MONTHS muss zwischen 6 und 12 liegen.")
_FEE = env.str("FEE_PER_DAY", default="")  # in euros, for the record only; without it no amounts are shown
if not re.fullmatch(r"(\d{1,5}(\.\d{1,2})?)?", _FEE):
    raise ImproperlyConfigured("FEE_PER_DAY muss ein Betrag in Euro sein, zum Beispiel 600.00.")
FEE_PER_DAY = Decimal(_FEE) if _FEE else None
QUIET_WORKDAYS = env.int("QUIET_WORKDAYS", default=30)  # how long a running consultation may be without contact
WARN_WORKDAYS = env.int("WARN_WORKDAYS", default=2)  # before a deadline: it is shown as due soon
ESCALATE_WORKDAYS = env.int("ESCALATE_WORKDAYS", default=3)  # overdue for so long is more than its person's matter
LINK_DAYS = env.int("LINK_DAYS", default=365)  # how long a link from a mail opens its page

# --- How long things are kept (miglobe.privacy follows it every night; docs/privacy.md lists it) --------------

DRAFT_DAYS = env.int("DRAFT_DAYS", default=14)
UNCONFIRMED_DAYS = env.int("UNCONFIRMED_DAYS", default=7)
REFUSED_MONTHS = env.int("REFUSED_MONTHS", default=12)  # refused, referred or withdrawn requests
CASE_PERSONS_MONTHS = env.int("CASE_PERSONS_MONTHS", default=24)  # the people in closed cases
CASE_CORE_YEARS = env.int("CASE_CORE_YEARS", default=5)  # closed cases without their people
ADVISOR_MONTHS = env.int("ADVISOR_MONTHS", default=12)  # after they have left
CANDIDACY_DAYS = env.int("CANDIDACY_DAYS", default=180)  # applications that have ended
BARRIER_MONTHS = env.int("BARRIER_MONTHS", default=24)  # reported barriers that have been answered
MAIL_MONTHS = env.int("MAIL_MONTHS", default=12)  # what mails say and to whom they went
AUDIT_MONTHS = env.int("AUDIT_MONTHS", default=24)  # who has changed, read and exported what
ROUND_DAYS = env.int("ROUND_DAYS", default=30)  # plans for teams
BULK_CHOICE_DAYS = env.int("BULK_CHOICE_DAYS", default=1)  # what was chosen and never begun
JOB_DAYS = env.int("JOB_DAYS", default=30)  # jobs that have failed
CODE_DAYS = env.int("CODE_DAYS", default=1)  # codes are dead after minutes; the outbox may still want to read them
DATA_LINK_DAYS = env.int("DATA_LINK_DAYS", default=7)  # the link to what we hold of somebody, and who asked for it
if 12 * CASE_CORE_YEARS < CASE_PERSONS_MONTHS:
    raise ImproperlyConfigured("CASE_CORE_YEARS muss mindestens so lang sein wie CASE_PERSONS_MONTHS.")

# --- Parts ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    "miglobe.desk.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth.account",  # without allauth's own templates and catalogue: ours are complete
    "allauth.mfa",
    "crispy_forms",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",
    "miglobe.apps.MiglobeConfig",
    "miglobe.backup.apps.BackupConfig",
    "miglobe.limits.apps.LimitsConfig",
    "miglobe.accounts.apps.AccountsConfig",
    "miglobe.outbox.apps.OutboxConfig",
    "miglobe.watch.apps.WatchConfig",
    "miglobe.codes.apps.CodesConfig",
    "miglobe.privacy.apps.PrivacyConfig",
    "miglobe.pages.apps.PagesConfig",
    "requests.apps.RequestsConfig",
    "advisors.apps.AdvisorsConfig",
]

MIDDLEWARE = [
    # What only adds headers comes first: so it reaches what the others answer themselves.
    "miglobe.headers.harden",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "miglobe.logs.note_requests",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "miglobe.errors.refuse_floods",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "miglobe.history.context.Remember",
    "django.contrib.messages.middleware.MessageMiddleware",
    "miglobe.errors.Explain",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "miglobe.urls"
WSGI_APPLICATION = "miglobe.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "miglobe.pages.context.portal",
            ],
            "builtins": ["django.templatetags.i18n", "miglobe.templatetags.language"],
        },
    },
    {
        # Plain text of mails: nothing is escaped, nothing of the request is known.
        "NAME": "mail",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "mail"],
        "OPTIONS": {"autoescape": False, "builtins": ["miglobe.templatetags.language"]},
    },
]

CRISPY_TEMPLATE_PACK = "kern"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["kern"]
CRISPY_FAIL_SILENTLY = False

# --- Data -------------------------------------------------------------------------------------

required("DATABASE_URL", "Setzen Sie die Adresse der PostgreSQL-Datenbank, postgres://nutzer:passwort@rechner/name.")
DATABASES = {"default": env.db_url("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL muss eine PostgreSQL-Datenbank nennen (postgres://…).")
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    # Seconds until a page says "503", and until the pool gives up a connection it has lost: later it would wait for as
    # long again as the database was away. Whoever needs one makes it try anew.
    "pool": {"min_size": 1, "max_size": 4, "timeout": 3, "reconnect_timeout": 3, "check": database.check},
    "connect_timeout": 5,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024  # bytes of a form without files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20
MOST_BODY = 105 * 1024 * 1024  # bytes of a form with files: ten of 10 MB each, and the form

# Counts attempts across all processes, so that nobody needs Redis; a migration of accounts makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- How often is too often -------------------------------------------------------------------

# Act → of whom → amount/time. Networks are coarse (IPv4 /24, IPv6 /56), and whole administrations sit behind one
# address: their numbers slow down floods, not people. "pair" is one mailbox from one network: what a stranger uses up
# elsewhere does not lock its owner out. See docs/adr/0032-limits.md.
_MAILBOX = {"pair": "5/d", "address": "10/d", "domain": "500/d", "network": "60/h"}
LIMITS = {
    "draft": {"network": "120/h"},  # begin one
    "upload": {"network": "1000M/d"},  # bytes of files for drafts
    "confirmation": _MAILBOX,  # send a request, whose mailbox is asked
    "draft_link": _MAILBOX,
    "application": _MAILBOX,
    "lost_link": {"pair": "10/h", "domain": "500/d", "network": "120/h"},
    "own_data": _MAILBOX,  # ask what we hold of the address
    "own_data_file": {"thing": "20/h", "network": "120/h"},
    "code": {"pair": "5/h", "network": "120/h"},  # ask for one; what goes out is capped for each door
    "code_entry": {"thing": "20/h", "network": "240/h"},
    "barrier": {"network": "30/h"},
    "message": {"thing": "30/h", "network": "240/h"},  # on the page of a request
}
try:
    LIMITS = rates.changed(LIMITS, env.list("LIMITS", default=[]))
except ValueError as error:
    raise ImproperlyConfigured(f"LIMITS: {error}") from None
FORM_SECONDS = env.int("FORM_SECONDS", default=2)  # nobody reads a page and sends it so fast; 0: this is not asked
SUPPRESSION_DAYS = env.int("SUPPRESSION_DAYS", default=365)  # how long "das war ich nicht" holds

# --- Files that municipalities send us ------------------------------------------------------------

ATTACHMENTS_DIR = Path(
    env.str("ATTACHMENTS_DIR", default="")
    or (
        str(BASE_DIR / "attachments")
        if DEMO or DEBUG
        else required("ATTACHMENTS_DIR", "Setzen Sie den Ordner, in dem die Anlagen der Anfragen liegen.")
    )
)  # web server and worker share it; nothing else may read it
ATTACHMENTS_MIN_FREE_MB = env.int("ATTACHMENTS_MIN_FREE_MB", default=500)  # below it no file is taken
CLAMAV = env.str("CLAMAV", default="")  # rechner:port or the path of a socket; empty: files are not scanned
if CLAMAV and not CLAMAV.startswith("/") and not CLAMAV.rpartition(":")[2].isdecimal():
    raise ImproperlyConfigured("CLAMAV muss rechner:port oder den Pfad eines Sockets nennen.")

# --- Backups (docs/operations.md) ---------------------------------------------------------------

BACKUP_DIR = env.str("BACKUP_DIR", default="")
BACKUP_PUBLIC_KEY = env.str("BACKUP_PUBLIC_KEY", default="")  # age1…; who holds the private one opens the backups
BACKUP_MAX_AGE = env.int("BACKUP_MAX_AGE", default=26)  # hours after which a missing backup is told
BACKUP_KEEP = env.int("BACKUP_KEEP", default=14)
PG_BIN = env.str("PG_BIN", default="")  # the folder of pg_dump, pg_restore and psql; empty: found by PATH

# --- Mail ------------------------------------------------------------------------------------

MAIL_FROM = env.str("MAIL_FROM", default="") or (
    "MiGlobe-Portal <portal@example.org>"
    if DEMO
    else required("MAIL_FROM", "Setzen Sie den Absender aller E-Mails, zum Beispiel portal@example.org.")
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
MAILERS: dict[str, Any]
if DEMO:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": required("SMTP_HOST", "Setzen Sie den Rechnernamen des Mailservers."),
                "port": env.int("SMTP_PORT", default=587),
                "username": env.str("SMTP_USER", default=""),
                "password": env.str("SMTP_PASSWORD", default=""),
                "use_tls": env.bool("SMTP_STARTTLS", default=True),
                "use_ssl": env.bool("SMTP_TLS", default=False),
                "timeout": 30,  # seconds
            },
        }
    }

MAIL_DKIM_SELECTOR = env.str("MAIL_DKIM_SELECTOR", default="")  # under which the mail server's key stands in the DNS
MAIL_DELAY_SECONDS = env.int("MAIL_DELAY_SECONDS", default=0)  # mails wait so long, so that somebody can hold them
if not 0 <= MAIL_DELAY_SECONDS <= 24 * 60 * 60:
    raise ImproperlyConfigured("MAIL_DELAY_SECONDS muss zwischen 0 und 86400 liegen.")

PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 2, "delete_jobs": "successful"}
PROCRASTINATE_ON_APP_READY = "miglobe.history.context.remember_tasks"

# --- History (docs/adr/0015-history-by-triggers.md) ----------------------------------------------

PGHISTORY_APPEND_ONLY = True  # not even SQL changes what has happened
PGHISTORY_FOREIGN_KEY_FIELD = ForeignKey(db_index=False)  # what a row pointed to may be gone since

# --- Watching (docs/operations.md) --------------------------------------------------------------

WATCH_MAIL = env.str("WATCH_MAIL", default="")  # who hears in the morning what is wrong
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without it there are no figures for Prometheus

# --- Language and time ----------------------------------------------------------------------

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "Englisch")]  # by path: /anfrage/ is German, /en/anfrage/ English
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

# --- Static files ----------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "frontend"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "attachments": {"BACKEND": "miglobe.private_files.PrivateFiles"},
}
# Icons in KERN's stylesheet are data: addresses, which the manifest leaves alone.

# --- People and their sessions --------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # seconds that the link of an invitation or to a new password opens
SESSION_ENGINE = "miglobe.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: one working day

SECOND_FACTOR = env.bool("SECOND_FACTOR", default=not DEMO)  # nobody reaches the desk without one

ACCOUNT_ADAPTER = "miglobe.accounts.adapters.Accounts"
ACCOUNT_FORMS = {
    "login": "miglobe.accounts.forms.LoginForm",
    "reset_password": "miglobe.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "miglobe.accounts.forms.NewPasswordForm",
    "change_password": "miglobe.accounts.forms.ChangePasswordForm",
    "reauthenticate": "miglobe.accounts.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # signup is closed; allauth wants to know all the same
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # who gets in was invited at this very address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # unknown addresses get the same page, and no mail
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, also when the browser is closed
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60  # seconds; see miglobe.accounts.confirmation
ACCOUNT_RATE_LIMITS = {  # amount/period/of whom; "key" is the address that was typed
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "reset_password": "20/m/ip,3/5m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
# Whose X-Forwarded-For tells the visitor's address: where there is TLS, it is spoken by one proxy of ours.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if HTTPS else 0)

MFA_ADAPTER = "miglobe.accounts.adapters.SecondFactors"
MFA_FORMS = {
    "authenticate": "miglobe.accounts.forms.AuthenticateForm",
    "reauthenticate": "miglobe.accounts.forms.ReauthenticateByCodeForm",
    "activate_totp": "miglobe.accounts.forms.ActivateTOTPForm",
    "add_webauthn": "miglobe.accounts.forms.AddPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "MiGlobe-Portal"
MFA_TOTP_TOLERANCE = 1  # the code before and the one after count too: clocks differ, people type slowly
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # the demonstration at http://localhost

# --- Protection ---------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^-/health/"]  # the container asks itself without TLS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
_HOST = "__Host-" if HTTPS else ""  # bound to this very host and its root, and never sent without TLS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST}sessionid", f"{_HOST}csrftoken"
MESSAGE_COOKIE_NAME, BROWSER_COOKIE_NAME = f"{_HOST}messages", f"{_HOST}browser"
MESSAGE_STORAGE = "miglobe.messages.Storage"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "miglobe.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"

# --- Logs: to standard output; route names instead of paths, because paths hold link tokens -----

LOG_FORMAT = env.str("LOG_FORMAT", default="") or ("line" if DEMO or DEBUG else "json")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT muss line oder json sein.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_paths": {"()": "miglobe.logs.WithoutPaths"}},
    "formatters": {
        "line": {"()": "miglobe.logs.WithoutWords", "format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "miglobe.logs.AsJson"},
    },
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["no_paths"],
            "level": "ERROR" if DEMO else "NOTSET",  # who looks around needs no line for every form with a mistake
        }
    },
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "procrastinate": {"level": "WARNING"},
        "procrastinate.worker": {"level": "WARNING"},
    },
}
