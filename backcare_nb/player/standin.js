// @ts-check
// What a widget asks of a notebook, on a page or a slide where there is none.

/** A model that holds the state of a widget, and tells of a change; no one collects results. */
export class StandIn {
  /** @type {Record<string, (() => void)[]>} */ listeners = {};

  /** @param {Record<string, any>} state */
  constructor(state) {
    this.state = { ...state, results: null };
  }

  /** @param {string} name */
  get(name) {
    return this.state[name];
  }

  /** @param {string} name @param {any} value */
  set(name, value) {
    this.state[name] = value;
  }

  /** @param {string} event @param {() => void} listener */
  on(event, listener) {
    (this.listeners[event] ??= []).push(listener);
  }

  save_changes() {}

  /** @param {Record<string, any>} state */
  change(state) {
    Object.assign(this.state, state);
    for (const name of Object.keys(state)) {
      for (const listener of this.listeners[`change:${name}`] ?? []) listener();
    }
  }
}

/**
 * Put a player in a place of the page.
 * @param {any} widget @param {any} model @param {HTMLElement} el
 */
export function mount(widget, model, el) {
  const player = widget();
  player.initialize({ model });
  player.render({ el });
}
