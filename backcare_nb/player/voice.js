// @ts-check
// The voice of the browser, a sentence at a time.

/** @typedef {{say: string, language?: string}} Words of a language, by its BCP 47 tag */

export const VOICE_DELAY_MS = 600; // the tone first, then the words
export const VOICE_TIMEOUT_MS = 4000; // for a voice to begin, before it is told that it does not
const LISTING_TIMEOUT_MS = 3000; // for voices to be listed, before it is told that there are none
const MAX_WORDS_AGE_MS = 15000; // words that no voice has begun are said by one that comes until then
const IS_LINUX = /Linux/.test(navigator.userAgent) && !/Android/.test(navigator.userAgent);
const HOW_TO_ADD = IS_LINUX
  ? "Install speech-dispatcher; Chromium also needs --enable-speech-dispatcher."
  : "Add one in the speech settings of your system, and open this page again.";

/**
 * @param {string} tag
 * @returns {string} "de" of "de-AT"
 */
export const getPrimaryTag = (tag) => tag.toLowerCase().split(/[-_]/)[0];

/**
 * @param {string} tag
 * @returns {string} "German" of "de"
 */
export const getLanguageName = (tag) => new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;

export class Voice {
  /** @type {SpeechSynthesis|undefined} */ synthesis = globalThis.speechSynthesis;
  volume = 1;
  rate = 1;
  /** @type {Record<string, string>} the voiceURI of a voice, by language */ chosen = {};
  languages = ["en"]; // of the session
  /** @type {Record<string, SpeechSynthesisVoice[]>} all that are listed, by language */ listed = {};
  listedCount = 0;
  createdAt = performance.now();
  askedAt = 0; // when a voice was asked that has not begun
  hasSpoken = false;
  isSilent = false; // the voice that was asked last has not answered
  pending = { words: /** @type {Words[]} */ ([]), at: 0 };

  /** @param {() => void} notify is called when a voice has come or failed */
  constructor(notify) {
    this.notify = notify;
    this.synthesis?.getVoices(); // some list them only once they were asked
    setTimeout(notify, LISTING_TIMEOUT_MS + 50);
  }

  /**
   * Find the voices of a language, the best first: the one that was chosen, then local ones, since
   * remote ones stop.
   * @param {string} tag
   */
  findVoices(tag) {
    /** @param {SpeechSynthesisVoice} voice */
    const rank = ({ voiceURI, localService, lang }) =>
      4 * Number(voiceURI === this.chosen[getPrimaryTag(tag)]) + 2 * Number(localService) +
      Number(lang.replace("_", "-").toLowerCase() === tag.toLowerCase());
    return (this.list()[getPrimaryTag(tag)] ?? []).sort((a, b) => rank(b) - rank(a));
  }

  /** List all voices by language, sorted out once, since there may be thousands: espeak-ng lists each
   * in a hundred variants, which have a plus in their names and are left out. */
  list() {
    const all = this.synthesis?.getVoices() ?? [];
    if (all.length !== this.listedCount) {
      this.listed = {};
      for (const voice of all) if (!/\+/.test(voice.name)) (this.listed[getPrimaryTag(voice.lang)] ??= []).push(voice);
      this.listedCount = all.length;
    }
    return this.listed;
  }

  /** What is missing, and what to do about it. */
  get problem() {
    if (!this.synthesis) return "This browser cannot speak: tones alone. Chrome, Edge, Firefox and Safari can.";
    const listed = this.list();
    if (!this.listedCount && !this.hasSpoken) {
      const early = performance.now() - this.createdAt < LISTING_TIMEOUT_MS;
      return early ? "" : `No voice found yet: tones alone. ${HOW_TO_ADD}`;
    }
    if (this.isSilent) return "The voice does not answer: tones alone. It is asked again at the next words.";
    const missing = this.languages.find((tag) => !listed[getPrimaryTag(tag)]);
    return missing && this.listedCount ? `No voice here speaks ${getLanguageName(missing)}. ${HOW_TO_ADD}` : "";
  }

  /** Some browsers let a voice speak later only if it was first asked inside a click. */
  unlock() {
    if (!this.askedAt) this.synthesis?.speak(new SpeechSynthesisUtterance(" "));
  }

  /**
   * Say this, in place of what is being said.
   * @param {...Words} words
   */
  say(...words) {
    if (!this.synthesis || !this.volume) return;
    this.pending = { words, at: performance.now() };
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

  /**
   * @param {string} sentence
   * @param {string} language
   */
  speak(sentence, language) {
    const speech = new SpeechSynthesisUtterance(sentence);
    speech.lang = language;
    speech.voice = this.findVoices(language)[0] ?? null;
    speech.volume = this.volume;
    speech.rate = this.rate;
    speech.onstart = () => this.noteSpeech();
    speech.onerror = ({ error }) => /cancel|interrupt/.test(error) || this.fail();
    this.askedAt ||= performance.now();
    this.synthesis?.speak(speech);
  }

  /** A voice has begun. */
  noteSpeech() {
    const news = this.isSilent || !this.hasSpoken;
    this.askedAt = 0;
    this.isSilent = false;
    this.hasSpoken = true;
    this.pending.words = [];
    if (news) this.notify();
  }

  /** Voices have been listed, late perhaps. */
  noteVoices() {
    this.listedCount = 0;
    const { words, at } = this.pending;
    if (words.length && performance.now() - at < MAX_WORDS_AGE_MS) this.say(...words);
    this.notify();
  }

  /** Tell of a voice that was asked to speak and has not begun. */
  checkAnswer() {
    if (this.askedAt && performance.now() - this.askedAt > VOICE_TIMEOUT_MS) this.fail();
  }

  fail() {
    this.askedAt = 0;
    this.isSilent = true;
    this.notify();
  }

  cancel() {
    this.askedAt = 0;
    this.pending.words = [];
    this.synthesis?.cancel();
  }
}
