// The public form while one is typing: sent to the server bit by bit; without a connection kept here, and sent when it is back.
"use strict";

(() => {
  const KEPT = "otklik-draft";
  const PAUSE = 1500;
  const RETRY = 5000;
  const form = document.querySelector("form[data-draft]");

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(KEPT));
    } catch {
      return null;
    }
  }

  function keep(texts) {
    try {
      if (texts) localStorage.setItem(KEPT, JSON.stringify({draft: form.dataset.draft, texts}));
      else localStorage.removeItem(KEPT);
    } catch {
      // a browser that keeps nothing still sends
    }
  }

  const leave = document.querySelector("form.leave");
  let timer = 0;
  leave?.addEventListener("submit", () => {
    clearTimeout(timer);
    keep(null);
  });
  if (!form) {
    if (leave && "registered" in leave.dataset) keep(null); // nothing of the message is left here
    return;
  }

  const told = document.getElementById("told");
  let pressed = null; // the button that waits for the connection
  let sending = false;
  let last = Promise.resolve();

  function tell(words) {
    if (told.textContent !== words) told.textContent = words; // said once to whoever listens
  }

  function typed() {
    return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_"));
  }

  // One request after the other: an older one that is slow shall not undo a newer one.
  function save() {
    clearTimeout(timer);
    keep(typed());
    last = last.then(send);
    return last;
  }

  // Whether the server has been reached: what it refuses it will say again to the form itself.
  async function send() {
    const texts = typed();
    try {
      const answer = await fetch(form.dataset.keep, {method: "POST", body: new URLSearchParams(texts)});
      if (!answer.ok) tell("Черновик не сохранён: нажмите «Сохранить черновик».");
      else if (JSON.stringify(texts) === JSON.stringify(typed())) {
        keep(null);
        tell("Черновик сохранён.");
      }
      return true;
    } catch {
      tell(
        pressed
          ? "Связи нет. Всё набранное сохранено на этом устройстве и уйдёт, когда связь появится. Не закрывайте страницу."
          : "Связи нет. Всё набранное сохранено на этом устройстве.",
      );
      clearTimeout(timer);
      timer = setTimeout(goOn, RETRY);
      return false;
    }
  }

  async function goOn() {
    if (!(await save()) || !pressed || sending) return;
    sending = true;
    form.requestSubmit(pressed);
  }

  function restore() {
    const found = kept();
    if (!found) return;
    if (found.draft !== form.dataset.draft) {
      keep(null); // somebody else's, or of another day
      return;
    }
    const marks = new Map(found.texts);
    if (![marks.get("seen"), marks.get("idempotency_key")].includes(form.elements.namedItem("seen").value)) {
      tell("Черновик изменён в другом окне: набранное здесь поверх него не записано."); // whose stays is for a person to say
      return;
    }
    for (const [name, value] of found.texts) {
      const field = form.elements.namedItem(name);
      if (field && name !== "idempotency_key" && name !== "seen") field.value = value;
    }
    save();
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(goOn, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (sending) return;
    event.preventDefault();
    pressed = event.submitter;
    goOn();
  });
  window.addEventListener("online", goOn);
  restore();
})();
