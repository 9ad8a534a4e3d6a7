// @ts-check
// The screen stays on while a session runs.

const MAY_GO_DARK = "The screen may go dark: ";

export class ScreenWakeLock {
  isSupported = "wakeLock" in navigator;
  problem = this.isSupported ? "" : MAY_GO_DARK + (isSecureContext ? "this browser cannot" : "over plain http no page can") + " keep it on. Set it to stay on longer.";
  isWanted = false;
  isAsking = false;
  /** @type {any} a WakeLockSentinel */ lock = null;

  /** @param {() => void} notify is called when the screen is kept on, or is not */
  constructor(notify) {
    this.notify = notify;
  }

  /** Keep the screen on. To be called again when the page comes in sight, and on each input: a lock
   * may be lost. */
  async acquire() {
    this.isWanted = true;
    if (!this.isSupported || this.isAsking || (this.lock && !this.lock.released)) return;
    this.isAsking = true;
    try {
      this.lock = await /** @type {any} */ (navigator).wakeLock.request("screen");
      this.problem = "";
    } catch {
      if (!document.hidden) this.problem = `${MAY_GO_DARK}the browser would not keep it on. Touch the page to ask again.`;
    }
    this.isAsking = false;
    if (!this.isWanted) this.release();
    this.notify();
  }

  release() {
    this.isWanted = false;
    this.lock?.release();
    this.lock = null;
  }
}
