// @ts-check
// A figure is SVG drawn by matplotlib, and how its moving paths go on from keyframe to keyframe.
// Between two keyframes every number is interpolated; nothing here knows of bodies.

/**
 * @typedef {object} Sprite
 * @property {string} key
 * @property {string} [title]
 * @property {string} alt
 * @property {string[]} alts what is seen at the start and at the end
 * @property {number} width
 * @property {number} height
 * @property {boolean} loop ends where it began
 * @property {string} svg the first frame; a path that moves says which numbers are its own (data-p)
 *   and, if it is hidden at times, in which frames it appears and disappears, in turn (data-s)
 * @property {number} frames
 * @property {string} steps what the other frames add to what is expected, see unpackFrames
 * @property {{from: number, to: number, label: string}} [angle]
 */

const FORBIDDEN_TAGS = "script, foreignObject, iframe, image, a, animate, set";
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)/g;
let copyCount = 0;

/**
 * Find where a progress falls: the keyframes on both sides, and the share of the second.
 * @param {number} frames how many there are
 * @param {number} progress 0 to 1
 */
export function findKeyframes(frames, progress) {
  const place = Math.min(Math.max(progress, 0), 1) * (frames - 1);
  const first = Math.min(Math.floor(place), Math.max(frames - 2, 0));
  return { first, second: Math.min(first + 1, frames - 1), share: place - first };
}

/**
 * Unpack the numbers of all moving paths in each frame. A letter is a step up or down from P, and goes on in
 * the next one if it is as far as it can be; a blank and a letter are so many Ps. The last frame is
 * told from the first, and then the middle one between two that are known, again and again.
 * @param {number[]} drawn the numbers of the first frame
 * @param {number} frames how many there are
 * @param {string} steps
 * @returns {number[][]}
 */
export function unpackFrames(drawn, frames, steps) {
  const letters = steps.replace(/ (.)/g, (_, count) => "P".repeat(count.charCodeAt(0) - 32));
  let at = 0;
  const next = () => {
    let sum = 0, step;
    do sum += step = letters.charCodeAt(at++) - 80; while (Math.abs(step) === 44);
    return sum;
  };
  const made = [drawn];
  const pairs = [[0, frames - 1]];
  if (frames > 1) made[frames - 1] = drawn.map((number) => number + next());
  for (const [low, high] of pairs) {
    const half = (low + high) >> 1;
    if (half === low) continue;
    made[half] = interpolate(made[low], made[high], (half - low) / (high - low)).map((n) => n + next());
    pairs.push([low, half], [half, high]);
  }
  return made;
}

/**
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share of the second, 0 to 1
 */
export function interpolate(from, to, share) {
  return from.map((number, n) => number + (to[n] - number) * share);
}

/**
 * Read the SVG with ids of its own, so that one sprite can stand on a page many times, and without
 * anything that acts: the markup is ours, but a picture has no business running.
 * @param {Sprite} sprite
 * @returns {SVGElement}
 */
function parseSvg(sprite) {
  const copy = `bc${++copyCount}-`;
  const markup = sprite.svg
    .replace(/\bid="/g, `id="${copy}`)
    .replace(/url\(#/g, `url(#${copy}`)
    .replace(/href="#/g, `href="#${copy}`);
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  for (const element of parsed.querySelectorAll(FORBIDDEN_TAGS)) element.remove();
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
 * Create a picture of a sprite, and the way to move it.
 * @param {Sprite} sprite
 */
export function createPicture(sprite) {
  const svg = parseSvg(sprite);
  /** @type {number[]} */
  const drawn = [];
  /** @type {number[]} */
  const begins = [];
  const paths = [...svg.querySelectorAll("[data-p]")].map((path) => {
    const d = path.getAttribute("d") ?? "";
    const index = Number(path.getAttribute("data-p"));
    if (index >= begins.length) {
      begins.push(drawn.length);
      drawn.push(...(d.match(NUMBER) ?? []).map(Number));
    }
    const seen = path.getAttribute("data-s")?.split(" ").map(Number);
    return { path, words: d.split(NUMBER), begin: begins[index], seen };
  });
  const frames = unpackFrames(drawn, sprite.frames, sprite.steps);
  let shown = NaN;
  /** @param {number} progress */
  function draw(progress) {
    if (progress === shown) return;
    shown = progress;
    const { first, second, share } = findKeyframes(frames.length, progress);
    const numbers = interpolate(frames[first], frames[second], share);
    const nearest = share < 0.5 ? first : second;
    for (const { path, words, begin, seen } of paths) {
      const visible = !seen || seen.filter((turn) => turn <= nearest).length % 2;
      path.setAttribute("visibility", visible ? "visible" : "hidden");
      if (visible) path.setAttribute("d", writePath(words, numbers, begin));
    }
  }
  return { svg, draw };
}

/**
 * @param {string[]} words what stands between the numbers of a path
 * @param {number[]} numbers of all paths
 * @param {number} begin of this path
 */
function writePath(words, numbers, begin) {
  let d = words[0];
  for (let i = 1; i < words.length; i++) d += numbers[begin + i - 1].toFixed(2) + words[i];
  return d;
}
