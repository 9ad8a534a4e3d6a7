// @ts-check
// The session player. The browser owns the clock: what is seen and heard is a function of the
// timeline and the elapsed milliseconds, so a busy kernel, a reload or a hidden tab changes nothing.
// sprite.js stands before this file in the module that the browser loads.

/**
 * @typedef {{at: number, tone: string, say: string, more: boolean}} Cue
 * @typedef {{key: string, travel: string, at: number}} Figure
 * @typedef {{kind: string, start: number, end: number, title: string, words: string, say: string,
 *   exercise: string, step: string, side: string, round: number, rounds: number,
 *   figure: Figure|null, cues: Cue[], wait: boolean, count: number, turn: number,
 *   care: string[], label: string}} Phase
 * @typedef {{title: string, total: number, phases: Phase[]}} Timeline
 * @typedef {"idle"|"running"|"held"|"paused"|"done"} Status
 */

// -------------------------------------------------------- Time

/** @param {number} share 0 to 1 @returns {number} slow at both ends, as a body moves */
const ease = (share) => (1 - Math.cos(Math.PI * Math.min(Math.max(share, 0), 1))) / 2;

/** @param {Timeline} timeline @param {number} elapsed @returns {number} the phase it falls in */
export function phaseIndex({ phases }, elapsed) {
  let low = 0;
  let high = phases.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (phases[middle].start <= elapsed) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * One moment of a session: its phase, the repetition or breath, and the share of it that is over.
 * @param {Timeline} timeline @param {number} elapsed
 */
export function at(timeline, elapsed) {
  const now = Math.min(Math.max(elapsed, 0), timeline.total);
  const index = phaseIndex(timeline, now);
  const phase = timeline.phases[index];
  const times = Math.max(phase.count, 1);
  const over = ((now - phase.start) / (phase.end - phase.start)) * times;
  const done = Math.min(Math.floor(over), times - 1);
  return {
    index,
    phase,
    into: now - phase.start,
    left: phase.end - now,
    remaining: timeline.total - now,
    count: done + 1,
    share: over - done,
  };
}

/**
 * How far along its motion the figure of a phase is, 0 to 1.
 * @param {Phase} phase @param {number} share of the phase, or of one repetition or breath
 * @param {boolean} loops a motion that ends where it began goes round instead of back
 */
export function travel({ figure, turn }, share, loops) {
  if (figure?.travel === "stay") return figure.at;
  if (figure?.travel === "once") return ease(share);
  if (figure?.travel === "back") return 1 - ease(share);
  if (loops) return share;
  return ease(share < turn ? share / turn : (1 - share) / (1 - turn));
}

/**
 * Does the clock stand still before a phase, until the person goes on?
 * @param {Timeline} timeline @param {number} index
 * @param {boolean} each exercise waits, once its position is taken; nobody is kept in the midst of one
 */
function waits({ phases }, index, each) {
  const placed = ["setup", "rise"].includes(phases[index - 1]?.kind);
  return phases[index].wait || (each && placed);
}

/**
 * The timeline with one phase longer: by some time, or by whole repetitions where it counts them.
 * @param {Timeline} timeline @param {number} index @param {number} more milliseconds
 */
export function extend(timeline, index, more) {
  const { start, end, count, kind, cues } = timeline.phases[index];
  const one = (end - start) / (count || 1);
  const times = count ? Math.max(1, Math.round(more / one)) : 0;
  const added = count ? Math.round(times * one) : more;
  const later = cues.map((cue) => {
    if (cue.tone === "halfway") return { ...cue, at: Math.round((end - start + added) / 2) };
    return kind === "hold" && cue.at ? { ...cue, at: cue.at + added } : cue;
  });
  const last = kind === "hold" ? [] : cues.filter((cue) => cue.at >= end - start - one);
  for (let n = 1; n <= times; n++) {
    const say = (cue) => (kind === "repeat" ? `${count + n}.` : cue.say);
    later.push(...last.map((cue) => ({ ...cue, at: Math.round(cue.at + n * one), say: say(cue) })));
  }
  const phases = timeline.phases.map((phase, i) => {
    if (i < index) return phase;
    if (i > index) return { ...phase, start: phase.start + added, end: phase.end + added };
    return { ...phase, end: end + added, count: count + times, cues: later };
  });
  return { ...timeline, total: timeline.total + added, phases };
}

/**
 * The tones and the words of some phases, each at its time in the session.
 * @param {Timeline} timeline @param {number} from @param {number} to one after the last phase
 * @returns {Cue[]}
 */
export function cues({ phases }, from, to) {
  return phases.slice(from, to).flatMap(({ start, say, cues }) =>
    [{ at: 0, tone: "", say, more: false }, ...cues].map((cue) => ({ ...cue, at: start + cue.at })));
}

/** @param {number} ms @returns {string} minutes and seconds, rounded up as a countdown is read */
export function clock(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000 - 0.001));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {number} n @param {string} noun */
const plural = (n, noun) => (n ? `${n} ${noun}${n === 1 ? "" : "s"}` : "");

/** @param {number} ms @returns {string} in words */
export function spoken(ms) {
  const seconds = Math.round(ms / 1000);
  const parts = [plural(Math.floor(seconds / 60), "minute"), plural(seconds % 60, "second")];
  return parts.filter(Boolean).join(" ") || "0 seconds";
}

// ------------------------------------------------------- Sound

// The notes of each tone: hertz, when it begins, how long it rings (seconds). Told apart by their
// number and direction: up to begin, down to rest and end, across and back to change sides.
/** @type {Record<string, number[][]>} */
const TONES = {
  ready: [[392, 0, 0.5]],
  move: [[440, 0, 0.6]],
  start: [[392, 0, 0.5], [587, 0.18, 0.9]],
  halfway: [[523, 0, 0.35], [523, 0.22, 0.6]],
  change: [[587, 0, 0.4], [440, 0.2, 0.4], [587, 0.4, 0.8]],
  rest: [[523, 0, 0.5], [392, 0.2, 0.9]],
  in: [[262, 0, 0.5], [330, 0.25, 0.9]],
  out: [[330, 0, 0.5], [220, 0.25, 1.2]],
  count: [[659, 0, 0.25]],
  end: [[659, 0, 0.7], [523, 0.3, 0.8], [392, 0.6, 1.8]],
};

/** @param {BaseAudioContext} context @param {string} tone @returns {AudioBuffer} */
export function record(context, tone) {
  const rate = context.sampleRate;
  const seconds = Math.max(...TONES[tone].map(([, begins, rings]) => begins + rings));
  const buffer = context.createBuffer(1, Math.ceil(seconds * rate), rate);
  const samples = buffer.getChannelData(0);
  for (const [hertz, begins, rings] of TONES[tone]) {
    for (let i = 0; i < rings * rate - 1; i++) {
      const time = i / rate;
      const wave = Math.sin(2 * Math.PI * hertz * time) + 0.25 * Math.sin(4 * Math.PI * hertz * time);
      samples[Math.floor(begins * rate) + i] += 0.32 * wave * Math.min(time / 0.008, 1) * Math.exp((-5 * time) / rings);
    }
  }
  return buffer;
}

class Sound {
  /** @type {AudioContext|undefined} */ context;
  /** @type {GainNode|undefined} */ gain;
  refused = "";
  /** @type {{node: AudioBufferSourceNode, at: number}[]} */ placed = [];
  /** @type {Record<string, AudioBuffer>} */ buffers = {};
  /** @type {number[]} */ drift = [];

  /** @param {() => void} tell is called when sound begins, or is taken away */
  constructor(tell) {
    this.tell = tell;
  }

  /** To be called inside a click: that is when a browser lets a page make sound. */
  open() {
    try {
      this.context ??= new AudioContext();
      this.context.onstatechange = this.tell;
      this.gain ??= new GainNode(this.context);
      this.gain.connect(this.context.destination);
      this.context.resume().catch(() => {});
    } catch {
      this.refused = "this browser makes no sound here";
    }
  }

  get on() {
    return this.context?.state === "running";
  }

  set volume(/** @type {number} */ volume) {
    if (this.gain) this.gain.gain.value = volume;
  }

  /** Seconds of sound made so far: this stands still while the machine sleeps. */
  get passed() {
    return this.context && this.on ? this.context.currentTime : 0;
  }

  /** What the audio clock says at this instant, in seconds; 0 where nothing sounds. */
  get now() {
    if (!this.context || !this.on) return 0;
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    if (!performanceTime) return this.context.currentTime;
    return (contextTime ?? 0) + (performance.now() - performanceTime) / 1000;
  }

  /**
   * Place tones on the audio clock, all of them, so that nothing on the page can delay one.
   * @param {{tone: string, wait: number}[]} tones with the seconds until each
   */
  place(tones) {
    this.clear();
    const { context, gain, now } = this;
    if (!context || !gain || !this.on) return;
    for (const { tone, wait } of tones) {
      const buffer = (this.buffers[tone] ??= record(context, tone));
      const node = new AudioBufferSourceNode(context, { buffer });
      node.connect(gain);
      node.start(now + wait);
      this.placed.push({ node, at: now + wait });
    }
  }

  /** Take back the tones that have not begun; one that rings may ring out. */
  clear() {
    const soon = this.now + 0.02;
    for (const { node, at } of this.placed) if (at > soon) node.disconnect();
    this.placed = [];
    this.drift = [];
  }

  /**
   * Whether the audio clock is 10 ms away from where it is expected (seconds): a median of several
   * looks, since one look is itself a few milliseconds uncertain.
   * @param {number} expected
   */
  strayed(expected) {
    this.drift.push(this.now - expected);
    const middle = [...this.drift].sort((a, b) => a - b)[4];
    if (this.drift.length === 9) this.drift.shift();
    return Math.abs(middle ?? 0) > 0.01;
  }
}

// ------------------------------------------------------- Voice

const AFTER_TONE = 600; // milliseconds: the tone first, then the words
const PATIENCE = 4000; // a voice that has not begun by then will not begin

class Voice {
  refused = typeof speechSynthesis === "undefined" ? "this browser has no voice" : "";
  volume = 1;
  rate = 1;
  asked = 0;

  /** @param {() => void} tell is called when the voice has failed */
  constructor(tell) {
    this.tell = tell;
  }

  /** Some browsers let a voice speak later only if it was first asked inside a click. */
  unlock() {
    if (!this.refused && !this.asked) speechSynthesis.speak(new SpeechSynthesisUtterance(" "));
  }

  /** Said a sentence at a time: some browsers cut long speeches off. @param {string} words */
  say(words) {
    if (this.refused || !this.volume) return;
    try {
      speechSynthesis.cancel();
      for (const sentence of words.match(/[^.!?;]*[^.!?;\s][.!?;]*/g) ?? []) this.speak(sentence.trim());
    } catch {
      this.fail(); // and the session goes on
    }
  }

  /** @param {string} sentence */
  speak(sentence) {
    const english = speechSynthesis.getVoices().filter((voice) => voice.lang.startsWith("en"));
    const speech = new SpeechSynthesisUtterance(sentence);
    speech.lang = "en";
    speech.voice = english.find((voice) => voice.localService) ?? english[0] ?? null; // remote ones stop
    speech.volume = this.volume;
    speech.rate = this.rate;
    speech.onstart = () => (this.asked = 0);
    speech.onerror = ({ error }) => (/cancel|interrupt/.test(error) ? (this.asked = 0) : this.fail());
    this.asked ||= performance.now();
    speechSynthesis.speak(speech);
  }

  /** Give up on a voice that was asked to speak and never began. */
  check() {
    if (this.asked && performance.now() - this.asked > PATIENCE) this.fail();
  }

  fail() {
    this.asked = 0;
    this.refused = "no voice answers here: tones alone";
    this.tell();
  }

  hush() {
    this.asked = 0;
    if (!this.refused) speechSynthesis.cancel();
  }
}

// ------------------------------------------------------ Engine

const BEAT = 40; // milliseconds between wake-ups: a worker's, which are not slowed in a hidden tab
const SLEEP = 3000; // so long without a wake-up while a clock jumped: the machine was asleep
const DAY = 24 * 3600 * 1000;
const MOST = 200; // results that wait for a kernel
const SETTINGS = { tones: 0.8, voice: 1, more: false, steps: false, speed: 1 };

/** What takes milliseconds comes after what is seen; a hidden tab slows timers, and shows nothing.
 * @param {() => void} task */
const later = (task) => (document.hidden ? task() : setTimeout(task));

class Engine {
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

// -------------------------------------------------------- View

// All of the markup, and no word of the data in it: those are written as text, later.
const MARKUP = `
<div class="bc-head"><span class="bc-session"></span><span class="bc-place"></span>
  <button class="bc-class" aria-keyshortcuts="F">Class mode</button></div>
<div class="bc-keys" role="group" aria-label="Player controls">
  <button class="bc-resume"></button>
  <button class="bc-back" aria-keyshortcuts="B ArrowLeft">Back</button>
  <button class="bc-start" aria-keyshortcuts="Space"></button>
  <button class="bc-next" aria-keyshortcuts="N ArrowRight">Next</button></div>
<div class="bc-others" role="group" aria-label="More controls">
  <button class="bc-longer" aria-keyshortcuts="+">+15 s</button>
  <button class="bc-again" aria-keyshortcuts="R"></button>
  <button class="bc-stop">Stop</button></div>
<div class="bc-note" role="alert"></div>
<div class="bc-stage"><div class="bc-card" role="img"></div>
  <div class="bc-now"><div class="bc-kind"></div><div class="bc-title"></div>
    <div class="bc-clock"><div class="bc-digits" role="timer" aria-label="Time left"></div>
      <div class="bc-swell" aria-hidden="true"></div><div class="bc-pace"></div></div>
    <div class="bc-words"></div></div></div>
<div class="bc-care"><b>Take care</b><ul class="bc-cautions"></ul></div>
<div class="bc-bar" aria-hidden="true"><div class="bc-gone"></div></div>
<div class="bc-times"></div>
<div class="bc-next-up"><div class="bc-next-card" aria-hidden="true"></div><div class="bc-next-words"></div></div>
<div class="bc-status" role="status"></div>
<details class="bc-settings"><summary>Sound and settings</summary><div class="bc-fields">
  <label>Tones (0 is off)<input name="tones" type="range" min="0" max="1" step="0.1"></label>
  <label>Voice (0 is off)<input name="voice" type="range" min="0" max="1" step="0.1"></label>
  <label>Speed<select name="speed"><option>0.5<option>0.75<option>1<option>1.25<option>1.5<option>2</select></label>
  <label>Speak more, show less<input name="more" type="checkbox"></label>
  <label>Wait for me before each exercise<input name="steps" type="checkbox"></label>
  <button class="bc-test">Sound test</button></div>
  <div class="bc-heading">What works in this browser</div><ul class="bc-abilities"></ul></details>
<details class="bc-all"><summary>All the steps</summary><ol class="bc-list"></ol></details>`;

/** @param {Phase} phase @returns {string} its kind and its title, neither said twice */
function named({ label, title }) {
  if (label.startsWith(title)) return label;
  return title.startsWith(label) ? title : `${label}: ${title}`;
}

/** @param {Phase} phase @returns {string} of its kind, side and round what its title leaves open */
const beside = ({ label, title }) => (label.startsWith(title) ? label.slice(title.length + 2) : label);

/** @param {Phase} phase @returns {string} as what comes next: in which round is soon enough then */
const coming = (phase) =>
  phase.kind === "finish" ? "the end" : named({ ...phase, label: phase.label.replace(/, round .*/, "") });

/** The cautions of an exercise, each with those it is for standing out; when to stop comes last.
 * @param {string[]} care @returns {HTMLElement[]} */
function cautions(care) {
  return care.map((text, i) => {
    const whom = i < care.length - 1 ? text.indexOf(": ") + 2 : 0;
    return h("li", {}, h("b", {}, text.slice(0, whom)), text.slice(whom));
  });
}

/** @param {Phase} phase @returns {string} one line of the list of steps */
function line(phase) {
  const times = phase.kind === "repeat" ? `${plural(phase.count, "time")}, ` : "";
  return `${named(phase)}. ${times}${spoken(phase.end - phase.start)}.`;
}

/** Write only what has changed: most frames change the picture alone.
 * @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * One view of a player.
 * @param {Engine} engine @param {HTMLElement} el @returns {() => void} takes it away
 */
function view(engine, el) {
  const root = h("div", { class: "backcare-player", role: "group", tabindex: 0, onkeydown: press });
  root.innerHTML = MARKUP;
  const $ = (name) => root.querySelector(`.bc-${name}`);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const fields = [...root.querySelectorAll("[name]")];
  /** @type {Map<string, ReturnType<typeof picture>>} */
  const pictures = new Map();
  /** @type {Timeline|null} */ let listed = null;
  let frame = 0;
  let said = "";

  /** @type {Record<string, () => void>} */
  const actions = {
    resume: () => begin(() => engine.resume()), back: () => engine.back(), start: () => begin(),
    next: () => engine.next(), longer: () => engine.longer(), again: () => engine.again(),
    stop: () => engine.stop(), test: () => engine.test(), class: () => classMode(),
  };
  for (const button of root.querySelectorAll("button")) {
    button.type = "button";
    button.onclick = actions[button.className.slice(3)];
  }
  for (const input of fields) {
    const value = () => (input.type === "checkbox" ? input.checked : Number(input.value));
    input.oninput = () => engine.set({ [input.name]: value() });
  }

  /** The picture of a figure, in a place of its own; nothing where there is none.
   * @param {string} where @param {Figure|null|undefined} figure */
  function put(where, figure) {
    const sprite = figure && engine.sprites[figure.key];
    const id = `${where} ${figure?.key}`;
    if (sprite && !pictures.has(id)) pictures.set(id, picture(sprite));
    const shown = sprite ? pictures.get(id) : null;
    if ($(where).firstChild !== (shown?.svg ?? null)) $(where).replaceChildren(...(shown ? [shown.svg] : []));
    return { sprite, move: shown?.draw };
  }

  /** What changes with time. */
  function draw() {
    const { phase, share, count, left, remaining } = engine.now;
    const { total } = engine.timeline;
    const { sprite, move } = put("card", phase.figure);
    // When nothing may move, a figure stands at the end of each way.
    const seen = !still.matches ? share : phase.count && share < phase.turn ? phase.turn : 1;
    move?.(travel(phase, seen, !!sprite?.loop));
    const pace = { breathe: share < phase.turn ? "Breathe in" : "Breathe out", repeat: `${count} of ${phase.count}` };
    write($("pace"), pace[phase.kind] ?? "");
    write($("digits"), clock(engine.status === "idle" ? remaining : left));
    const whole = Math.floor((total - remaining) / 1000) * 1000; // so that both add up
    write($("times"), `${clock(whole)} done, ${clock(remaining)} to go`);
    $("swell").style.setProperty("--swell", travel(phase, share, false).toFixed(3));
    $("gone").style.transform = `scaleX(${1 - remaining / total})`;
  }

  /** What changes from step to step, and with what the person does. */
  function show() {
    const { status, timeline, settings, offer } = engine;
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const { index, phase } = engine.now;
    const idle = status === "idle";
    const over = idle || status === "done";
    const alone = timeline.phases.length === 1;
    const kind = { idle: "Ready when you are", held: "Waiting for you: press Space or Go on" };
    const ahead = idle ? [] : timeline.phases.slice(index + 1);
    const start = { idle: "Start", running: "Pause", held: "Go on", paused: "Go on", done: "Start again" };
    Object.assign(root.dataset, { status, kind: phase.kind });
    root.setAttribute("aria-label", `Session player: ${timeline.title}`);
    root.classList.toggle("bc-less", settings.more);
    write($("session"), timeline.title);
    write($("place"), idle ? spoken(timeline.total) : alone ? "" : `${index + 1} of ${timeline.phases.length}`);
    write($("kind"), kind[status] ?? beside(phase));
    write($("title"), idle ? "Press Start" : phase.title);
    write($("words"), idle ? "" : phase.words);
    write($("start"), start[status]);
    write($("next-words"), ahead.length ? `Next: ${coming(ahead[0])}` : "");
    write($("resume"), offer ? `Continue from ${clock(offer.position)}` : "");
    write($("note"), engine.note);
    write($("again"), phase.side && phase.step ? "Restart this side" : "Restart this step");
    write($("class"), root.classList.contains("bc-full") ? "Leave class mode" : "Class mode");
    $("resume").hidden = !idle || !offer;
    $("back").disabled = idle;
    for (const name of ["next", "longer", "again", "stop"]) $(name).disabled = over;
    for (const name of ["back", "next", "all"]) $(name).hidden = alone;
    $("test").disabled = status === "running";
    // A button that can no longer have the focus gives it on; the page would take the next keys.
    if (focused?.matches(":disabled, [hidden]")) $("start").focus();
    $("care").hidden = !phase.care.length;
    $("cautions").replaceChildren(...cautions(phase.care));
    $("abilities").replaceChildren(...engine.abilities().map(({ what, no, yes }) =>
      h("li", { class: no ? "bc-no" : "" }, `${what}: ${no || yes}`)));
    put("next-card", ahead.find(({ figure }) => figure && figure.key !== phase.figure?.key)?.figure).move?.(1);
    const { sprite } = put("card", phase.figure);
    $("card").hidden = !sprite;
    $("card").setAttribute("aria-label", sprite?.alt ?? "");
    for (const input of fields) {
      const value = settings[input.name];
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    announce(index, phase);
    list(index);
    draw();
    fit();
    loop();
  }

  /** In class mode the type gives way, as little as it must, where a step is too long for the screen. */
  function fit() {
    if (!root.classList.contains("bc-full")) return;
    for (let size = 1; size > 0.6; size -= 0.06) {
      root.style.setProperty("--bc-fit", size);
      if (root.scrollHeight <= root.clientHeight) return;
    }
  }

  /** A sentence for a screen reader when the step or the state changes, not each second. */
  function announce(index, phase) {
    const { status } = engine;
    if (said === status + index) return;
    said = status + index;
    const held = `Waiting for you: ${phase.title}.`;
    write($("status"), { idle: "", running: line(phase), held, paused: "Paused.", done: "Finished." }[status]);
  }

  /** The whole timeline as text, made when it is first asked for; an exercise says nothing twice. */
  function list(current) {
    if (!$("all").open) return;
    if (listed !== engine.timeline) {
      listed = engine.timeline;
      const told = new Set();
      $("list").replaceChildren(...listed.phases.map((phase) => {
        const words = `${phase.exercise}: ${phase.words}`;
        const fresh = told.has(words) ? "" : phase.words;
        told.add(words);
        return h("li", {}, h("b", {}, clock(phase.start)), ` ${line(phase)} `, h("span", {}, fresh));
      }));
    }
    [...$("list").children].forEach((li, i) => (li.ariaCurrent = i === current ? "step" : null));
  }

  function loop() {
    if (frame || engine.status !== "running") return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      engine.beat();
      draw();
      loop();
    });
  }

  /** The first Start brings the player into view; in a class it fills the screen too.
   * @param {() => void} start */
  function begin(start = () => engine.toggle()) {
    const first = engine.status === "idle" || engine.status === "done";
    if (first && engine.model.get("in_class")) classMode(true);
    start();
    if (first && !(seen("session") && seen("stage"))) {
      root.scrollIntoView({ block: "start", behavior: still.matches ? "instant" : "smooth" });
    }
  }

  /** Is a part in view, and not behind anything? @param {string} name */
  function seen(name) {
    const { left, top, width, bottom } = $(name).getBoundingClientRect();
    return [top + 4, bottom - 4].every((y) => root.contains(document.elementFromPoint(left + width / 2, y)));
  }

  /** The whole screen, or the whole page where that is not allowed; it waits before each step. */
  async function classMode(on = !root.classList.contains("bc-full")) {
    root.classList.toggle("bc-full", on);
    engine.lead(on);
    if (on) {
      root.focus();
      try {
        await root.requestFullscreen();
      } catch {
        root.popover = "manual"; // the top layer: nothing on the page can clip or cover it
        root.showPopover();
      }
    } else {
      root.removeAttribute("popover");
      if (document.fullscreenElement) await document.exitFullscreen();
    }
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    keep(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const key = event.key === " " || event.key === "Enter" ? "space" : event.key.toLowerCase();
    if (key === "space" && target !== root) return; // a button, a field: it answers by itself
    if (key.startsWith("arrow") && target.matches("input, select")) return;
    if (key === "escape" && root.classList.contains("bc-full")) classMode(false);
    const keys = (button) => (button.getAttribute("aria-keyshortcuts") ?? "").toLowerCase();
    const buttons = [...root.querySelectorAll("button:not([hidden])")];
    const meant = buttons.find((button) => keys(button).split(" ").includes(key));
    if (!meant) return;
    event.preventDefault();
    meant.click();
  }

  for (const name of ["settings", "all"]) $(name).ontoggle = show;
  root.onfullscreenchange = () => document.fullscreenElement || root.popover || classMode(false);
  el.replaceChildren(root);
  new ResizeObserver(fit).observe(root);
  const unwatch = engine.watch(show);
  show();
  return () => {
    unwatch();
    cancelAnimationFrame(frame);
    engine.leave();
  };
}

export default () => {
  /** @type {Engine} */ let engine;
  return {
    /** @param {{model: any}} context */
    initialize({ model }) {
      engine = new Engine(model);
      return () => engine.close();
    },
    /** @param {{el: HTMLElement}} context */
    render: ({ el }) => view(engine, el),
  };
};
