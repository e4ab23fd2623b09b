// Comfort only: without this file, "Einfügen" sends the form and the page comes back with the text in it.
"use strict";

(() => {
  const button = document.querySelector("[data-insert-into]");
  const stored = document.getElementById("text-blocks");
  if (!button || !stored) return;
  const texts = JSON.parse(stored.textContent);
  const choice = document.getElementById("id_block");
  const field = document.getElementById(button.dataset.insertInto);

  button.addEventListener("click", (event) => {
    event.preventDefault();
    const text = texts[choice.value];
    if (!text) {
      choice.focus();
      return;
    }
    field.focus();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
