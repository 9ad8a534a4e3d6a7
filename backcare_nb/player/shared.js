// @ts-check
// What was shared, a lesson say: whole in the fragment of a link, or in a file. Nothing in it is
// trusted: only what a timeline holds is taken over, in its kinds and within limits.

import { TONES } from "./sound.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */

const MAX_LETTERS = 100_000;
const MAX_BYTES = 1_000_000;
const MAX_PHASES = 2000;
const MAX_CUES = 2000;
const MAX_WORDS = 5000; // letters in one text
const MAX_MS = 86_400_000;
const NOT_SHARED = "This is nothing that was shared, or not all of it. Ask for it again, as a file.";
const FIGURE = /^[a-z][\w:.]{0,80}$/;
const WORD = /^([a-z][\w-]{0,60})?$/;

/** @param {unknown} isTrue */
function require(isTrue) {
  if (!isTrue) throw new Error(NOT_SHARED);
}

/** @param {any} value @param {RegExp} [allowed] */
function takeText(value = "", allowed = /^/) {
  require(typeof value === "string" && value.length <= MAX_WORDS && allowed.test(value));
  return value;
}

/** @param {any} value @param {number} [most] */
function takeNumber(value = 0, most = MAX_MS) {
  require(typeof value === "number" && value >= 0 && value <= most);
  return value;
}

/** @param {any} value @param {number} most @returns {any[]} */
function takeList(value, most) {
  require(Array.isArray(value) && value.length <= most);
  return value;
}

/** @param {any} cue */
function readCue({ at, tone, say, more, language }) {
  require(!tone || Object.hasOwn(TONES, tone));
  return { at: takeNumber(at), tone: tone || "", say: takeText(say), more: !!more, language: takeText(language, WORD) || undefined };
}

/** @param {any} figure */
const readFigure = ({ key, travel, at }) =>
  ({ key: takeText(key, FIGURE), travel: takeText(travel, WORD), at: takeNumber(at, 1) });

/**
 * @param {any} phase
 * @returns {any} a Phase
 */
function readPhase(phase) {
  const { figure, cues, care, wait } = phase;
  require(phase.end > phase.start);
  const words = Object.fromEntries(["title", "words", "say", "label"].map((name) => [name, takeText(phase[name])]));
  const names = Object.fromEntries(["kind", "exercise", "step", "side", "language"].map((name) => [name, takeText(phase[name], WORD)]));
  const numbers = Object.fromEntries(["start", "end", "round", "rounds", "count"].map((name) => [name, takeNumber(phase[name])]));
  return {
    ...words, ...names, ...numbers,
    language: names.language || undefined,
    turn: takeNumber(phase.turn, 1),
    wait: !!wait,
    figure: figure ? readFigure(figure) : null,
    cues: takeList(cues, MAX_CUES).map(readCue),
    care: takeList(care, MAX_CUES).map((line) => takeText(line)),
  };
}

/**
 * The timeline of what was shared, and its kind; an error with a sentence where it is none.
 * @param {string} text
 * @returns {{kind: string, timeline: Timeline}}
 */
export function readShared(text) {
  try {
    require(text.length <= MAX_BYTES);
    const { kind, timeline } = JSON.parse(text);
    const phases = takeList(timeline.phases, MAX_PHASES).map(readPhase);
    require(phases.length && phases.every(({ start }, i) => start === (phases[i - 1]?.end ?? 0)));
    require(takeNumber(timeline.total) === phases[phases.length - 1].end);
    return { kind: takeText(kind, WORD), timeline: /** @type {any} */ ({ title: takeText(timeline.title), total: timeline.total, phases }) };
  } catch {
    throw new Error(NOT_SHARED);
  }
}

/**
 * Unpack the fragment of a link, and no more of it than anything shared may hold.
 * @param {string} fragment
 */
export async function unpackFragment(fragment) {
  try {
    require(fragment.length <= MAX_LETTERS);
    const letters = atob(fragment.replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const { DecompressionStream } = /** @type {any} */ (globalThis);
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let size = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.length;
      require(size <= MAX_BYTES);
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    throw new Error(NOT_SHARED);
  }
}
