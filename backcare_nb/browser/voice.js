// @ts-check
// The voice of the browser, a sentence at a time.

export const AFTER_TONE = 600; // milliseconds: the tone first, then the words
export const PATIENCE = 4000; // a voice that has not begun by then will not begin

export class Voice {
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
