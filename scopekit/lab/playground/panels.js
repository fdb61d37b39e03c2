// A button for each panel of the playground; the button shows whether its panel is open.

function render({ model, el }) {
  const buttons = new Map(model.get("state").panels.map(([name, title]) => [name, h("button", {
    type: "button", "aria-expanded": "false", "data-panel": name, onclick: () => model.send({ panel: name }),
  }, title)]));
  el.append(h("div", { class: "scopekit sk-panels", role: "group", "aria-label": "Panels on this token" },
    [...buttons.values()]));

  function show() {
    const { opened } = model.get("state");
    for (const [name, button] of buttons) button.setAttribute("aria-expanded", String(name === opened));
  }

  return follow(model, el, show);
}

export default { render };
