// @ts-check
// What a widget asks of a notebook, on a page or a slide where there is none.

/**
 * The model of a widget, as a notebook hands it over.
 * @typedef {object} WidgetModel
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, listener: () => void) => void} on
 * @property {(event: string, listener: () => void) => void} [off]
 */

/** A model that holds the state of a widget, and tells of a change; no one collects results. */
export class StaticModel {
  /** @type {Record<string, (() => void)[]>} */ listeners = {};

  /** @param {Record<string, any>} state */
  constructor(state) {
    /** @type {Record<string, any>} */
    this.state = { ...state, results: null };
  }

  /** @param {string} name */
  get(name) {
    return this.state[name];
  }

  /**
   * @param {string} name
   * @param {any} value
   */
  set(name, value) {
    this.state[name] = value;
  }

  /**
   * @param {string} event
   * @param {() => void} listener
   */
  on(event, listener) {
    (this.listeners[event] ??= []).push(listener);
  }

  save_changes() {}

  /** @param {Record<string, any>} state */
  update(state) {
    Object.assign(this.state, state);
    for (const name of Object.keys(state)) {
      for (const listener of this.listeners[`change:${name}`] ?? []) listener();
    }
  }
}

/**
 * Put a player in a place of the page.
 * @param {typeof import("./player.js").default} createPlayer
 * @param {WidgetModel} model
 * @param {HTMLElement} el
 */
export function mountPlayer(createPlayer, model, el) {
  const player = createPlayer();
  player.initialize({ model });
  player.render({ el });
}
