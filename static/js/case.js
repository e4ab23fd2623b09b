// Comfort only: the page of a case works without this file.
"use strict";

(() => {
  // --- Printing needs a script, so does its button; on paper everything is unfolded ---

  const print = document.querySelector(".case-print");
  if (print) {
    print.hidden = false;
    print.querySelector("button").addEventListener("click", () => window.print());
  }

  // --- Who else has this case open: asked once a minute while somebody works on the page ---

  const looking = document.querySelector("[data-looking]");
  const MINUTE = 60_000;
  const AT_REST = 10 * MINUTE; // after that the page is not open "just now", and the session may end
  let moved = Date.now();

  for (const event of ["pointerdown", "keydown", "scroll"])
    document.addEventListener(event, () => (moved = Date.now()), { passive: true });

  const ask = async () => {
    if (document.hidden || Date.now() - moved > AT_REST) return;
    const response = await fetch(looking.dataset.looking, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return;
    const { words } = await response.json();
    if (looking.textContent !== words) looking.textContent = words;
  };

  if (looking) setInterval(() => ask().catch(() => {}), MINUTE);
})();
