// A slider for the lab's clock, and below it each token: its line, its events, and the calls that flip.

const PAUSE = 50; // milliseconds between two positions that a dragged slider sends
const PATIENCE = 1000; // milliseconds after which the slider shows the kernel's time again, even without a reply

const NAME = 0.3; // the share of the line that the name of an event may take
const BUTTONS = [
  ["to issue", "to_issue", "starts"],
  ["to just before the end", "to_just_before_the_end", "ends"],
  ["to the end", "to_the_end", "ends"],
];

function words(seconds) {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

// Sends at most one value in each pause, and always the last one.
function sparingly(send) {
  let waiting, timer = null, sent = -PAUSE;
  return value => {
    waiting = value;
    timer ??= setTimeout(() => {
      timer = null;
      sent = performance.now();
      send(waiting);
    }, Math.max(0, sent + PAUSE - performance.now()));
  };
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function percent(place) {
  return `${(100 * place).toFixed(3)}%`;
}

function table(caption, headings, rows) {
  const head = h("thead", {}, h("tr", {}, headings.map(name => h("th", { scope: "col" }, name))));
  return h("table", { "aria-label": caption }, head, h("tbody", {}, rows));
}

// Writes each mark's name below it, if there is room beside the previous name; the table has all names.
function nameMarks(marks, names) {
  let free = 0;
  marks.forEach(([, at], each) => {
    const late = at > 0.7;
    names[each].hidden = (late ? at - NAME : at) < free;
    names[each].style[late ? "right" : "left"] = percent(late ? 1 - at : at);
    if (!names[each].hidden) free = late ? at : at + NAME;
  });
}

// One token. It is built once, and `update` changes the parts that depend on the time.
function drawLife(life, index, many, send) {
  const verdict = h("span"), why = h("span", { class: "soft" });
  const now = h("span", { class: "sk-timeline-now" });
  const lived = h("span", { class: "sk-timeline-lived" });
  const marks = life.marks.map(() => h("span", { class: "sk-timeline-mark" }));
  const names = life.marks.map(([name]) => h("span", { class: "sk-timeline-name" }, name));
  const line = h("div", { class: "sk-timeline-line", "aria-hidden": "true" }, lived, marks, now, names);
  const buttons = BUTTONS.map(([text, what, needs]) => h("button", {
    type: "button", class: "jp-Button jupyter-button", disabled: !life[needs],
    "aria-label": many ? `${text}, token ${index + 1}` : false,
    onclick: () => send({ do: what, token: index }),
  }, text));
  const whens = life.events.map(() => h("td")), fars = life.events.map(() => h("td", { class: "soft" }));
  const events = life.events.map(([name], row) => h("tr", {}, h("th", { scope: "row" }, name), whens[row], fars[row]));
  const verdicts = life.calls.map(() => h("span")), reasons = life.calls.map(() => h("span", { class: "soft" }));
  const calls = life.calls.map(([name], row) =>
    h("tr", { "data-call": name }, h("th", { scope: "row" }, name), h("td", {}, verdicts[row], " ", reasons[row])));
  const element = h("section", { "aria-label": life.label },
    h("p", { class: "sk-timeline-head" }, h("b", {}, life.label), " ", verdict, " ", why),
    line, h("div", { class: "sk-timeline-buttons" }, buttons),
    h("div", { class: "sk-timeline-tables" },
      table(`events of ${life.label}`, ["event", "when", "from now"], events),
      table(`calls with ${life.label}`, ["call", "at this moment"], calls)));

  function update(life, place) {
    verdict.className = `verdict ${life.kind}`;
    put(verdict, `${life.kind === "passed" ? "✓" : "✗"} ${life.verdict}`);
    put(why, life.why);
    lived.style.left = percent(life.from);
    lived.style.width = percent(Math.max(0, life.to - life.from));
    lived.className = `sk-timeline-lived ${life.kind}`;
    life.marks.forEach(([, at], each) => { marks[each].style.left = percent(at); });
    nameMarks(life.marks, names);
    now.style.left = percent(place);
    life.events.forEach(([, when, far], row) => { put(whens[row], when); put(fars[row], far); });
    life.calls.forEach(([, allowed, reason], row) => {
      verdicts[row].className = `verdict mark ${allowed ? "allowed" : "denied"}`;
      put(verdicts[row], allowed ? "✓ allowed" : "✗ denied");
      put(reasons[row], reason);
    });
  }

  return { element, update, now };
}

// The parts of a state that need a rebuild if they change; all other parts are only updated.
function built(state) {
  return JSON.stringify(state.lives.map(life => [life.label, life.starts, life.ends, life.marks.map(([name]) => name),
    life.events.map(([name]) => name), life.calls.map(([name]) => name)]));
}

function render({ model, el }) {
  const send = message => model.send(message);
  const slider = h("input", { type: "range", step: "any", class: "sk-timeline-slider" });
  const time = h("output", { class: "sk-timeline-time" });
  const news = h("p", { role: "status", "aria-live": "polite", class: "sk-timeline-news" });
  const steps = [["-1 min", -60], ["+1 min", 60], ["+1 h", 3600]].map(([text, seconds]) => h("button", {
    type: "button", class: "jp-Button jupyter-button", onclick: () => step(seconds),
  }, text));
  const lives = h("div");
  el.append(h("div", { class: "scopekit sk-timeline" },
    h("label", { class: "sk-timeline-label" }, h("span", {}, "now"), slider), time,
    h("div", { class: "sk-timeline-buttons" }, steps), news, lives));
  let drawn = [], shape = "", wanted = null, patience = null;

  function point(seconds) {
    const { start, end } = model.get("state");
    slider.setAttribute("aria-valuetext", words(seconds));
    put(time, words(seconds));
    drawn.forEach(life => { life.now.style.left = percent((seconds - start) / (end - start)); });
  }

  function expect(seconds) {
    wanted = seconds;
    clearTimeout(patience);
    patience = setTimeout(() => { wanted = null; show(); }, PATIENCE);
  }

  const drag = sparingly(seconds => send({ do: "now", seconds }));

  slider.addEventListener("input", () => {
    const seconds = Math.round(slider.valueAsNumber);
    expect(seconds);
    point(seconds);
    drag(seconds);
  });

  function step(seconds) {
    wanted = null;
    send({ do: "step", seconds });
  }

  function show() {
    const state = model.get("state");
    if (built(state) !== shape) {
      shape = built(state);
      drawn = state.lives.map((life, index) => drawLife(life, index, state.lives.length > 1, send));
      lives.replaceChildren(...drawn.map(life => life.element));
    }
    const place = (state.now - state.start) / (state.end - state.start);
    state.lives.forEach((life, index) => drawn[index].update(life, place));
    put(news, state.problem || state.news);
    if (wanted === state.now) wanted = null;
    if (wanted !== null) { // a later position is on its way
      point(wanted);
      return;
    }
    slider.min = state.start;
    slider.max = state.end;
    slider.value = state.now;
    point(state.now);
  }

  const end = follow(model, el, show);
  return () => {
    clearTimeout(patience);
    end();
  };
}

export default { render };
