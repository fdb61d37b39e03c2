// A line that is read out when it changes: it stays on the page, and its words are put in place. It also keeps the keys
// of the form around it, whose own parts bring no script along.

function render({ model, el }) {
  const mark = h("span");
  const sentence = h("span");
  el.append(h("div", { class: "scopekit", role: "status", "aria-live": "polite" }, h("p", {}, mark, " ", sentence)));

  function show() {
    const { kind, mark: stands, sentence: told } = model.get("state");
    mark.className = `verdict mark ${kind === "believed" ? "passed" : "failed"}`;
    mark.textContent = stands;
    sentence.textContent = told;
  }

  const freeKeys = keepKeys(target => el.closest(".sk-mint")?.contains(target));
  show();
  model.on("change:state", show);
  return () => {
    freeKeys();
    model.off("change:state", show);
  };
}

export default { render };
