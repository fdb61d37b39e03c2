// The rungs of a decision ladder, updated with each decision. A rung that a person folded or unfolded stays so while
// the ladder is about the same call, unless another rung becomes the deciding one: that rung unfolds.

function render({ model, el }) {
  const list = h("ol", { class: "sk-ladder", "aria-label": "the checks, in order" });
  const unfolded = new Map();
  let call = null, deciding = null, rungs = [];

  // A rung's texts change in place, so that the focus stays where it is.
  function build({ check }) {
    const name = h("b"), verdict = h("span"), found = h("span", { class: "sk-found" }), facts = h("dl");
    const summary = h("summary", { onclick: () => unfolded.set(check, !details.open) },
      h("span", { class: "sk-rung" }, name, " ", verdict, " ", found));
    const details = h("details", {}, summary, facts);
    const update = rung => {
      name.textContent = `${rung.number} ${check}`;
      verdict.className = `verdict mark ${rung.verdict}`;
      verdict.textContent = `${rung.mark} ${rung.verdict}`;
      found.textContent = rung.found;
      facts.replaceChildren(...rung.facts.flatMap(([fact, text]) => [h("dt", {}, fact), h("dd", {}, text)]));
      details.open = unfolded.get(check) ?? rung.decides;
    };
    return { check, update, element: h("li", { "data-check": check }, details) };
  }

  function show() {
    const state = model.get("state"), decides = state.rungs.find(rung => rung.decides)?.check;
    if (state.call !== call) unfolded.clear();
    if (decides !== deciding) unfolded.delete(decides);
    [call, deciding] = [state.call, decides];
    if (rungs.map(rung => rung.check).join() !== state.rungs.map(rung => rung.check).join()) {
      rungs = state.rungs.map(build);
      list.replaceChildren(...rungs.map(rung => rung.element));
    }
    state.rungs.forEach((rung, each) => rungs[each].update(rung));
  }

  el.append(h("div", { class: "scopekit" }, list));
  return follow(model, el, show);
}

export default { render };
