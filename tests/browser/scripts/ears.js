// What is given to the loudspeakers, and how loud it is at most.
window.ears = null;
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to === this.context.destination && !(this instanceof AnalyserNode)) {
    window.ears ??= new AnalyserNode(this.context, { fftSize: 2048 });
    connect.call(this, ears);
  }
  return connect.call(this, to, ...rest);
};
window.peak = () => { const wave = new Float32Array(2048);
  ears?.getFloatTimeDomainData(wave); return Math.max(0, ...wave.map(Math.abs)); };
