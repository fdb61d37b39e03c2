// One answer of several: radio buttons of one group, which is one stop of the Tab key and has arrows to move in it. Those of
// ipywidgets have no name, so to a browser each of them is a group of its own.

export default {
  render({model, el}) {
    const name = `scopekit-choice-${Math.random().toString(36).slice(2)}`;  // what is shown twice is two groups
    // Told by a message, for a change of state may be sent after the click that follows; and not told back, for what comes
    // back may be older than what is chosen by then.
    const choose = at => () => {
      model.set("index", at);
      model.send({choose: at});
    };
    const radios = model.get("options").map((_, at) => h("input", {type: "radio", name, onchange: choose(at)}));
    const labels = model.get("options").map((text, at) => h("label", {}, radios[at], h("span", {}, text)));
    const group = h("fieldset", {class: "scopekit-choice"}, h("legend", {}, model.get("legend")), labels);
    const show = () => {
      radios.forEach((radio, at) => { radio.checked = at === model.get("index"); });
      group.disabled = model.get("disabled");
    };
    show();
    model.on("change:index change:disabled", show);
    el.append(h("div", {class: "scopekit"}, group));
    return () => model.off("change:index change:disabled", show);
  },
};
