// Code that the scripts of all drawn views share. Every text becomes a text node, so nothing in a token is ever markup.

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

// JupyterLab has its own shortcuts for arrows and Enter, and takes these keys even from a focused select or slider.
// Stops it for elements that are `isOurs`, except for keys with Control and the like. Returns a function to undo it.
function keepKeys(isOurs) {
  const keep = event => {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (isOurs(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", plain);
  };
  window.addEventListener("keydown", keep, true);
  return () => window.removeEventListener("keydown", keep, true);
}

// Shows the model's state now and after each change, and keeps JupyterLab from `el`'s keys. Returns a function to stop.
function follow(model, el, show) {
  const freeKeys = keepKeys(target => el.contains(target));
  show();
  model.on("change:state", show);
  return () => {
    freeKeys();
    model.off("change:state", show);
  };
}
