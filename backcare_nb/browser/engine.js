// @ts-check
// The clock of a session, what the person does with it, and what outlives the page.

import { Sound } from "./sound.js";
import { Store } from "./store.js";
import { at, cues, extend, phaseIndex, spoken, waits } from "./timeline.js";
import { AFTER_TONE, PATIENCE, Voice } from "./voice.js";

/**
 * @typedef {import("./sprite.js").Sprite} Sprite
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {"idle"|"running"|"held"|"paused"|"done"} Status
 */

const BEAT = 40; // milliseconds between wake-ups: a worker's, which are not slowed in a hidden tab
const SLEEP = 3000; // so long without a wake-up while a clock jumped: the machine was asleep
const DAY = 24 * 3600 * 1000;
const MOST = 200; // results that wait for a kernel
const SETTINGS = { tones: 0.8, voice: 1, more: false, steps: false, speed: 1 };

/** What takes milliseconds comes after what is seen; a hidden tab slows timers, and shows nothing.
 * @param {() => void} task */
const later = (task) => (document.hidden ? task() : setTimeout(task));

export class Engine {
  /** @type {Status} */ status = "idle";
  note = "";
  sound = new Sound(() => this.tell());
  voice = new Voice(() => this.tell());
  /** @type {Set<() => void>} */ watchers = new Set();
  lockRefused = "wakeLock" in navigator ? "" : "this browser lets the screen sleep";
  /** @type {any} */ lock = null;
  gone = new AbortController();
  plan = /** @type {Timeline} */ ({});
  sprites = /** @type {Record<string, Sprite>} */ ({});
  timeline = this.plan;
  awake = { beat: 0, date: 0, audio: 0 };
  saved = 0;
  index = 0;
  // Where the session is, or where it was when it last began to run; performance.now() at that time.
  position = 0;
  since = 0;
  // Up to here everything has been said; the last phase that has been let begin.
  heard = 0;
  let = 0;
  // Someone leads a class: the clock waits before each step.
  led = false;
  /** @type {Record<number, number>} */ added = {};
  /** @type {Record<string, number>} */ spent = {};
  result = { id: "", begun: "" };
  key = ""; // the same for every session of one timeline
  /** @type {any} */ offer = null; // the place where an earlier session was left
  /** @type {{elapsed: number, at: number}|null} */ audio = null; // where the audio clock was, when
  /** @type {(() => void)|null} */ sleep = null; // ends the wake-ups
  /** @type {ReturnType<typeof setTimeout>|undefined} */ alarm;
  /** @type {string|undefined} */ beats; // the address of what the worker runs

  /** @param {any} model */
  constructor(model) {
    this.model = model;
    this.settings = { ...SETTINGS, ...Store.get("settings", {}) };
    this.channel = new BroadcastChannel("backcare-player");
    this.channel.onmessage = () => this.pause("Paused: another player has started.");
    const { signal } = this.gone;
    document.addEventListener("visibilitychange", () => this.inSight(), { signal });
    addEventListener("pagehide", () => this.save(), { signal });
    globalThis.speechSynthesis?.addEventListener?.("voiceschanged", () => this.tell(), { signal });
    this.load();
    model.on("change:timeline", () => this.load());
    if (!this.collected) return;
    model.on("change:received", () => this.forget());
    this.forget();
    this.deliver();
  }

  /** Does anyone hear of results? A page that plays with no kernel keeps none, and takes none; and
   * what a class did is nobody's own practice. */
  get collected() {
    return !!this.model.get("results") && !this.model.get("in_class");
  }

  /** Take the model's timeline, unless one is being played: then at its end. */
  load() {
    if (this.status !== "idle" && this.status !== "done") {
      this.note = "Your new amounts begin with the next start.";
      return this.tell();
    }
    this.key = this.model.get("key");
    this.plan = this.model.get("timeline");
    this.sprites = this.model.get("sprites");
    for (const { key, saved } of Store.all("place:")) {
      if (!(Date.now() - saved < DAY)) Store.set(`place:${key}`);
    }
    this.offer = Store.get(`place:${this.key}`, null);
    this.reset();
    this.tell();
  }

  reset() {
    const result = { id: Math.random().toString(36).slice(2), begun: new Date().toISOString() };
    Object.assign(this, { status: "idle", position: 0, heard: -1, let: -1, added: {}, spent: {}, result });
    this.timeline = this.plan;
  }

  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  tell() {
    for (const watcher of this.watchers) watcher();
  }

  // The clock

  /** @returns {number} the elapsed time of the session, in milliseconds */
  get elapsed() {
    if (this.status !== "running") return this.position;
    const gone = (performance.now() - this.since) * this.settings.speed;
    return Math.min(this.position + gone, this.limit.at);
  }

  get now() {
    return at(this.timeline, this.elapsed);
  }

  /** Where the clock must stand still: before a phase that waits, or at the end. */
  get limit() {
    const { phases, total } = this.timeline;
    const phase = phases.findIndex(({ start }, i) =>
      i > this.let && start >= this.position && waits(this.timeline, i, this.settings.steps || this.led));
    return phase < 0 ? { at: total, phase: phases.length } : { at: phases[phase].start, phase };
  }

  // What the person does

  start() {
    const pressed = performance.now();
    this.sound.open();
    this.voice.unlock();
    if (this.status === "done") this.load();
    if (this.status === "held") this.let = phaseIndex(this.timeline, this.position);
    if (this.status === "idle") this.offer = null;
    this.channel.postMessage("started");
    this.run(pressed);
  }

  /** Go on where the page was left. */
  resume() {
    const { position, added, spent, result } = this.offer;
    for (const [index, more] of Object.entries(added)) this.lengthen(Number(index), more);
    Object.assign(this, { position, spent, result, heard: position, status: "paused" });
    this.offer = null;
    this.start();
  }

  run(since = performance.now()) {
    this.status = "running";
    this.note = "";
    this.since = since;
    this.audio = null;
    this.awake = { beat: this.since, date: Date.now(), audio: this.sound.passed };
    this.wake();
    this.place();
    this.stayAwake();
    this.tell();
  }

  pause(note = "") {
    if (this.status !== "running" && this.status !== "held") return;
    this.position = this.elapsed;
    this.halt("paused", note);
  }

  toggle() {
    if (this.status === "running") this.pause();
    else this.start();
  }

  halt(status, note = "") {
    this.status = status;
    this.note = note;
    this.sound.clear();
    if (status !== "held") {
      this.voice.hush();
      this.rest();
    }
    this.save();
    this.tell();
  }

  /** @param {number} to milliseconds into the session */
  move(to) {
    if (this.status === "idle") return;
    this.voice.hush();
    this.position = to;
    this.heard = to - 1;
    this.let = phaseIndex(this.timeline, to) - 1;
    if (to >= this.timeline.total) {
      this.sound.clear();
      this.finish();
    } else if (this.status === "running" || this.status === "held") this.run();
    else this.halt("paused");
  }

  back() {
    const { index, into, phase } = this.now;
    this.move((into > 2000 || !index ? phase : this.timeline.phases[index - 1]).start);
  }

  next() {
    if (this.status === "held") this.start();
    else this.move(this.now.phase.end);
  }

  /** Back to where this side of this exercise began, or this step where there are no sides. */
  again() {
    const { phases } = this.timeline;
    let { index, phase } = this.now;
    const same = ({ step, exercise, side, round }) =>
      step && exercise === phase.exercise && side === phase.side && round === phase.round &&
      (side || step === phase.step);
    while (index && same(phases[index - 1])) index--;
    this.move(phases[index].start);
  }

  longer() {
    this.rebase(() => this.lengthen(this.now.index, 15000));
  }

  lengthen(index, by) {
    this.timeline = extend(this.timeline, index, by);
    this.added[index] = (this.added[index] ?? 0) + by;
  }

  stop() {
    this.position = this.elapsed;
    if (this.status !== "done") this.report(false);
    this.save();
    this.halt("idle");
    this.load();
  }

  /** Change how time runs without moving the place. @param {() => void} change */
  rebase(change) {
    this.position = this.elapsed;
    this.since = performance.now();
    change();
    if (this.status === "running") this.place();
    this.tell();
  }

  /** @param {Partial<typeof SETTINGS>} change */
  set(change) {
    this.rebase(() => Object.assign(this.settings, change));
    const { tones, voice, more } = this.settings;
    this.tune();
    Store.set("settings", { tones, voice, more });
  }

  /** @param {boolean} led */
  lead(led) {
    this.rebase(() => (this.led = led));
  }

  tune() {
    this.sound.volume = this.settings.tones;
    this.voice.volume = this.settings.voice;
    this.voice.rate = Math.min(Math.max(this.settings.speed, 0.75), 1.5);
  }

  /** Some tones and the voice, while nothing runs whose tones they would take away. */
  async test() {
    this.sound.open();
    this.tune();
    this.voice.say("This is the voice. The tones are: start, change sides, and end.");
    setTimeout(() => this.voice.check(), PATIENCE + 100);
    await this.sound.context?.resume();
    if (this.status === "running") return;
    this.sound.place(["start", "change", "end"].map((tone, i) => ({ tone, wait: 0.1 + 1.6 * i })));
    this.tell();
  }

  // What time does

  /** Put every tone up to the next stop on the audio clock.
   * @param {number} lag milliseconds by which that clock has fallen behind: what was due then is due */
  place(lag = 0) {
    const { elapsed, timeline, settings } = this;
    // Sound that comes a little late still gives the first tone; later, what rings is left alone.
    const from = Math.max(this.audio ? elapsed + 20 - lag : this.position, elapsed - 500);
    const ahead = cues(timeline, phaseIndex(timeline, from), this.limit.phase);
    const tones = ahead.filter((cue) => cue.tone && cue.at >= from);
    const wait = (at) => Math.max(0, at - elapsed) / 1000 / settings.speed;
    this.tune();
    this.sound.place(tones.map(({ tone, at }) => ({ tone, wait: wait(at) })));
    this.audio = this.sound.on ? { elapsed, at: this.sound.now } : null;
    this.arm();
  }

  /** Wake up on the next stop, where the worker's beat comes only near it. A long timer is slack by
   * some milliseconds, so its last stretch is timed anew; so is one that has rung too early. */
  arm() {
    clearTimeout(this.alarm);
    const left = (this.limit.at - this.elapsed) / this.settings.speed;
    const ring = () => {
      this.beat();
      if (this.status === "running") this.arm();
    };
    this.alarm = setTimeout(ring, left > 30 ? left - 20 : left);
  }

  /** One wake-up: what has become due? */
  beat() {
    if (this.status !== "running" || this.slept()) return;
    const { elapsed, limit } = this;
    const index = phaseIndex(this.timeline, elapsed);
    this.spend(elapsed);
    this.speak(elapsed);
    this.follow(elapsed);
    if (performance.now() - this.saved > 1000) this.save();
    if (elapsed >= this.timeline.total) this.end();
    else if (elapsed >= limit.at) this.hold(limit);
    else if (index !== this.index) this.tell();
    this.index = index;
  }

  /** Count the time that was really spent at work. */
  spend(elapsed) {
    const { heard, spent, timeline } = this;
    const phases = timeline.phases.slice(phaseIndex(timeline, heard), phaseIndex(timeline, elapsed) + 1);
    for (const { kind, exercise, start, end } of phases) {
      const gone = Math.min(elapsed, end) - Math.max(heard, start);
      if (/hold|repeat|breathe/.test(kind) && gone > 0) spent[exercise] = (spent[exercise] ?? 0) + gone;
    }
  }

  /** Say what has become due; after a gap only the latest of it. */
  speak(elapsed) {
    const { heard, timeline, settings } = this;
    const lag = AFTER_TONE * settings.speed;
    const due = cues(timeline, phaseIndex(timeline, heard - lag), this.limit.phase).filter(
      ({ say, at, more }) => say && at + lag > heard && at + lag <= elapsed && (settings.more || !more),
    );
    this.heard = elapsed;
    this.voice.check();
    if (due.length) this.voice.say(due[due.length - 1].say);
  }

  /** Keep the tones with the session: sound may come late, or its clock run a little off. */
  follow(elapsed) {
    if (!this.sound.on) return;
    const { audio } = this;
    const expected = audio ? audio.at + (elapsed - audio.elapsed) / 1000 / this.settings.speed : 0;
    if (audio && !this.sound.strayed(expected)) return;
    this.place(audio ? Math.max(0, expected - this.sound.now) * 1000 * this.settings.speed : 0);
  }

  /**
   * Pause where the machine fell asleep. Where performance.now() stops in sleep, the date has
   * jumped; where it does not, the audio clock has stayed behind.
   */
  slept() {
    const before = this.awake;
    const after = { beat: performance.now(), date: Date.now(), audio: this.sound.passed };
    const gap = after.beat - before.beat;
    const passed = after.date - before.date;
    const silent = before.audio && after.audio ? gap - 1000 * (after.audio - before.audio) : 0;
    this.awake = after;
    if (Math.max(gap, passed) < SLEEP || Math.max(passed - gap, silent) < SLEEP / 2) return false;
    this.position = Math.min(this.position + (before.beat - this.since) * this.settings.speed, this.limit.at);
    const length = spoken(Math.max(gap, passed));
    this.halt("paused", `The computer slept for ${length}. Paused where you were.`);
    return true;
  }

  /** @param {{at: number, phase: number}} limit */
  hold({ at, phase }) {
    this.position = at;
    this.halt("held");
    const { say, title } = this.timeline.phases[phase];
    this.heard = at + AFTER_TONE * this.settings.speed;
    this.voice.say(`${say || title} When you are ready, press Go on or the space bar.`);
  }

  /** Time is over: the last words come after the last tone, with no wake-up left to say them. */
  end() {
    this.finish();
    const said = this.timeline.total + AFTER_TONE * this.settings.speed;
    setTimeout(() => this.status === "done" && this.speak(said), AFTER_TONE);
  }

  /** The end is shown first, once its result is safe. */
  finish() {
    const { key } = this;
    this.position = this.timeline.total;
    this.report(true);
    this.status = "done";
    this.tell();
    later(() => {
      if (this.status === "done") this.rest();
      Store.set(`place:${key}`);
    });
  }

  // What it needs from the browser

  /** Wake-ups from a worker where there may be one; from this page otherwise. */
  wake() {
    if (this.sleep) return;
    const beat = () => this.beat();
    const alone = () => {
      const timer = setInterval(beat, BEAT);
      this.sleep = () => clearInterval(timer);
    };
    try {
      this.beats ??= URL.createObjectURL(new Blob([`setInterval(() => postMessage(0), ${BEAT})`]));
      const worker = new Worker(this.beats);
      worker.onmessage = beat;
      worker.onerror = alone; // refused, but not at once
      this.sleep = () => worker.terminate();
    } catch {
      alone();
    }
  }

  rest() {
    this.sleep?.();
    this.sleep = null;
    clearTimeout(this.alarm);
    this.lock?.release();
    this.lock = null;
  }

  async stayAwake() {
    if (this.lockRefused || (this.lock && !this.lock.released)) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      if (!this.sleep) this.rest();
    } catch {
      if (!document.hidden) this.lockRefused = "the browser would not keep it on";
      this.tell();
    }
  }

  inSight() {
    if (document.hidden || this.status !== "running") return;
    this.sound.open();
    this.stayAwake();
  }

  /** What works here and what does not, in words. */
  abilities() {
    const { sound, voice, status } = this;
    const waiting = status === "running" && !sound.on && "silent: not allowed yet, or nothing here plays sound";
    const none = !voice.refused && !speechSynthesis.getVoices().length && "none is installed here: tones alone";
    const forgets = Store.refused && "this browser stores nothing: a reload begins anew";
    return [
      { what: "Tones", no: sound.refused || waiting, yes: "ready" },
      { what: "Voice", no: voice.refused || none, yes: "ready" },
      { what: "Screen", no: this.lockRefused, yes: "kept on while a session runs" },
      { what: "Place", no: forgets, yes: "remembered for a day" },
    ];
  }

  // What outlives the page

  save() {
    if (this.status === "idle" || this.status === "done") return;
    this.saved = performance.now();
    const { key, elapsed: position, added, spent, result } = this;
    Store.set(`place:${key}`, { key, position, added, spent, result, saved: Date.now() });
  }

  /** @param {boolean} finished */
  report(finished) {
    if (!this.collected) return;
    const { result, key, timeline, position, spent } = this;
    const ended = new Date().toISOString();
    const offset = -new Date().getTimezoneOffset();
    const all = { ...result, key, title: timeline.title, ended, offset, finished, reached: position, total: timeline.total, spent };
    Store.set(`result:${result.id}`, all);
    later(() => this.deliver());
  }

  /** The results that no kernel has acknowledged, the earliest first. */
  get results() {
    return Store.all("result:").sort((one, other) => (one.ended < other.ended ? -1 : 1));
  }

  /** Hand over the results that no kernel has acknowledged; each has an id and is counted once. */
  deliver() {
    const { results, model } = this;
    if (!results.length) return;
    for (const { id } of results.splice(0, results.length - MOST)) Store.set(`result:${id}`);
    model.set("results", results);
    model.save_changes();
  }

  forget() {
    const received = this.model.get("received");
    for (const { id, ended } of this.results) if (received.includes(id + ended)) Store.set(`result:${id}`);
  }

  /** A view has gone: once the last is gone for good, nothing may go on sounding. */
  leave() {
    setTimeout(() => this.watchers.size || this.pause("Paused: the player was closed."), 1000);
  }

  close() {
    this.pause();
    this.gone.abort();
    if (this.beats) URL.revokeObjectURL(this.beats);
    this.channel.close();
    this.sound.context?.close();
  }
}
