#!/bin/sh
# Resolves pyproject.toml into requirements/: hashes for every platform, no addresses.
# Without --upgrade everything that still fits keeps its version.
set -e
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check uv

pin() { # target, then what goes in
    target=requirements/$1
    shift
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.12 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links --output-file "$target" "$@"
}

pin dev.txt pyproject.toml --group build --group demo --group dev "$@"
pin demo.txt pyproject.toml --group build --group demo --constraints requirements/dev.txt
pin build.txt pyproject.toml --group build --constraints requirements/dev.txt
pin runtime.txt pyproject.toml --constraints requirements/dev.txt
pin node.txt --group pyproject.toml:node "$@"
