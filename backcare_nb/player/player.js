// @ts-check
// The session player. The browser owns the clock: what is seen and heard is a function of the
// timeline and the elapsed milliseconds, so a busy kernel, a reload or a hidden tab changes nothing.

import { Engine } from "./engine.js";
import { createView } from "./view.js";

/** @typedef {import("./static_model.js").WidgetModel} WidgetModel */

const createPlayer = () => {
  /** @type {Engine} */ let engine;
  return {
    /** @param {{model: WidgetModel}} context */
    initialize({ model }) {
      engine = new Engine(model);
      return () => engine.close();
    },
    /** @param {{el: HTMLElement}} context */
    render: ({ el }) => createView(engine, el),
  };
};

export default createPlayer;
