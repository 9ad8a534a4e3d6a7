// @ts-check
// After a session: how it was, and the question whether to keep a journal.

import { h } from "./dom.js";
import { Store } from "./store.js";

/**
 * @typedef {{before: number|null, after: number|null, left: number|null, right: number|null,
 *   note: string}} Said
 * @typedef {{id: string, title: string, angles: boolean, said: Said}} Session
 * @typedef {import("./static_model.js").WidgetModel} WidgetModel
 */

const HOW_WAS_IT = "How was it, from 0 (no pain) to 10?";
const NOT_SAID = "unsaid";
const HIGHEST = 10; // of the numbers from 0 that say how it feels
const SAVE_TIMEOUT_MS = 4000; // after which a kernel that is silent is said to be so

/**
 * Hand over what no kernel has acknowledged.
 * @param {WidgetModel} model
 */
export function sendAnswers(model) {
  const answers = Store.list("answer:");
  if (!answers.length) return;
  model.set("answers", answers);
  model.save_changes();
}

/** @param {string} name @param {string} value @param {string} words */
const createChip = (name, value, words) => h("label", {}, h("input", { type: "radio", name, value }), words);

/** @param {string} name */
const createNotSaid = (name) => createChip(name, NOT_SAID, "not said");

let fieldCount = 0;

/**
 * Create a choice of one of eleven numbers. A number that is touched is said at once; one that is
 * gone to by arrow keys is said with Enter.
 * @param {string} legend
 * @param {(name: string) => HTMLElement} createLast creates what stands behind the numbers
 */
function createScale(legend, createLast) {
  const name = `scale${++fieldCount}`;
  let touched = false;
  const numbers = Array.from({ length: HIGHEST + 1 }, (_, n) => createChip(name, String(n), String(n)));
  const scale = h("fieldset", { onpointerdown: () => (touched = true), onkeydown: () => (touched = false) },
    h("legend", {}, legend), h("div", { class: "ba-scale" }, ...numbers, createLast(name)));
  scale.onchange = () => touched && scale.form.requestSubmit();
  return { scale, name };
}

/**
 * @param {string} words
 * @returns {number|null}
 */
const readNumber = (words) => (/^\d+$/.test(words) ? Number(words) : null);

/**
 * @param {string} words
 * @param {string} name
 */
function createAngleField(words, name) {
  const input = h("input", { type: "number", name, min: 0, max: 90, step: 1, inputmode: "numeric" });
  return h("label", {}, words, input);
}

/**
 * Create the form on sessions that are in the journal.
 * @param {WidgetModel} model
 * @param {(words: string) => void} say shows a message
 */
function createForm(model, say) {
  /** @type {Session[]} */
  const sessions = structuredClone(model.get("sessions"));
  const after = createScale(HOW_WAS_IT, createNotSaid);
  const before = createScale("And before it?", createNotSaid);
  const which = h("select", { name: "session", onchange: fill },
    ...sessions.map(({ title }, n) => h("option", { value: n }, title)));
  const angles = h("fieldset", { class: "ba-angles" },
    h("legend", {}, "How far did your knees roll? Degrees from straight up, 0 to 90"),
    h("div", { class: "ba-row" }, createAngleField("To the left", "left"), createAngleField("To the right", "right")));
  const root = h("form", { onsubmit: save },
    h("label", { class: sessions.length > 1 ? "" : "ba-hidden" }, "Session", which),
    after.scale,
    h("details", {}, h("summary", {}, "Say more"), h("p", {}, model.get("scale")), before.scale, angles,
      h("label", {}, "A note, if you like", h("textarea", { name: "note", rows: 2, maxlength: 4000 })),
      h("button", { class: "ba-main" }, "Save")));
  /** @type {[keyof Said, string][]} */
  const names = [["before", before.name], ["after", after.name], ["left", "left"], ["right", "right"]];

  function fill() {
    const { said, angles: rolled } = sessions[which.value];
    for (const [name, field] of names) root.elements[field].value = said[name] ?? (field === name ? "" : NOT_SAID);
    root.elements.note.value = said.note;
    angles.hidden = !rolled;
  }

  /** @param {Event} [event] */
  function save(event) {
    event?.preventDefault();
    const session = sessions[which.value];
    const said = Object.fromEntries(
      names.map(([name, field]) => [name, readNumber(root.elements[field].value)]));
    session.said = /** @type {Said} */ ({ ...said, note: root.elements.note.value });
    const mark = `${session.id}-${Date.now()}`;
    Store.set(`answer:${session.id}`, { mark, id: session.id, ...session.said }); // in place of an earlier one
    say("Saving …");
    sendAnswers(model);
    setTimeout(() => Store.get(`answer:${session.id}`)?.mark === mark &&
      say("Not in your journal yet: Python is busy or has stopped. Your answer is kept in this " +
        "browser, and goes there when this page is run again."), SAVE_TIMEOUT_MS);
  }

  /** @param {number} number */
  function sayAfter(number) {
    root.elements[after.name].value = number;
    save();
  }

  fill();
  return { root, sayAfter };
}

/**
 * Create what is asked after a session, hidden as long as there is nothing to ask. What is said
 * before there is a journal is held in the page, and goes nowhere unless there is to be one.
 * @param {WidgetModel} model
 * @param {() => void} [onChange] is called when something else is asked
 */
export function createAfterSession(model, onChange = () => {}) {
  const body = h("div", {});
  const status = h("div", { class: "ba-status", role: "status" });
  const root = h("div", { class: "backcare-after", role: "region", "aria-label": "Your journal" }, body, status);
  /** @type {{id: string, after: number|null}|null} */ let held = null;
  let drawn = "";
  /** @param {string} words */
  const say = (words) => {
    status.textContent = words;
    onChange();
  };
  /** @param {string} words @param {string} choice */
  const button = (words, choice, main = false) => h("button", { type: "button", class: main ? "ba-main" : "",
    onclick: () => {
      if (choice === "refuse") held = null;
      model.set("choice", choice);
      model.save_changes();
    } }, words);

  /** Ask how a session was that is in no journal. */
  function createFirstQuestion() {
    const next = h("button", { class: "ba-main" }, "Next");
    const { scale, name } = createScale(HOW_WAS_IT, () => next);
    /** @param {Event} event */
    const onsubmit = (event) => {
      event.preventDefault();
      held = { id: model.get("sessions")[0].id, after: readNumber(form.elements[name].value) };
      draw();
    };
    const form = h("form", { onsubmit }, scale);
    return form;
  }

  const isFirst = () => model.get("sessions").length && held?.id !== model.get("sessions")[0].id;
  /** @type {Record<string, () => HTMLElement[]>} */
  const stages = {
    ask: () => isFirst() ? [createFirstQuestion()] : [h("strong", {}, "Would you like to keep a journal?"),
      h("p", {}, model.get("words")),
      h("div", { class: "ba-row" }, button("Yes, keep a journal", "keep", true), button("No, thank you", "refuse"))],
    refused: () => [h("p", {}, model.get("words")), button("Keep a journal after all", "keep")],
    form: () => {
      const { root: form, sayAfter } = createForm(model, say);
      if (!isFirst() && held?.after != null) setTimeout(sayAfter, 0, held.after);
      held = null;
      return [h("strong", {}, model.get("words")), form];
    },
    again: () => [button("Try again", "again", true)],
  };

  const getState = () => model.get("stage") + model.get("sessions")?.map((/** @type {Session} */ { id }) => id);

  /** What is being written is left alone as long as it is about the same sessions. */
  function update() {
    if (drawn !== getState()) draw();
  }

  function draw() {
    drawn = getState();
    const within = body.contains(document.activeElement);
    body.replaceChildren(...(stages[model.get("stage")]?.() ?? []));
    showMessage();
    if (within) focus(); // or the page would take the next keys
  }

  /** Lead the keys to what can be answered; told whether there is anything. */
  function focus() {
    const first = body.querySelector("input:checked") ?? body.querySelector("input, button");
    /** @type {HTMLElement|null} */ (first)?.focus({ preventScroll: true });
    return !!first;
  }

  function showMessage() {
    root.hidden = !model.get("stage") && !model.get("message");
    say(model.get("message"));
  }

  const forget = () => {
    for (const { mark, id } of Store.list("answer:")) if (model.get("answered").includes(mark)) Store.set(`answer:${id}`);
  };
  const listeners = { "change:stage": update, "change:sessions": update, "change:message": showMessage, "change:answered": forget };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  draw();
  const close = () => {
    for (const [event, listener] of Object.entries(listeners)) model.off?.(event, listener);
  };
  return { root, focus, close };
}
