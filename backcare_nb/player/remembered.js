// @ts-check
// A value that the browser remembers for the kernel; nothing is shown of it.

import { Store } from "./store.js";

/** @typedef {Required<import("./static_model.js").WidgetModel>} WidgetModel */

const remembered = {
  /** @param {{model: WidgetModel}} context */
  initialize({ model }) {
    const name = `remembered:${model.get("key")}`;
    const known = Store.get(name);
    if (known) {
      model.set("value", known);
      model.save_changes();
    }
    model.on("change:value", () => Store.set(name, model.get("value")));
  },
  render() {},
};

export default remembered;
