#!/bin/sh
# The journeys in tests/ drive Debian's Chromium.
set -e
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Hole Chromium aus Debian …"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    exit 0
fi
echo "Für die Tests im Browser fehlt Chromium (Debian: apt install chromium)." >&2
exit 1
