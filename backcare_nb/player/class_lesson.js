// @ts-check
// A lesson that is led: its exercises in their order, what is beside them, and when it ends. All of it
// a pure function of timelines and milliseconds.

import { getMoment } from "./timeline.js";

/**
 * @typedef {import("./timeline.js").Timeline & {exercises?: Record<string, string>}} Timeline
 * @typedef {{id: string, title: string, start: number, end: number, first: number, last: number}} Part
 *   an exercise of a lesson, from getting into place to the rest after it: its milliseconds, and the
 *   first and the last of its phases
 */

/**
 * List the exercises of a lesson in their order. Getting ready and the end belong to none.
 * @param {Timeline} timeline
 * @returns {Part[]}
 */
export function listParts({ phases, exercises = {} }) {
  /** @type {Part[]} */ const parts = [];
  phases.forEach(({ exercise: id, start, end, kind, title }, index) => {
    if (!id) return;
    const part = parts[parts.length - 1];
    const goesOn = part?.id === id && part.last === index - 1 && kind !== "rise";
    if (goesOn) Object.assign(part, { end, last: index });
    else parts.push({ id, title: exercises[id] ?? title, start, end, first: index, last: index });
  });
  return parts;
}

/**
 * Find which exercise a moment of a lesson falls in: -1 before the first; at the end the last.
 * @param {Part[]} parts
 * @param {number} elapsed milliseconds
 */
export const findPart = (parts, elapsed) => parts.filter(({ start }) => start <= elapsed).length - 1;

/**
 * Join what was begun with another way to go on: all up to the end of the exercise that is being done,
 * and then what comes after that exercise in the other timeline. No time that has begun is changed.
 * @param {Timeline} begun
 * @param {Timeline} other has that exercise too, whatever its length there
 * @param {number} elapsed milliseconds
 * @returns {Timeline}
 */
export function joinTimelines(begun, other, elapsed) {
  const parts = listParts(begun);
  const now = parts[findPart(parts, elapsed)];
  const kept = begun.phases.slice(0, (now?.last ?? 0) + 1);
  const same = now && listParts(other).find(({ id }) => id === now.id);
  const later = other.phases.slice((same?.last ?? 0) + 1);
  const shift = kept[kept.length - 1].end - (later[0]?.start ?? 0);
  const moved = later.map((phase) => ({ ...phase, start: phase.start + shift, end: phase.end + shift }));
  return { ...other, phases: [...kept, ...moved], total: other.total + shift };
}

/**
 * Find the moment of the easier track: each of its exercises begins with the one beside it, and at its
 * end waits for the others.
 * @param {Part|undefined} part of the class
 * @param {Record<string, Timeline>} beside the easier track, by exercise
 * @param {number} elapsed milliseconds of the lesson
 */
export function getMomentBeside(part, beside, elapsed) {
  const track = part && beside[part.id];
  if (!track || elapsed >= part.end) return null;
  const gone = elapsed - part.start;
  return { ...getMoment(track, gone), isOver: gone >= track.total, title: track.title };
}

/**
 * @param {number} ms a date
 * @returns {string} hours and minutes, as a clock on the wall says them
 */
export function formatHour(ms) {
  const date = new Date(ms);
  return `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;
}
