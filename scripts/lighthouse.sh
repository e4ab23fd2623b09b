#!/bin/sh
# Measures pages with Lighthouse as a phone would see them: sh scripts/lighthouse.sh http://127.0.0.1:8000/ …
# By hand only: npx fetches it (Node.js from 18 on), so that neither the lock file nor the tests carry it.
set -e
[ $# -gt 0 ] || { echo "Aufruf: sh scripts/lighthouse.sh ADRESSE …" >&2; exit 1; }
export CHROME_PATH="${CHROME_PATH:-$(command -v chromium)}"
for address in "$@"; do
    npx --yes lighthouse@12.2.3 "$address" --quiet --no-enable-error-reporting --output=json --output-path=stdout \
        --chrome-flags="--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking" |
        node -e '
          const report = JSON.parse(require("fs").readFileSync(0));
          const marks = Object.values(report.categories).map(part => `${part.id} ${Math.round(part.score * 100)}`);
          console.log(report.finalDisplayedUrl, marks.join(" · "));'
done
