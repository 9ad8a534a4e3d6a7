// @ts-check
// The clock of a session, what the person does with it, and what outlives the page.

import { Beats } from "./beats.js";
import { SLEEP, further, newPractice, resultOf, slept } from "./practice.js";
import { Sound } from "./sound.js";
import { Store } from "./store.js";
import { at, cues, extend, phaseIndex, spoken, waits } from "./timeline.js";
import { AFTER_TONE, PATIENCE, Voice } from "./voice.js";
import { ScreenWakeLock } from "./wake_lock.js";

/**
 * @typedef {import("./sprite.js").Sprite} Sprite
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {"idle"|"running"|"held"|"paused"|"done"} Status
 */

const LEFT = 10 * 60 * 1000; // milliseconds after which a session that nobody goes on with was left
const DAY = 24 * 3600 * 1000;
const MOST = 200; // results that wait for a kernel
const SETTINGS = { tones: 0.8, voice: 1, voices: {}, more: false, steps: false, speed: 1 };

/** What takes milliseconds comes after what is seen; a hidden tab slows timers, and shows nothing.
 * @param {() => void} task */
const later = (task) => (document.hidden ? task() : setTimeout(task));

export class Engine {
  /** @type {Status} */ status = "idle";
  note = "";
  sound = new Sound(() => this.tell());
  voice = new Voice(() => this.tell());
  screen = new ScreenWakeLock(() => this.tell());
  beats = new Beats((silence) => this.beat(silence));
  /** @type {Set<() => void>} */ watchers = new Set();
  gone = new AbortController();
  plan = /** @type {Timeline} */ ({});
  sprites = /** @type {Record<string, Sprite>} */ ({});
  timeline = this.plan;
  saved = 0;
  index = 0;
  position = 0; // milliseconds into the session, when it was last looked at
  looked = { page: 0, date: 0 };
  origin = 0; // the position from which it runs
  // Up to here everything has been said; the last phase that has been let begin.
  heard = 0;
  let = 0;
  // Someone leads a class: the clock waits before each step.
  led = false;
  /** @type {Record<number, number>} */ added = {};
  practice = newPractice(new Date());
  key = ""; // the same for every session of one timeline
  /** @type {any[]} */ known = []; // what was missing when it was started
  /** @type {any} */ offer = null; // the place where an earlier session was left
  /** @type {{position: number, at: number, context: any}|null} */ audio = null; // where its clock was, when
  /** @type {ReturnType<typeof setTimeout>|undefined} */ alarm;

  /** @param {any} model */
  constructor(model) {
    this.model = model;
    this.settings = { ...SETTINGS, ...Store.get("settings", {}) };
    this.channel = new BroadcastChannel("backcare-player");
    this.channel.onmessage = () => this.pause("Paused: another player has started.");
    const { signal } = this.gone;
    const capture = { signal, capture: true };
    for (const input of ["pointerup", "keydown"]) document.addEventListener(input, () => this.wake(), capture);
    document.addEventListener("visibilitychange", () => document.hidden || this.wake(), { signal });
    addEventListener("pagehide", () => this.pause("Paused: the page was left."), { signal });
    this.voice.synthesis?.addEventListener?.("voiceschanged", () => this.voice.come(), { signal });
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
    this.tidy();
    this.offer = Store.get(`place:${this.key}`, null);
    Object.assign(this, { status: "idle", position: 0, heard: -1, let: -1, added: {}, timeline: this.plan });
    this.voice.languages = [...new Set(this.plan.phases.map(({ language = "en" }) => language))];
    this.tell();
  }

  /** Who left a session and does not come back has ended it there. A place is kept for a day. */
  tidy() {
    for (const left of Store.all("left:")) {
      if (!(Math.abs(Date.now() - Date.parse(left.ended)) > LEFT)) continue;
      Store.set(`result:${left.id}`, left);
      Store.set(`left:${left.id}`);
    }
    for (const { key, practice, saved } of Store.all("place:")) {
      if (!(practice && Date.now() - saved < DAY)) Store.set(`place:${key}`);
    }
  }

  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  tell() {
    for (const watcher of this.watchers) watcher();
  }

  // The clock

  get now() {
    return at(this.timeline, this.position);
  }

  /** Where the clock must stand still: before a phase that waits, or at the end. */
  get limit() {
    const { phases, total } = this.timeline;
    const phase = phases.findIndex(({ start }, i) =>
      i > this.let && start >= this.position && waits(this.timeline, i, this.settings.steps || this.led));
    return phase < 0 ? { at: total, phase: phases.length } : { at: phases[phase].start, phase };
  }

  /**
   * Let the time pass that has gone since the last look, and count it as practice.
   * @param {number} [silence] of the worker, once it was asked, in milliseconds
   * @returns {boolean} false where time does not pass: the machine slept, or that is being found out
   */
  pass(silence) {
    if (this.status !== "running") return false;
    const { looked, position, timeline, settings } = this;
    const look = { page: performance.now(), date: Date.now() };
    const gone = look.page - looked.page;
    const away = slept(looked, look, silence);
    if (away) this.halt("paused", `The computer slept for ${spoken(away)}. Paused where you were.`);
    if (away || (gone >= SLEEP && silence === undefined && this.beats.ask())) return false;
    this.looked = look;
    this.position = Math.min(position + gone * settings.speed, this.limit.at);
    this.practice = further(this.practice, timeline, position, this.position, settings.speed);
    return true;
  }

  // What the person does

  start() {
    const pressed = performance.now();
    if (this.status === "done") this.load();
    if (this.status === "idle") {
      this.practice = newPractice(new Date());
      this.offer = null;
    }
    this.go(pressed);
  }

  /** Go on where the page was left. */
  resume() {
    const pressed = performance.now();
    const { position, added, practice } = this.offer;
    for (const [index, more] of Object.entries(added)) this.lengthen(Number(index), more);
    Object.assign(this, { position, practice, heard: position, status: "paused", offer: null });
    this.go(pressed);
  }

  /** @param {number} pressed when, by performance.now() */
  go(pressed) {
    if (!this.active) this.known = this.abilities().map(({ no }) => no);
    this.sound.open();
    this.voice.unlock();
    if (this.status === "held") this.let = phaseIndex(this.timeline, this.position);
    this.channel.postMessage("started");
    this.run(pressed);
  }

  run(page = performance.now()) {
    this.status = "running";
    this.note = "";
    this.looked = { page, date: Date.now() };
    this.origin = this.position;
    this.audio = null;
    this.beats.start();
    this.sound.keep();
    this.place();
    this.screen.keep();
    this.tell();
  }

  /** Does it run, or wait for the person? */
  get active() {
    return this.status === "running" || this.status === "held";
  }

  pause(note = "") {
    this.pass();
    if (this.active) this.halt("paused", note);
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
    } else if (this.active) this.run();
    else this.halt("paused");
  }

  back() {
    this.pass();
    const { index, into, phase } = this.now;
    this.move((into > 2000 || !index ? phase : this.timeline.phases[index - 1]).start);
  }

  next() {
    this.pass();
    if (this.status === "held") this.start();
    else this.move(this.now.phase.end);
  }

  /** Back to where this side of this exercise began, or this step where there are no sides. */
  again() {
    this.pass();
    const { phases } = this.timeline;
    let { index, phase } = this.now;
    const same = ({ step, exercise, side, round }) =>
      step && exercise === phase.exercise && side === phase.side && round === phase.round &&
      (side || step === phase.step);
    while (index && same(phases[index - 1])) index--;
    this.move(phases[index].start);
  }

  longer() {
    this.change(() => this.lengthen(this.now.index, 15000));
  }

  lengthen(index, by) {
    this.timeline = extend(this.timeline, index, by);
    this.added[index] = (this.added[index] ?? 0) + by;
  }

  stop() {
    this.pass();
    this.save();
    this.report(false);
    this.halt("idle");
    this.load();
  }

  /** Change how time runs without moving the place. @param {() => void} make makes the change */
  change(make) {
    this.pass();
    make();
    this.place();
    this.tell();
  }

  /** @param {Partial<typeof SETTINGS>} change */
  set(change) {
    this.change(() => Object.assign(this.settings, change));
    const { tones, voice, voices, more } = this.settings;
    this.tune();
    Store.set("settings", { tones, voice, voices, more });
  }

  /** @param {boolean} led */
  lead(led) {
    this.change(() => (this.led = led));
  }

  tune() {
    const { tones, voice, voices, speed } = this.settings;
    this.sound.volume = tones;
    this.voice.volume = voice;
    this.voice.chosen = voices;
    this.voice.rate = Math.min(Math.max(speed, 0.75), 1.5);
  }

  /** Some tones and the voice, while nothing runs whose tones they would take away. */
  async test() {
    this.sound.open();
    this.tune();
    this.voice.say({ say: "This is the voice. The tones are: start, change sides, and end." });
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
    this.pass();
    if (this.status !== "running") return;
    const { position, timeline, settings, sound } = this;
    // Sound that comes a little late still gives the first tone; later, what rings is left alone.
    const from = Math.max(this.audio ? position + 20 - lag : this.origin, position - 500);
    const ahead = cues(timeline, phaseIndex(timeline, from), this.limit.phase);
    const tones = ahead.filter((cue) => cue.tone && cue.at >= from);
    const wait = (at) => Math.max(0, at - position) / 1000 / settings.speed;
    this.tune();
    sound.place(tones.map(({ tone, at }) => ({ tone, wait: wait(at) })));
    this.audio = sound.on ? { position, at: sound.now, context: sound.context } : null;
    this.arm();
  }

  /** Wake up on the next stop, where the worker's beat comes only near it. A long timer is slack by
   * some milliseconds, so its last stretch is timed anew; so is one that has rung too early. */
  arm() {
    clearTimeout(this.alarm);
    const left = (this.limit.at - this.position) / this.settings.speed;
    const ring = () => {
      this.beat();
      if (this.status === "running") this.arm();
    };
    this.alarm = setTimeout(ring, left > 30 ? left - 20 : left);
  }

  /** One wake-up: what has become due? @param {number} [silence] of the worker, if it was asked */
  beat(silence) {
    const passed = this.pass(silence);
    if (passed || this.status === "held") this.sound.watch();
    if (!passed) return;
    const { position, limit } = this;
    const index = phaseIndex(this.timeline, position);
    this.speak(position);
    this.follow();
    if (performance.now() - this.saved > 1000) this.save();
    if (position >= this.timeline.total) this.end();
    else if (position >= limit.at) this.hold(limit);
    else if (index !== this.index) this.tell();
    this.index = index;
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
    if (due.length) this.voice.say(due[due.length - 1]);
  }

  /** Keep the tones with the session: sound may come late, or its clock run a little off. */
  follow() {
    const { sound, position } = this;
    if (!sound.on) return;
    if (this.audio?.context !== sound.context) this.audio = null;
    const { audio, settings: { speed } } = this;
    const expected = audio ? audio.at + (position - audio.position) / 1000 / speed : 0;
    if (audio && !sound.strayed(expected)) return;
    this.place(audio ? Math.max(0, expected - sound.now) * 1000 * speed : 0);
  }

  /** @param {{at: number, phase: number}} limit */
  hold({ at, phase }) {
    this.position = at;
    this.halt("held");
    const { say, title, language } = this.timeline.phases[phase];
    this.heard = at + AFTER_TONE * this.settings.speed;
    this.voice.say({ say: say || title, language }, { say: "When you are ready, press Go on or the space bar." });
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

  rest() {
    this.beats.stop();
    clearTimeout(this.alarm);
    this.sound.rest();
    this.screen.release();
  }

  /** Sound and the screen may have been taken away, and be given back only now. */
  wake() {
    if (!this.active) return;
    if (!this.sound.on) this.sound.open();
    this.screen.keep();
  }

  /** What works here and what does not, in words. */
  abilities() {
    const { sound, voice, screen } = this;
    const forgets = Store.refused && "This browser remembers nothing: after a reload the session begins anew.";
    return [
      { what: "Tones", no: sound.refused || sound.lost, yes: "ready" },
      { what: "Voice", no: voice.lack, yes: "ready" },
      { what: "Screen", no: screen.refused, yes: "kept on while a session runs" },
      { what: "Place", no: forgets, yes: "remembered for a day" },
    ];
  }

  /** What is missing, and what to do about it; while a session runs, only what was not known before. */
  get lacks() {
    const told = this.active ? this.known : [];
    return this.abilities().flatMap(({ no }) => (no && !told.includes(no) ? [no] : []));
  }

  // What outlives the page

  save() {
    if (this.status === "idle" || this.status === "done") return;
    this.saved = performance.now();
    const { key, position, added, practice } = this;
    Store.set(`place:${key}`, { key, position, added, practice, saved: Date.now() });
    if (this.collected) Store.set(`left:${practice.id}`, this.result(false));
  }

  /** @param {boolean} finished */
  result(finished) {
    return resultOf(this.practice, this.timeline, this.key, finished, new Date());
  }

  /** @param {boolean} finished */
  report(finished) {
    if (!this.collected) return;
    const { id } = this.practice;
    Store.set(`result:${id}`, this.result(finished));
    Store.set(`left:${id}`);
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
    this.beats.close();
    this.channel.close();
    this.sound.close();
  }
}
