// A table pasted from a word processor becomes text with tabs: one line a row, whatever its cells are made of.
"use strict";

(() => {
  // between lines of a cell: line ends of the source are none of them
  const END = "\u001f";

  // a cell of several lines is told as spreadsheets tell it, in quotation marks
  function plain(cell) {
    cell.querySelectorAll("p, li, div, br").forEach((part) => part.after(END));
    const lines = cell.textContent.split(END).map((line) => line.replace(/\s+/g, " ").trim()).filter(Boolean);
    return lines.length > 1 ? `"${lines.join("\n").replaceAll('"', '""')}"` : lines.join();
  }

  // what a cell over several rows says counts in each that has something before it; a row without is more of the row above
  function linesOf(table) {
    const rest = [];
    const said = [];
    return [...table.rows].map((row) => {
      const cells = [...row.cells];
      const line = [];
      for (let column = 0; cells.length || rest[column] > 0; column += 1) {
        if (rest[column] > 0) {
          rest[column] -= 1;
          line.push(line.some(Boolean) ? said[column] : "");
        } else {
          const cell = cells.shift();
          rest[column] = cell.rowSpan - 1;
          said[column] = plain(cell);
          line.push(said[column]);
        }
      }
      return line.join("\t");
    });
  }

  // what the page's policy would block, and say so, is taken out first: only texts and cells are wanted
  const unstyled = (html) => html.replace(/<style[\s\S]*?<\/style>|\sstyle=("[^"]*"|'[^']*')/gi, "");

  document.querySelector("textarea[data-table]")?.addEventListener("paste", (event) => {
    const rich = new DOMParser().parseFromString(unstyled(event.clipboardData.getData("text/html")), "text/html");
    const tables = [...rich.querySelectorAll("table")];
    if (!tables.length) return;
    event.preventDefault();
    const field = event.target;
    field.setRangeText(tables.flatMap(linesOf).join("\n"), field.selectionStart, field.selectionEnd, "end");
  });
})();
