// @ts-check
// The session player. The browser owns the clock: what is seen and heard is a function of the
// timeline and the elapsed time, so a busy kernel, a reload or a hidden tab changes nothing.
//
//   Time      at, travel, holds, extend: pure functions of (timeline, elapsed)
//   Sound     tones placed on the audio clock, all of them at once
//   Voice     what is said, a short sentence at a time
//   Keep      what outlives the page: the place, the settings, results not yet delivered
//   Engine    one for each model: the clock, and everything that makes a sound
//   View      one for each output: what is seen, and the keys
//
// sprite.js stands before this file in the module that the browser loads.

/**
 * @typedef {{at: number, tone: string, say: string, more: boolean}} Cue
 * @typedef {{key: string, travel: "stay"|"once"|"back"|"there_and_back", at: number}} Figure
 * @typedef {{kind: string, start: number, end: number, title: string, words: string, say: string,
 *   exercise: string, step: string, side: string, round: number, rounds: number,
 *   figure: Figure|null, cues: Cue[], wait: boolean, count: number, turn: number,
 *   care: string[], label: string}} Phase
 * @typedef {{title: string, total: number, phases: Phase[],
 *   exercises: Record<string, string>}} Timeline
 * @typedef {"idle"|"running"|"held"|"paused"|"done"} Status
 */

// ---------------------------------------------------------------------------------------- Time

const WORK = new Set(["hold", "repeat", "breathe"]);

/** @param {number} share @returns {number} slow at both ends, as a body moves */
const ease = (share) => (1 - Math.cos(Math.PI * Math.min(Math.max(share, 0), 1))) / 2;

/**
 * Everything about one moment of a session.
 * @param {Timeline} timeline @param {number} elapsed milliseconds
 */
export function at(timeline, elapsed) {
  const now = Math.min(Math.max(elapsed, 0), timeline.total);
  const index = phaseIndex(timeline, now);
  const phase = timeline.phases[index];
  const into = now - phase.start;
  const one = (phase.end - phase.start) / Math.max(phase.count, 1);
  const done = phase.count ? Math.min(Math.floor(into / one), phase.count - 1) : 0;
  return {
    index,
    phase,
    into,
    left: phase.end - now,
    remaining: timeline.total - now,
    finished: now >= timeline.total,
    count: phase.count ? done + 1 : 0,
    share: phase.count ? into / one - done : into / Math.max(phase.end - phase.start, 1),
  };
}

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
 * How far along its motion the figure of a phase is, 0 to 1.
 * @param {Phase} phase @param {number} share of the phase, or of one repetition or breath
 * @param {boolean} loops a motion that ends where it began goes round instead of back
 */
export function travel(phase, share, loops) {
  const figure = phase.figure;
  if (!figure || figure.travel === "stay") return figure ? figure.at : 0;
  if (figure.travel === "once") return ease(share);
  if (figure.travel === "back") return 1 - ease(share);
  if (loops) return Math.min(share, 1);
  return share < phase.turn ? ease(share / phase.turn) : ease((1 - share) / (1 - phase.turn));
}

/**
 * The phases before which the clock stands still until the person goes on.
 * @param {Timeline} timeline @param {boolean} everyStep
 */
export function holds({ phases }, everyStep) {
  const first = (/** @type {number} */ i) =>
    phases[i].step !== "" &&
    (phases[i].step !== phases[i - 1]?.step || phases[i].side !== phases[i - 1]?.side);
  return phases.flatMap((phase, i) => (phase.wait || (everyStep && first(i)) ? [i] : []));
}

/**
 * The timeline with one phase longer: by some time, or by whole repetitions where it counts them.
 * @param {Timeline} timeline @param {number} index @param {number} more milliseconds
 * @returns {Timeline}
 */
export function extend(timeline, index, more) {
  const phase = timeline.phases[index];
  const length = phase.end - phase.start;
  const extra = phase.count ? Math.max(1, Math.round((more * phase.count) / length)) : 0;
  const added = extra ? Math.round((extra * length) / phase.count) : more;
  const phases = timeline.phases.map((each, i) => {
    if (i < index) return each;
    if (i > index) return { ...each, start: each.start + added, end: each.end + added };
    return { ...each, end: each.end + added, count: each.count + extra, cues: recue(each, added, extra) };
  });
  return { ...timeline, total: timeline.total + added, phases };
}

/** @param {Phase} phase @param {number} added @param {number} extra @returns {Cue[]} */
function recue({ cues, start, end, count }, added, extra) {
  const length = end - start;
  const shifted = cues.map((cue) => {
    if (cue.tone === "halfway") return { ...cue, at: Math.round((length + added) / 2) };
    return cue.at > length / 2 && !count ? { ...cue, at: cue.at + added } : cue;
  });
  const each = cues.filter((cue) => cue.at >= length - length / count && cue.at < length);
  for (let n = 1; n <= extra; n++) {
    const later = Math.round((n * length) / count);
    const said = (/** @type {Cue} */ cue) => (cue.tone === "count" ? `${count + n}.` : cue.say);
    shifted.push(...each.map((cue) => ({ ...cue, at: cue.at + later, say: said(cue) })));
  }
  return shifted;
}

/**
 * The tones and words from one phase up to (not with) another, each at its time in the session.
 * @param {Timeline} timeline @param {number} from phase index @param {number} to phase index
 */
export function cues({ phases }, from, to) {
  return phases.slice(from, to).flatMap((phase) => {
    const said = { at: 0, tone: "", say: phase.say, more: false };
    return [said, ...phase.cues].map((cue) => ({ ...cue, at: phase.start + cue.at }));
  });
}

/** @param {number} ms @returns {string} minutes and seconds, rounded up as a countdown is read */
export function clock(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000 - 0.001));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {number} ms @returns {string} */
export function spoken(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [];
  if (seconds >= 60) parts.push(count(Math.floor(seconds / 60), "minute"));
  if (seconds % 60 || !parts.length) parts.push(count(seconds % 60, "second"));
  return parts.join(" ");
}

/** @param {number} n @param {string} noun */
const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

// --------------------------------------------------------------------------------------- Sound

// Notes of each tone: hertz, when it begins, how long it rings (seconds). Told apart by number and
// direction, not by pitch alone: up to begin, down to end, twice across to change sides.
/** @type {Record<string, [number, number, number][]>} */
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
const VOICE_AFTER = 600; // milliseconds: the tone first, then the words

/** @param {BaseAudioContext} context @param {string} tone @returns {AudioBuffer} */
export function render(context, tone) {
  const notes = TONES[tone];
  const rate = context.sampleRate;
  const seconds = Math.max(...notes.map(([, begins, rings]) => begins + rings));
  const buffer = context.createBuffer(1, Math.ceil(seconds * rate), rate);
  const samples = buffer.getChannelData(0);
  for (const [hertz, begins, rings] of notes) {
    for (let i = 0; i < rings * rate; i++) {
      const time = i / rate;
      const loud = Math.min(time / 0.008, 1) * Math.exp((-5 * time) / rings) * 0.32;
      const turn = 2 * Math.PI * hertz * time;
      samples[Math.floor(begins * rate) + i] += loud * (Math.sin(turn) + 0.25 * Math.sin(2 * turn));
    }
  }
  return buffer;
}

class Sound {
  /** @type {AudioContext|null} */ context = null;
  /** @type {GainNode|null} */ gain = null;
  /** @type {{node: AudioBufferSourceNode, at: number}[]} */ waiting = [];
  /** @type {Map<string, AudioBuffer>} */ buffers = new Map();
  refused = "";
  /** @type {number[]} */ drift = [];

  /** Must be called inside a click: that is when a browser lets a page make sound. */
  open() {
    if (this.refused) return;
    try {
      this.context ??= new AudioContext();
      if (!this.gain) {
        this.gain = this.context.createGain();
        this.gain.connect(this.context.destination);
      }
      if (this.context.state !== "running") this.context.resume().catch(() => {});
    } catch {
      this.refused = "this browser makes no sound here";
    }
  }

  get on() {
    return !this.refused && this.context?.state === "running";
  }

  /** @param {number} volume 0 to 1 */
  loudness(volume) {
    if (this.gain && this.context) this.gain.gain.setTargetAtTime(volume, this.context.currentTime, 0.01);
  }

  /** The audio clock now, in seconds: what is heard at this instant. */
  now() {
    const context = /** @type {AudioContext} */ (this.context);
    const stamp = context.getOutputTimestamp?.();
    if (!stamp?.performanceTime) return context.currentTime;
    return (stamp.contextTime ?? 0) + (performance.now() - stamp.performanceTime) / 1000;
  }

  /**
   * Place tones on the audio clock, all of them, so that nothing on the page can delay one.
   * @param {{tone: string, in: number}[]} tones with the seconds until each
   */
  schedule(tones) {
    this.clear();
    if (!this.context || !this.gain || this.refused) return;
    const now = this.now();
    for (const tone of tones) {
      if (!TONES[tone.tone]) continue;
      if (!this.buffers.has(tone.tone)) this.buffers.set(tone.tone, render(this.context, tone.tone));
      const node = new AudioBufferSourceNode(this.context, { buffer: this.buffers.get(tone.tone) });
      node.connect(this.gain);
      node.start(Math.max(now + tone.in, 0));
      this.waiting.push({ node, at: now + tone.in });
    }
  }

  /** Take back the tones that have not begun; one that rings may ring out. */
  clear() {
    const soon = this.context ? this.context.currentTime + 0.02 : 0;
    for (const { node, at } of this.waiting) {
      if (at > soon) {
        node.stop();
        node.disconnect();
      }
    }
    this.waiting = [];
    this.drift = [];
  }

  /**
   * Whether the audio clock has moved 10 ms away from where the session is: a median of several
   * looks, since one look is itself a few milliseconds uncertain.
   * @param {number} expected seconds on the audio clock
   */
  strayed(expected) {
    this.drift.push(this.now() - expected);
    if (this.drift.length < 9) return false;
    const middle = [...this.drift].sort((a, b) => a - b)[4];
    this.drift.shift();
    return Math.abs(middle) > 0.01;
  }

  close() {
    this.clear();
    this.context?.close().catch(() => {});
    this.context = null;
    this.gain = null;
  }
}

// --------------------------------------------------------------------------------------- Voice

const ANSWER = 4000; // a voice that has not begun by then will not begin

class Voice {
  refused = typeof speechSynthesis === "undefined" ? "this browser has no voice" : "";
  volume = 1;
  rate = 1;
  asked = 0;
  unlocked = false;

  /** The best voice here: the page's language, and on this machine rather than on a server. */
  choose() {
    const language = (navigator.language || "en").slice(0, 2) === "en" ? navigator.language : "en";
    const voices = speechSynthesis.getVoices().filter((voice) => voice.lang.startsWith("en"));
    const score = (/** @type {SpeechSynthesisVoice} */ voice) =>
      (voice.localService ? 2 : 0) + (voice.lang.replace("_", "-") === language ? 1 : 0);
    return voices.sort((a, b) => score(b) - score(a))[0];
  }

  /** @param {string} words said a sentence at a time: long speeches are cut off by some browsers */
  say(words) {
    if (this.refused || !this.volume || !words) return;
    try {
      speechSynthesis.cancel();
      for (const sentence of words.match(/[^.!?;]+[.!?;]*/g) ?? []) this.speak(sentence.trim());
    } catch {
      this.fail();
    }
  }

  /** @param {string} sentence */
  speak(sentence) {
    if (!sentence) return;
    const utterance = new SpeechSynthesisUtterance(sentence);
    utterance.lang = "en";
    utterance.voice = this.choose() ?? null;
    utterance.volume = this.volume;
    utterance.rate = this.rate;
    const answer = () => (this.asked = 0);
    utterance.onstart = utterance.onend = answer;
    utterance.onerror = (event) => {
      if (/^(canceled|interrupted)$/.test(event.error)) answer();
      else this.fail();
    };
    this.asked ||= performance.now();
    speechSynthesis.speak(utterance);
  }

  /** Some browsers let a voice speak later only if it spoke first inside a click. */
  unlock() {
    if (!this.refused && !this.unlocked) speechSynthesis.speak(new SpeechSynthesisUtterance(" "));
    this.unlocked = true;
  }

  /** Give up on a voice that was asked to speak and never began. */
  check() {
    if (this.asked && performance.now() - this.asked > ANSWER) this.fail();
  }

  fail() {
    this.refused = "no voice answers here";
    this.asked = 0;
  }

  hush() {
    this.asked = 0;
    if (typeof speechSynthesis !== "undefined") speechSynthesis.cancel();
  }
}

// ---------------------------------------------------------------------------------------- Keep

/** Storage that may be refused: then it holds for as long as the page does. */
const Keep = {
  refused: false,
  /** @type {Map<string, string>} */ page: new Map(),

  /** @param {string} name @param {any} otherwise */
  get(name, otherwise) {
    try {
      const text = this.refused ? this.page.get(name) : localStorage.getItem(`backcare:${name}`);
      return text ? JSON.parse(text) : otherwise;
    } catch {
      this.refused = true;
      return otherwise;
    }
  },

  /** @param {string} name @param {any} value undefined to forget */
  set(name, value) {
    const text = JSON.stringify(value);
    this.page.set(name, text);
    try {
      if (value === undefined) localStorage.removeItem(`backcare:${name}`);
      else localStorage.setItem(`backcare:${name}`, text);
    } catch {
      this.refused = true;
    }
  },
};

const DAY = 24 * 3600 * 1000;
const SETTINGS = { tones: 0.8, voice: 1, more: false, steps: false, speed: 1 };

// -------------------------------------------------------------------------------------- Engine

const BEAT = 50; // milliseconds between wake-ups, from a worker: those are not slowed in a hidden tab
const SLEEP = 3000; // a gap this long, with a clock that jumped, means that the machine slept

class Engine {
  /** @type {Status} */ status = "idle";
  note = "";
  position = 0; // where the session is when it does not run, and where it was when it began to
  since = 0; // performance.now() when it began to run
  heard = 0; // up to here cues have been said
  released = -1; // the last phase that the person has let begin
  awake = { beat: 0, date: 0, audio: 0 };
  saved = 0;
  /** @type {Record<string, number>} */ spent = {};
  /** @type {Record<number, number>} */ added = {};
  sound = new Sound();
  voice = new Voice();
  /** @type {Set<() => void>} */ watchers = new Set();
  /** @type {any} */ lock = null;
  lockRefused = "wakeLock" in navigator ? "" : "this browser lets the screen sleep";
  id = crypto.randomUUID?.() ?? String(Math.random());

  /** @param {any} model */
  constructor(model) {
    this.model = model;
    this.settings = { ...SETTINGS, ...Keep.get("settings", {}) };
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("backcare-player");
    if (this.channel) {
      this.channel.onmessage = ({ data }) => {
        if (data.starts && data.starts !== this.id) this.pause("Paused: another player has started.");
      };
    }
    this.load();
    model.on("change:timeline", () => this.load());
    model.on("change:received", () => this.forget());
    this.visible = () => this.status === "running" && !document.hidden && this.stayAwake();
    this.leaving = () => this.save();
    document.addEventListener("visibilitychange", this.visible);
    addEventListener("pagehide", this.leaving);
    this.forget();
    this.deliver();
  }

  /** Take the model's timeline, unless one is being played: then at its end. */
  load() {
    if (this.status !== "idle" && this.status !== "done") {
      this.note = "Your new amounts begin with the next start.";
      return this.tell();
    }
    this.key = this.model.get("key");
    this.plan = /** @type {Timeline} */ (this.model.get("timeline"));
    this.reset();
    const place = Keep.get(`place:${this.key}`, null);
    this.offer = place && Date.now() - place.saved < DAY ? place : null;
    this.tell();
  }

  reset() {
    this.timeline = this.plan;
    this.status = "idle";
    this.position = this.heard = 0;
    this.released = -1;
    this.spent = {};
    this.added = {};
  }

  /** @param {() => void} watcher @returns {() => void} stop watching */
  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  tell() {
    for (const watcher of this.watchers) watcher();
  }

  // The clock

  /** The elapsed time of the session, in milliseconds. */
  elapsed() {
    if (this.status !== "running") return this.position;
    const gone = (performance.now() - this.since) * this.settings.speed;
    return Math.min(this.position + gone, this.limit().at);
  }

  /** Where the clock must stand still: before a phase that waits, or at the end. */
  limit() {
    const from = phaseIndex(this.timeline, this.position);
    const next = holds(this.timeline, this.settings.steps).find(
      (i) => i > this.released && (i > from || this.timeline.phases[i].start >= this.position),
    );
    if (next === undefined) return { at: this.timeline.total, phase: this.timeline.phases.length };
    return { at: this.timeline.phases[next].start, phase: next };
  }

  now() {
    return at(this.timeline, this.elapsed());
  }

  // What the person does

  start() {
    this.sound.open();
    this.voice.unlock();
    if (this.status === "done") this.reset();
    if (this.status === "idle") {
      this.result = { id: crypto.randomUUID?.() ?? this.id + Date.now(), begun: new Date().toISOString() };
      this.offer = null;
    }
    this.channel?.postMessage({ starts: this.id });
    this.note = "";
    this.go();
  }

  /** Go on where the page was left. */
  resume() {
    const place = this.offer;
    if (!place) return;
    this.offer = null;
    for (const [index, more] of Object.entries(place.added)) this.lengthen(Number(index), more);
    this.result = place.result;
    this.spent = place.spent;
    this.status = "paused";
    this.move(place.position);
    this.start();
  }

  /** Run from where it is. */
  go() {
    const index = phaseIndex(this.timeline, this.position);
    if (this.status === "held" || this.timeline.phases[index].start < this.position) this.released = index;
    this.status = "running";
    this.since = performance.now();
    this.awake = { beat: this.since, date: Date.now(), audio: this.sound.on ? this.sound.now() : 0 };
    this.wake();
    this.place();
    this.stayAwake();
    this.beat();
    this.tell();
  }

  /** @param {string} [note] */
  pause(note = "") {
    if (this.status !== "running" && this.status !== "held") return;
    this.position = this.elapsed();
    this.halt("paused", note);
  }

  toggle() {
    if (this.status === "running") this.pause();
    else this.start();
  }

  /** @param {Status} status @param {string} [note] */
  halt(status, note = "") {
    this.status = status;
    this.note = note;
    this.sound.clear();
    if (status !== "held") {
      this.voice.hush();
      this.quiet();
    }
    this.save();
    this.tell();
  }

  /** @param {number} to milliseconds into the session */
  move(to) {
    const runs = this.status === "running" || this.status === "held";
    this.position = Math.min(Math.max(to, 0), this.timeline.total);
    this.heard = this.position;
    this.released = phaseIndex(this.timeline, this.position) - 1;
    this.voice.hush();
    if (this.position >= this.timeline.total) {
      this.sound.clear();
      return this.finish();
    }
    if (runs) this.go();
    else this.halt("paused");
  }

  back() {
    const { index, into, phase } = this.now();
    if (this.status === "idle") return;
    const to = into > 2000 || !index ? phase : this.timeline.phases[index - 1];
    this.move(to.start);
  }

  next() {
    if (this.status === "idle") return;
    if (this.status === "held") return this.start();
    this.move(this.now().phase.end);
  }

  /** Back to where this side of this exercise began. */
  again() {
    const phases = this.timeline.phases;
    let index = this.now().index;
    const same = (/** @type {Phase} */ a, /** @type {Phase} */ b) =>
      b && b.step && a.exercise === b.exercise && a.side === b.side && a.round === b.round;
    while (same(phases[index], phases[index - 1])) index--;
    if (this.status !== "idle") this.move(phases[index].start);
  }

  longer() {
    if (this.status === "idle" || this.status === "done") return;
    this.rebase(() => this.lengthen(this.now().index, 15000));
  }

  /** @param {number} index @param {number} by */
  lengthen(index, by) {
    this.timeline = extend(this.timeline, index, by);
    this.added[index] = (this.added[index] ?? 0) + by;
  }

  stop() {
    if (this.status === "idle") return;
    this.position = this.elapsed();
    if (this.status !== "done") this.report(false);
    this.save();
    this.halt("idle");
    this.load();
  }

  /** Change how time runs without moving the place. @param {() => void} change */
  rebase(change) {
    this.position = this.elapsed();
    change();
    this.since = performance.now();
    if (this.status === "running") this.place();
    this.tell();
  }

  /** @param {Partial<typeof SETTINGS>} change */
  set(change) {
    this.rebase(() => Object.assign(this.settings, change));
    this.sound.loudness(this.settings.tones);
    this.voice.volume = this.settings.voice;
    Keep.set("settings", this.settings);
  }

  /** Every tone and the voice, before anything starts. */
  test() {
    this.sound.open();
    this.sound.loudness(this.settings.tones);
    this.voice.volume = this.settings.voice;
    this.sound.schedule([
      { tone: "start", in: 0.1 }, { tone: "change", in: 1.6 }, { tone: "end", in: 3.4 },
    ]);
    this.voice.say("This is the voice. You heard start, change sides, and end.");
    setTimeout(() => this.tell(), ANSWER + 200);
    this.tell();
  }

  // What time does

  /** Put every tone up to the next stop on the audio clock. */
  place() {
    const { phase: last } = this.limit();
    const from = this.elapsed();
    const ahead = cues(this.timeline, phaseIndex(this.timeline, from), last).filter(
      (cue) => cue.tone && cue.at >= from,
    );
    this.sound.loudness(this.settings.tones);
    this.voice.volume = this.settings.voice;
    this.voice.rate = Math.min(Math.max(this.settings.speed, 0.75), 1.5);
    const speed = 1000 * this.settings.speed;
    this.sound.schedule(ahead.map((cue) => ({ tone: cue.tone, in: (cue.at - from) / speed })));
    this.audio = this.sound.on ? { from, at: this.sound.now() } : null;
  }

  /** One wake-up: has anything become due? */
  beat() {
    if (this.status !== "running") return;
    if (this.slept()) return;
    const elapsed = this.elapsed();
    const index = phaseIndex(this.timeline, elapsed);
    this.spend(this.heard, elapsed);
    this.speak(elapsed);
    this.follow(elapsed);
    if (performance.now() - this.saved > 1000) this.save();
    const limit = this.limit();
    if (elapsed >= this.timeline.total) this.finish();
    else if (elapsed >= limit.at) this.hold(limit);
    if (index !== this.shown) this.tell();
    this.shown = index;
  }

  /** Say what has become due since the last look; after a long gap only the latest of it. */
  speak(/** @type {number} */ elapsed) {
    this.voice.check();
    const from = this.heard;
    if (elapsed < from) return;
    const due = cues(this.timeline, 0, this.limit().phase).filter((cue) => {
      const when = cue.at + VOICE_AFTER * this.settings.speed;
      return cue.say && when > from && when <= elapsed && (this.settings.more || !cue.more);
    });
    this.heard = elapsed;
    if (due.length) this.voice.say(due[due.length - 1].say);
  }

  /** Count the time really spent at work, by exercise. @param {number} from @param {number} to */
  spend(from, to) {
    const phases = this.timeline.phases.slice(phaseIndex(this.timeline, from), phaseIndex(this.timeline, to) + 1);
    for (const { kind, exercise, start, end } of phases.filter((phase) => WORK.has(phase.kind))) {
      const gone = Math.min(to, end) - Math.max(from, start);
      if (gone > 0) this.spent[exercise] = (this.spent[exercise] ?? 0) + gone;
    }
  }

  /** Keep the tones with the session: sound may begin late, or its clock may run a little off. */
  follow(/** @type {number} */ elapsed) {
    if (!this.sound.on) return;
    if (!this.audio) return this.place();
    const expected = this.audio.at + (elapsed - this.audio.from) / 1000 / this.settings.speed;
    if (this.sound.strayed(expected)) this.place();
  }

  /**
   * Pause where the machine fell asleep. Some browsers stop performance.now() in sleep: then the
   * date has jumped; where they do not, the audio clock has stayed behind.
   */
  slept() {
    const now = performance.now();
    const date = Date.now();
    const audio = this.sound.on ? this.sound.now() : 0;
    const gap = now - this.awake.beat;
    const jumped = date - this.awake.date - gap;
    const silent = this.awake.audio && audio ? gap - (audio - this.awake.audio) * 1000 : 0;
    const longest = Math.max(gap, date - this.awake.date);
    const lost = Math.max(jumped, silent);
    const before = this.awake.beat;
    this.awake = { beat: now, date, audio };
    if (longest < SLEEP || lost < SLEEP - 1000) return false;
    this.position = Math.min(this.position + (before - this.since) * this.settings.speed, this.timeline.total);
    this.halt("paused", `The computer slept for ${spoken(longest)}. Paused where you were.`);
    return true;
  }

  /** @param {{at: number, phase: number}} limit */
  hold(limit) {
    this.position = limit.at;
    this.halt("held");
    const phase = this.timeline.phases[limit.phase];
    const words = phase.say || phase.title;
    this.heard = limit.at + VOICE_AFTER * this.settings.speed;
    this.voice.say(`${words} When you are ready, press the space bar.`);
  }

  finish() {
    this.position = this.timeline.total;
    this.report(true);
    this.status = "done";
    this.note = "";
    this.quiet();
    Keep.set(`place:${this.key}`, undefined);
    this.tell();
  }

  // What it needs from the browser

  /** Wake-ups from a worker where there is one; from this page otherwise. */
  wake() {
    if (this.ticker) return;
    const beat = () => this.beat();
    try {
      const url = URL.createObjectURL(new Blob([`setInterval(() => postMessage(0), ${BEAT})`]));
      const worker = new Worker(url);
      URL.revokeObjectURL(url);
      worker.onmessage = beat;
      worker.onerror = () => (this.ticker = this.interval(beat));
      this.ticker = () => worker.terminate();
    } catch {
      this.ticker = this.interval(beat);
    }
  }

  /** @param {() => void} beat */
  interval(beat) {
    const timer = setInterval(beat, BEAT);
    return () => clearInterval(timer);
  }

  quiet() {
    this.ticker?.();
    this.ticker = undefined;
    this.lock?.release?.().catch?.(() => {});
    this.lock = null;
  }

  async stayAwake() {
    if (this.lockRefused || (this.lock && !this.lock.released)) return;
    try {
      this.lock = await /** @type {any} */ (navigator).wakeLock.request("screen");
      if (this.status !== "running" && this.status !== "held") this.quiet();
    } catch {
      if (!document.hidden) this.lockRefused = "the browser would not keep the screen on";
      this.tell();
    }
  }

  /** What works here and what does not, in words. */
  abilities() {
    const voices = this.voice.refused || speechSynthesis.getVoices().length ? "" : "no voice is installed here: tones alone";
    const blocked = this.status === "running" && !this.sound.on ? "the browser has not allowed sound yet" : "";
    const all = {
      Tones: [this.sound.refused || blocked, "ready"],
      Voice: [this.voice.refused || voices, "ready"],
      Screen: [this.lockRefused, "kept on while a session runs"],
      Place: [Keep.refused ? "this browser stores nothing: a reload begins anew" : "", "remembered for a day"],
    };
    return Object.entries(all).map(([name, [no, yes]]) => ({ ok: !no, text: `${name}: ${no || yes}` }));
  }

  // What outlives the page

  save() {
    if (this.status === "idle" || this.status === "done") return;
    this.saved = performance.now();
    const { added, spent, result } = this;
    Keep.set(`place:${this.key}`, { position: this.elapsed(), added, spent, result, saved: Date.now() });
  }

  /** @param {boolean} finished */
  report(finished) {
    const result = {
      ...this.result,
      key: this.key,
      title: this.timeline.title,
      ended: new Date().toISOString(),
      finished,
      reached: Math.round(this.position),
      total: this.timeline.total,
      spent: Object.fromEntries(Object.entries(this.spent).map(([id, ms]) => [id, Math.round(ms)])),
    };
    const others = Keep.get("results", []).filter((/** @type {any} */ each) => each.id !== result.id);
    Keep.set("results", [...others, result].slice(-200));
    this.deliver();
  }

  /** Hand over the results that no kernel has acknowledged; each has an id and is counted once. */
  deliver() {
    const results = Keep.get("results", []);
    if (!results.length) return;
    this.model.set("results", results);
    try {
      this.model.save_changes();
    } catch {
      this.note = "Python is not there: the result is kept, and handed over when it is back.";
    }
  }

  forget() {
    const received = new Set(this.model.get("received"));
    const results = Keep.get("results", []).filter((/** @type {any} */ result) => !received.has(result.id));
    Keep.set("results", results.length ? results : undefined);
  }

  /** A view has gone: with the last one gone for good, nothing may go on sounding. */
  leave() {
    setTimeout(() => this.watchers.size || this.pause("Paused: the player was closed."), 1000);
  }

  close() {
    this.pause();
    this.quiet();
    this.sound.close();
    this.channel?.close();
    document.removeEventListener("visibilitychange", this.visible);
    removeEventListener("pagehide", this.leaving);
  }
}

// ---------------------------------------------------------------------------------------- View

// All of the markup, and no word of the data in it: those are written as text, later.
const MARKUP = `
<div class="bc-head"><span class="bc-session"></span><span class="bc-place"></span>
  <button class="bc-class" aria-keyshortcuts="F">Class mode</button></div>
<div class="bc-stage"><div class="bc-card" role="img"></div>
  <div class="bc-now"><div class="bc-kind"></div><div class="bc-title"></div>
    <div class="bc-clock"><div class="bc-digits" role="timer" aria-label="Time left"></div>
      <div class="bc-swell" aria-hidden="true"></div><div class="bc-pace"></div></div>
    <div class="bc-words"></div><ul class="bc-care"></ul></div></div>
<div class="bc-bar" aria-hidden="true"><div class="bc-gone"></div></div>
<div class="bc-times"></div>
<div class="bc-keys" role="group" aria-label="Player controls">
  <button class="bc-resume"></button>
  <button class="bc-back" aria-keyshortcuts="B ArrowLeft">Back</button>
  <button class="bc-start" aria-keyshortcuts="Space"></button>
  <button class="bc-next" aria-keyshortcuts="N ArrowRight">Next</button>
  <button class="bc-longer" aria-keyshortcuts="+">+15 s</button>
  <button class="bc-again" aria-keyshortcuts="R">Restart this side</button>
  <button class="bc-stop">Stop</button></div>
<div class="bc-next-up"><div class="bc-next-card" aria-hidden="true"></div><div class="bc-next-words"></div></div>
<div class="bc-note" role="alert"></div><div class="bc-status" role="status"></div>
<details class="bc-settings"><summary>Sound and settings</summary><div class="bc-fields">
  <label>Tones (0 is off)<input name="tones" type="range" min="0" max="1" step="0.1"></label>
  <label>Voice (0 is off)<input name="voice" type="range" min="0" max="1" step="0.1"></label>
  <label>Speed<select name="speed"><option>0.5<option>0.75<option>1<option>1.25<option>1.5<option>2</select></label>
  <label>Speak more, show less<input name="more" type="checkbox"></label>
  <label>Wait for me before each step<input name="steps" type="checkbox"></label>
  <button class="bc-test">Sound test</button></div>
  <div class="bc-heading">What works in this browser</div><ul class="bc-abilities"></ul></details>
<details class="bc-all"><summary>All the steps</summary><ol class="bc-list"></ol></details>`;

/** @param {Phase} phase @returns {string} its kind, and its title where that says more */
const named = ({ label, title }) => (label.startsWith(title) ? label : `${label}: ${title}`);

/** @param {Phase} phase @returns {string} one line of the list of steps */
function line(phase) {
  const times = phase.kind === "repeat" ? `${count(phase.count, "time")}, ` : "";
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
  const $ = (/** @type {string} */ name) => root.querySelector(`.bc-${name}`);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const fields = [...root.querySelectorAll("[name]")];
  /** @type {Map<string, ReturnType<typeof picture>>} */
  const pictures = new Map();
  /** @type {Timeline|null} */ let listed = null;
  let frame = 0;
  let said = "";

  /** @type {Record<string, () => void>} */
  const actions = {
    resume: () => engine.resume(), back: () => engine.back(), start: () => engine.toggle(),
    next: () => engine.next(), longer: () => engine.longer(), again: () => engine.again(),
    stop: () => engine.stop(), test: () => engine.test(), class: () => classMode(),
  };
  for (const button of root.querySelectorAll("button")) {
    button.type = "button";
    button.onclick = actions[button.className.slice(3)];
  }
  for (const input of fields) {
    input.oninput = () => engine.set({ [input.name]: input.type === "checkbox" ? input.checked : Number(input.value) });
  }

  /** The picture of a figure, in a place of its own; nothing where there is none.
   * @param {string} where @param {Figure|null|undefined} figure */
  function put(where, figure) {
    const sprite = figure && engine.model.get("sprites")?.[figure.key];
    const id = `${where} ${figure?.key}`;
    if (sprite && !pictures.has(id)) pictures.set(id, picture(sprite));
    const shown = sprite ? pictures.get(id) : undefined;
    if ($(where).firstChild !== (shown?.svg ?? null)) $(where).replaceChildren(...(shown ? [shown.svg] : []));
    return { sprite, draw: shown?.draw };
  }

  /** What changes with time. */
  function draw() {
    const now = engine.now();
    const { phase, share } = now;
    const idle = engine.status === "idle";
    const { sprite, draw: move } = put("card", phase.figure);
    move?.(travel(phase, still.matches ? settle(phase, share) : share, !!sprite.loop));
    const paces = {
      breathe: share < phase.turn ? "Breathe in" : "Breathe out",
      repeat: `${now.count} of ${phase.count}`,
    };
    write($("digits"), clock(idle ? now.remaining : now.left));
    write($("pace"), paces[/** @type {keyof paces} */ (phase.kind)] ?? "");
    write($("times"), `${clock(engine.timeline.total - now.remaining)} done, ${clock(now.remaining)} to go`);
    $("swell").style.setProperty("--swell", travel(phase, share, false).toFixed(3));
    $("gone").style.transform = `scaleX(${1 - now.remaining / engine.timeline.total})`;
  }

  /** Where a figure stands when nothing may move: at the end of each way.
   * @param {Phase} phase @param {number} share */
  function settle({ count, turn }, share) {
    return count && share < turn ? turn : 1;
  }

  /** What changes from step to step, and with what the person does. */
  function show() {
    const { status, timeline, settings, offer } = engine;
    const { index, phase } = engine.now();
    const idle = status === "idle";
    const ahead = idle ? [] : timeline.phases.slice(index + 1);
    root.dataset.status = status;
    root.dataset.kind = phase.kind;
    root.setAttribute("aria-label", `Session player: ${timeline.title}`);
    root.classList.toggle("bc-less", settings.more);
    write($("session"), timeline.title);
    write($("place"), idle ? spoken(timeline.total) : `${index + 1} of ${timeline.phases.length}`);
    write($("kind"), idle ? "Ready when you are" : phase.label);
    write($("title"), idle ? "Press Start" : phase.title);
    write($("words"), idle ? "" : phase.words);
    write($("start"), { idle: "Start", running: "Pause", held: "Go on", paused: "Go on", done: "Start again" }[status]);
    write($("next-words"), ahead.length ? `Next: ${named(ahead[0])}` : "");
    write($("resume"), offer ? `Continue from ${clock(offer.position)}` : "");
    write($("note"), engine.note);
    write($("class"), root.classList.contains("bc-full") ? "Leave class mode" : "Class mode");
    $("resume").hidden = !idle || !offer;
    for (const name of ["back", "next", "longer", "again", "stop"]) $(name).disabled = idle;
    $("care").replaceChildren(...phase.care.map((text) => h("li", {}, text)));
    $("abilities").replaceChildren(...engine.abilities().map(({ text, ok }) => h("li", { class: ok ? "" : "bc-no" }, text)));
    const other = ahead.find(({ figure }) => figure && figure.key !== phase.figure?.key);
    put("next-card", other?.figure).draw?.(1);
    const { sprite } = put("card", phase.figure);
    $("card").hidden = !sprite;
    $("card").setAttribute("aria-label", sprite?.alt ?? "");
    for (const input of fields) {
      const value = settings[/** @type {keyof typeof SETTINGS} */ (input.name)];
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    announce(index, phase);
    list(index);
    draw();
    loop();
  }

  /** One short sentence for a screen reader, when the step or the state changes, not each second.
   * @param {number} index @param {Phase} phase */
  function announce(index, phase) {
    const { status } = engine;
    if (said === status + index) return;
    said = status + index;
    const held = `Waiting for you: ${phase.title}.`;
    write($("status"), { idle: "", running: line(phase), held, paused: "Paused.", done: "Finished." }[status]);
  }

  /** The whole timeline as text, made when it is first asked for. @param {number} current */
  function list(current) {
    if (!$("all").open) return;
    if (listed !== engine.timeline) {
      listed = engine.timeline;
      $("list").replaceChildren(...listed.phases.map((phase) =>
        h("li", {}, h("b", {}, clock(phase.start)), ` ${line(phase)} `, h("span", {}, phase.words))));
    }
    [...$("list").children].forEach((li, i) => li.toggleAttribute("aria-current", i === current));
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

  /** The whole screen, or the whole page where that is not allowed; it waits before each step. */
  async function classMode(on = !root.classList.contains("bc-full")) {
    root.classList.toggle("bc-full", on);
    engine.set({ steps: on });
    if (on) {
      root.focus();
      await root.requestFullscreen().catch(() => {
        root.popover = "manual"; // the top layer: nothing on the page can clip or cover it
        root.showPopover();
      });
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
    const key = event.key === " " || event.key === "Enter" ? "Space" : event.key;
    if (key === "Space" && target !== root) return; // a button, a field: it answers by itself
    if (key.startsWith("Arrow") && target.matches("input, select")) return;
    if (key === "Escape" && root.classList.contains("bc-full")) return void classMode(false);
    const named = [...root.querySelectorAll("[aria-keyshortcuts]")].find((button) =>
      button.getAttribute("aria-keyshortcuts").split(" ").some((/** @type {string} */ each) => each.toLowerCase() === key.toLowerCase()));
    if (!named) return;
    event.preventDefault();
    named.click();
  }

  function redraw() {
    pictures.clear();
    show();
  }

  $("all").ontoggle = show;
  root.onfullscreenchange = () => document.fullscreenElement || root.popover || classMode(false);
  el.replaceChildren(root);
  engine.model.on("change:sprites", redraw);
  const unwatch = engine.watch(show);
  show();
  return () => {
    unwatch();
    cancelAnimationFrame(frame);
    engine.model.off("change:sprites", redraw);
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
