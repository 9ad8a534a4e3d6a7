// @ts-check
// The session of a class: who leads it decides when it waits, what comes next, and when it ends.

import { findPart, getMomentBeside, joinTimelines, listParts } from "./class_lesson.js";
import { BACK_WITHIN_MS, Engine } from "./engine.js";
import { Store } from "./store.js";

/**
 * @typedef {import("./class_lesson.js").Timeline} Timeline
 * @typedef {"taught"|"both"|"easier"} Track what is seen
 */

const ANSWER_WITHIN_MS = 5000;
const LATE_MS = 30_000; // from which there is something to catch up
/** @type {Track[]} */ const TRACKS = ["taught", "both", "easier"];

export class ClassEngine extends Engine {
  due = 0; // when the lesson is to end, by Date.now(); 0 until it begins
  isDark = false; // for a dark room
  isBlack = false; // nothing is to be seen
  /** @type {Track} */ track = "taught";
  /** @type {Record<string, Timeline>} */ beside = {};
  question = 0; // the last that was asked of the notebook
  /** @type {ReturnType<typeof setTimeout>|undefined} */ unanswered;

  /** @param {import("./static_model.js").WidgetModel} model */
  constructor(model) {
    super(model);
    this.waiting = { seen: "Take your time", said: "Take your time. We begin together." };
    const { waits = true, isDark = false } = Store.get("class", {});
    Object.assign(this.settings, { steps: waits });
    this.isDark = isDark;
    this.beside = model.get("beside") ?? {};
    model.on("change:answer", () => this.takeAnswer());
  }

  // What a class did is nobody's own practice.
  get hasListener() {
    return false;
  }

  get isLed() {
    return true;
  }

  /** Can the notebook be asked for another way to go on? */
  get canAsk() {
    return !!this.model.get("results");
  }

  /** @param {number} index */
  waitsBefore(index) {
    return this.settings.steps && super.waitsBefore(index);
  }

  load() {
    const isFree = this.status === "idle" || this.status === "done";
    super.load();
    if (!isFree) return;
    this.due = 0;
    this.isBlack = false;
    this.beside = this.model.get("beside") ?? {};
  }

  /** @param {number} pressed */
  begin(pressed) {
    this.due ||= Date.now() + this.timeLeft;
    super.begin(pressed);
  }

  resume() {
    const changed = Store.get(`class:${this.key}`, null);
    if (changed?.id === this.offer?.practice.id) Object.assign(this, { timeline: changed.timeline, beside: changed.beside, due: changed.due });
    super.resume();
  }

  /** Keep what was changed of the lesson, for a page that is loaded again. */
  keepChanged() {
    const { timeline, beside, due } = this;
    this.added = {}; // what was lengthened is in the timeline, and so is not to be added again
    Store.set(`class:${this.key}`, { id: this.practice.id, timeline, beside, due });
    this.save();
  }

  finish() {
    super.finish();
    Store.set(`class:${this.key}`);
  }

  // Where the class is

  get parts() {
    return listParts(this.timeline);
  }

  get timeLeft() {
    return (this.timeline.total - this.position) / this.settings.speed;
  }

  /** When it ends if it goes on now, by Date.now(). */
  get endsAt() {
    return Date.now() + this.timeLeft;
  }

  /** By how many milliseconds it will end too late; 0 where that is not worth a word. */
  get late() {
    const late = this.due ? this.endsAt - this.due : 0;
    return late >= LATE_MS && this.status !== "idle" && this.status !== "done" ? late : 0;
  }

  get momentBeside() {
    const { parts } = this;
    return getMomentBeside(parts[findPart(parts, this.position)], this.beside, this.position);
  }

  // What the teacher does

  /** @param {number} place of an exercise, from 0 */
  jump(place) {
    this.advance();
    const { parts } = this;
    if (place < parts.length) this.seek(parts[Math.max(0, place)].start);
    else this.seek(this.timeline.phases[this.timeline.phases.length - 1].start);
  }

  skip() {
    this.jump(findPart(this.parts, this.position) + 1);
  }

  goBack() {
    this.advance();
    const now = findPart(this.parts, this.position);
    this.jump(this.position - (this.parts[now]?.start ?? 0) > BACK_WITHIN_MS ? now : now - 1);
  }

  /** Show the next of the tracks; one alone where nothing is easier. */
  switchTrack() {
    const hasEasier = Object.keys(this.beside).length > 0;
    this.track = hasEasier ? TRACKS[(TRACKS.indexOf(this.track) + 1) % TRACKS.length] : "taught";
    this.notify();
  }

  /** @param {Partial<{isDark: boolean, isBlack: boolean, due: number}>} changes */
  show(changes) {
    Object.assign(this, changes);
    this.keepSettings();
    this.notify();
  }

  /** @param {any} changes */
  set(changes) {
    super.set(changes);
    this.keepSettings();
  }

  keepSettings() {
    Store.set("class", { waits: this.settings.steps, isDark: this.isDark });
  }

  /** Ask for the rest of the lesson shortened so that it ends when it is due. */
  catchUp() {
    this.advance();
    const { parts, position } = this;
    const end = parts[findPart(parts, position)]?.end ?? this.timeline.phases[0].end;
    this.ask(parts.map(({ id }) => id), (this.due - Date.now()) * this.settings.speed - (end - position));
  }

  /**
   * Ask for the exercises of the lesson in another order; those that have begun stay where they are.
   * @param {string[]} ids
   * @param {number} [most] milliseconds for all that comes after the exercise that is being done
   */
  ask(ids, most) {
    const { parts } = this;
    const done = parts.slice(0, findPart(parts, this.position) + 1).map(({ id }) => id);
    const to_come = ids.filter((id) => !done.includes(id));
    this.question++;
    this.note = "One moment ...";
    clearTimeout(this.unanswered);
    this.unanswered = setTimeout(() => {
      this.note = "The notebook does not answer: the lesson goes on as it was.";
      this.notify();
    }, ANSWER_WITHIN_MS);
    const { id } = this.practice;
    this.model.set("asked", { id: `${id} ${this.question}`, class: id, done, to_come, ...(most !== undefined && { most_ms: most }) });
    this.model.save_changes();
    this.notify();
  }

  takeAnswer() {
    const { id, timeline, beside, sprites, told } = this.model.get("answer");
    if (id !== `${this.practice.id} ${this.question}` || this.status === "idle" || this.status === "done") return;
    clearTimeout(this.unanswered);
    this.retime(() => {
      this.timeline = joinTimelines(this.timeline, timeline, this.position);
      this.beside = beside;
      this.sprites = { ...this.sprites, ...sprites };
      this.note = told;
    });
    this.keepChanged();
  }
}
