// Comfort only: every page works without this file.
"use strict";

(() => {
  const script = document.currentScript;

  // --- Errors first: the summary takes the focus ---

  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // --- Long selects become fields to type in ---

  const MOST_SUGGESTIONS = 40;
  const WORDS = {
    hint: "Sobald Vorschläge erscheinen, wählen Sie mit den Pfeiltasten aus und übernehmen mit der Eingabetaste.",
    none: "Nichts gefunden. Bitte prüfen Sie die Schreibweise.",
    highlighted: (label, count, index) => `${label} ist markiert, ${index + 1} von ${count}.`,
    results: (count, highlighted) => `${count === 1 ? "1 Vorschlag" : `${count} Vorschläge`}. ${highlighted}`,
  };

  // "Köln" → "koln", "St. Augustin" → "sankt augustin"; hyphens and dots count as spaces
  const plain = (text) =>
    text
      .toLowerCase()
      .replace(/ß/g, "ss")
      .normalize("NFD")
      .replace(/\p{Mn}/gu, "")
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim()
      .replace(/\bst(?= )/g, "sankt");

  // "Koeln" and "Köln" → "koln"
  const folded = (text) => plain(text).replace(/([aou])e/g, "$1");

  // 0 for the start of the name, 1 for the start of a word, 2 for anywhere, -1 for nowhere
  const rank = (name, query) => {
    const at = name.indexOf(query);
    if (at <= 0) return at;
    return name.includes(` ${query}`) ? 1 : 2;
  };

  // An option's name, and after it what stands in brackets: "Köln (kreisfreie Stadt)"
  const choiceOf = (option) => {
    const label = option.text;
    const name = label.split(" (")[0];
    return { option, label, spellings: [plain, folded].map((spell) => ({ spell, name: spell(name), all: spell(label) })) };
  };
  const isCalled = (choice, text) => choice.spellings.some(({ spell, name, all }) => [name, all].includes(spell(text)));

  const suggestions = (choices, text) => {
    const ranked = choices.flatMap((choice) => {
      const ranks = choice.spellings.flatMap(({ spell, name, all }) => {
        const query = spell(text);
        return [rank(name, query), all.includes(query) ? 3 : -1].filter((value) => value >= 0);
      });
      return ranks.length ? [{ choice, rank: Math.min(...ranks) }] : [];
    });
    ranked.sort((one, other) => one.rank - other.rank);
    return ranked.slice(0, MOST_SUGGESTIONS).map(({ choice }) => choice);
  };

  // The library rewrites aria-describedby as one types; hint and error of the field stay with it.
  const keepDescription = (input, ids) => {
    const add = () => {
      const present = (input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
      const missing = ids.filter((id) => !present.includes(id));
      if (missing.length) input.setAttribute("aria-describedby", [...missing, ...present].join(" "));
    };
    new MutationObserver(add).observe(input, { attributeFilter: ["aria-describedby"] });
    add();
  };

  const enhance = (select) => {
    const { id, required } = select;
    const described = (select.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
    const invalid = select.hasAttribute("aria-invalid");
    const choices = [...select.options]
      .filter((option) => option.value)
      .map(choiceOf);
    const label = (choice) => (choice && choice.label) || choice || "";

    let input = null;
    const choose = (choice) => {
      if (choice) choice.option.selected = true;
      else select.value = "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const chosen = () => choices.find(({ option }) => option.selected);
    // The select never keeps what the text no longer says, and takes a name that is typed in full.
    const follow = () => {
      const current = chosen();
      const text = input.value;
      if (current && isCalled(current, text)) return;
      const meant = plain(text) ? choices.filter((choice) => isCalled(choice, text)) : [];
      if (current || meant.length === 1) choose(meant.length === 1 ? meant[0] : null);
    };

    window.accessibleAutocomplete.enhanceSelectElement({
      selectElement: select,
      defaultValue: "",
      autoselect: false,
      minLength: 2,
      displayMenu: "overlay",
      required,
      inputClasses: `kern-form-input__input${invalid ? " kern-form-input__input--error" : ""}`,
      source: (text, show) => show(suggestions(choices, text)),
      templates: { inputValue: label, suggestion: (choice) => (choice.option ? choice.option.innerHTML : "") },
      onConfirm: (choice) => (choice ? choose(choice) : follow()),
      tNoResults: () => WORDS.none,
      tAssistiveHint: () => WORDS.hint,
      tStatusQueryTooShort: (length) => `Geben Sie mindestens ${length} Zeichen ein.`,
      tStatusNoResults: () => WORDS.none,
      tStatusSelectedOption: WORDS.highlighted,
      tStatusResults: WORDS.results,
    });

    input = document.getElementById(id);
    select.required = false; // a hidden field must not stop the form
    select.removeAttribute("aria-invalid");
    select.parentElement.classList.add("portal-autocomplete");
    if (invalid) input.setAttribute("aria-invalid", "true");
    keepDescription(input, described);
    input.addEventListener("input", follow);
    if (select.form) select.form.addEventListener("submit", follow);
  };

  // Not before load: until then the browser still puts back what was chosen before going away.
  const long = document.querySelectorAll("select[data-autocomplete]:not([multiple])");
  if (long.length) {
    window.addEventListener("load", () => {
      const library = document.createElement("script");
      library.src = script.dataset.autocomplete;
      library.addEventListener("load", () => long.forEach(enhance));
      document.head.append(library);
    });
  }
})();
