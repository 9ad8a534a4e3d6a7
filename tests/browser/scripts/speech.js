// A voice that speaks when a test lets it, and writes down who said what, in which language.
window.said = [], window.cancelled = 0, window.mute = false;
window.there = [["en-GB", "Anna"], ["en-US", "Bob"], ["de-DE", "Clara"]];
const voices = new EventTarget();
Object.assign(voices, {
  getVoices: () => there.map(([lang, name]) => ({ lang, name, voiceURI: name, localService: 1 })),
  cancel() { cancelled++; },
  speak(speech) {
    if (mute || !speech.text.trim()) return;
    said.push([speech.text, speech.voice?.name ?? "", speech.lang]);
    setTimeout(() => speech.onstart?.());
  },
});
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: class {
  constructor(text) { this.text = text; } } });
Object.defineProperty(window, "speechSynthesis", { value: voices });
window.list = (...all) => { there = all; voices.dispatchEvent(new Event("voiceschanged")); };
