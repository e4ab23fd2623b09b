# Zwei Befehle genügen: `make demo` zeigt das Portal, `make test` prüft es. Nötig ist nur Python ab 3.12.

PYTHON := .venv/bin/python
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes
# For commands that read the settings and touch no database.
UNUSED := SECRET_KEY=unused BASE_URL=http://localhost DEMO=1 DATABASE_URL=postgres:///unused
# One after the other as they stand, because tests that empty the tables come last.
EVERY_CORE := --numprocesses=auto --maxschedchunk=1
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
STATIC := $(shell find static miglobe requests advisors -path '*static/*' -type f)
# Which of KERN's rules are kept depends on the classes that stand here.
WRITTEN := $(shell find templates static/js -type f)
SITE := build/frontend.stamp build/static.stamp $(TRANSLATIONS)

.PHONY: help demo demo-reset test lint types format bench-matching test-faults test-submissions scan translations static browser-tools pins privacy-docs
.DELETE_ON_ERROR:

help: ## zeigt diese Übersicht
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-20s %s\n' "  $$name" "$$text"; done

demo: .venv/demo.stamp $(SITE) ## startet das Portal mit erfundenen Daten (PORT=8000)
	@$(PYTHON) -m scripts.demo

demo-reset: .venv/demo.stamp $(SITE) ## ebenso, mit frischen Daten
	@$(PYTHON) -m scripts.demo --reset

test: .venv/dev.stamp lint types browser-tools $(SITE) ## prüft alles: Stil, Typen, Schichten, Tests
	@$(PYTHON) -m pytest $(EVERY_CORE)

lint: .venv/dev.stamp ## prüft Stil und Schichten
	@$(PYTHON) -m ruff check --quiet
	@$(PYTHON) -m ruff format --check --quiet
	@.venv/bin/lint-imports --no-logo

types: .venv/dev.stamp ## prüft die Typen
	@$(UNUSED) $(PYTHON) -m mypy

format: .venv/dev.stamp ## bringt den Code in Form
	@$(PYTHON) -m ruff check --fix --quiet; $(PYTHON) -m ruff format

bench-matching: .venv/dev.stamp ## misst Vorschläge und Runden in erfundenen Welten (docs/matching.md)
	@$(UNUSED) DJANGO_SETTINGS_MODULE=miglobe.settings $(PYTHON) -m scripts.bench_matching
	@$(PYTHON) -W ignore -m scripts.bench_ranking

test-faults: .venv/dev.stamp $(SITE) ## tötet Server und Worker, während sie arbeiten: Geht etwas verloren? (docs/reliability.md)
	@$(PYTHON) -m scripts.faults

test-submissions: .venv/dev.stamp $(SITE) ## stellt 10.000 Anfragen, wie niemand sie stellt: Bleibt etwas halb geschrieben?
	@SUBMISSIONS=10000 $(PYTHON) -m pytest -o timeout=0 --hypothesis-show-statistics tests/attacks/test_submissions.py

scan: .venv/dev.stamp $(SITE) ## greift das Portal an: jede Adresse mit jeder Methode, dann mit dem Scanner wapiti
	@sh scripts/wapiti.sh
	@THOROUGH=1 $(PYTHON) -m pytest $(EVERY_CORE) tests/attacks/test_crawler.py
	@$(PYTHON) -m scripts.scan

privacy-docs: .venv/demo.stamp ## schreibt das Verzeichnis der Verarbeitungen und die Maßnahmen (docs/privacy.md, docs/measures.md)
	@$(UNUSED) $(PYTHON) -m scripts.privacy_docs

translations: $(TRANSLATIONS) ## übersetzt die Kataloge in locale/

static: build/static.stamp ## sammelt, was das Portal ausliefert

browser-tools:
	@sh scripts/browser_tools.sh

pins: .venv/made ## löst requirements/ neu auf (UPGRADE=--upgrade hebt alles an)
	@sh scripts/pins.sh $(UPGRADE)

.venv/made: ; @python=$$(sh scripts/find_python.sh) && "$$python" -m venv .venv && touch $@

.venv/demo.stamp: requirements/demo.txt | .venv/made
	@echo "Richte die Python-Umgebung in .venv/ ein …"
	@$(INSTALL) -r $<
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/demo.stamp
	@echo "Ergänze die Werkzeuge für die Entwicklung …"
	@$(INSTALL) -r $<
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json .npmrc | .venv/made
	@echo "Hole, was der Browser braucht …"
	@sh scripts/npm.sh ci --ignore-scripts --silent
	@touch $@

build/frontend.stamp: node_modules/.package-lock.json .venv/demo.stamp scripts/frontend.py $(WRITTEN)
	@$(PYTHON) scripts/frontend.py
	@touch $@

# The script leaves the folder as it is while nothing in it changes.
build/frontend: build/frontend.stamp ;

build/static.stamp: build/frontend .venv/demo.stamp $(STATIC)
	@mkdir -p build/static
	@$(UNUSED) $(PYTHON) manage.py collectstatic --noinput --verbosity 0
	@touch $@

%.mo: %.po | .venv/demo.stamp
	@$(PYTHON) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@
