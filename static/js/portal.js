// Comfort only: every page works without this file.
"use strict";

(() => {
  const script = document.currentScript;

  // --- Errors first: the summary takes the focus ---

  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // --- Printing needs a script, so does its button ---

  for (const item of document.querySelectorAll("[data-print]")) {
    item.hidden = false;
    item.querySelector("button").addEventListener("click", () => window.print());
  }

  // --- Files that are too large are left out before they are sent ---

  document.querySelectorAll("input[type=file][data-most-bytes]").forEach((input) => {
    const warning = document.createElement("p");
    warning.className = "kern-body portal-files__warning";
    warning.setAttribute("role", "alert");
    input.after(warning);
    input.addEventListener("change", () => {
      const files = [...input.files];
      const large = files.filter((file) => file.size > Number(input.dataset.mostBytes));
      warning.textContent = large.length ? `${input.dataset.tooLarge} ${large.map((file) => file.name).join(", ")}` : "";
      if (!large.length) return;
      const kept = new DataTransfer();
      files.filter((file) => !large.includes(file)).forEach((file) => kept.items.add(file));
      input.files = kept.files;
    });
  });

  // --- Long selects become fields to type in ---

  const MOST_SUGGESTIONS = 40;
  const WORDS = {
    de: {
      hint: "Sobald Vorschläge erscheinen, wählen Sie mit den Pfeiltasten aus und übernehmen mit der Eingabetaste.",
      none: "Nichts gefunden. Bitte prüfen Sie die Schreibweise.",
      short: (length) => `Geben Sie mindestens ${length} Zeichen ein.`,
      highlighted: (label, count, index) => `${label} ist markiert, ${index + 1} von ${count}.`,
      results: (count, highlighted) => `${count === 1 ? "1 Vorschlag" : `${count} Vorschläge`}. ${highlighted}`,
    },
    en: {
      hint: "When suggestions appear, choose with the arrow keys and press Enter to take one.",
      none: "Nothing found. Please check the spelling.",
      short: (length) => `Type at least ${length} characters.`,
      highlighted: (label, count, index) => `${label} is highlighted, ${index + 1} of ${count}.`,
      results: (count, highlighted) => `${count === 1 ? "1 suggestion" : `${count} suggestions`}. ${highlighted}`,
    },
  }[document.documentElement.lang === "en" ? "en" : "de"];

  // Hyphens and dots count as spaces, "St." as "Sankt".
  const plain = (text) =>
    text
      .toLowerCase()
      .replace(/ß/g, "ss")
      .normalize("NFD")
      .replace(/\p{Mn}/gu, "")
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim()
      .replace(/\bst(?= )/g, "sankt");

  // The ways to type a word: "Köln" → "koln" and "koeln"
  const spellings = (text) => [...new Set([plain(text), plain(text.normalize("NFC").replace(/[äöüÄÖÜ]/g, "$&e"))])];

  // An option has a name and, in brackets after it, more: "Köln (kreisfreie Stadt)"
  const choiceOf = (option) => ({
    option,
    label: option.text,
    name: spellings(option.text.split(" (")[0]),
    all: spellings(option.text),
  });

  const isCalled = (choice, text) => {
    const typed = spellings(text);
    return [...choice.name, ...choice.all].some((word) => typed.includes(word));
  };

  // 0: the name begins so; 1: one of its words does; 2: it is somewhere in the name; 3: in the brackets; 4: nowhere
  const rank = (choice, typed) => {
    const found = (words, mark) => words.some((word) => typed.some((query) => mark(word, query)));
    if (found(choice.name, (word, query) => word.startsWith(query))) return 0;
    if (found(choice.name, (word, query) => word.includes(` ${query}`))) return 1;
    if (found(choice.name, (word, query) => word.includes(query))) return 2;
    return found(choice.all, (word, query) => word.includes(query)) ? 3 : 4;
  };

  const suggestions = (choices, text) => {
    const typed = spellings(text);
    return choices
      .map((choice) => ({ choice, rank: rank(choice, typed) }))
      .filter(({ rank }) => rank < 4)
      .sort((one, other) => one.rank - other.rank)
      .slice(0, MOST_SUGGESTIONS)
      .map(({ choice }) => choice);
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

    // What is not in the list is sent as typed: the server says so beside the field and gives it back.
    let unknown = null;
    const sendAsTyped = () => {
      if (unknown) unknown.remove();
      unknown = null;
      follow();
      if (chosen() || !input.value.trim()) return;
      unknown = new Option(input.value.trim(), input.value.trim(), false, true);
      select.append(unknown);
    };

    window.accessibleAutocomplete.enhanceSelectElement({
      selectElement: select,
      defaultValue: select.dataset.typed || "",
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
      tStatusQueryTooShort: WORDS.short,
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
    if (select.form) select.form.addEventListener("submit", sendAsTyped);
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
