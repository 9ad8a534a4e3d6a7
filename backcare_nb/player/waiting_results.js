// @ts-check
// The last session that this browser still holds for a journal; nothing is shown of it.

import { Store } from "./store.js";

/** @typedef {Required<import("./static_model.js").WidgetModel>} WidgetModel */

const waitingResults = {
  /** @param {{model: WidgetModel}} context */
  initialize({ model }) {
    const results = [...Store.list("result:"), ...Store.list("left:")];
    const [last] = results.sort((a, b) => Date.parse(b.ended) - Date.parse(a.ended));
    if (!last) return;
    model.set("last", last);
    model.save_changes();
  },
  render() {},
};

export default waitingResults;
