// @ts-check
// The tones of a session, on the audio clock.

/**
 * The notes of each tone: hertz, when it begins, how long it rings (seconds). Told apart by their
 * number and direction: up to begin, down to rest and end, across and back to change sides.
 * @type {Record<string, number[][]>}
 */
export const TONES = {
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

/**
 * Render a tone to samples.
 * @param {BaseAudioContext} context
 * @param {string} tone
 */
export function renderTone(context, tone) {
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

export const SOUND_TIMEOUT_MS = 2000; // in which the audio clock does not move, while it should
const NO_SOUND = "This browser makes no sound: follow the digits, or try another browser.";
const HUM_GAIN = 6e-5; // of full scale: far below what can be heard, and yet not silence
const HUM_HZ = 30;
const DRIFT_LOOKS = 9; // one look at the audio clock is itself a few milliseconds uncertain
const MAX_DRIFT_S = 0.01;
const NEXT_S = 0.02;

/** Times of this class are seconds of the audio clock. */
export class Sound {
  /** @type {AudioContext|undefined} */ context;
  /** @type {GainNode|undefined} */ gain;
  /** @type {OscillatorNode|undefined} */ hum;
  refused = typeof AudioContext === "undefined" ? NO_SOUND : "";
  lost = ""; // while a session runs
  isWanted = false;
  isRenewed = false;
  lastMove = { page: 0, time: 0 }; // when the audio clock was last seen to move, and what it said
  /** @type {{node: AudioBufferSourceNode, at: number}[]} */ scheduled = [];
  /** @type {Record<string, AudioBuffer>} */ buffers = {};
  /** @type {number[]} */ drifts = [];

  /** @param {() => void} notify is called when sound begins, or is taken away */
  constructor(notify) {
    this.notify = notify;
  }

  /** To be called inside a click or another input: that is when a browser lets a page make sound. */
  open() {
    try {
      if (this.lost && this.context?.state === "running") this.close(); // its clock stands
      this.context ??= this.createContext();
      this.context.resume().catch(() => {});
      if (this.isWanted) this.start();
    } catch {
      this.refused = NO_SOUND;
    }
  }

  createContext() {
    const context = new AudioContext();
    this.gain = new GainNode(context);
    this.gain.connect(context.destination);
    context.onstatechange = () => {
      if (this.isWanted && context.state !== "running") context.resume().catch(() => {});
      this.notify();
    };
    return context;
  }

  close() {
    if (!this.context) return;
    this.context.onstatechange = null;
    this.context.close();
    this.context = this.hum = undefined;
    this.scheduled = [];
  }

  /** A session runs. What nobody hears keeps a loudspeaker awake: one that falls asleep between two
   * tones swallows the next. */
  start() {
    this.isWanted = true;
    this.lastMove = { page: performance.now(), time: -1 };
    if (!this.context || this.hum) return;
    this.hum = new OscillatorNode(this.context, { frequency: HUM_HZ });
    this.hum.connect(new GainNode(this.context, { gain: HUM_GAIN })).connect(this.context.destination);
    this.hum.start();
  }

  stop() {
    this.isWanted = false;
    this.lost = "";
    this.hum?.stop();
    this.hum = undefined;
  }

  /** Notice sound that does not come, though the browser may say that it runs; a new context helps
   * where the audio clock stands. To be called often while a session runs. */
  checkClock() {
    const page = performance.now();
    const { context, lastMove } = this;
    if (!context || this.refused) return;
    const time = context.currentTime;
    if (context.state === "running" && time !== lastMove.time) {
      this.lastMove = { page, time };
      if (lastMove.time < 0) return;
      this.isRenewed = false;
      this.setLost("");
    } else if (page - lastMove.page > SOUND_TIMEOUT_MS) {
      if (context.state === "running" && !this.isRenewed) {
        this.isRenewed = true;
        this.close();
        this.open();
      } else this.setLost("No sound: touch the page or press a key, and see that a speaker is on.");
    }
  }

  /** @param {string} lost */
  setLost(lost) {
    if (lost === this.lost) return;
    this.lost = lost;
    this.notify();
  }

  get isOn() {
    return this.context?.state === "running" && !this.lost;
  }

  set volume(/** @type {number} */ volume) {
    if (this.gain) this.gain.gain.value = volume;
  }

  /** What the audio clock says at this instant; 0 where nothing sounds. */
  get now() {
    if (!this.context || !this.isOn) return 0;
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    if (!performanceTime) return this.context.currentTime;
    return (contextTime ?? 0) + (performance.now() - performanceTime) / 1000;
  }

  /** The next second of the audio clock that a tone can be placed on; `now` is heard already. */
  get next() {
    return (this.context?.currentTime ?? 0) + NEXT_S;
  }

  /**
   * Put tones on the audio clock, all of them, so that nothing on the page can delay one.
   * @param {{tone: string, wait: number}[]} tones with the seconds until each
   * @param {number} now from which they are counted
   */
  schedule(tones, now = this.now) {
    this.cancel();
    const { context, gain } = this;
    if (!context || !gain || !this.isOn) return;
    for (const { tone, wait } of tones) {
      const buffer = (this.buffers[tone] ??= renderTone(context, tone));
      const node = new AudioBufferSourceNode(context, { buffer });
      node.connect(gain);
      node.start(now + wait);
      this.scheduled.push({ node, at: now + wait });
    }
  }

  /** Take back the tones that have not begun; one that rings may ring out. */
  cancel() {
    const soon = this.now + 0.02;
    for (const { node, at } of this.scheduled) if (at > soon) node.disconnect();
    this.scheduled = [];
    this.drifts = [];
  }

  /**
   * Is the audio clock away from where it is expected, in the median of several looks?
   * @param {number} expected
   */
  hasDrifted(expected) {
    this.drifts.push(this.now - expected);
    const median = [...this.drifts].sort((a, b) => a - b)[DRIFT_LOOKS >> 1];
    if (this.drifts.length === DRIFT_LOOKS) this.drifts.shift();
    return Math.abs(median ?? 0) > MAX_DRIFT_S;
  }
}
