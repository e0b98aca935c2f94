// The list as a desk: ticking all, going down the rows with the arrows, one press to accept a suggestion and go on to the next,
// a minute to take it back. Without it each press is a page of its own.
"use strict";

(() => {
  const body = document.body;
  const reports = document.getElementById("reports");
  const boxes = () => [...document.querySelectorAll("input[name=pick]")];

  function count() {
    const ticked = boxes().filter((box) => box.checked).length;
    const told = document.getElementById("picked-count");
    const all = document.getElementById("pick-all");
    if (told) told.textContent = ticked ? `: ${ticked}` : "";
    if (!all) return;
    all.hidden = false;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-all") boxes().forEach((box) => (box.checked = event.target.checked));
    if (event.target.id === "pick-all" || event.target.name === "pick") count();
  });

  // The arrows lead to the same thing in the next row. A key held down accepts one suggestion, not all of them.
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target.name === "one") return event.preventDefault();
    const row = event.target.closest?.("tr.queue-row");
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!row || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    const kind = event.target.name ? `[name=${event.target.name}]` : ".queue-number a";
    for (let other = row[step]; other; other = other[step]) {
      const same = other.querySelector(kind);
      if (!same) continue;
      event.preventDefault();
      same.focus();
      return;
    }
  });

  async function told(form, data) {
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      return await answer.text();
    } catch {
      return '<div class="report report-refused"><p>Нет связи. Нажмите ещё раз: дважды ничего не случится.</p></div>';
    }
  }

  // What became of it stands beneath the list, so that nothing moves where somebody reads.
  function show(html) {
    const kept = document.createElement("template");
    kept.innerHTML = html;
    const report = kept.content.firstElementChild;
    reports.prepend(kept.content);
    if (report?.dataset.seconds) setTimeout(() => report.remove(), Number(report.dataset.seconds) * 1000);
    body.dispatchEvent(new CustomEvent("otklik:again"));
  }

  async function accept(form, button) {
    const row = button.closest("tr");
    if (row.classList.contains("queue-doing")) return;
    row.classList.add("queue-doing");
    const data = new URLSearchParams(new FormData(form, button));
    for (let other = row.nextElementSibling; other; other = other.nextElementSibling) {
      const next = other.querySelector("button[name=one]");
      if (!next || other.classList.contains("queue-doing")) continue;
      next.focus();
      break;
    }
    show(await told(form, data));
    row.classList.remove("queue-doing");
  }

  async function takeBack(form) {
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    const html = await told(form, new URLSearchParams(new FormData(form)));
    form.closest(".report").remove();
    show(html);
  }

  document.addEventListener("submit", (event) => {
    if (!reports) return;
    const one = event.target.id === "many" && event.submitter?.name === "one";
    if (!one && !event.target.classList.contains("undo")) return;
    event.preventDefault();
    if (one) accept(event.target, event.submitter);
    else takeBack(event.target);
  });

  body.addEventListener("otklik:fresh", count);
  count();
})();
