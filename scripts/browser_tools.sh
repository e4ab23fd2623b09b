#!/bin/sh
# The journeys in tests/ drive Debian's Chromium; the checker of our HTML (the npm package vnu-jar) runs on Java 17 or later.
set -e
java_serves() {
    major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    [ "${major:-0}" -ge 17 ]
}
missing=
command -v chromium >/dev/null || missing="$missing chromium"
java_serves || missing="$missing default-jre-headless"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Hole aus Debian:$missing …"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "Für die Tests fehlt:$missing (Debian: apt install$missing)." >&2
exit 1
