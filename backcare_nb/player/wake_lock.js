// @ts-check
// The screen stays on while a session runs.

const DARK = "The screen may go dark: ";
const LONGER = " Set it to stay on longer.";

export class ScreenWakeLock {
  possible = "wakeLock" in navigator;
  refused = this.possible ? "" : DARK + (isSecureContext ? "this browser cannot keep it on." : "over plain http no page can keep it on.") + LONGER;
  wanted = false;
  asking = false;
  /** @type {any} */ lock = null;

  /** @param {() => void} tell is called when the screen is kept on, or is not */
  constructor(tell) {
    this.tell = tell;
  }

  /** To be called again when the page comes in sight, and on each input: a lock may be lost. */
  async keep() {
    this.wanted = true;
    if (!this.possible || this.asking || (this.lock && !this.lock.released)) return;
    this.asking = true;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      this.refused = "";
    } catch {
      if (!document.hidden) this.refused = `${DARK}the browser would not keep it on. Touch the page to ask again.`;
    }
    this.asking = false;
    if (!this.wanted) this.release();
    this.tell();
  }

  release() {
    this.wanted = false;
    this.lock?.release();
    this.lock = null;
  }
}
