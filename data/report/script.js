"use strict";
// Sorting: a button in every column head; numbers by their full precision, empty cells last.
const sortKey = (row, column) => {
  const cell = row.cells[column];
  const number = cell && cell.dataset.number;
  return { number: number === undefined ? NaN : Number(number), text: cell ? cell.textContent.trim() : "" };
};
const compare = (a, b) => {
  const numbers = Number(!Number.isNaN(a.number)) + Number(!Number.isNaN(b.number));
  if (numbers === 2) return a.number - b.number;
  if (numbers === 1) return Number.isNaN(a.number) ? 1 : -1;
  return a.text.localeCompare(b.text, "en", { numeric: true });
};
const sortBy = (table, column, descending) => {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: sortKey(row, column) }));
  const isEmpty = (one) => one.key.text === "";
  rows.sort((a, b) => {
    if (isEmpty(a) !== isEmpty(b)) return isEmpty(a) ? 1 : -1;
    return descending ? compare(b.key, a.key) : compare(a.key, b.key);
  });
  body.append(...rows.map((one) => one.row));
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortBy(table, column, descending);
    });
  });
}

// Filtering: rows stay that hold every word, in any cell and case.
for (const table of document.querySelectorAll("table[data-filter]")) {
  const bar = document.createElement("div");
  bar.className = "filter";
  const label = document.createElement("label");
  label.textContent = "Filter " + table.dataset.filter + " ";
  const input = document.createElement("input");
  input.type = "search";
  label.append(input);
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  bar.append(label, count);
  table.closest(".scroll").before(bar);
  const rows = [...table.tBodies[0].rows];
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) ++left;
    }
    count.textContent = words.length ? left + " of " + rows.length + " rows" : "";
  });
}

// Zoom: a dialog, arrow keys step through the figures, Escape closes (the browser's own).
const dialog = document.getElementById("zoom");
const figures = [...document.querySelectorAll("main figure")];
let shown = 0;
const show = (index) => {
  shown = (index + figures.length) % figures.length;
  const from = figures[shown].querySelector("img");
  const to = dialog.querySelector("img");
  to.src = from.src;
  to.alt = from.alt;
  dialog.querySelector("p").textContent = figures[shown].querySelector("figcaption").firstElementChild.textContent +
    " " + (shown + 1) + " of " + figures.length;
};
figures.forEach((figure, index) => {
  figure.querySelector(".zoom").addEventListener("click", (event) => {
    event.preventDefault();
    show(index);
    dialog.showModal();
  });
});
dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (event.target === dialog || (button && "close" in button.dataset)) dialog.close();
  else if (button) show(shown + Number(button.dataset.step));
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") show(shown + 1);
  if (event.key === "ArrowLeft") show(shown - 1);
});
