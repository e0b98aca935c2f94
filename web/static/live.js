// Keeps an open page as the record is: counters, lists and cards follow what others do, in place.
// Hints come by one stream while the page is in front; what they are about is read again from the page's own address.
"use strict";

(() => {
  const RETRY = 60000; // after a stream was refused
  const BEAT = 15000; // how often the page says that its card is open
  const body = document.body;
  const about = document.querySelector("[data-message]");
  const card = about && `/messages/${about.dataset.message}`;
  const presence = document.getElementById("presence");
  const told = new WeakMap(); // what the server said of a part last
  let seen = document.querySelector("meta[name=otklik-seen]")?.content; // what of the record the page shows
  let source, retry, beating, again, reading = false, broken = false, over = false;

  const parts = (root) => [...root.querySelectorAll("[data-live]")].filter((one) => one.id);
  const remember = (part) => told.set(part, part.outerHTML);
  const say = (words) => {
    const said = document.getElementById("said");
    if (said) said.textContent = words;
  };

  // The fresh part takes the place of the old one, with what its reader did to it: ticks, words, open details, the focus.
  function swap(old, fresh) {
    remember(fresh);
    const held = old.contains(document.activeElement) ? document.activeElement.id : "";
    for (const one of old.querySelectorAll("[id]")) {
      const same = fresh.querySelector(`#${CSS.escape(one.id)}`);
      if (!same) continue;
      if (one.type === "checkbox" && one.checked !== one.defaultChecked) same.checked = one.checked;
      else if ("defaultValue" in one && one.value !== one.defaultValue) same.value = one.value;
      else if (one.localName === "select") same.value = one.value;
      else if (one.localName === "details") same.open = one.open;
    }
    // what somebody is about to press does not change under his finger while the message is the same
    for (const one of old.querySelectorAll("[data-steady]")) {
      const same = fresh.querySelector(`#${CSS.escape(one.id)}`);
      if (same && same.dataset.steady === one.dataset.steady) same.replaceWith(one);
    }
    old.replaceWith(fresh);
    if (window.htmx) window.htmx.process(fresh);
    if (held) document.getElementById(held)?.focus({ preventScroll: true });
  }

  // Rows by their ids: what is not said anew stays untouched, so nobody loses the place where he reads.
  function merge(old, fresh) {
    const now = new Map([...fresh.children].map((row) => [row.id, row]));
    for (const row of [...old.children]) {
      if (now.has(row.id)) continue;
      const held = row.contains(document.activeElement);
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      if (held) next?.querySelector("button, a")?.focus({ preventScroll: true });
      if (row.querySelector("input:checked")) say(`Отмеченное сообщение ушло из списка: ${row.dataset.number}.`);
    }
    let place = old.firstElementChild;
    for (const row of now.values()) {
      const known = document.getElementById(row.id);
      if (known && known !== place) old.insertBefore(known, place);
      else if (known) place = place.nextElementSibling;
      if (!known) {
        remember(row);
        old.insertBefore(row, place);
        if (window.htmx) window.htmx.process(row);
      } else if ((told.get(known) ?? known.outerHTML) !== row.outerHTML) {
        swap(known, row);
      }
    }
  }

  // The row that somebody reads: where the focus is, else the uppermost in sight of who has scrolled.
  function readRow() {
    const held = document.activeElement?.closest("[data-live=rows] > *");
    if (held || window.scrollY === 0) return held;
    return [...document.querySelectorAll("[data-live=rows] > *")].find((row) => row.getBoundingClientRect().top >= 0);
  }

  // Whatever changes above it or in it, its upper edge stays where it was: browsers' own anchors follow another row, or none.
  function inPlace(change) {
    const row = readRow();
    const stood = row?.getBoundingClientRect().top;
    change();
    const now = row && document.getElementById(row.id);
    const moved = now ? now.getBoundingClientRect().top - stood : 0;
    if (moved) window.scrollBy({ top: moved, behavior: "instant" });
  }

  function take(page) {
    inPlace(() => {
      for (const fresh of parts(page)) {
        const old = document.getElementById(fresh.id);
        if (!old) continue;
        if (fresh.dataset.live === "rows") merge(old, fresh);
        else if ((told.get(old) ?? old.outerHTML) !== fresh.outerHTML) swap(old, fresh);
      }
    });
    body.dispatchEvent(new CustomEvent("otklik:fresh"));
  }

  async function page(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") return ended();
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // One reading at a time; hints that come meanwhile are one more reading.
  async function read(news) {
    if (over) return;
    if (reading) {
      again = new Set([...(again ?? []), ...news]);
      return;
    }
    reading = true;
    try {
      const whole = news.has("card") ? card : document.querySelector("[data-live=rows]") && location.href;
      const found = await page(whole || `/menu?path=${encodeURIComponent(location.pathname)}`);
      if (found && whole === location.pathname) dropGone(found); // before its parts are taken out of it
      if (found) take(found);
      if (found && news.has("card")) overtaken(found);
    } catch {
      broken = true;
    }
    reading = false;
    if (again) {
      const more = again;
      again = undefined;
      read(more);
    }
  }

  // What the card does not have any more does not stay: whom it left has only the past of it.
  function dropGone(found) {
    for (const old of parts(document)) if (!found.getElementById(old.id)) old.remove();
  }

  // Whoever fills in a form is told that somebody was first; the form stays as it is.
  function overtaken(found) {
    const meanwhile = document.getElementById("meanwhile");
    const now = found.querySelector("[data-version]")?.dataset.version;
    if (!meanwhile || now === undefined || now === meanwhile.dataset.version) return;
    const last = found.querySelector(".journal li")?.textContent.trim().replace(/\s+/g, " ");
    meanwhile.hidden = false;
    meanwhile.querySelector("[data-what]").textContent = last ?? "";
  }

  function ended() {
    if (over) return null;
    over = true;
    close();
    const bar = document.createElement("p");
    bar.className = "notice";
    bar.setAttribute("role", "alert");
    bar.textContent = "Вход больше не действует. Набранное здесь останется: ";
    const link = document.createElement("a");
    link.href = "/sign-in";
    link.target = "_blank";
    link.textContent = "войдите в новой вкладке";
    bar.append(link, " или отправьте форму: она спросит пароль.");
    document.getElementById("main")?.prepend(bar);
    return null;
  }

  function open() {
    if (source || over) return;
    clearTimeout(retry);
    const query = new URLSearchParams(seen && { after: seen });
    if (card) query.set("message", about.dataset.message);
    source = new EventSource(`/changes?${query}`);
    source.addEventListener("open", () => {
      body.dataset.follows = "yes";
      if (broken) read(new Set(card ? ["lists", "card"] : ["lists"]));
      broken = false;
    });
    source.addEventListener("error", () => {
      broken = true;
      if (source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
      close();
      retry = setTimeout(open, RETRY);
    });
    for (const name of ["lists", "card"]) source.addEventListener(name, () => hear(name));
    source.addEventListener("presence", beat);
    source.addEventListener("ended", ended);
  }

  // The first hint may be of what came before the stream: whom the card has left by then is told of lists alone.
  function hear(name) {
    read(new Set(seen && card ? [name, "card"] : [name]));
    seen = "";
  }

  function close() {
    source?.close();
    source = undefined;
    delete body.dataset.follows;
    clearTimeout(retry);
  }

  async function beat() {
    if (!presence || over) return;
    try {
      const answer = await fetch(presence.action, { method: "POST", body: new URLSearchParams(new FormData(presence)) });
      const words = answer.ok && !answer.redirected ? await answer.text() : "";
      const others = document.getElementById("others");
      if (others.innerHTML.trim() !== words.trim()) others.innerHTML = words;
    } catch {
      broken = true;
    }
  }

  function leave() {
    if (presence) navigator.sendBeacon(`${presence.action}/leave`, new URLSearchParams(new FormData(presence)));
  }

  // Only the page in front follows: a browser has few connections to one address.
  function show() {
    if (document.visibilityState === "visible") {
      open();
      beat();
      beating ??= setInterval(beat, BEAT);
    } else {
      broken = true; // what happens meanwhile is read when it comes back
      close();
      clearInterval(beating);
      beating = undefined;
    }
  }

  for (const part of parts(document)) {
    if (part.dataset.live === "rows") [...part.children].forEach(remember);
    else remember(part);
  }
  show();
  body.addEventListener("otklik:again", () => read(new Set(["lists"])));
  document.addEventListener("visibilitychange", show);
  window.addEventListener("pagehide", leave);
})();
