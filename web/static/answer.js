// An answer that is being written: kept by itself, read over after a pause, files sent as they are chosen. The form works without it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const text = form.elements.text;
  const PAUSE = 1500;
  let waiting;
  let unsaved = false;
  let last = Promise.resolve();

  const fields = (aside, withFiles) => {
    const found = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (withFiles || !(value instanceof File)) found.append(name, value);
    }
    if (aside) found.append("_aside", aside);
    return found;
  };

  // One request after the other: each carries the version of the draft that the one before made.
  const ask = (address, aside, parts, withFiles = false) => {
    clearTimeout(waiting);
    last = last.then(() => replace(address, aside, parts, withFiles)).catch(() => tell("нет связи с сервером"));
    return last;
  };

  const replace = async (address, aside, parts, withFiles) => {
    unsaved = false;
    const answer = await fetch(address, { method: "POST", body: fields(aside, withFiles) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("draft-state")) {
      tell(answer.status === 401 ? "сеанс завершён; отправьте ответ, и система спросит пароль" : "сервер отказал");
      return;
    }
    for (const part of parts) {
      const fresh = whole(page.getElementById(part));
      if (fresh) whole(document.getElementById(part)).replaceWith(document.adoptNode(fresh));
    }
    pointAtWords();
  };

  // A file's input comes with what is uploaded already, and with nothing of the fields beside it.
  const whole = (part) => (part && part.type === "file" ? part.closest(".field") : part);

  const tell = (why) => {
    unsaved = true;
    const state = document.createElement("p");
    state.className = "problem";
    state.textContent = `Черновик не сохранён: ${why}. Написанное остаётся на этой странице.`;
    document.querySelectorAll("#draft-state p").forEach((old) => old.remove());
    document.getElementById("draft-state").append(state);
  };

  const keep = () => ask(form.dataset.draft, "", ["draft-state", "hints"]);

  const changed = () => {
    unsaved = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  };

  // Places are told in characters; a browser counts some of them twice.
  const pointAtWords = () => {
    for (const hint of document.querySelectorAll("#hints [data-start]")) {
      const word = hint.querySelector(".hint-word");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "hint-word";
      button.textContent = word.textContent;
      button.addEventListener("click", () => {
        const signs = [...text.value];
        const start = signs.slice(0, hint.dataset.start).join("").length;
        const end = start + signs.slice(hint.dataset.start, hint.dataset.end).join("").length;
        text.focus();
        text.setSelectionRange(start, end);
      });
      word.replaceWith(button);
    }
  };

  const insert = (from) => {
    const { selectionStart: start, selectionEnd: end } = text;
    text.setRangeText(document.getElementById(from).textContent, start, end, "end");
    text.focus();
    changed();
  };

  form.addEventListener("input", changed);
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") ask(form.action, "keep", ["draft-state", event.target.id], true);
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name !== "_aside" || button.value === "discard") {
      unsaved = false;
      return;
    }
    event.preventDefault();
    if (button.dataset.insert) {
      insert(button.dataset.insert);
      return;
    }
    const part = { hints: "hints", preview: "letter" }[button.value];
    ask(form.action, button.value, part ? ["draft-state", part] : ["draft-state"]).then(() => {
      if (part) document.getElementById(part).focus();
    });
  });
  window.addEventListener("pagehide", () => {
    if (unsaved) navigator.sendBeacon(form.dataset.draft, fields("", false));
  });
  pointAtWords();
});
