// Comfort only: a page that waits for the worker asks for its own state anew, until there is nothing to wait for.
const status = document.querySelector("[data-look-again]");

async function look() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(status.id);
    if (!fresh) return;
    if (!fresh.hasAttribute("data-look-again")) {
      location.reload();
      return;
    }
    if (fresh.innerHTML !== status.innerHTML) status.replaceChildren(...fresh.childNodes);
  } catch {
    // The network is away: the next look may find it again.
  }
  setTimeout(look, Number(status.dataset.lookAgain) * 1000);
}

if (status) setTimeout(look, Number(status.dataset.lookAgain) * 1000);
