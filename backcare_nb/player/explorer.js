// @ts-check
// The adjustable figure: a slider that goes through a motion, in the browser alone.

import { h, stopShortcuts } from "./dom.js";
import { createPicture } from "./sprite.js";

/** @typedef {import("./sprite.js").Sprite} Sprite */

const SLIDER_STEPS = 100; // where no angle is taught
const TURN_DEGREES = 15; // of each step that a figure is turned
const PIXELS_PER_TURN = 24; // of a drag
const PIXELS_PER_UNIT = 2.6; // of a picture that is turned, so that all have one scale

/** @param {{model: import("./static_model.js").WidgetModel, el: HTMLElement}} context */
function renderExplorer({ model, el }) {
  /** @type {Record<string, Sprite>} */
  const sprites = model.get("sprites");
  const sides = Object.keys(sprites);
  let side = sides[0];
  /** @type {Record<string, ReturnType<typeof createPicture>>} those turned under what was asked, "left 45" */
  const pictures = Object.fromEntries(sides.map((name) => [name, createPicture(sprites[name])]));
  const isLive = model.get("asked") !== undefined; // a page without a kernel has nobody to draw
  let shown = side, tallest = 0;
  const card = h("div", { class: "bc-card", role: "img", onpointerdown: isLive ? startDrag : null });
  const title = h("span", {});
  const output = h("output", { class: "bc-angle" });
  const slider = h("input", { type: "range", min: 0, step: 1, value: 0, oninput: update });
  const switches = sides.map((name) =>
    h("button", { type: "button", onclick: () => showSide(name) }, name === "left" ? "Left" : "Right"));
  const choice = h("div", { class: "bc-keys", role: "group", "aria-label": "Side" }, ...switches);
  const turn = h("input", { type: "range", min: -180, max: 180, step: TURN_DEGREES, value: 0, oninput: update });
  const root = h("div", { class: "backcare-explore", role: "group", onkeydown: stopShortcuts }, card,
    h("label", { class: "bc-scrub" }, title, slider), output,
    ...(isLive ? [h("label", { class: "bc-scrub bc-turning" }, "Turn the figure, or drag it", turn)] : []), choice);

  /** @param {PointerEvent} event */
  function startDrag(event) {
    const begin = event.clientX - Number(turn.value) / TURN_DEGREES * PIXELS_PER_TURN;
    card.setPointerCapture(event.pointerId);
    card.onpointermove = (/** @type {PointerEvent} */ move) => {
      const steps = Math.round((move.clientX - begin) / PIXELS_PER_TURN);
      turn.value = ((steps * TURN_DEGREES + 180) % 360 + 360) % 360 - 180;
      update();
    };
    card.onpointerup = card.onpointercancel = () => (card.onpointermove = null);
  }

  /** What stands in the place of the figure: it turned, once that is drawn, or what was there. */
  function findPicture() {
    const degrees = Number(turn.value);
    const asked = degrees ? `${side} ${degrees}` : side;
    if (asked in pictures) shown = asked;
    else {
      model.set("asked", asked);
      model.save_changes();
      if (!shown.startsWith(side)) shown = side;
    }
    return pictures[shown];
  }

  function takeTurned() {
    const { asked, sprite } = model.get("turned");
    const { svg, draw } = createPicture(sprite);
    Object.assign(svg.style, { width: `${sprite.width * PIXELS_PER_UNIT}px`, maxWidth: "100%", margin: "auto" });
    pictures[asked] = { svg, draw };
    tallest = Math.max(tallest, sprite.height * PIXELS_PER_UNIT);
    card.style.minHeight = `${tallest}px`; // what stands below does not jump
    update();
  }

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
    const picture = findPicture();
    picture.draw(progress);
    if (card.firstChild !== picture.svg) card.replaceChildren(picture.svg);
    const turned = Number(turn.value);
    const way = turned < 0 ? "left" : "right";
    turn.setAttribute("aria-valuetext", turned ? `turned ${Math.abs(turned)} degrees to the ${way}` : "as it is taught");
    card.setAttribute("aria-label", ends || alt);
    output.textContent = place;
    slider.setAttribute("aria-valuetext", place);
    switches.forEach((button, i) => button.setAttribute("aria-pressed", String(sides[i] === side)));
    choice.hidden = sides.length < 2;
  }

  model.on?.("change:turned", takeTurned);
  update();
  el.replaceChildren(root);
}

const explorer = { render: renderExplorer };

export default explorer;
