// Saves a form while it is typed. Comfort only: the page has a button that does the same.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const status = form.querySelector("[data-autosave-status]");
  const PAUSE = 1500; // milliseconds after the last key
  const AGAIN = 15000;
  let timer = 0;
  let isSaving = false;
  let isStopped = false;
  let isChanged = false;
  let pressed = null;

  const say = (words) => {
    if (status.textContent !== words) status.textContent = words;
  };

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };

  // What others have saved meanwhile is shown, unless somebody is typing just there.
  const takeOver = (texts, sent) => {
    for (const [name, stands] of Object.entries(texts)) {
      const field = form.elements[name];
      const typed = field.value;
      if (typed !== sent.get(name) && stands.text.trim() !== (sent.get(name) || "").trim()) continue;
      if (typed === sent.get(name) && typed.trim() !== stands.text) field.value = stands.text;
      form.elements[`seen_${name}`].value = stands.seen;
    }
  };

  const stop = (words) => {
    isStopped = true;
    say(words);
  };

  const answered = async (response, sent) => {
    const isOurs = (response.headers.get("Content-Type") || "").startsWith("application/json");
    if (response.status >= 500) throw new Error();
    if (!isOurs) return stop(form.dataset.gone);
    const answer = await response.json();
    if (answer.refusal) return stop(answer.refusal);
    takeOver(answer.texts, sent);
    if (answer.conflict) return stop(answer.says);
    say(answer.says);
  };

  const save = async () => {
    if (isStopped || !isChanged) return;
    if (isSaving) {
      later(PAUSE);
      return;
    }
    isSaving = true;
    isChanged = false;
    say(form.dataset.saving);
    const sent = new FormData(form);
    try {
      const how = { method: "POST", body: sent, keepalive: true, signal: AbortSignal.timeout(AGAIN) };
      await answered(await fetch(form.dataset.autosave, how), sent);
    } catch {
      isChanged = true;
      say(form.dataset.again);
      later(AGAIN);
    } finally {
      isSaving = false;
      if (pressed) form.requestSubmit(pressed);
    }
  };

  form.addEventListener("input", () => {
    isChanged = true;
    later(PAUSE);
  });
  // What is being saved comes first: overtaken, the person's own words would look like somebody else's.
  form.addEventListener("submit", (event) => {
    isStopped = true;
    clearTimeout(timer);
    if (!isSaving) return;
    event.preventDefault();
    pressed = event.submitter;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
})();
