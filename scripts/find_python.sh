#!/bin/sh
# Prints the path of a Python that serves. A name on the PATH may be pyenv's empty shim
# or lack Debian's python3-venv, so every candidate is run.
serves='import ensurepip, sys, venv; (3, 12) <= sys.version_info < (3, 15) or sys.exit(1); print(sys.executable)'

candidates() {
    printf '%s\n' python3.13 python3.12 python3.14 python3 python
    pyenv=$(pyenv root 2>/dev/null || echo "${PYENV_ROOT:-$HOME/.pyenv}")
    for version in 3.13 3.12 3.14; do
        printf '%s\n' "$pyenv"/versions/"$version"*/bin/python
    done
    uv python find '>=3.12,<3.15' 2>/dev/null
}

found=$(candidates | while IFS= read -r python; do
    "$python" -c "$serves" 2>/dev/null && break
done)
if [ -z "$found" ]; then
    echo "Es fehlt ein Python ab 3.12 mit venv (Debian und Ubuntu: apt install python3 python3-venv)." >&2
    exit 1
fi
printf '%s\n' "$found"
