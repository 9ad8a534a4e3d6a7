// @ts-check
// Wake-ups while a session runs: from a worker, whose timers no hidden tab slows down.

const TICK_MS = 40;

// The worker also knows for how long it was silent at most: a page that was busy had a worker that
// was awake, a machine that slept had none.
const WORKER_SOURCE = `let last = Date.now(), silence = 0;
const look = () => { const now = Date.now(); silence = Math.max(silence, now - last); last = now; };
setInterval(() => { look(); postMessage(-1); }, ${TICK_MS});
onmessage = () => { look(); postMessage(silence); silence = 0; };`;

/** Calls a function every 40 ms while it runs. */
export class Ticker {
  /** @type {Worker|null} */ worker = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */ timer;
  isAsked = false;
  isRunning = false;
  url = "";

  /** @param {(silenceMs?: number) => void} tick hears the worker's longest silence, once it was asked */
  constructor(tick) {
    this.tick = tick;
  }

  start() {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      this.url ||= URL.createObjectURL(new Blob([WORKER_SOURCE]));
      this.worker = new Worker(this.url);
      this.worker.onmessage = ({ data }) => this.receive(data);
      this.worker.onerror = () => this.tickInPage(); // refused, but not at once
    } catch {
      this.tickInPage();
    }
  }

  /** The page keeps time by itself. */
  tickInPage() {
    this.worker = null;
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @param {number} silenceMs of the worker; below 0 where it only ticks */
  receive(silenceMs) {
    if (silenceMs < 0) return this.tick();
    this.isAsked = false;
    this.tick(silenceMs);
  }

  /**
   * Ask the worker how long it was silent.
   * @returns {boolean} whether there is a worker to tell
   */
  askSilence() {
    if (!this.isAsked) this.worker?.postMessage(0);
    return (this.isAsked = !!this.worker);
  }

  stop() {
    clearInterval(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.isRunning = this.isAsked = false;
  }

  close() {
    this.stop();
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
