// @ts-check
// The voice of the browser, a sentence at a time.

/** @typedef {{say: string, language?: string}} Words of a language, by its BCP 47 tag */

export const AFTER_TONE = 600; // milliseconds: the tone first, then the words
export const PATIENCE = 4000; // for a voice to begin, before it is told that it does not
const LISTING = 3000; // for voices to be listed, before it is told that there are none
const LATE = 15000; // words that no voice has begun are said by one that comes until then
const LINUX = /Linux/.test(navigator.userAgent) && !/Android/.test(navigator.userAgent);
const ADD = LINUX
  ? "Install speech-dispatcher; Chromium also needs --enable-speech-dispatcher."
  : "Add one in the speech settings of your system, and open this page again.";

/** @param {string} tag @returns {string} "de" of "de-AT" */
export const primary = (tag) => tag.toLowerCase().split(/[-_]/)[0];

/** @param {string} tag @returns {string} "German" of "de" */
export const languageName = (tag) => new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;

export class Voice {
  /** @type {SpeechSynthesis|undefined} */ synthesis = globalThis.speechSynthesis;
  volume = 1;
  rate = 1;
  /** @type {Record<string, string>} the voiceURI of a voice, by language */ chosen = {};
  languages = ["en"]; // of the session
  /** @type {Record<string, SpeechSynthesisVoice[]>} all that are listed, by language */ listed = {};
  count = 0; // of those listed
  made = performance.now();
  asked = 0; // when a voice was asked that has not begun
  spoke = false;
  silent = false; // the voice that was asked last has not answered
  waiting = { words: /** @type {Words[]} */ ([]), at: 0 };

  /** @param {() => void} tell is called when a voice has come or failed */
  constructor(tell) {
    this.tell = tell;
    this.synthesis?.getVoices(); // some list them only once they were asked
    setTimeout(tell, LISTING + 50);
  }

  /** The voices of a language, the best first: the one that was chosen, then local ones, since
   * remote ones stop. @param {string} tag */
  of(tag) {
    const rank = ({ voiceURI, localService, lang }) =>
      4 * Number(voiceURI === this.chosen[primary(tag)]) + 2 * Number(localService) +
      Number(lang.replace("_", "-").toLowerCase() === tag.toLowerCase());
    return (this.list()[primary(tag)] ?? []).sort((a, b) => rank(b) - rank(a));
  }

  /** All voices by language, sorted out once, since there may be thousands: espeak-ng lists each in a
   * hundred variants, which have a plus in their names and are left out. */
  list() {
    const all = this.synthesis?.getVoices() ?? [];
    if (all.length !== this.count) {
      this.listed = {};
      for (const voice of all) if (!/\+/.test(voice.name)) (this.listed[primary(voice.lang)] ??= []).push(voice);
      this.count = all.length;
    }
    return this.listed;
  }

  /** What is missing, and what to do about it. */
  get lack() {
    if (!this.synthesis) return "This browser cannot speak: tones alone. Chrome, Edge, Firefox and Safari can.";
    const listed = this.list();
    if (!this.count && !this.spoke) {
      const early = performance.now() - this.made < LISTING;
      return early ? "" : `No voice found yet: tones alone. ${ADD}`;
    }
    if (this.silent) return "The voice does not answer: tones alone. It is asked again at the next words.";
    const missing = this.languages.find((tag) => !listed[primary(tag)]);
    return missing && this.count ? `No voice here speaks ${languageName(missing)}. ${ADD}` : "";
  }

  /** Some browsers let a voice speak later only if it was first asked inside a click. */
  unlock() {
    if (!this.asked) this.synthesis?.speak(new SpeechSynthesisUtterance(" "));
  }

  /** Say this, in place of what is being said. @param {...Words} words */
  say(...words) {
    if (!this.synthesis || !this.volume) return;
    this.waiting = { words, at: performance.now() };
    try {
      this.synthesis.cancel();
      for (const { say, language = "en" } of words) {
        // A sentence at a time: some browsers cut long speeches off.
        for (const sentence of say.match(/[^.!?;]*[^.!?;\s][.!?;]*/g) ?? []) this.speak(sentence.trim(), language);
      }
    } catch {
      this.fail(); // and the session goes on
    }
  }

  /** @param {string} sentence @param {string} language */
  speak(sentence, language) {
    const speech = new SpeechSynthesisUtterance(sentence);
    speech.lang = language;
    speech.voice = this.of(language)[0] ?? null;
    speech.volume = this.volume;
    speech.rate = this.rate;
    speech.onstart = () => this.begun();
    speech.onerror = ({ error }) => /cancel|interrupt/.test(error) || this.fail();
    this.asked ||= performance.now();
    this.synthesis?.speak(speech);
  }

  begun() {
    const news = this.silent || !this.spoke;
    this.asked = 0;
    this.silent = false;
    this.spoke = true;
    this.waiting.words = [];
    if (news) this.tell();
  }

  /** Voices have been listed, late perhaps. */
  come() {
    this.count = 0;
    const { words, at } = this.waiting;
    if (words.length && performance.now() - at < LATE) this.say(...words);
    this.tell();
  }

  /** Tell of a voice that was asked to speak and has not begun. */
  check() {
    if (this.asked && performance.now() - this.asked > PATIENCE) this.fail();
  }

  fail() {
    this.asked = 0;
    this.silent = true;
    this.tell();
  }

  hush() {
    this.asked = 0;
    this.waiting.words = [];
    this.synthesis?.cancel();
  }
}
