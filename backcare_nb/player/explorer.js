// @ts-check
// The adjustable figure: a slider that goes through a motion, in the browser alone.

import { h, stopShortcuts } from "./dom.js";
import { createPicture } from "./sprite.js";

/** @typedef {import("./sprite.js").Sprite} Sprite */

const SLIDER_STEPS = 100; // where no angle is taught

/** @param {{model: import("./static_model.js").WidgetModel, el: HTMLElement}} context */
function renderExplorer({ model, el }) {
  /** @type {Record<string, Sprite>} */
  const sprites = model.get("sprites");
  const sides = Object.keys(sprites);
  let side = sides[0];
  const pictures = Object.fromEntries(sides.map((name) => [name, createPicture(sprites[name])]));
  const card = h("div", { class: "bc-card", role: "img" });
  const title = h("span", {});
  const output = h("output", { class: "bc-angle" });
  const slider = h("input", { type: "range", min: 0, step: 1, value: 0, oninput: update });
  const switches = sides.map((name) =>
    h("button", { type: "button", onclick: () => showSide(name) }, name === "left" ? "Left" : "Right"));
  const choice = h("div", { class: "bc-keys", role: "group", "aria-label": "Side" }, ...switches);
  const root = h("div", { class: "backcare-explore", role: "group", onkeydown: stopShortcuts }, card,
    h("label", { class: "bc-scrub" }, title, slider), output, choice);

  /** @param {string} name */
  function showSide(name) {
    side = name;
    update();
  }

  function update() {
    const { angle, alt, alts } = sprites[side];
    title.textContent = sprites[side].title;
    slider.max = angle ? Math.abs(angle.to - angle.from) : SLIDER_STEPS;
    const progress = Number(slider.value) / Number(slider.max);
    const degrees = angle && Math.round(angle.from + (angle.to - angle.from) * progress);
    const ends = progress === 0 ? alts[0] : progress === 1 ? alts[1] : "";
    const place = angle ? `${angle.label}: ${degrees}°` : ends || `${Math.round(progress * 100)}%`;
    pictures[side].draw(progress);
    if (card.firstChild !== pictures[side].svg) card.replaceChildren(pictures[side].svg);
    card.setAttribute("aria-label", ends || alt);
    output.textContent = place;
    slider.setAttribute("aria-valuetext", place);
    switches.forEach((button, i) => button.setAttribute("aria-pressed", String(sides[i] === side)));
    choice.hidden = sides.length < 2;
  }

  update();
  el.replaceChildren(root);
}

const explorer = { render: renderExplorer };

export default explorer;
