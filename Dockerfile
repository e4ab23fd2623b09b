# The portal as one image for web server and worker: `docker compose up --build` (see compose.yaml).

FROM node:24-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.13-slim-trixie AS environment
COPY requirements/runtime.txt requirements/
RUN python -m venv /venv && /venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

# What is made once and served or read later: front end, translations, static files, bytecode.
FROM python:3.13-slim-trixie AS site
WORKDIR /app
COPY requirements/build.txt requirements/
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY . .
COPY --from=frontend /app/node_modules node_modules
RUN python scripts/frontend.py && rm -r node_modules
RUN for po in locale/*/LC_MESSAGES/*.po; do \
        [ ! -e "$po" ] || pybabel --quiet compile --input-file "$po" --output-file "${po%.po}.mo" || exit 1; \
    done
# These settings serve this one command and are not kept.
RUN mkdir -p build/static && SECRET_KEY=unused BASE_URL=http://localhost DEMO=1 DATABASE_URL=postgres:///unused \
    python manage.py collectstatic --noinput
RUN python -m compileall -q .

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PG_BIN=/usr/lib/postgresql/17/bin
RUN useradd --system --uid 10001 portal && install --directory --mode=700 --owner=10001 /attachments /backups
# pg_dump, pg_restore and psql of Debian 13: of the same version as the server of compose.yaml.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
COPY --from=environment /venv /venv
COPY --from=site /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "scripts.healthcheck"]
# No access log: paths hold the tokens of links. Two processes with four threads share a pool of four connections each.
CMD ["python", "-m", "gunicorn", "miglobe.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", "--no-control-socket", "--worker-tmp-dir=/dev/shm"]
