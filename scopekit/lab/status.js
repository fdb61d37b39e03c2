// A line that stays on the page while its text changes, so that a screen reader announces each new text. It also keeps
// JupyterLab from the keys of the view around it, because that view's other parts have no script.

export default {
  render({model, el}) {
    const line = h("p", {role: "status", "aria-live": "polite"});
    const show = () => {
      line.className = model.get("kind") ? `scopekit-status verdict ${model.get("kind")}` : "scopekit-status";
      line.textContent = model.get("text");
    };
    show();
    model.on("change:text change:kind", show);
    el.append(h("div", {class: "scopekit"}, line));
    const freeKeys = keepKeys(target => el.closest(".scopekit-view")?.contains(target));
    return () => {
      freeKeys();
      model.off("change:text change:kind", show);
    };
  },
};
