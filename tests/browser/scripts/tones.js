// Every tone that is placed, by the second of the audio clock at which it begins; and that clock,
// which a test can put back by `slip` seconds.
window.tones = [], window.slip = 0;
const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (when) {
  tones.push(when);
  return start.call(this, when);
};
const { getOutputTimestamp } = AudioContext.prototype;
AudioContext.prototype.getOutputTimestamp = function () {
  const { contextTime, performanceTime } = getOutputTimestamp.call(this);
  return { contextTime: contextTime - slip, performanceTime };
};
