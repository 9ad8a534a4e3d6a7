// @ts-check
// Is this for you? It stands above a player until the first session of this browser has begun.

import { Store } from "./store.js";

/** @typedef {Required<import("./static_model.js").WidgetModel>} WidgetModel */

const safetyCheck = {
  /** @param {{model: WidgetModel, el: HTMLElement}} context */
  render({ model, el }) {
    el.hidden = Store.get("checked", false);
    el.innerHTML = model.get("page");
    const players = new BroadcastChannel("backcare-player"); // on which each says that it has started
    players.onmessage = () => Store.set("checked", true); // it stays until then, or the page would jump
    return () => players.close();
  },
};

export default safetyCheck;
