// @ts-check
// The journal of the site: what a player tells of a session, and what a person says of it, kept in
// this browser alone, and only once that person has agreed. A file of it is one that the notebooks
// read as well.

import { StaticModel } from "./static_model.js";
import { Store } from "./store.js";

/**
 * What the journal of the notebooks holds of a session: times with their offset, milliseconds.
 * @typedef {{id: string, begun: string, ended: string, title: string, finished: boolean,
 *   reached: number, total: number, spent: Record<string, number>, before: number|null,
 *   after: number|null, left: number|null, right: number|null, note: string}} Entry
 */

const JOURNAL_FORMAT = { format: "backcare-journal", version: 1 };
const FEEDBACK = { before: null, after: null, left: null, right: null, note: "" };
const CONSENT_QUESTION =
  "It would hold when you practised, what, and for how long; and, if you like to say it, how it felt. "
  + "It stays in this browser, on this device, and is sent nowhere. The first page lets you take it along "
  + "as a file, or delete it. You are asked this once.";

/**
 * A time as the clock on the wall showed it, with its offset from UTC.
 * @param {string} time in UTC
 * @param {number} minutes
 */
function formatWithOffset(time, minutes) {
  const local = new Date(Date.parse(time) + minutes * 60_000).toISOString().slice(0, -1);
  const away = Math.abs(minutes);
  const digits = [Math.floor(away / 60), away % 60].map((n) => String(n).padStart(2, "0"));
  return `${local}${minutes < 0 ? "-" : "+"}${digits.join(":")}`;
}

/**
 * @param {any} result as a player tells it
 * @returns {Entry}
 */
function createEntry({ id, begun, ended, offset, offset_begun, title, finished, reached, total, spent }) {
  const times = { begun: formatWithOffset(begun, offset_begun ?? offset), ended: formatWithOffset(ended, offset) };
  return { id, ...times, title, finished, reached, total, spent, ...FEEDBACK };
}

/** @returns {Entry[]} the earliest first */
export function listEntries() {
  return Store.list("journal:").sort((one, other) => Date.parse(one.begun) - Date.parse(other.begun));
}

/** The journal as the text of a file. */
export function exportJournal() {
  return `${JSON.stringify({ ...JOURNAL_FORMAT, sessions: listEntries() }, null, 1)}\n`;
}

/**
 * Take the sessions of a file into the journal.
 * @param {string} text
 * @returns {number} how many are new; an error where it is no file of a journal
 */
export function importJournal(text) {
  const { format, version, sessions } = JSON.parse(text);
  const isRight = format === JOURNAL_FORMAT.format && version === JOURNAL_FORMAT.version;
  const isEntry = (/** @type {any} */ { id, begun, ended }) => typeof id === "string" && Date.parse(begun) && Date.parse(ended);
  if (!isRight || !Array.isArray(sessions) || !sessions.every(isEntry)) throw new Error("no journal");
  const fresh = sessions.filter(({ id }) => !Store.get(`journal:${id}`));
  for (const entry of fresh) Store.set(`journal:${entry.id}`, entry);
  Store.set("keeps-journal", true);
  return fresh.length;
}

/** The model of a player on the site: it keeps what the player tells, as the person wishes. */
export class SiteModel extends StaticModel {
  /** @param {Record<string, any>} state @param {string} scale what the numbers from 0 to 10 mean */
  constructor(state, scale) {
    super(state);
    Object.assign(this.state, { results: [], received: [], answers: [], answered: [], sessions: [], choice: "" });
    Object.assign(this.state, { stage: "", words: "", message: "", scale });
  }

  save_changes() {
    const { choice, results, answers } = this.state;
    Object.assign(this.state, { choice: "", results: [], answers: [] });
    if (choice === "keep") Store.set("keeps-journal", true);
    if (choice === "refuse") Store.set("keeps-journal", false);
    if (choice) this.takeResults(Store.list("result:"));
    if (results.length) this.takeResults(results);
    if (answers.length) this.takeAnswers(answers);
  }

  /** @param {any[]} results */
  takeResults(results) {
    const entries = results.map(createEntry);
    // Other players of the page are told as well; what is asked is asked where it was played.
    const own = results.filter(({ key }) => key === this.state.key).map(createEntry);
    const sessions = own.slice(-1).map(({ id, title, spent }) =>
      ({ id, title, angles: Object.keys(spent).some((name) => name.startsWith("knee_rolls")), said: { ...FEEDBACK } }));
    const keeps = Store.get("keeps-journal");
    if (keeps === undefined) return sessions.length && this.update({ stage: "ask", words: CONSENT_QUESTION, sessions });
    if (keeps) for (const entry of entries) Store.set(`journal:${entry.id}`, entry);
    this.update({ received: results.map(({ id, ended }) => id + ended) });
    this.update(keeps && sessions.length
      ? { stage: "form", words: "In your journal, on this device.", sessions }
      : { stage: "", words: "", sessions: [] });
  }

  /** @param {any[]} answers */
  takeAnswers(answers) {
    for (const { mark, id, ...said } of answers) {
      const entry = Store.get(`journal:${id}`);
      if (entry) Store.set(`journal:${id}`, { ...entry, ...said });
    }
    this.update({ answered: answers.map(({ mark }) => mark), message: "Saved on this device." });
  }
}
