// A worker that ticks with the page's clock, and tells how long it was silent; and no sound.
delete window.AudioContext;
window.silence = 40;
window.Worker = class {
  constructor() { this.timer = setInterval(() => this.onmessage({ data: -1 }), 40); }
  postMessage() { setTimeout(() => this.onmessage({ data: silence })); }
  terminate() { clearInterval(this.timer); }
};
