// @ts-check
// What was really done in a session, by the clock on the wall: pure functions, given their times.

import { findPhaseIndex } from "./timeline.js";

/**
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {{page: number, date: number}} Clocks what performance.now() and Date.now() said
 * @typedef {{id: string, begun: string, offset_begun: number, reached: number,
 *   spent: Record<string, number>}} Practice milliseconds in which the session ran, and at work in
 *   each exercise
 */

export const MIN_SLEEP_MS = 3000; // without a wake-up, after which the machine may have slept

/**
 * @param {Date} now
 * @returns {number} minutes by which its clock is ahead of UTC
 */
const getUtcOffset = (now) => -now.getTimezoneOffset();

/**
 * Begin a practice.
 * @param {Date} now
 * @returns {Practice}
 */
export const startPractice = (now) =>
  ({ id: Math.random().toString(36).slice(2), begun: now.toISOString(), offset_begun: getUtcOffset(now), reached: 0, spent: {} });

/**
 * Add the time in which a session went from one place on to another.
 * @param {Practice} practice
 * @param {Timeline} timeline
 * @param {number} from milliseconds of the session
 * @param {number} to
 * @param {number} speed of the session
 * @returns {Practice}
 */
export function addPractice(practice, timeline, from, to, speed) {
  const spent = { ...practice.spent };
  const phases = timeline.phases.slice(findPhaseIndex(timeline, from), findPhaseIndex(timeline, to) + 1);
  for (const { kind, exercise, start, end } of phases) {
    const gone = Math.min(to, end) - Math.max(from, start);
    if (/hold|repeat|breathe/.test(kind) && gone > 0) spent[exercise] = (spent[exercise] ?? 0) + gone / speed;
  }
  return { ...practice, reached: practice.reached + (to - from) / speed, spent };
}

/**
 * Build what Python hears of a practice that ends now.
 * @param {Practice} practice
 * @param {Timeline} timeline
 * @param {string} key of the timeline
 * @param {boolean} finished
 * @param {Date} now
 */
export function buildResult(practice, { title, total }, key, finished, now) {
  const reached = Math.round(practice.reached);
  const spent = Object.fromEntries(Object.entries(practice.spent).map(([name, ms]) => [name, Math.round(ms)]));
  const end = { ended: now.toISOString(), offset: getUtcOffset(now) };
  return { ...practice, reached, spent, key, title, total, finished, ...end };
}

/**
 * Measure for how long the machine slept between two readings of its clocks. Either
 * performance.now() stood still meanwhile, or every clock jumped, and the worker was silent.
 * @param {Clocks} before
 * @param {Clocks} after
 * @param {number} [silence] of the worker, in milliseconds
 * @returns {number} milliseconds; 0 if it was awake
 */
export function measureSleep(before, after, silence = 0) {
  const gone = after.page - before.page;
  const passed = after.date - before.date;
  const stood = passed - gone >= MIN_SLEEP_MS / 2;
  const longest = Math.max(gone, passed);
  return longest >= MIN_SLEEP_MS && (stood || silence >= MIN_SLEEP_MS) ? longest : 0;
}
