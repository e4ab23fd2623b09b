// Asks the browser for a passkey and sends what it answers with the form around the button.
(() => {
  const words = {
    NotAllowedError: "Das hat nicht geklappt: Die Abfrage wurde abgebrochen oder hat zu lange gedauert. Versuchen Sie es bitte noch einmal.",
    InvalidStateError: "Dieses Gerät ist schon als Passkey eingerichtet.",
  };
  const otherwise = "Ihr Browser kann hier keinen Passkey verwenden.";

  for (const button of document.querySelectorAll("[data-passkey]")) {
    const field = document.getElementById(button.dataset.field);
    const problem = document.getElementById("passkey-fehler");
    const options = JSON.parse(document.getElementById("passkey-data").textContent);
    const kind = button.dataset.passkey;

    // A number is no name that a passkey could be bound to; the demonstration also answers at localhost.
    if (/^[\d.]+$|^\[/.test(location.hostname)) {
      const hint = document.querySelector("[data-passkey-address]");
      hint.querySelector("a").href = location.href.replace(location.hostname, "localhost");
      hint.hidden = false;
      continue;
    }
    button.hidden = false;
    button.addEventListener("click", async () => {
      problem.hidden = true;
      try {
        const asked = kind === "create" ? options.creation_options : options.request_options;
        field.value = JSON.stringify(await window.webauthnJSON[kind](asked));
        field.form.submit();
      } catch (error) {
        problem.textContent = words[error.name] || otherwise;
        problem.hidden = false;
      }
    });
  }
})();
