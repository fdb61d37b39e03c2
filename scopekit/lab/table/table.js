// The matrix as a table. Cells are drawn in place as they are made. Opening a cell requests its details from Python.

const REASONS_UP_TO = 3;
const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0],
  PageDown: [10, 0], Home: [0, -Infinity], End: [0, Infinity] };
// Without this attribute, JupyterLab's own shortcuts take arrow keys and Enter from the focused element.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
const ORDERS = { documented: "as documented", call: "call", path: "path", verdict: "verdict" };

let last = 0;

function render({ model, el }) {
  const id = `sk-matrix-${++last}`;
  const table = new Table(model, id);
  const panel = new Panel(id, () => table.focus());
  const controls = new Controls(model, id);
  const status = h("p", { role: "status", "aria-live": "polite", class: "sk-said" });
  const progress = h("progress", { "aria-label": "cells made" });
  const root = h("div", { class: "scopekit sk-matrix" },
    controls.element, progress, status, table.element, panel.element);
  let announced = "";

  const say = text => { if (status.textContent !== text) status.textContent = text; };
  const fill = () => model.send({ do: "fill" });
  const speak = () => {
    const { done, total } = model.get("state"), { summary, ...asked } = model.get("shown");
    const now = JSON.stringify([done === total || Math.floor(4 * done / total), asked]);
    if (done === total || now !== announced) say(summary);
    announced = now;
  };
  const made = () => {
    const { done, total } = model.get("state");
    table.cells();
    progress.hidden = done === total;
    progress.max = total;
    progress.value = done;
    if (done === total) panel.renew(model);
    speak();
  };
  const shown = () => {
    table.arrange();
    controls.draw();
    speak();
  };
  const answered = message => {
    if (message.opened) panel.open(message.opened);
    if (message.sorry) say(message.sorry);
    if (message.made < model.get("state").total) fill();
  };
  model.on("change:state", made);
  model.on("change:shown", shown);
  model.on("msg:custom", answered);
  made();
  shown();
  el.append(root);
  if (model.get("state").done < model.get("state").total) [1, 2].forEach(fill);  // one runs while the page draws
  return () => {
    model.off("change:state", made);
    model.off("change:shown", shown);
    model.off("msg:custom", answered);
  };
}

class Controls {
  constructor(model, id) {
    this.model = model;
    const filter = () => model.send({ do: "filter", text: this.text.value, verdicts: this.verdict.value,
      differences_only: this.differences.checked });
    const sort = () => model.send({ do: "sort", by: this.order.value });
    this.text = h("input", { ...OWN_KEYS, type: "search", id: `${id}-text`, placeholder: "name or path",
      oninput: filter });
    this.verdict = h("select", { ...OWN_KEYS, id: `${id}-verdict`, onchange: filter },
      h("option", { value: "" }, "all"));
    this.differences = h("input", { ...OWN_KEYS, type: "checkbox", id: `${id}-differences`, onchange: filter });
    this.order = h("select", { ...OWN_KEYS, id: `${id}-order`, onchange: sort });
    this.element = h("div", { class: "sk-controls", role: "group", "aria-label": "What is to be seen" },
      labelled("Find a call", this.text), labelled("Verdict", this.verdict), labelled("Sort by", this.order),
      h("span", {}, this.differences, h("label", { for: this.differences.id }, " differences only")));
  }

  draw() {
    const { marks, orders } = this.model.get("state"), shown = this.model.get("shown");
    offer(this.verdict, Object.keys(marks), verdict => `${marks[verdict]} ${verdict}`);
    offer(this.verdict, shown.verdicts ? [shown.verdicts] : [], several => several.replaceAll(" ", " or "));
    offer(this.order, orders, order => ORDERS[order] ?? order);
    if (!this.text.matches(":focus")) this.text.value = shown.text;
    this.verdict.value = shown.verdicts;
    this.differences.checked = shown.differences_only;
    this.order.value = shown.order;
  }
}

function labelled(text, control) {
  return h("span", {}, h("label", { for: control.id }, text), " ", control);
}

function offer(select, values, write) {
  const has = value => [...select.options].some(option => option.value === value);
  select.append(...values.filter(value => !has(value)).map(value => h("option", { value }, write(value))));
}

class Table {
  constructor(model, id) {
    this.model = model;
    this.at = [0, 0];
    this.hint = h("p", { class: "soft", id: `${id}-hint` },
      "A cell opens to its whole exchange; arrow keys go from one to the next.");
    this.body = h("tbody", { onkeydown: event => this.move(event), onclick: event => this.open(event) });
    this.head = h("thead");
    this.none = h("p", { ...OWN_KEYS, hidden: true, tabindex: -1 }, "No call is like that.");
    const named = { "aria-label": "Calls by tokens" };
    this.table = h("table", { ...named, "aria-describedby": `${id}-hint` }, this.head, this.body);
    this.box = h("div", { ...OWN_KEYS, ...named, class: "sk-box", role: "region", tabindex: 0 }, this.table);
    this.element = h("div", {}, this.hint, this.box, this.none);
  }

  cells() {
    const { labels, calls, cells, marks } = this.model.get("state");
    if (!this.rows) this.build(labels, calls);
    this.name(labels);
    cells.forEach((row, r) => row.forEach((cell, c) => this.fill(r, c, cell, marks, labels.length)));
    this.point(this.at);
  }

  arrange() {
    const { rows } = this.model.get("shown"), seen = new Set(rows);
    this.rows.forEach((row, r) => { row.hidden = !seen.has(r); });
    rows.forEach((r, place) => {
      if (this.body.children[place] !== this.rows[r]) this.body.insertBefore(this.rows[r], this.body.children[place]);
    });
    this.none.hidden = rows.length > 0;
    this.box.hidden = !rows.length;
    this.point(seen.has(this.at[0]) ? this.at : [rows[0] ?? 0, this.at[1]]);
  }

  build(labels, calls) {
    this.table.style.setProperty("--sk-columns", labels.length);
    this.filled = calls.map(() => []);
    this.rows = calls.map(([name, call], r) => h("tr", { "data-call": name, "data-row": r },
      h("th", { scope: "row", class: "sk-call" },
        h("span", { class: "sk-short" }, name), h("code", { class: "soft path" }, call)),
      labels.map((_, c) => h("td", { class: "soft", "data-column": c }, "… to come"))));
    this.body.append(...this.rows);
  }

  name(labels) {
    if (this.named === labels.join("\n")) return;
    this.named = labels.join("\n");
    this.head.replaceChildren(h("tr", {}, h("th", { scope: "col", class: "sk-call" }, "call"),
      labels.map(label => h("th", { scope: "col" }, h("span", { class: "sk-short" }, `with ${label}`)))));
  }

  fill(r, c, cell, marks, columns) {
    const key = cell && cell.join("\n");
    if (!cell || this.filled[r][c] === key) return;
    this.filled[r][c] = key;
    const [verdict, reason, predicted] = cell, place = this.place(r, c), had = place.contains(document.activeElement);
    place.className = "";
    place.dataset.verdict = verdict;
    place.replaceChildren(h("button", { ...OWN_KEYS, type: "button", tabindex: -1 },
      h("span", { class: `verdict mark ${verdict}` }, `${marks[verdict]} ${verdict}`),
      predicted && h("b", {}, ` the document says ${predicted}`),
      columns <= REASONS_UP_TO && reason ? h("span", { class: "soft sk-short" }, reason) : null));
    if (had) place.firstChild.focus();
  }

  place(r, c) { return this.rows[r].cells[c + 1]; }

  point([r, c]) {
    for (const button of this.body.querySelectorAll("button[tabindex='0']")) button.tabIndex = -1;
    this.at = [r, c];
    const button = this.place(r, c)?.querySelector("button");
    if (button) button.tabIndex = 0;
  }

  focus() {
    const button = this.place(...this.at)?.querySelector("button");
    (button && button.offsetParent ? button : this.box.hidden ? this.none : this.box).focus();
  }

  move(event) {
    const step = KEYS[event.key], { rows } = this.model.get("shown"), columns = this.rows[0].cells.length - 1;
    if (!step || event.altKey || event.metaKey) return;
    event.preventDefault();
    const [r, c] = this.at, within = (n, most) => Math.max(0, Math.min(most, n));
    const far = event.ctrlKey && step[1] ? step[1] : step[0];
    this.point([rows[within(rows.indexOf(r) + far, rows.length - 1)], within(c + step[1], columns - 1)]);
    this.focus();
  }

  open(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const row = button.closest("tr"), column = Number(button.closest("td").dataset.column);
    this.point([Number(row.dataset.row), column]);
    this.model.send({ do: "open", call: row.dataset.call, column });
  }
}

class Panel {
  constructor(id, back) {
    this.back = back;
    this.heading = h("h4", { ...OWN_KEYS, id: `${id}-opened`, tabindex: -1, class: "sk-short" });
    this.facts = h("dl");
    this.request = h("pre");
    this.response = h("pre");
    this.code = h("pre");
    this.said = h("span", { role: "status" });
    this.tool = h("select", { ...OWN_KEYS, id: `${id}-tool`, onchange: () => this.write() });
    const shut = h("button", { ...OWN_KEYS, type: "button", onclick: () => this.close() }, "Close");
    this.element = h("section", { class: "sk-panel", hidden: true, "aria-labelledby": `${id}-opened`,
      onkeydown: event => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } } },
      h("div", { class: "sk-row" }, this.heading, shut), this.facts,
      h("p", { class: "soft" }, "request"), this.request, h("p", { class: "soft" }, "response"), this.response,
      h("div", { class: "sk-row" }, labelled("The request as code for", this.tool),
        h("button", { ...OWN_KEYS, type: "button", onclick: () => this.copy() }, "Copy the code"), this.said),
      this.code);
  }

  // Requests the open cell's details again after the cells have changed; the focus stays where it is.
  renew(model) {
    if (!this.element.hidden) model.send({ do: "open", call: this.call, column: this.column, again: true });
  }

  open({ call, column, label, facts, request, response, snippets, again }) {
    if (again && this.element.hidden) return;
    [this.call, this.column, this.snippets] = [call, column, snippets];
    this.heading.textContent = `${call}, with ${label}`;
    this.facts.replaceChildren(...facts.map(([name, said]) => h("div", {}, h("dt", {}, name), h("dd", {}, said))));
    this.request.textContent = request;
    this.response.textContent = response;
    offer(this.tool, Object.keys(snippets), name => name);
    this.write();
    this.element.hidden = false;
    if (again) return;
    this.heading.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  write() {
    this.said.textContent = "";
    this.code.textContent = this.snippets[this.tool.value];
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(this.code);
      this.said.textContent = "It is selected; copy it with the keyboard.";
    }
  }

  close() {
    this.element.hidden = true;
    this.back();
  }
}

export default { render };
