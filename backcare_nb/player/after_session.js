// @ts-check
// After a session: the question whether to keep a journal, and how the session felt.

import { h, stopShortcuts } from "./dom.js";
import { Store } from "./store.js";

/**
 * @typedef {{before: number|null, after: number|null, left: number|null, right: number|null,
 *   note: string}} Said
 * @typedef {{id: string, title: string, angles: boolean, said: Said}} Session
 * @typedef {Required<import("./static_model.js").WidgetModel>} WidgetModel
 */

const NOT_SAID = "unsaid";
const HIGHEST = 10; // of the numbers from 0 that say how it feels
const SAVE_TIMEOUT_MS = 4000; // after which a kernel that is silent is said to be so

/**
 * Hand over what no kernel has acknowledged.
 * @param {WidgetModel} model
 */
function sendAnswers(model) {
  const answers = Store.list("answer:");
  if (!answers.length) return;
  model.set("answers", answers);
  model.save_changes();
}

/**
 * @param {WidgetModel} model
 * @param {string} choice
 */
function sendChoice(model, choice) {
  model.set("choice", choice);
  model.save_changes();
}

/**
 * Create a choice of one of eleven numbers, or nothing said.
 * @param {string} legend
 * @param {string} name
 */
function createScale(legend, name) {
  /** @param {string} value @param {string} words */
  const chip = (value, words) => h("label", {}, h("input", { type: "radio", name, value }), words);
  const numbers = Array.from({ length: HIGHEST + 1 }, (_, n) => chip(String(n), String(n)));
  return h("fieldset", {}, h("legend", {}, legend),
    h("div", { class: "ba-scale" }, ...numbers, chip(NOT_SAID, "not said")));
}

/**
 * @param {string} words
 * @param {string} name
 */
function createAngleField(words, name) {
  const input = h("input", { type: "number", name, min: 0, max: 90, step: 1, inputmode: "numeric" });
  return h("label", {}, words, input);
}

let formCount = 0;

/**
 * @param {WidgetModel} model
 * @param {(words: string) => void} say shows a message
 */
function createForm(model, say) {
  /** @type {Session[]} */
  const sessions = structuredClone(model.get("sessions"));
  const [before, after] = ["before", "after"].map((name) => `${name}${++formCount}`);
  const which = h("select", { name: "session", onchange: fill },
    ...sessions.map(({ title }, n) => h("option", { value: n }, title)));
  const angles = h("fieldset", { class: "ba-angles" },
    h("legend", {}, "How far did your knees roll? Degrees from straight up, 0 to 90"),
    h("div", { class: "ba-row" }, createAngleField("To the left", "left"), createAngleField("To the right", "right")));
  const root = h("form", { onsubmit: save },
    h("label", { class: sessions.length > 1 ? "" : "ba-hidden" }, "Session", which),
    h("p", {}, model.get("scale")),
    createScale("Before the session", before), createScale("After it", after), angles,
    h("label", {}, "A note, if you like", h("textarea", { name: "note", rows: 2, maxlength: 4000 })),
    h("div", {}, h("button", { class: "ba-main" }, "Save")));
  /** @type {[keyof Said, string][]} */
  const names = [["before", before], ["after", after], ["left", "left"], ["right", "right"]];

  function fill() {
    const { said, angles: rolled } = sessions[which.value];
    for (const [name, field] of names) root.elements[field].value = said[name] ?? (field === name ? "" : NOT_SAID);
    root.elements.note.value = said.note;
    angles.hidden = !rolled;
  }

  /** @param {Event} event */
  function save(event) {
    event.preventDefault();
    const session = sessions[which.value];
    const number = (/** @type {string} */ words) => (/^\d+$/.test(words) ? Number(words) : null);
    const said = Object.fromEntries(
      names.map(([name, field]) => [name, number(root.elements[field].value)]));
    session.said = /** @type {Said} */ ({ ...said, note: root.elements.note.value });
    const mark = `${session.id}-${Date.now()}`;
    Store.set(`answer:${mark}`, { mark, id: session.id, ...session.said });
    say("Saving …");
    sendAnswers(model);
    setTimeout(() => Store.get(`answer:${mark}`) &&
      say("Not in your journal yet: Python is busy or has stopped. Your answer is kept in this " +
        "browser, and goes there when this page is run again."), SAVE_TIMEOUT_MS);
  }

  fill();
  return root;
}

/**
 * @param {WidgetModel} model
 * @param {HTMLElement} el
 * @returns {() => void} takes it away
 */
function renderAfterSession(model, el) {
  const body = h("div", {});
  const status = h("div", { class: "ba-status", role: "status" });
  const root = h("section", { class: "backcare-after", "aria-label": "Your journal", onkeydown: stopShortcuts },
    body, status);
  /** @param {string} words */
  const say = (words) => (status.textContent = words);
  /** @param {string} words @param {string} choice */
  const button = (words, choice, main = false) =>
    h("button", { type: "button", class: main ? "ba-main" : "", onclick: () => sendChoice(model, choice) }, words);
  /** @type {Record<string, () => HTMLElement[]>} */
  const stages = {
    ask: () => [h("strong", {}, "Would you like to keep a journal?"), h("p", {}, model.get("words")),
      h("div", { class: "ba-row" }, button("Yes, keep a journal", "keep", true), button("No, thank you", "refuse"))],
    refused: () => [h("p", {}, model.get("words")), button("Keep a journal after all", "keep")],
    form: () => [h("details", { open: model.get("unfolded") },
      h("summary", {}, model.get("words")), createForm(model, say))],
    again: () => [button("Try again", "again", true)],
  };

  const getState = () => model.get("stage") + model.get("sessions").map((/** @type {Session} */ { id }) => id);
  let drawn = "";

  /** What is being written is left alone as long as it is about the same sessions. */
  function update() {
    if (drawn !== getState()) draw();
  }

  function draw() {
    drawn = getState();
    const within = body.contains(document.activeElement);
    body.replaceChildren(...(stages[model.get("stage")]?.() ?? []));
    if (within) body.querySelector("summary, button")?.focus(); // or the page would take the next keys
    showMessage();
  }

  function showMessage() {
    say(model.get("message"));
    root.hidden = !model.get("stage") && !model.get("message");
  }

  const listeners = { "change:stage": update, "change:sessions": update, "change:message": showMessage };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  draw();
  el.replaceChildren(root);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
  };
}

const afterSession = {
  /** @param {{model: WidgetModel}} context */
  initialize({ model }) {
    model.on("change:answered", () => {
      for (const mark of model.get("answered")) Store.set(`answer:${mark}`);
    });
    sendAnswers(model);
  },
  /** @param {{model: WidgetModel, el: HTMLElement}} context */
  render: ({ model, el }) => renderAfterSession(model, el),
};

export default afterSession;
