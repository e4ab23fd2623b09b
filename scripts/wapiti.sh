#!/bin/sh
# The scanner of scripts/scan.py. Its package brings Python libraries of its own, so it stays outside of .venv/.
set -e
command -v wapiti >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Hole aus Debian: wapiti …"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wapiti >/dev/null
    exit 0
fi
echo "Für die Prüfung mit dem Scanner fehlt wapiti (Debian: apt install wapiti)." >&2
exit 1
