// @ts-check
// What the browser remembers.

/**
 * What outlives the page, each thing under a key of its own, so that two tabs cannot undo each
 * other; what the browser refuses to store is held for as long as the page lives.
 */
export const Store = {
  refused: false,
  /** @type {Record<string, string>} */ page: {},

  /** @param {string} name @param {any} [otherwise] where there is nothing that can be read */
  get(name, otherwise) {
    try {
      const text = this.page[name] ?? localStorage.getItem(`backcare:${name}`);
      return text ? JSON.parse(text) : otherwise;
    } catch {
      return otherwise;
    }
  },

  /** @param {string} name @param {any} [value] none to forget */
  set(name, value) {
    delete this.page[name];
    try {
      if (value === undefined) localStorage.removeItem(`backcare:${name}`);
      else localStorage.setItem(`backcare:${name}`, JSON.stringify(value));
    } catch {
      this.refused = true;
      if (value !== undefined) this.page[name] = JSON.stringify(value);
    }
  },

  /** @param {string} start @returns {any[]} everything whose name begins so */
  all(start) {
    const names = new Set(Object.keys(this.page));
    try {
      for (const key of Object.keys(localStorage)) names.add(key.replace(/^backcare:/, ""));
    } catch {
      // what the page holds remains
    }
    return [...names].flatMap((name) => (name.startsWith(start) && this.get(name)) || []);
  },
};
