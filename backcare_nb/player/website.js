// @ts-check
// The pages of the site: players and adjustable figures, made when a person comes near them. Their
// sessions and figures are scripts beside the page, so that it works from a folder as well.

import { createKeeping, createLast, keepSite } from "./app.js";
import { h } from "./dom.js";
import explorer from "./explorer.js";
import createPlayer from "./player.js";
import { readShared, unpackFragment } from "./shared.js";
import { SiteModel } from "./site_journal.js";
import { StaticModel, mountWidget } from "./static_model.js";
import { Store } from "./store.js";

/** @typedef {import("./sprite.js").Sprite} Sprite */

const CREATE_WITHIN = "800px"; // of what is seen
const PROGRAMME_NOTE = " It plays what the programme begins with; its days and steps are in the notebooks: open_programme()"
  + " there takes the same link or file.";

// -------------------------------------------------------- What is fetched

/** @type {Record<string, Promise<any>>} */
const fetched = {};
/** @type {Record<string, (data: any) => void>} */
const expected = {};

/** What each script of sessions/ and figures/ calls with its name and what it holds. */
Object.assign(globalThis, {
  /** @param {string} name @param {any} data */
  backcare: (name, data) => expected[name]?.(data),
});

/**
 * @param {string} name
 * @returns {Promise<any>} the data, fetched once; refused where it is not there
 */
function fetchData(name) {
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

/**
 * @param {string} key
 * @returns {Promise<Sprite>}
 */
const fetchFigure = (key) => fetchData(`figures/${key.replace(":", "-")}`);

// -------------------------------------------------------- A player

/**
 * Fetch a session with its first figure; the others follow once a person turns to it.
 * @param {string} name
 */
async function fetchSession(name) {
  const { timeline, key } = await fetchData(`sessions/${name}`);
  return withFigures(timeline, key);
}

/**
 * @param {import("./timeline.js").Timeline} timeline
 * @param {string} key
 */
async function withFigures(timeline, key) {
  const { phases } = timeline;
  const keys = [...new Set(phases.flatMap(({ figure }) => (figure ? [figure.key] : [])))];
  /** @type {Record<string, Sprite>} */
  const sprites = {};
  /** @param {string} key */
  const bring = async (key) => (sprites[key] = await fetchFigure(key));
  if (keys.length) await bring(keys[0]).catch(() => {}); // a session plays without figures, too
  const rest = () => keys.slice(1).forEach((key) => bring(key).catch(() => {}));
  return { state: { timeline, key, sprites }, rest };
}

/**
 * Create the player of a session, and the choice among its versions above it.
 * @param {HTMLElement} place
 */
async function createPractice(place) {
  const stage = /** @type {HTMLElement} */ (place.querySelector(".stage"));
  const getChosen = () => /** @type {HTMLInputElement} */ (place.querySelector("input:checked")).value;
  let name = getChosen();
  let { state, rest } = await fetchSession(name);
  const model = new SiteModel(state, document.getElementById("the-page")?.dataset.scale ?? "");
  mountWidget(createPlayer, model, stage);
  rememberStart(stage, model, place.closest("section")?.id ?? "");
  whenTurnedTo(stage, () => rest());
  const change = async () => {
    const asked = (name = getChosen());
    const next = await fetchSession(asked);
    if (asked !== name) return; // another was chosen meanwhile
    rest = next.rest;
    model.update(next.state);
  };
  place.addEventListener("change", (event) => {
    if (/** @type {HTMLElement} */ (event.target).matches(".choice input")) change().catch(() => {});
  });
  if (getChosen() !== name) change().catch(() => {});
}

/**
 * Remember what was begun last, and where that is.
 * @param {HTMLElement} stage
 * @param {SiteModel} model
 * @param {string} fragment
 */
function rememberStart(stage, model, fragment) {
  stage.addEventListener("click", ({ target }) => {
    if (!/** @type {Element} */ (target).closest(".bc-start")) return;
    const href = `${location.pathname.split("/").pop()}#${fragment}`;
    Store.set("last", { title: model.get("timeline").title, href, key: model.get("key"), begun: Date.now() });
  });
}

/** @param {HTMLElement} stage @param {() => void} act */
function whenTurnedTo(stage, act) {
  for (const turned of ["pointerover", "focusin", "click"]) stage.addEventListener(turned, act, { capture: true });
}

// -------------------------------------------------------- What was shared

/**
 * Open what the link holds, or the file that is chosen.
 * @param {HTMLElement} place
 */
async function createShared(place) {
  const status = h("p", { role: "status" });
  const stage = h("div", { class: "stage" });
  /** @param {() => Promise<string>} getText */
  const open = async (getText) => {
    stage.replaceChildren();
    try {
      const { kind, timeline } = readShared(await getText());
      const { state, rest } = await withFigures(timeline, `shared ${timeline.title} ${timeline.total}`);
      status.textContent = `Opened: ${timeline.title}.${kind === "programme" ? PROGRAMME_NOTE : ""}`;
      const player = h("div");
      stage.append(player);
      const model = new SiteModel(state, document.getElementById("the-page")?.dataset.scale ?? "");
      mountWidget(createPlayer, model, player);
      rememberStart(player, model, location.hash.slice(1));
      whenTurnedTo(player, rest);
    } catch (error) {
      status.textContent = /** @type {Error} */ (error).message;
    }
  };
  /** @param {Event} event */
  const bring = ({ target }) => open(() => /** @type {any} */ (target).files[0].text());
  const file = h("input", { type: "file", accept: ".json", onchange: bring });
  place.append(status, stage, h("label", { class: "file" }, "Open a file that was shared ", file));
  const openLink = () => location.hash && open(() => unpackFragment(location.hash.slice(1)));
  addEventListener("hashchange", openLink);
  await openLink();
}

// -------------------------------------------------------- An adjustable figure

/** @param {HTMLElement} place */
async function createExplorer(place) {
  const sides = /** @type {Record<string, string>} */ (JSON.parse(place.dataset.sides ?? "{}"));
  const sprites = await Promise.all(
    Object.entries(sides).map(async ([side, key]) => [side, await fetchFigure(key)]),
  );
  mountWidget(explorer, new StaticModel({ sprites: Object.fromEntries(sprites) }), place);
}

// -------------------------------------------------------- When a person comes near

/** @type {Record<string, (place: HTMLElement) => Promise<void>>} */
const creators = { practise: createPractice, adjust: createExplorer, keep: createKeeping, last: createLast, shared: createShared };
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const place = /** @type {HTMLElement} */ (target);
      creators[place.dataset.make ?? ""](place).catch(() => place.classList.add("missing"));
    }
  },
  { rootMargin: CREATE_WITHIN },
);

document.documentElement.classList.add("runs");
for (const place of document.querySelectorAll("[data-make]")) near.observe(place);
keepSite();
