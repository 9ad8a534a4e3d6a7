// @ts-check
// An element of the page, and the keys that are typed in it.

/**
 * Create an element with its properties and its children; text is always text, never markup.
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes, and listeners under names that begin with "on"
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * Keep what is typed here from the page's own shortcuts (D D deletes a cell), but let Tab, function
 * keys and Ctrl, Alt and Meta through.
 * @param {KeyboardEvent} event
 */
export function stopShortcuts(event) {
  const through = event.ctrlKey || event.metaKey || event.altKey || /^(Tab|F\d+)$/.test(event.key);
  if (!through) event.stopPropagation();
}
