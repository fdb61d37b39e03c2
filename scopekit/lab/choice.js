// A choice of one answer: radio buttons in one group. The Tab key stops once for the group; arrow keys move within it.
// The radio buttons of ipywidgets have no name, so a browser treats each of them as a separate group.

export default {
  render({model, el}) {
    const name = `scopekit-choice-${Math.random().toString(36).slice(2)}`;  // a widget shown twice needs two groups
    // Sends a message, because a change of state may be sent after the next click. Python does not send the choice
    // back, because its message may be older than a new choice on the page.
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
