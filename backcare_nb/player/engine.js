// @ts-check
// The clock of a session, what the person does with it, and what outlives the page.

import { MediaKeys } from "./media_keys.js";
import { MIN_SLEEP_MS, addPractice, buildResult, measureSleep, startPractice } from "./practice.js";
import { SOUND_TIMEOUT_MS, Sound } from "./sound.js";
import { Store } from "./store.js";
import { Ticker } from "./ticker.js";
import { extendPhase, findPhaseIndex, formatDuration, getMoment, listCues, mustWaitBefore } from "./timeline.js";
import { VOICE_DELAY_MS, VOICE_TIMEOUT_MS, Voice } from "./voice.js";
import { ScreenWakeLock } from "./wake_lock.js";

/**
 * @typedef {import("./practice.js").Practice} Practice
 * @typedef {import("./sprite.js").Sprite} Sprite
 * @typedef {import("./static_model.js").WidgetModel} WidgetModel
 * @typedef {import("./timeline.js").Phase} Phase
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {"idle"|"running"|"held"|"paused"|"done"} Status
 * @typedef {{key: string, position: number, added: Record<number, number>, practice: Practice,
 *   saved: number}} Place where a session was left, and when, by Date.now()
 * @typedef {{position: number, at: number, context: AudioContext|undefined}} AudioAnchor the position
 *   of a session at a second of an audio clock
 */

const ABANDONED_AFTER_MS = 600_000; // of a session that nobody goes on with
const PLACE_LIFETIME_MS = 86_400_000;
const MAX_PENDING_RESULTS = 200; // that wait for a kernel
const SAVE_EVERY_MS = 1000;
const MORE_MS = 15000;
export const BACK_WITHIN_MS = 2000; // of a step's start, from which Back goes to the step before
const MAX_LEAD_MS = 1500; // in which a session that begins waits until what is placed can be heard
const VIEW_GRACE_MS = 1000; // in which a view that has gone may be drawn again
const DEFAULT_SETTINGS = { tones: 0.8, voice: 1, voices: /** @type {Record<string, string>} */ ({}), more: false, steps: false, speed: 1 };

/**
 * What takes milliseconds comes after what is seen; a hidden tab slows timers, and shows nothing.
 * @param {() => void} task
 */
const runAfterPaint = (task) => (document.hidden ? task() : setTimeout(task));

export class Engine {
  /** @type {Status} */ status = "idle";
  note = "";
  waiting = { seen: "Waiting for you: press Space or Go on", said: "When you are ready, press Go on or the space bar." };
  sound = new Sound(() => this.notify());
  voice = new Voice(() => this.notify());
  screen = new ScreenWakeLock(() => this.notify());
  keys = new MediaKeys({
    play: () => this.status === "running" || this.start(),
    pause: () => this.pause(),
    nexttrack: () => this.next(),
    previoustrack: () => this.back(),
  });
  ticker = new Ticker((silence) => this.tick(silence));
  /** @type {Set<() => void>} */ watchers = new Set();
  closing = new AbortController();
  planned = /** @type {Timeline} */ ({});
  sprites = /** @type {Record<string, Sprite>} */ ({});
  timeline = this.planned; // the planned one, with what was added
  savedAt = 0;
  index = 0;
  position = 0; // milliseconds into the session, when the clocks were last read
  clocks = { page: 0, date: 0 };
  origin = 0; // the position from which it runs
  leadEnds = 0; // by performance.now(): it may wait for sound until then
  spokenUntil = 0; // the position up to which everything has been said
  released = 0; // the last phase that was let begin
  /** @type {Record<number, number>} milliseconds, by phase */ added = {};
  practice = startPractice(new Date());
  key = ""; // the same for every session of one timeline
  /** @type {string[]} */ known = []; // when it was started
  /** @type {Place|null} */ offer = null; // where an earlier session was left
  /** @type {AudioAnchor|null} */ anchor = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ alarm;

  /** @param {WidgetModel} model */
  constructor(model) {
    this.model = model;
    this.settings = { ...DEFAULT_SETTINGS, ...Store.get("settings", {}) };
    this.channel = new BroadcastChannel("backcare-player");
    this.channel.onmessage = () => this.pause("Paused: another player has started.");
    const { signal } = this.closing;
    const capture = { signal, capture: true };
    for (const input of ["pointerup", "keydown"]) document.addEventListener(input, () => this.regainDevices(), capture);
    document.addEventListener("visibilitychange", () => document.hidden || this.regainDevices(), { signal });
    addEventListener("pagehide", () => this.pause("Paused: the page was left."), { signal });
    this.voice.synthesis?.addEventListener?.("voiceschanged", () => this.voice.noteVoices(), { signal });
    this.load();
    model.on("change:timeline", () => this.load());
    for (const name of ["option_fields", "refusal", "about"]) model.on(`change:${name}`, () => this.notify());
    this.recallChosen();
    if (!this.hasListener) return;
    model.on("change:received", () => this.dropReceived());
    this.dropReceived();
    this.deliver();
  }

  /** Does anyone hear of results? A page that plays with no kernel keeps none, and takes none. */
  get hasListener() {
    return !!this.model.get("results");
  }

  /** Does someone lead a class? */
  get isLed() {
    return false;
  }

  /**
   * Does the clock stand still before a phase?
   * @param {number} index
   */
  waitsBefore(index) {
    return mustWaitBefore(this.timeline, index, this.settings.steps);
  }

  /** Take the model's timeline, unless one is being played: then at its end. */
  load() {
    if (this.status !== "idle" && this.status !== "done") {
      this.note = "Your new amounts begin with the next start.";
      return this.notify();
    }
    this.key = this.model.get("key");
    this.planned = this.model.get("timeline");
    this.sprites = this.model.get("sprites");
    this.expireStored();
    this.offer = Store.get(`place:${this.key}`, null);
    Object.assign(this, { status: "idle", position: 0, spokenUntil: -1, released: -1, added: {}, timeline: this.planned });
    this.voice.languages = [...new Set(this.planned.phases.map(({ language = "en" }) => language))];
    this.notify();
  }

  /** Who left a session and does not come back has ended it there. A place is kept for a day. */
  expireStored() {
    for (const left of Store.list("left:")) {
      if (!(Math.abs(Date.now() - Date.parse(left.ended)) > ABANDONED_AFTER_MS)) continue;
      Store.set(`result:${left.id}`, left);
      Store.set(`left:${left.id}`);
    }
    for (const { key, saved } of Store.list("place:")) {
      if (!(Date.now() - saved < PLACE_LIFETIME_MS)) Store.set(`place:${key}`);
    }
  }

  /**
   * @param {() => void} watcher is called at each change
   * @returns {() => void} ends that
   */
  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  notify() {
    this.keys.follow(this.status, () => ({
      title: this.timeline.title,
      exercise: this.moment.phase.title,
      seconds: this.timeline.total / 1000,
      position: this.position / 1000,
      speed: this.settings.speed,
    }));
    for (const watcher of this.watchers) watcher();
  }

  // The clock

  get moment() {
    return getMoment(this.timeline, this.position);
  }

  /** Where the clock must stand still: before a phase that waits, or at the end. */
  get limit() {
    const { phases, total } = this.timeline;
    const phase = phases.findIndex(({ start }, i) => i > this.released && start >= this.position && this.waitsBefore(i));
    return phase < 0 ? { at: total, phase: phases.length } : { at: phases[phase].start, phase };
  }

  /**
   * Let the time pass that has gone since the clocks were read, and count it as practice.
   * @param {number} [silence] of the worker, once it was asked, in milliseconds
   * @returns {boolean} false where time does not pass: the machine slept, or that is being found out
   */
  advance(silence) {
    if (this.status !== "running") return false;
    const { clocks, position, timeline, settings } = this;
    const now = { page: performance.now(), date: Date.now() };
    const gone = now.page - clocks.page;
    const away = measureSleep(clocks, now, silence);
    if (away) this.halt("paused", `The computer slept for ${formatDuration(away)}. Paused where you were.`);
    if (away || (gone >= MIN_SLEEP_MS && silence === undefined && this.ticker.askSilence())) return false;
    const silent = this.lead(now.page);
    this.clocks = now;
    if (silent > gone) return true;
    this.position = Math.min(position + (gone - silent) * settings.speed, this.limit.at);
    this.practice = addPractice(this.practice, timeline, position, this.position, settings.speed);
    return true;
  }

  /**
   * Wait with a session that begins until its first tone can be heard on time: a device takes a
   * while to begin, and what is placed now is heard after its latency.
   * @param {number} page what performance.now() says
   * @returns {number} milliseconds since the clocks were read that did not count; infinite while it waits
   */
  lead(page) {
    const { anchor, sound } = this;
    if (page > this.leadEnds) return (this.leadEnds = 0);
    const until = anchor ? (anchor.at - sound.now) * 1000 : Infinity;
    if (until > 0) return Infinity;
    this.leadEnds = 0;
    return Math.max(0, page + until - this.clocks.page);
  }

  // What the person does

  start() {
    const pressed = performance.now();
    if (this.status === "done") this.load();
    if (this.status === "idle") {
      this.practice = startPractice(new Date());
      this.offer = null;
    }
    this.begin(pressed);
  }

  /** Go on where the page was left. */
  resume() {
    const pressed = performance.now();
    const { position, added, practice } = /** @type {Place} */ (this.offer);
    for (const [index, more] of Object.entries(added)) this.lengthen(Number(index), more);
    Object.assign(this, { position, practice, spokenUntil: position, status: "paused", offer: null });
    this.begin(pressed);
  }

  /** @param {number} pressed when, by performance.now() */
  begin(pressed) {
    if (!this.isActive) this.known = this.listAbilities().map(({ no }) => no);
    this.sound.open();
    this.voice.unlock();
    if (this.status === "held") this.released = findPhaseIndex(this.timeline, this.position);
    this.channel.postMessage("started");
    this.run(pressed);
  }

  run(page = performance.now()) {
    this.status = "running";
    this.note = "";
    this.clocks = { page, date: Date.now() };
    this.origin = this.position;
    this.anchor = null;
    this.leadEnds = this.sound.refused ? 0 : page + MAX_LEAD_MS;
    this.ticker.start();
    this.sound.start();
    this.scheduleTones();
    this.screen.acquire();
    this.notify();
  }

  /** Does it run, or wait for the person? */
  get isActive() {
    return this.status === "running" || this.status === "held";
  }

  pause(note = "") {
    this.advance();
    if (this.isActive) this.halt("paused", note);
  }

  toggle() {
    if (this.status === "running") this.pause();
    else this.start();
  }

  /**
   * @param {Status} status
   * @param {string} note
   */
  halt(status, note = "") {
    this.status = status;
    this.note = note;
    this.sound.cancel();
    if (status !== "held") {
      this.voice.cancel();
      this.releaseDevices();
    }
    this.save();
    this.notify();
  }

  /** @param {number} position milliseconds into the session */
  seek(position) {
    if (this.status === "idle") return;
    this.voice.cancel();
    this.position = position;
    this.spokenUntil = position - 1;
    this.released = findPhaseIndex(this.timeline, position) - 1;
    if (position >= this.timeline.total) {
      this.sound.cancel();
      this.finish();
    } else if (this.isActive) this.run();
    else this.halt("paused");
  }

  back() {
    this.advance();
    const { index, into, phase } = this.moment;
    this.seek((into > BACK_WITHIN_MS || !index ? phase : this.timeline.phases[index - 1]).start);
  }

  next() {
    this.advance();
    if (this.status === "held") this.start();
    else this.seek(this.moment.phase.end);
  }

  /** Go back to where this side of this exercise began, or this step where there are no sides. */
  restart() {
    this.advance();
    const { phases } = this.timeline;
    let { index, phase } = this.moment;
    /** @param {Phase} other */
    const isSame = ({ step, exercise, side, round }) =>
      step && exercise === phase.exercise && side === phase.side && round === phase.round &&
      (side || step === phase.step);
    while (index && isSame(phases[index - 1])) index--;
    this.seek(phases[index].start);
  }

  addTime() {
    this.retime(() => this.lengthen(this.moment.index, MORE_MS));
  }

  /**
   * @param {number} index of a phase
   * @param {number} more milliseconds
   */
  lengthen(index, more) {
    this.timeline = extendPhase(this.timeline, index, more);
    this.added[index] = (this.added[index] ?? 0) + more;
  }

  stop() {
    this.advance();
    this.save();
    this.report(false);
    this.halt("idle");
    this.load();
  }

  /**
   * Change how time runs without moving the place.
   * @param {() => void} change
   */
  retime(change) {
    this.advance();
    change();
    this.scheduleTones();
    this.notify();
  }

  /** @param {Partial<typeof DEFAULT_SETTINGS>} changes */
  set(changes) {
    this.retime(() => Object.assign(this.settings, changes));
    const { tones, voice, voices, more } = this.settings;
    this.applySettings();
    Store.set("settings", { tones, voice, voices, more });
  }

  /**
   * Choose what the next start plays: a version with its side, or an amount in the version that is there.
   * @param {string} name
   * @param {string|number} value
   */
  choose(name, value) {
    const { model } = this;
    const { side, place, ...amounts } = model.get("chosen");
    const [version] = model.get("option_fields");
    const kept = { ...(name === "version" ? {} : amounts), ...(side && { side }), ...(place && { place }) };
    const chosen = { ...kept, version: version.value, since: new Date().toISOString(), [name]: value };
    if (model.get("memory_key")) Store.set(`remembered:${model.get("memory_key")}`, chosen);
    this.sendChosen(chosen);
  }

  /** What was chosen is there again: version and bed for good, all of it as long as a place is kept. */
  recallChosen() {
    const { model } = this;
    const known = model.get("memory_key") && Store.get(`remembered:${model.get("memory_key")}`);
    if (!known || Object.keys(model.get("chosen")).length) return;
    const { version, since, place } = known;
    this.sendChosen(Date.now() - Date.parse(since) < PLACE_LIFETIME_MS ? known : { version, since, ...(place && { place }) });
  }

  /** @param {Record<string, string|number>} chosen by name */
  sendChosen(chosen) {
    this.model.set("chosen", chosen);
    this.model.save_changes();
  }

  applySettings() {
    const { tones, voice, voices, speed } = this.settings;
    this.sound.volume = tones;
    this.voice.volume = voice;
    this.voice.chosen = voices;
    this.voice.rate = Math.min(Math.max(speed, 0.75), 1.5);
  }

  /** Give some tones and the voice, while nothing runs whose tones they would take away. */
  async testSound() {
    this.sound.open();
    this.applySettings();
    this.voice.say({ say: "This is the voice. The tones are: start, change sides, and end." });
    setTimeout(() => this.voice.checkAnswer(), VOICE_TIMEOUT_MS + 100);
    await this.sound.context?.resume();
    if (this.status === "running") return;
    this.sound.schedule(["start", "change", "end"].map((tone, i) => ({ tone, wait: 0.1 + 1.6 * i })));
    this.notify();
  }

  // What time does

  /**
   * Put every tone up to the next stop on the audio clock, if that runs. The latest that was due in
   * the meantime sounds at once, unless it is too late for it.
   * @param {number} lag milliseconds by which that clock has fallen behind: what was due then is due
   */
  scheduleTones(lag = 0) {
    this.advance();
    if (this.status !== "running") return;
    const { position, timeline, settings, sound } = this;
    const from = Math.max(this.anchor ? position + 20 - lag : this.origin, position - SOUND_TIMEOUT_MS);
    const tones = listCues(timeline, findPhaseIndex(timeline, from), this.limit.phase)
      .filter((cue) => cue.tone && cue.at >= from)
      .filter(({ at }, i, all) => at >= position || !(all[i + 1]?.at < position))
      .map(({ tone, at }) => ({ tone, wait: Math.max(0, at - position) / 1000 / settings.speed }));
    this.applySettings();
    const at = this.leadEnds ? sound.next : sound.now;
    sound.schedule(tones, at);
    this.anchor = sound.isOn ? { position, at, context: sound.context } : null;
    this.setAlarm();
  }

  /** Wake up on the next stop, where the worker ticks only near it. A long timer is slack by some
   * milliseconds, so its last stretch is timed anew; so is one that has rung too early. */
  setAlarm() {
    clearTimeout(this.alarm);
    const left = (this.limit.at - this.position) / this.settings.speed;
    const ring = () => {
      this.tick();
      if (this.status === "running") this.setAlarm();
    };
    this.alarm = setTimeout(ring, left > 30 ? left - 20 : left);
  }

  /**
   * Do what has become due.
   * @param {number} [silence] of the worker, if it was asked, in milliseconds
   */
  tick(silence) {
    const passed = this.advance(silence);
    if (passed || this.status === "held") this.sound.checkClock();
    if (!passed) return;
    const { position, limit } = this;
    const index = findPhaseIndex(this.timeline, position);
    this.speak(position);
    this.followSound();
    if (performance.now() - this.savedAt > SAVE_EVERY_MS) this.save();
    if (position >= this.timeline.total) this.end();
    else if (position >= limit.at) this.hold(limit);
    else if (index !== this.index) this.notify();
    this.index = index;
  }

  /**
   * Say what has become due; after a gap only the latest of it.
   * @param {number} position
   */
  speak(position) {
    const { spokenUntil, timeline, settings } = this;
    const delay = VOICE_DELAY_MS * settings.speed;
    const due = listCues(timeline, findPhaseIndex(timeline, spokenUntil - delay), this.limit.phase).filter(
      ({ say, at, more }) => say && at + delay > spokenUntil && at + delay <= position && (settings.more || !more),
    );
    this.spokenUntil = position;
    this.voice.checkAnswer();
    if (due.length) this.voice.say(due[due.length - 1]);
  }

  /** Keep the tones with the session: sound may come late, or its clock run a little off. */
  followSound() {
    const { sound, position } = this;
    if (!sound.isOn) return;
    if (this.anchor?.context !== sound.context) this.anchor = null;
    const { anchor, settings: { speed } } = this;
    const expected = anchor ? anchor.at + (position - anchor.position) / 1000 / speed : 0;
    if (anchor && (this.leadEnds || !sound.hasDrifted(expected))) return;
    this.scheduleTones(anchor ? Math.max(0, expected - sound.now) * 1000 * speed : 0);
  }

  /** @param {{at: number, phase: number}} limit */
  hold({ at, phase }) {
    this.position = at;
    this.halt("held");
    const { say, title, language } = this.timeline.phases[phase];
    this.spokenUntil = at + VOICE_DELAY_MS * this.settings.speed;
    this.voice.say({ say: say || title, language }, { say: this.waiting.said });
  }

  /** Time is over: the last words come after the last tone, with no tick left to say them. */
  end() {
    this.finish();
    const last = this.timeline.total + VOICE_DELAY_MS * this.settings.speed;
    setTimeout(() => this.status === "done" && this.speak(last), VOICE_DELAY_MS);
  }

  /** The end is shown first, once its result is safe. */
  finish() {
    const { key } = this;
    this.position = this.timeline.total;
    this.report(true);
    this.status = "done";
    this.notify();
    runAfterPaint(() => {
      if (this.status === "done") this.releaseDevices();
      Store.set(`place:${key}`);
    });
  }

  // What it needs from the browser

  releaseDevices() {
    this.ticker.stop();
    clearTimeout(this.alarm);
    this.sound.stop();
    this.screen.release();
  }

  /** Sound and the screen may have been taken away, and be given back only now. */
  regainDevices() {
    if (!this.isActive) return;
    if (!this.sound.isOn) this.sound.open();
    this.screen.acquire();
  }

  /** List what works here and what does not, in words. */
  listAbilities() {
    const { sound, voice, screen } = this;
    const forgets = Store.isRefused ? "This browser remembers nothing: after a reload the session begins anew." : "";
    return [
      { what: "Tones", no: sound.refused || sound.lost, yes: "ready" },
      { what: "Voice", no: voice.problem, yes: "ready" },
      { what: "Screen", no: screen.problem, yes: "kept on while a session runs" },
      { what: "Place", no: forgets, yes: "remembered for a day" },
    ];
  }

  /** What is missing, and what to do about it; while a session runs and as it ends, only what was not known before. */
  get problems() {
    const known = this.isActive || this.status === "done" ? this.known : [];
    return this.listAbilities().flatMap(({ no }) => (no && !known.includes(no) ? [no] : []));
  }

  // What outlives the page

  save() {
    if (this.status === "idle" || this.status === "done") return;
    this.savedAt = performance.now();
    const { key, position, added, practice } = this;
    Store.set(`place:${key}`, { key, position, added, practice, saved: Date.now() });
    if (this.hasListener) Store.set(`left:${practice.id}`, this.buildResult(false));
  }

  /** @param {boolean} finished */
  buildResult(finished) {
    return buildResult(this.practice, this.timeline, this.key, finished, new Date());
  }

  /** @param {boolean} finished */
  report(finished) {
    if (!this.hasListener) return;
    const { id } = this.practice;
    Store.set(`result:${id}`, this.buildResult(finished));
    Store.set(`left:${id}`);
    runAfterPaint(() => this.deliver());
  }

  /** The results that no kernel has acknowledged, the earliest first. */
  get pendingResults() {
    return Store.list("result:").sort((one, other) => (one.ended < other.ended ? -1 : 1));
  }

  /** Hand over the pending results; each has an id and is counted once. */
  deliver() {
    const { pendingResults: results, model } = this;
    if (!results.length) return;
    for (const { id } of results.splice(0, results.length - MAX_PENDING_RESULTS)) Store.set(`result:${id}`);
    model.set("results", results);
    model.save_changes();
  }

  dropReceived() {
    const received = this.model.get("received");
    for (const { id, ended } of this.pendingResults) if (received.includes(id + ended)) Store.set(`result:${id}`);
  }

  /** A view has gone: once the last is gone for good, nothing may go on sounding. */
  loseView() {
    setTimeout(() => this.watchers.size || this.pause("Paused: the player was closed."), VIEW_GRACE_MS);
  }

  close() {
    this.pause();
    this.keys.release();
    this.closing.abort();
    this.ticker.close();
    this.channel.close();
    this.sound.close();
  }
}
