// @ts-check
// The widgets that a notebook was saved with: they run before there is a kernel, in place of those
// that it will make, and it hears of the sessions that ended meanwhile.

import { h } from "./dom.js";
import explorer from "./explorer.js";
import createPlayer from "./player.js";
import safetyCheck from "./safety_check.js";
import { StaticModel, mountWidget } from "./static_model.js";

/** @typedef {{module: string, classes: string, state: Record<string, any>}} SavedWidget */
/** @typedef {{style: string, sprites: Record<string, any>, widgets: Record<string, SavedWidget>}} SavedWidgets */

/** @type {Record<string, any>} */
const modules = { explorer, player: createPlayer, safety_check: safetyCheck };
/** @type {Record<string, Promise<SavedWidgets>>} */
const fetched = {};

/**
 * Fetch what was saved with a notebook, once; its style goes to the page.
 * @param {string} url
 */
async function fetchSaved(url) {
  const saved = await (await fetch(url)).json();
  document.head.append(h("style", {}, saved.style));
  return saved;
}

/**
 * Mount saved widgets in a place of the page, in place of the words that stand there.
 * @param {HTMLElement} place
 * @param {string} url of what was saved with the notebook
 * @param {string[]} names
 * @returns {Promise<() => void>} ends them
 */
async function mountSavedWidgets(place, url, names) {
  const { sprites, widgets } = await (fetched[url] ??= fetchSaved(url));
  place.replaceChildren();
  const ends = names.map((name) => {
    const { module, classes, state } = widgets[name];
    const own = Object.entries(state.sprites ?? {}).map(([key, sprite]) => [key, sprites[sprite]]);
    const model = new StaticModel({ ...state, sprites: Object.fromEntries(own) });
    // There will be a kernel: results wait for it, and so does the choice of another version.
    const { about = "", option_fields = [] } = state;
    model.update({ about, option_fields, results: [], received: [] });
    const el = h("div", { class: classes });
    place.append(el);
    return mountWidget(modules[module], model, el);
  });
  return () => ends.forEach((end) => end());
}

export default mountSavedWidgets;
