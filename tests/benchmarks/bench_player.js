// What tests/benchmarks/bench_player.py measures in a page.

function watchEnds(seconds) {
  const sent = {}, ends = {}, begins = {}, players = {};
  notebook.sessionContext.session.kernel.anyMessage.connect((_, { msg, direction }) => {
    if (direction !== "send" || msg.header.msg_type !== "comm_msg") return;
    const { comm_id, data } = msg.content;
    sent[comm_id] = (sent[comm_id] ?? 0) + 1;
    if (data.state && "results" in data.state) players[comm_id] = true;
  });
  const root = document.querySelector(".backcare-player");
  new MutationObserver(() => {
    if (root.dataset.status === "done") ends.player ??= performance.now();
  }).observe(root, { attributeFilter: ["data-status"] });
  const seen = {
    play: () => Number(document.querySelector(".bench-value input").value) >= seconds,
    chained: () => document.querySelector(".bench-label").textContent === String(seconds),
  };
  window.bench = { sent, ends, begins, players };
  const timer = setInterval(() => {
    if (!begins.chained && document.querySelector(".bench-label").textContent === "0")
      begins.chained = performance.now();
    for (const [name, over] of Object.entries(seen))
      if (begins[name] && !ends[name] && over()) ends[name] = performance.now();
    if (Object.keys(ends).length === 3) clearInterval(timer);
  }, 4);
  const begin = (name, button) => { begins[name] = performance.now(); button.click(); };
  begin("player", document.querySelector(".bc-start"));
  begin("play", document.querySelector(".bench-play button"));
}

// Milliseconds from pressing a button until a part of the page says something.
function measurePress([button, part, words]) {
  return new Promise((resolve) => {
    const began = performance.now();
    document.querySelector(button).click();
    const look = () => {
      if (document.querySelector(part).textContent === words) resolve(performance.now() - began);
      else setTimeout(look, 4);
    };
    look();
  });
}

function measureFrames() {
  return new Promise((resolve) => {
    const frames = [];
    let last = 0;
    const next = (now) => {
      if (last) frames.push(now - last);
      last = now;
      if (frames.length < 1200) requestAnimationFrame(next); else resolve(frames);
    };
    requestAnimationFrame(next);
  });
}

// Everything that sounds also goes to a recorder, which notes when silence ends (seconds).
async function recordOnsets() {
  const code = `registerProcessor("onsets", class extends AudioWorkletProcessor {
    constructor() { super(); this.quiet = 1e9; }
    process([input]) {
      const samples = input[0];
      for (let i = 0; i < 128; i++) {
        const loud = samples && Math.abs(samples[i]) > 1e-4;
        if (loud && this.quiet > 4800) this.port.postMessage((currentFrame + i) / sampleRate);
        this.quiet = loud ? 0 : this.quiet + 1;
      }
      return true;
    } })`;
  window.onsets = [];
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const Context = window.AudioContext;
  const context = (window.shared = new Context());
  await context.resume();
  await context.audioWorklet.addModule(url);
  const recorder = new AudioWorkletNode(context, "onsets");
  recorder.port.onmessage = ({ data }) => onsets.push(data);
  recorder.connect(context.destination);
  window.AudioContext = class { constructor() { return context; } };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === context.destination && this !== recorder) connect.call(this, recorder);
    return connect.call(this, to, ...rest);
  };
}

async function measureOnset(chained) {
  const now = () => { const stamp = shared.getOutputTimestamp();
    return stamp.contextTime + (performance.now() - stamp.performanceTime) / 1000; };
  await new Promise((resolve) => setTimeout(resolve, 500));
  onsets.length = 0;
  const began = now();
  if (chained) setTimeout(() => {
      const tone = new OscillatorNode(shared, { frequency: 500 });
      tone.connect(shared.destination); tone.start(); tone.stop(shared.currentTime + 0.3);
    }, 2000);
  else document.querySelector(".bc-start").click();
  await new Promise((resolve) => setTimeout(resolve, 1800));
  const end = performance.now() + 500;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return (onsets[0] - began - 2) * 1000;
}

function watchHidden(steps, total) {
  window.late = {};
  const began = performance.now();
  let count = 0;
  const next = () => ++count < steps ? setTimeout(next, 1000)
    : (late.chain = performance.now() - began - steps * 1000);
  setTimeout(next, 1000);
  const root = document.querySelector(".backcare-player");
  new MutationObserver(() => {
    if (root.dataset.status === "done") late.player ??= performance.now() - began - total;
  }).observe(root, { attributes: true });
  document.querySelector(".bc-start").click();
}

Object.assign(window, { watchEnds, measurePress, measureFrames, recordOnsets, measureOnset, watchHidden });
