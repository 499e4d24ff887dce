"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const data = read("data");
const labels = read("labels");
const statuses = ["safe", "unsafe", "shown", "hand"];
const text = (number) => data.texts[number];

const list = document.getElementById("list");
const body = list.tBodies[0];
const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const more = document.getElementById("more");
const step = 100;

const findings = data.findings.map(([path, line, rule, framework, message, code, answers], order) => ({
  order, line, answers, file: path,
  path: text(path), rule: text(rule), framework: text(framework),
  message: text(message), code: text(code),
}));
let limit = step;
let sorting = { key: "place", down: false };

function target() {
  const chosen = document.querySelector("input[name=target]:checked");
  return chosen ? Number(chosen.value) : 0;
}

/** An element with text, attributes and children; text is never read as markup. */
function make(name, content = "", attributes = {}, ...children) {
  const element = document.createElement(name);
  element.textContent = content;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const keys = {
  place: (one) => one.order,
  rule: (one) => one.rule,
  code: (one) => one.code,
  status: (one) => one.answers[target()][0],
};

function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Whether a path is a file, below a folder, or with an asterisk directly in it. */
function within(asked) {
  const folder = asked.replace(/\/\*?$/, "");
  if (asked.endsWith("/*")) {
    return (path) => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".") === folder;
  }
  if (folder === "" || folder === ".") return () => true;
  return (path) => path === folder || path.startsWith(`${folder}/`);
}

function selected() {
  const asked = Object.fromEntries(new FormData(filter));
  const words = asked.text.toLowerCase().split(/\s+/).filter(Boolean);
  const inside = within(asked.path.trim());
  const key = keys[sorting.key];
  return findings
    .filter((one) =>
      (!asked.framework || one.framework === asked.framework) &&
      (!asked.rule || one.rule === asked.rule) &&
      (!asked.status || one.answers[target()][0] === Number(asked.status)) &&
      inside(one.path) &&
      words.every((word) =>
        `${one.path}:${one.line} ${one.rule} ${one.message} ${one.code}`.toLowerCase().includes(word)))
    .sort((one, other) =>
      (sorting.down ? -1 : 1) * compare(key(one), key(other)) || one.order - other.order);
}

function details(one) {
  const [, reason, replacement, evidence] = one.answers[target()].map((part, index) => index ? text(part) : part);
  const parts = [make("p", one.message)];
  if (reason) parts.push(make("p", reason, { class: "reason" }));
  if (replacement) parts.push(make("pre", "", { tabindex: "0", "aria-label": "Replacement" }, make("code", replacement)));
  if (evidence) parts.push(make("p", evidence, { class: "evidence" }));
  const stops = (data.stops[one.file] || [])[target()] || [];
  if (stops.length && one.answers[target()][0] >= statuses.indexOf("shown")) {
    parts.push(make("details", "", {},
      make("summary", `What keeps this module from converting: ${stops.length} ${stops.length === 1 ? "place" : "places"}`),
      make("ul", "", {}, ...stops.map(([line, why]) => make("li", `line ${line}: ${text(why)}`)))));
  }
  parts.push(make("p", "", {}, make("a", `About ${one.rule}`, { href: data.urls[one.rule] })));
  return make("tr", "", { class: "details" }, make("td", "", { colspan: "4" }, ...parts));
}

function row(one) {
  const status = one.answers[target()][0];
  const opener = make("button", `${one.path}:${one.line}`, { type: "button", class: "link", "aria-expanded": "false" });
  const made = make("tr", "", {},
    make("th", "", { scope: "row" }, opener),
    make("td", one.rule),
    make("td", "", {}, make("code", one.code)),
    make("td", "", {}, make("span", labels[status], { class: `chip ${statuses[status]}` })));
  opener.addEventListener("click", () => {
    const open = opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!open));
    if (open) made.nextSibling.remove();
    else made.after(details(one));
  });
  return made;
}

function show() {
  const found = selected();
  body.replaceChildren(...found.slice(0, limit).map(row));
  const [some, all, first] = [found.length, findings.length, limit].map((one) => one.toLocaleString("en"));
  const part = found.length > limit ? `, the first ${first} are shown` : "";
  shown.textContent = `${some} of ${all} findings${part}`;
  more.hidden = found.length <= limit;
  const asked = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value));
  if (document.querySelector("input[name=target]")) asked.set("target", target());
  try {
    history.replaceState(null, "", `#${asked}`);
  } catch {
    // Some browsers forbid it in pages from a file; then the address does not say what is shown.
  }
}

function mark(header, down) {
  for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
}

list.tHead.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const key = button.dataset.key;
  sorting = { key, down: sorting.key === key && !sorting.down };
  mark(button.closest("th"), sorting.down);
  show();
});

/** What a cell is sorted by: a number where it is one. */
function value(cell) {
  const stated = cell.dataset.value ?? cell.textContent.trim();
  return stated !== "" && !Number.isNaN(Number(stated)) ? Number(stated) : stated;
}

for (const table of document.querySelectorAll("table.sortable")) {
  table.tHead.addEventListener("click", (event) => {
    const header = event.target.closest("button")?.closest("th");
    if (!header) return;
    // Numbers are of interest from the most.
    const was = header.getAttribute("aria-sort");
    const down = was ? was === "ascending" : header.matches(".n, .bar-cell");
    mark(header, down);
    const rows = [...table.tBodies[0].rows].map((one) => [value(one.cells[header.cellIndex]), one]);
    rows.sort(([one], [other]) => (down ? -1 : 1) * compare(one, other));
    table.tBodies[0].append(...rows.map(([, one]) => one));
  });
}

function ask(asked) {
  filter.reset();
  for (const [name, wanted] of Object.entries(asked)) {
    const control = filter.elements.namedItem(name);
    if (control) control.value = wanted;
  }
  limit = step;
  show();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.tile, button.link");
  if (!button || list.contains(button)) return;
  ask({ ...button.dataset });
  const heading = document.getElementById("findings");
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
});

more.addEventListener("click", (event) => {
  const rows = event.target.dataset.rows;
  if (!rows) return;
  limit = rows === "all" ? Infinity : limit + Number(rows);
  show();
});

filter.addEventListener("input", () => { limit = step; show(); });
filter.addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("reset", () => setTimeout(() => { limit = step; show(); }));
for (const choice of document.querySelectorAll("input[name=target]")) choice.addEventListener("change", show);

const asked = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const choice = document.querySelectorAll("input[name=target]")[Number(asked.target)];
if (choice) choice.checked = true;
document.getElementById("plain").hidden = true;
list.hidden = filter.hidden = false;
ask(asked);
