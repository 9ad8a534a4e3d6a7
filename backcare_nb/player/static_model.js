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

/** A model that holds the state of a widget, and tells of a change; no one collects results, or has
 * another version to offer. */
export class StaticModel {
  /** @type {Record<string, (() => void)[]>} */ listeners = {};

  /** @param {Record<string, any>} state */
  constructor(state) {
    /** @type {Record<string, any>} */
    this.state = { ...state, results: null, option_fields: [], about: "" };
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
 * Put a widget in a place of the page.
 * @param {any} widget what its module exports: it renders itself, or creates what does
 * @param {WidgetModel} model
 * @param {HTMLElement} el
 * @returns {() => void} ends it
 */
export function mountWidget(widget, model, el) {
  const created = typeof widget === "function" ? widget() : widget;
  const end = created.initialize?.({ model });
  const takeAway = created.render({ model, el });
  return () => {
    takeAway?.();
    end?.();
  };
}
