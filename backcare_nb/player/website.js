// @ts-check
// The pages of the site: players and adjustable figures, made when a person comes near them. Their
// sessions and figures are scripts beside the page, so that it works from a folder as well.

import { h } from "./dom.js";
import explorer from "./explorer.js";
import player from "./player.js";
import { StandIn, mount } from "./standin.js";

const NEAR = "800px"; // so far from what is seen, a player is made

// -------------------------------------------------------- What is fetched

/** @type {Record<string, Promise<any>>} */
const fetched = {};
/** @type {Record<string, (data: any) => void>} */
const expected = {};

/** What each script of sessions/ and figures/ calls with its name and what it holds. */
Object.assign(globalThis, { backcare: (name, data) => expected[name]?.(data) });

/** @param {string} name @returns {Promise<any>} the data, fetched once; refused where it is not there */
function get(name) {
  fetched[name] ??= new Promise((arrive, fail) => {
    expected[name] = arrive;
    const failed = () => {
      delete fetched[name]; // the next to ask tries again
      fail(new Error(name));
    };
    document.head.append(h("script", { src: `${name}.js`, onerror: failed }));
  });
  return fetched[name];
}

/** @param {string} key */
const figure = (key) => get(`figures/${key.replace(":", "-")}`);

// -------------------------------------------------------- A player

/**
 * A session with its first figure; the others follow once a person turns to it.
 * @param {string} name
 */
async function session(name) {
  const { timeline, key } = await get(`sessions/${name}`);
  const keys = [...new Set(timeline.phases.flatMap(({ figure }) => (figure ? [figure.key] : [])))];
  const sprites = {};
  const bring = async (key) => (sprites[key] = await figure(key));
  if (keys.length) await bring(keys[0]).catch(() => {}); // a session plays without figures, too
  const rest = () => keys.slice(1).forEach((key) => bring(key).catch(() => {}));
  return { state: { timeline, key, sprites }, rest };
}

/**
 * The player of a session, and the choice among its versions above it.
 * @param {HTMLElement} place
 */
async function practise(place) {
  const stage = /** @type {HTMLElement} */ (place.querySelector(".stage"));
  const chosen = () => /** @type {HTMLInputElement} */ (place.querySelector("input:checked")).value;
  let name = chosen();
  let { state, rest } = await session(name);
  const model = new StandIn(state);
  mount(player, model, stage);
  for (const turned of ["pointerover", "focusin", "click"]) {
    stage.addEventListener(turned, () => rest(), { capture: true });
  }
  const change = async () => {
    const asked = (name = chosen());
    const next = await session(asked);
    if (asked !== name) return; // another was chosen meanwhile
    rest = next.rest;
    model.change(next.state);
  };
  place.addEventListener("change", (event) => {
    if (/** @type {HTMLElement} */ (event.target).matches(".choice input")) change().catch(() => {});
  });
  if (chosen() !== name) change().catch(() => {});
}

// -------------------------------------------------------- An adjustable figure

/** @param {HTMLElement} place */
async function adjust(place) {
  const sides = /** @type {Record<string, string>} */ (JSON.parse(place.dataset.sides ?? "{}"));
  const sprites = await Promise.all(
    Object.entries(sides).map(async ([side, key]) => [side, await figure(key)]),
  );
  explorer.render({ model: new StandIn({ sprites: Object.fromEntries(sprites) }), el: place });
}

// -------------------------------------------------------- When a person comes near

const makers = { practise, adjust };
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const place = /** @type {HTMLElement} */ (target);
      makers[place.dataset.make](place).catch(() => place.classList.add("missing"));
    }
  },
  { rootMargin: NEAR },
);

document.documentElement.classList.add("runs");
for (const place of document.querySelectorAll("[data-make]")) near.observe(place);
