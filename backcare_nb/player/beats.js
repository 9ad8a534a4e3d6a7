// @ts-check
// Wake-ups while a session runs: from a worker, whose timers no hidden tab slows down.

const BEAT = 40; // milliseconds

// The worker also knows for how long it was silent at most: a page that was busy had a worker that
// was awake, a machine that slept had none.
const WORKER = `let last = Date.now(), silence = 0;
const look = () => { const now = Date.now(); silence = Math.max(silence, now - last); last = now; };
setInterval(() => { look(); postMessage(-1); }, ${BEAT});
onmessage = () => { look(); postMessage(silence); silence = 0; };`;

export class Beats {
  /** @type {Worker|null} */ worker = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */ timer;
  asked = false;
  running = false;
  address = "";

  /** @param {(silence?: number) => void} beat hears the worker's longest silence, once it was asked */
  constructor(beat) {
    this.beat = beat;
  }

  start() {
    if (this.running) return;
    this.running = true;
    try {
      this.address ||= URL.createObjectURL(new Blob([WORKER]));
      this.worker = new Worker(this.address);
      this.worker.onmessage = ({ data }) => this.hear(data);
      this.worker.onerror = () => this.alone(); // refused, but not at once
    } catch {
      this.alone();
    }
  }

  /** The page keeps time by itself. */
  alone() {
    this.worker = null;
    this.timer = setInterval(() => this.beat(), BEAT);
  }

  /** @param {number} silence of the worker, in milliseconds; below 0 where it only beats */
  hear(silence) {
    if (silence < 0) return this.beat();
    this.asked = false;
    this.beat(silence);
  }

  /** Let the worker tell how long it was silent. @returns {boolean} whether there is one to tell */
  ask() {
    if (!this.asked) this.worker?.postMessage(0);
    return (this.asked = !!this.worker);
  }

  stop() {
    clearInterval(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.running = this.asked = false;
  }

  close() {
    this.stop();
    if (this.address) URL.revokeObjectURL(this.address);
  }
}
