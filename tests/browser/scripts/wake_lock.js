// The lock that keeps a screen on, which a test may refuse; how many are held.
window.locks = 0, window.refuse = false;
navigator.wakeLock.request = async () => {
  if (refuse) throw new Error("low battery");
  locks++;
  return (window.lock = {
    released: false,
    release() { if (!this.released) locks--; this.released = true; },
  });
};
