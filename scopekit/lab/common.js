// What the scripts of all drawn views share. A text becomes a text node, so nothing in a token is ever markup.

function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter(child => child != null && child !== false));
  return element;
}

// JupyterLab has shortcuts of its own for arrows and Enter, and would take these keys from a select or a slider that has
// the focus. It leaves them alone where `isOurs`; what is pressed with Control, say, stays a shortcut. Returns an end to it.
function keepKeys(isOurs) {
  const keep = event => {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (isOurs(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", plain);
  };
  window.addEventListener("keydown", keep, true);
  return () => window.removeEventListener("keydown", keep, true);
}

// Shows the model's state now and whenever it changes, and keeps the keys of `el` for it. Returns an end to both.
function follow(model, el, show) {
  const freeKeys = keepKeys(target => el.contains(target));
  show();
  model.on("change:state", show);
  return () => {
    freeKeys();
    model.off("change:state", show);
  };
}
