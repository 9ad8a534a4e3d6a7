// @ts-check
// The session player. The browser owns the clock: what is seen and heard is a function of the
// timeline and the elapsed milliseconds, so a busy kernel, a reload or a hidden tab changes nothing.

import { Engine } from "./engine.js";
import { view } from "./view.js";

const player = () => {
  /** @type {Engine} */ let engine;
  return {
    /** @param {{model: any}} context */
    initialize({ model }) {
      engine = new Engine(model);
      return () => engine.close();
    },
    /** @param {{el: HTMLElement}} context */
    render: ({ el }) => view(engine, el),
  };
};

export default player;
