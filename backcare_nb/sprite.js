// @ts-check
// A figure for the browser: SVG drawn by matplotlib, with the numbers of its moving paths for each
// keyframe. Between two keyframes every number is interpolated; nothing here knows of bodies.

/**
 * @typedef {object} Sprite
 * @property {string} key
 * @property {string} [title]
 * @property {string} alt
 * @property {string[]} alts what is seen at the start and at the end
 * @property {number} width
 * @property {number} height
 * @property {boolean} loop ends where it began
 * @property {string} svg
 * @property {"steps"} [coding] each frame holds what is added to the one before
 * @property {(number[]|0|null)[][]} frames tenths of a unit, by frame and path; null where hidden,
 *   and with steps 0 where nothing is added
 * @property {{from: number, to: number, label: string}} [angle]
 */

const FORBIDDEN = "script, foreignObject, iframe, image, a, animate, set";
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)/g;
let copies = 0;

/**
 * Where `progress` (0 to 1) falls: the keyframes on both sides, and the share of the second.
 * @param {number} frames @param {number} progress
 */
export function between(frames, progress) {
  const place = Math.min(Math.max(progress, 0), 1) * (frames - 1);
  const first = Math.min(Math.floor(place), Math.max(frames - 2, 0));
  return { first, second: Math.min(first + 1, frames - 1), share: place - first };
}

/**
 * The frames of a sprite in whole, whichever way they were sent. Steps are added, frame by frame, to
 * the numbers with which the paths are drawn.
 * @param {Pick<Sprite, "coding"|"frames">} sprite @param {number[][]} drawn in tenths of a unit
 * @returns {(number[]|null)[][]}
 */
export function unpack({ coding, frames }, drawn) {
  if (coding !== "steps") return /** @type {(number[]|null)[][]} */ (frames);
  const last = [...drawn];
  return frames.map((frame) =>
    frame.map((step, i) => {
      if (step) last[i] = step.map((number, n) => last[i][n] + number);
      return step === null ? null : last[i];
    }),
  );
}

/**
 * The numbers of each path at `progress`, in tenths of a unit; null for a path that is hidden.
 * @param {(number[]|null)[][]} frames @param {number} progress
 */
export function interpolate(frames, progress) {
  const { first, second, share } = between(frames.length, progress);
  return frames[first].map((from, i) => {
    const to = frames[second][i];
    if (!from || !to) return share < 0.5 ? from : to;
    return from.map((number, n) => number + (to[n] - number) * share);
  });
}

/**
 * The SVG with ids of its own, so that one sprite can stand on a page many times, and without
 * anything that acts: the markup is ours, but a picture has no business running.
 * @param {Sprite} sprite @returns {SVGElement}
 */
function parse(sprite) {
  const copy = `bc${++copies}-`;
  const markup = sprite.svg
    .replace(/\bid="/g, `id="${copy}`)
    .replace(/url\(#/g, `url(#${copy}`)
    .replace(/href="#/g, `href="#${copy}`);
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  for (const element of parsed.querySelectorAll(FORBIDDEN)) element.remove();
  for (const element of [parsed, ...parsed.querySelectorAll("*")]) {
    for (const { name } of [...element.attributes]) {
      if (/^on/i.test(name)) element.removeAttribute(name);
    }
  }
  const svg = /** @type {any} */ (document.importNode(parsed, true));
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

/**
 * A picture of a sprite, and the way to move it.
 * @param {Sprite} sprite
 */
export function picture(sprite) {
  const svg = parse(sprite);
  const paths = [...svg.querySelectorAll("[data-p]")].map((path) => {
    const d = path.getAttribute("d") ?? "";
    return { path, index: Number(path.getAttribute("data-p")), words: d.split(NUMBER) };
  });
  /** @type {number[][]} */
  const drawn = [];
  for (const { path, index } of paths) {
    drawn[index] = (path.getAttribute("d")?.match(NUMBER) ?? []).map((n) => Math.round(+n * 10));
  }
  const frames = unpack(sprite, drawn);
  let shown = NaN;
  /** @param {number} progress */
  function draw(progress) {
    if (progress === shown) return;
    shown = progress;
    const numbers = interpolate(frames, progress);
    for (const { path, index, words } of paths) {
      const values = numbers[index];
      path.setAttribute("visibility", values ? "visible" : "hidden");
      if (values) path.setAttribute("d", join(words, values));
    }
  }
  return { svg, draw };
}

/** @param {string[]} words @param {number[]} values tenths of a unit */
function join(words, values) {
  let d = words[0];
  for (let i = 0; i < values.length; i++) d += (values[i] / 10).toFixed(2) + words[i + 1];
  return d;
}

/**
 * An element with its properties and its children; text is always text, never markup.
 * @param {string} tag @param {Record<string, any>} [props] @param {...(Node|string)} children
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
export function keep(event) {
  const through = event.ctrlKey || event.metaKey || event.altKey || /^(Tab|F\d+)$/.test(event.key);
  if (!through) event.stopPropagation();
}
