// A line that stays on the page while its text changes, so that a screen reader says what is new. It also keeps the keys
// of the view around it, whose own parts bring no script along.

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
