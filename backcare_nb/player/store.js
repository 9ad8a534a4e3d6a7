// @ts-check
// What the browser remembers.

/**
 * What outlives the page, each thing under a key of its own, so that two tabs cannot undo each
 * other; what the browser refuses to store is held for as long as the page lives.
 */
export const Store = {
  isRefused: false,
  /** @type {Record<string, string>} */ memory: {},

  /**
   * @param {string} name
   * @param {any} [otherwise] where there is nothing that can be read
   * @returns {any}
   */
  get(name, otherwise) {
    try {
      const text = this.memory[name] ?? localStorage.getItem(`backcare:${name}`);
      return text ? JSON.parse(text) : otherwise;
    } catch {
      return otherwise;
    }
  },

  /**
   * @param {string} name
   * @param {any} [value] plain data; none to remove what is there
   */
  set(name, value) {
    delete this.memory[name];
    try {
      if (value === undefined) localStorage.removeItem(`backcare:${name}`);
      else localStorage.setItem(`backcare:${name}`, JSON.stringify(value));
    } catch {
      this.isRefused = true;
      if (value !== undefined) this.memory[name] = JSON.stringify(value);
    }
  },

  /**
   * @param {string} prefix
   * @returns {any[]} everything whose name begins so
   */
  list(prefix) {
    const names = new Set(Object.keys(this.memory));
    try {
      for (const key of Object.keys(localStorage)) names.add(key.replace(/^backcare:/, ""));
    } catch {
      // what is in memory remains
    }
    return [...names].flatMap((name) => (name.startsWith(prefix) && this.get(name)) || []);
  },

  /** Delete everything that was stored here. */
  deleteAll() {
    this.memory = {};
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith("backcare:")) localStorage.removeItem(key);
    } catch {
      // what is refused was never stored
    }
  },
};
