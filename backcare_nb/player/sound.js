// @ts-check
// The tones of a session, on the audio clock.

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

const STILL = 2000; // milliseconds in which the audio clock does not move, while it should
const NONE = "This browser makes no sound: follow the digits, or try another browser.";
const FAINT = 6e-5; // of full scale: far below what can be heard, and yet not silence

export class Sound {
  /** @type {AudioContext|undefined} */ context;
  /** @type {GainNode|undefined} */ gain;
  /** @type {OscillatorNode|undefined} */ line;
  refused = typeof AudioContext === "undefined" ? NONE : "";
  lost = ""; // while a session runs
  wanted = false;
  renewed = false;
  moved = { page: 0, time: 0 }; // when the audio clock was last seen to move, and what it said
  /** @type {{node: AudioBufferSourceNode, at: number}[]} */ placed = [];
  /** @type {Record<string, AudioBuffer>} */ buffers = {};
  /** @type {number[]} */ drift = [];

  /** @param {() => void} tell is called when sound begins, or is taken away */
  constructor(tell) {
    this.tell = tell;
  }

  /** To be called inside a click or another input: that is when a browser lets a page make sound. */
  open() {
    try {
      if (this.lost && this.context?.state === "running") this.close(); // its clock stands
      this.context ??= this.made();
      this.context.resume().catch(() => {});
      if (this.wanted) this.keep();
    } catch {
      this.refused = NONE;
    }
  }

  made() {
    const context = new AudioContext();
    this.gain = new GainNode(context);
    this.gain.connect(context.destination);
    context.onstatechange = () => {
      if (this.wanted && context.state !== "running") context.resume().catch(() => {});
      this.tell();
    };
    return context;
  }

  close() {
    if (!this.context) return;
    this.context.onstatechange = null;
    this.context.close();
    this.context = this.line = undefined;
    this.placed = [];
  }

  /** A session runs. What nobody hears keeps a loudspeaker awake: one that falls asleep between two
   * tones swallows the next. */
  keep() {
    this.wanted = true;
    this.moved = { page: performance.now(), time: -1 };
    if (!this.context || this.line) return;
    this.line = new OscillatorNode(this.context, { frequency: 30 });
    this.line.connect(new GainNode(this.context, { gain: FAINT })).connect(this.context.destination);
    this.line.start();
  }

  rest() {
    this.wanted = false;
    this.lost = "";
    this.line?.stop();
    this.line = undefined;
  }

  /** Notice sound that does not come, though the browser may say that it runs; a new context helps
   * where the audio clock stands. To be called often while a session runs. */
  watch() {
    const page = performance.now();
    const { context, moved } = this;
    if (!context || this.refused) return;
    const time = context.currentTime;
    if (context.state === "running" && time !== moved.time) {
      this.moved = { page, time };
      if (moved.time < 0) return;
      this.renewed = false;
      this.tellLost("");
    } else if (page - moved.page > STILL) {
      if (context.state === "running" && !this.renewed) {
        this.renewed = true;
        this.close();
        this.open();
      } else this.tellLost("No sound: touch the page or press a key, and see that a speaker is on.");
    }
  }

  /** @param {string} lost */
  tellLost(lost) {
    if (lost === this.lost) return;
    this.lost = lost;
    this.tell();
  }

  get on() {
    return this.context?.state === "running" && !this.lost;
  }

  set volume(/** @type {number} */ volume) {
    if (this.gain) this.gain.gain.value = volume;
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
