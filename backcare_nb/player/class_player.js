// @ts-check
// The player of a class: what a person plays alone, and what it takes to lead others through it.

import { ClassEngine } from "./class_engine.js";
import { leadClass } from "./class_view.js";
import { createView } from "./view.js";

const createClassPlayer = () => {
  /** @type {ClassEngine} */ let engine;
  return {
    /** @param {{model: import("./static_model.js").WidgetModel}} context */
    initialize({ model }) {
      engine = new ClassEngine(model);
      return () => engine.close();
    },
    /** @param {{el: HTMLElement}} context */
    render({ el }) {
      const close = createView(engine, el);
      const leave = leadClass(engine, el.firstElementChild);
      return () => {
        leave();
        close();
      };
    },
  };
};

export default createClassPlayer;
