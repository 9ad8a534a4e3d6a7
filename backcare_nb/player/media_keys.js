// @ts-check
// The keys of a headset, a keyboard and a lock screen.

/**
 * @typedef {{play: () => void, pause: () => void, nexttrack: () => void, previoustrack: () => void}} KeyActions
 * @typedef {{title: string, exercise: string, seconds: number, position: number, speed: number}} Playing what a lock screen tells
 */

const SILENCE_S = 6; // a browser gives its keys to no sound of less than five seconds
const SILENCE_HZ = 8000; // samples in a second
const MIDDLE = 128; // of a sample of eight bits, which is silence

/** Render silence to a WAV file: keys go to what plays, and tones on the audio clock are nothing to them. */
function renderSilence() {
  const samples = new Uint8Array(SILENCE_S * SILENCE_HZ).fill(MIDDLE);
  const { length } = samples;
  const format = Uint32Array.of(16, 0x10001, SILENCE_HZ, SILENCE_HZ, 0x80001); // one channel of eight bits
  const parts = ["RIFF", Uint32Array.of(36 + length), "WAVEfmt ", format, "data", Uint32Array.of(length), samples];
  return new Blob(parts, { type: "audio/wav" });
}

export class MediaKeys {
  /** @type {MediaKeys|undefined} of all players of a page, the one that ran last */ static holder;
  session = navigator.mediaSession;
  /** @type {HTMLAudioElement|undefined} */ silence;

  /** @param {KeyActions} actions */
  constructor(actions) {
    this.actions = actions;
  }

  /**
   * Take the keys with what runs, and keep them while it is paused.
   * @param {string} status of the session
   * @param {() => Playing} describe
   */
  follow(status, describe) {
    const runs = status === "running";
    if (status === "idle" || status === "done") return this.release();
    if (!this.session || !(runs || this.isHolder)) return;
    if (!this.isHolder) this.take();
    const { title, exercise, seconds, position, speed } = describe();
    if (this.session.metadata?.title !== exercise) this.session.metadata = new MediaMetadata({ title: exercise, artist: title });
    this.session.playbackState = runs ? "playing" : "paused";
    this.session.setPositionState({ duration: seconds, position: Math.min(position, seconds), playbackRate: speed });
    if (runs) this.silence?.play().catch(() => {}); // the session goes on without keys
    else this.silence?.pause();
  }

  get isHolder() {
    return MediaKeys.holder === this;
  }

  take() {
    MediaKeys.holder?.release();
    MediaKeys.holder = this;
    this.silence ??= Object.assign(new Audio(URL.createObjectURL(renderSilence())), { loop: true });
    for (const [key, act] of Object.entries(this.actions)) this.session.setActionHandler(/** @type {any} */ (key), act);
  }

  release() {
    if (!this.isHolder) return;
    MediaKeys.holder = undefined;
    this.silence?.pause();
    this.session.playbackState = "none";
    this.session.metadata = null;
    for (const key in this.actions) this.session.setActionHandler(/** @type {any} */ (key), null);
  }
}
