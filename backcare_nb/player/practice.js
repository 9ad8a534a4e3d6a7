// @ts-check
// What was really done in a session, by the clock on the wall: pure functions, given their times.

import { phaseIndex } from "./timeline.js";

/**
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {{page: number, date: number}} Look what performance.now() and Date.now() said
 * @typedef {{id: string, begun: string, offset_begun: number, reached: number,
 *   spent: Record<string, number>}} Practice milliseconds in which the session ran, and at work in
 *   each exercise
 */

export const SLEEP = 3000; // milliseconds without a wake-up, after which the machine may have slept

/** @param {Date} now @returns {number} minutes by which its clock is ahead of UTC */
const offset = (now) => -now.getTimezoneOffset();

/** @param {Date} now @returns {Practice} that begins now */
export const newPractice = (now) =>
  ({ id: Math.random().toString(36).slice(2), begun: now.toISOString(), offset_begun: offset(now), reached: 0, spent: {} });

/**
 * A practice with the time in which its session went from one place on to another.
 * @param {Practice} practice @param {Timeline} timeline
 * @param {number} from @param {number} to milliseconds of the session @param {number} speed
 * @returns {Practice}
 */
export function further(practice, timeline, from, to, speed) {
  const spent = { ...practice.spent };
  const phases = timeline.phases.slice(phaseIndex(timeline, from), phaseIndex(timeline, to) + 1);
  for (const { kind, exercise, start, end } of phases) {
    const gone = Math.min(to, end) - Math.max(from, start);
    if (/hold|repeat|breathe/.test(kind) && gone > 0) spent[exercise] = (spent[exercise] ?? 0) + gone / speed;
  }
  return { ...practice, reached: practice.reached + (to - from) / speed, spent };
}

/**
 * What Python hears of a practice that ends now.
 * @param {Practice} practice @param {Timeline} timeline @param {string} key
 * @param {boolean} finished @param {Date} now
 */
export function resultOf(practice, { title, total }, key, finished, now) {
  const reached = Math.round(practice.reached);
  const spent = Object.fromEntries(Object.entries(practice.spent).map(([name, ms]) => [name, Math.round(ms)]));
  const end = { ended: now.toISOString(), offset: offset(now) };
  return { ...practice, reached, spent, key, title, total, finished, ...end };
}

/**
 * For how long the machine slept between two looks, in milliseconds; 0 if it was awake. Either
 * performance.now() stood still meanwhile, or every clock jumped, and the worker was silent.
 * @param {Look} before @param {Look} after @param {number} [silence] of the worker
 */
export function slept(before, after, silence = 0) {
  const gone = after.page - before.page;
  const passed = after.date - before.date;
  const stood = passed - gone >= SLEEP / 2;
  const longest = Math.max(gone, passed);
  return longest >= SLEEP && (stood || silence >= SLEEP) ? longest : 0;
}
