// A box with a token, coloured part by part, and beside it the results of decoding, verifying and signing.
//
// Nothing is saved: the content comes and goes in messages, and is not part of the model's state.

const PARTS = ["header", "claims", "signature"];
const QUIET = { spellcheck: "false", autocomplete: "off", autocapitalize: "off", autocorrect: "off" };
const NOT_YET = { verdict: "", words: "not verified: it has just changed", refusals: [], refused: "" };
const SIGNS = { passed: "✓", failed: "✗", "": "?" };

let drawn = 0; // how many editors were drawn on this page, to give each its own ids

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The text in three parts, each in its own colour; all text after the second dot is in the last part.
function inParts(text) {
  const [first, second, ...rest] = text.split(".");
  const parts = [first, second, rest.length ? rest.join(".") : undefined];
  const spans = parts.map((part, at) => part !== undefined
    && [at > 0 && h("b", {}, "."), h("span", { class: `sk-${PARTS[at]}` }, part)]);
  const end = text.endsWith("\n") && "\u200b"; // so that an empty last line keeps its height
  return [spans, end].flat(9).filter(Boolean);
}

function button(text, attributes) {
  return h("button", { type: "button", class: "sk-button", ...attributes }, text);
}

// The token: a box with transparent text above a `pre` that shows the coloured parts, so that the caret never moves.
function tokenBox(id, ask) {
  const mirror = h("pre", { "aria-hidden": "true" });
  const problem = h("p", { class: "sk-problem verdict failed", id: `${id}-problem` });
  const box = h("textarea", {
    ...QUIET, id: `${id}-token`, "aria-describedby": `${id}-parts ${id}-problem`, placeholder: "Type or paste a token",
    oninput: event => {
      mirror.replaceChildren(...inParts(box.value));
      ask(event.inputType === "insertFromPaste" ? "paste" : "write", box.value, true);
    },
  });
  const names = PARTS.map((part, at) => [at > 0 && h("b", {}, " . "), h("span", { class: `sk-${part}` }, part)]);
  const element = h("div", {},
    h("p", { class: "sk-caption" }, h("label", { for: `${id}-token` }, h("b", {}, "Token")), " ",
      h("span", { id: `${id}-parts`, class: "sk-parts" }, names)),
    h("div", { class: "sk-token" }, h("div", {}, mirror, box)), problem);

  function update(message) {
    if (box.value !== message.text) box.value = message.text;
    mirror.replaceChildren(...inParts(message.text));
    put(problem, message.problem && message.text ? `✗ ${message.problem}` : "");
    box.setAttribute("aria-invalid", String(Boolean(message.problem && message.text)));
  }
  return { element, update, box };
}

// The header or the claims as JSON to edit, with the strict reader's verdict.
function jsonBox(id, part, ask) {
  const problem = h("p", { class: "sk-problem verdict failed", id: `${id}-${part}-problem` });
  const box = h("textarea", {
    ...QUIET, class: "sk-json", id: `${id}-${part}`, "aria-describedby": `${id}-${part}-problem`,
    oninput: () => { fit(); ask(part, box.value, true); },
  });
  const fit = () => { box.rows = Math.min(24, Math.max(3, box.value.split("\n").length)); };
  const element = h("div", { class: "sk-edit" },
    h("label", { for: `${id}-${part}` }, h("b", {}, `Edit the ${part}`), h("span", { class: "soft" }, " as JSON")),
    box, problem);

  function update(message) {
    if (box.value !== message.json) { box.value = message.json; fit(); }
    put(problem, message.problem ? `✗ ${message.problem} The token stays as it was.` : "");
    box.setAttribute("aria-invalid", String(Boolean(message.problem)));
  }
  return { element, update };
}

// Decode, verify, sign: three separate steps, each with its own state.
function threeThings(ask) {
  const decoded = h("span", { class: "soft" });
  const verified = h("span"), refused = h("p", { class: "verdict failed" }), refusals = h("ul");
  const signature = h("span"), key = h("span", { class: "soft" });
  const thing = (control, state, note) => h("div", { class: "sk-thing" }, control, h("div", {}, state, note));
  const element = h("div", { class: "sk-things", role: "group", "aria-label": "Decode, verify, sign" },
    thing(button("Decode", { "aria-disabled": "true", title: "Happens by itself, with every change" }),
      decoded, h("span", { class: "soft sk-note" }, "automatic; needs no key, proves nothing")),
    thing(button("Verify", { onclick: () => ask("verify") }), verified,
      h("span", { class: "soft sk-note" }, "with the key of the API's own guard")),
    thing(button("Sign", { onclick: () => ask("sign") }), signature, key));

  function verify(verification) {
    verified.className = `verdict ${verification.verdict}`;
    put(verified, `${SIGNS[verification.verdict]} ${verification.words}`);
    put(refused, verification.refused ? `✗ ${verification.refused}` : "");
    refusals.replaceChildren(...verification.refusals.map(text => h("li", {}, text)));
    reasons.hidden = !verification.refused && !verification.refusals.length;
  }
  function update(message) {
    put(decoded, `decoded: ${message.decoded}`);
    verify(message.verified);
    put(signature, `signature: ${message.signature}`);
    key.className = "soft sk-note";
    put(key, `only when pressed, with the lesson's key ${message.key}`);
  }
  const reasons = h("div", { class: "sk-reasons", hidden: true }, refused, refusals);
  return { element: [element, reasons], update, verify };
}

function changes(ask) {
  const undo = button("Undo", { onclick: () => ask("undo") });
  const flips = PARTS.map(part =>
    button(part, { "aria-label": `Flip a bit of the ${part}`, onclick: () => ask("flip", part) }));
  const element = h("div", { class: "sk-changes", role: "group", "aria-label": "Change the token" },
    h("span", { class: "sk-flips" }, h("span", { class: "soft" }, "Flip a bit of the"), flips),
    button("Strip the signature", { onclick: () => ask("strip") }), undo);
  return { element, update: message => undo.setAttribute("aria-disabled", String(!message.can_undo)) };
}

function rowOf(row) {
  const link = row.href && h("a", { href: row.href, rel: "noreferrer", target: "_blank" }, row.section);
  return h("tr", { "data-name": row.name, role: "row" },
    h("th", { scope: "row", role: "rowheader" }, h("code", {}, row.name)),
    h("td", { role: "cell" }, h("code", {}, row.value), row.when && h("span", { class: "sk-when" }, row.when)),
    h("td", { class: "soft", role: "cell" }, row.meaning, " ", link));
}

function nothing(text) {
  return h("tr", { role: "row" }, h("td", { colspan: "3", role: "cell", class: "soft" }, text));
}

function tables() {
  const head = () => h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
    ["name", "value", "meaning"].map(name => h("th", { scope: "col", role: "columnheader" }, name))));
  const now = h("span", { class: "soft" });
  const bodies = ["header", "claims"].map(() => h("tbody", { role: "rowgroup" }));
  const table = (name, body, beside) =>
    h("table", { class: "sk-claims", role: "table" }, h("caption", {}, name, " ", beside), head(), body);
  const element = h("div", {}, table("Header", bodies[0]), table("Claims", bodies[1], now));
  let last = "";

  function update(message) {
    put(now, `times from ${message.now}, the lesson's clock`);
    const rows = JSON.stringify(message.rows);
    if (rows === last) return;
    last = rows;
    bodies.forEach((body, at) => {
      const shown = message.rows.filter(row => row.part === PARTS[at]).map(rowOf);
      body.replaceChildren(...(shown.length ? shown : [nothing(`no ${PARTS[at]} to be read`)]));
    });
  }
  return { element, update };
}

function build(id, ask, status) {
  const token = tokenBox(id, ask), things = threeThings(ask), change = changes(ask), table = tables();
  const boxes = ["header", "claims"].map(part => jsonBox(id, part, ask));
  const warning = h("p", { class: "sk-warning", role: "alert" });
  const redact = h("div", { class: "sk-foreign", hidden: true },
    warning, button("Redact it", { onclick: () => ask("redact") }));
  const element = h("div", { class: "sk-editor" }, token.element, redact, things.element, change.element, status,
    h("div", { class: "sk-two" }, table.element, h("div", {}, boxes.map(box => box.element))));

  function update(message) {
    for (const part of [token, things, change, table]) part.update(message);
    boxes.forEach((box, at) => box.update(message[PARTS[at]]));
    redact.hidden = !message.warning;
    put(warning, message.warning && `! ${message.warning}`);
  }
  return { element, update, verify: things.verify, box: token.box };
}

export default {
  render({ model, el }) {
    const id = `sk-editor-${++drawn}`, page = `${id}-${Math.random()}`;
    const status = h("p", { class: "sk-status", role: "status", "aria-live": "polite" });
    const place = h("div", { class: "scopekit" });
    let turn = 0, answered = 0, forgotten = null, now = null;

    function ask(what, text = "", written = false) {
      if (written) {
        turn += 1;
        now.verify(NOT_YET);
      }
      model.send({ do: what, text, page, turn });
    }

    // Ignores a reply to an older text than the one on the page: the reply to that one is on its way.
    function show(message) {
      if (message.received[0] === page) answered = message.received[1];
      if (answered < turn) return;
      if (forgotten !== message.forgotten) { // new boxes: in the old ones, Ctrl+Z would restore the forgotten text
        const focused = forgotten !== null && el.contains(document.activeElement);
        forgotten = message.forgotten;
        now = build(id, ask, status);
        place.replaceChildren(now.element);
        if (focused) now.box.focus();
      }
      now.update(message);
      status.className = `sk-status${message.failed ? " verdict failed" : ""}`;
      put(status, message.said ? `${message.failed ? "✗ " : ""}${message.said}` : "");
    }

    el.append(place);
    model.on("msg:custom", show);
    ask("show");
    return () => model.off("msg:custom", show);
  },
};
