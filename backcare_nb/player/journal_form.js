// @ts-check
// What is asked of a journal, by itself: on the page of one's own practice.

import { createAfterSession, sendAnswers } from "./after_session.js";
import { stopShortcuts } from "./dom.js";

/** @typedef {import("./after_session.js").WidgetModel} WidgetModel */

const journalForm = {
  /** @param {{model: WidgetModel}} context */
  initialize: ({ model }) => sendAnswers(model),
  /** @param {{model: WidgetModel, el: HTMLElement}} context */
  render({ model, el }) {
    const { root, close } = createAfterSession(model);
    root.onkeydown = stopShortcuts;
    el.replaceChildren(root);
    return close;
  },
};

export default journalForm;
