// Audio whose state and whose clock a test can change; every context that was made is in `made`.
window.made = [], window.allowed = true, window.frozen = 0, window.tones = [];
const Real = AudioContext;
window.AudioContext = class extends Real {
  constructor() { super(); made.push(this); this.number = made.length; this.stands = -1; }
  get state() { return allowed ? super.state : "suspended"; }
  async resume() { return allowed ? super.resume() : Promise.reject(new Error("no")); }
  get currentTime() {
    if (this.number > frozen) return super.currentTime;
    return this.stands < 0 ? (this.stands = super.currentTime) : this.stands;
  }
};
const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (when) {
  tones.push(this.context.number);
  return start.call(this, when);
};
