// @ts-check
// After a session: the question whether to keep a journal, and how the session felt.

import { h, keep } from "./dom.js";
import { Store } from "./store.js";

/**
 * @typedef {{before: number|null, after: number|null, left: number|null, right: number|null,
 *   note: string}} Said
 * @typedef {{id: string, title: string, angles: boolean, said: Said}} Session
 */

const UNSAID = "unsaid";
const PATIENCE = 4000; // milliseconds after which a kernel that is silent is said to be so

/** @param {any} model hand over what no kernel has acknowledged */
function deliver(model) {
  const answers = Store.all("answer:");
  if (!answers.length) return;
  model.set("answers", answers);
  model.save_changes();
}

/** @param {any} model @param {string} choice */
function choose(model, choice) {
  model.set("choice", choice);
  model.save_changes();
}

/** @param {string} legend @param {string} name one of eleven numbers, or nothing said */
function scale(legend, name) {
  const chip = (value, words) => h("label", {}, h("input", { type: "radio", name, value }), words);
  const numbers = Array.from({ length: 11 }, (_, n) => chip(String(n), String(n)));
  return h("fieldset", {}, h("legend", {}, legend),
    h("div", { class: "ba-scale" }, ...numbers, chip(UNSAID, "not said")));
}

/** @param {string} words @param {string} name */
function angle(words, name) {
  const input = h("input", { type: "number", name, min: 0, max: 90, step: 1, inputmode: "numeric" });
  return h("label", {}, words, input);
}

let forms = 0;

/** @param {any} model @param {(words: string) => void} say */
function form(model, say) {
  /** @type {Session[]} */
  const sessions = structuredClone(model.get("sessions"));
  const [before, after] = ["before", "after"].map((name) => `${name}${++forms}`);
  const which = h("select", { name: "session", onchange: fill },
    ...sessions.map(({ title }, n) => h("option", { value: n }, title)));
  const angles = h("fieldset", { class: "ba-angles" },
    h("legend", {}, "How far did your knees roll? Degrees from straight up, 0 to 90"),
    h("div", { class: "ba-row" }, angle("To the left", "left"), angle("To the right", "right")));
  const root = h("form", { onsubmit: save },
    h("label", { class: sessions.length > 1 ? "" : "ba-hidden" }, "Session", which),
    h("p", {}, model.get("scale")),
    scale("Before the session", before), scale("After it", after), angles,
    h("label", {}, "A note, if you like", h("textarea", { name: "note", rows: 2, maxlength: 4000 })),
    h("div", {}, h("button", { class: "ba-main" }, "Save")));
  const names = { before, after, left: "left", right: "right" };

  function fill() {
    const { said, angles: rolled } = sessions[which.value];
    for (const [name, field] of Object.entries(names)) root.elements[field].value = said[name] ?? (field === name ? "" : UNSAID);
    root.elements.note.value = said.note;
    angles.hidden = !rolled;
  }

  /** @param {Event} event */
  function save(event) {
    event.preventDefault();
    const session = sessions[which.value];
    const number = (/** @type {string} */ words) => (/^\d+$/.test(words) ? Number(words) : null);
    const said = Object.fromEntries(
      Object.entries(names).map(([name, field]) => [name, number(root.elements[field].value)]));
    session.said = /** @type {Said} */ ({ ...said, note: root.elements.note.value });
    const mark = `${session.id}-${Date.now()}`;
    Store.set(`answer:${mark}`, { mark, id: session.id, ...session.said });
    say("Saving …");
    deliver(model);
    setTimeout(() => Store.get(`answer:${mark}`) &&
      say("Not in your journal yet: Python is busy or has stopped. Your answer is kept in this " +
        "browser, and goes there when this page is run again."), PATIENCE);
  }

  fill();
  return root;
}

/** @param {any} model @param {HTMLElement} el */
function view(model, el) {
  const body = h("div", {});
  const status = h("div", { class: "ba-status", role: "status" });
  const root = h("section", { class: "backcare-after", "aria-label": "Your journal", onkeydown: keep },
    body, status);
  const say = (words) => (status.textContent = words);
  const button = (words, choice, main = false) =>
    h("button", { type: "button", class: main ? "ba-main" : "", onclick: () => choose(model, choice) }, words);
  const stages = {
    ask: () => [h("strong", {}, "Would you like to keep a journal?"), h("p", {}, model.get("words")),
      h("div", { class: "ba-row" }, button("Yes, keep a journal", "keep", true), button("No, thank you", "refuse"))],
    refused: () => [h("p", {}, model.get("words")), button("Keep a journal after all", "keep")],
    form: () => [h("details", { open: model.get("unfolded") },
      h("summary", {}, model.get("words")), form(model, say))],
    again: () => [button("Try again", "again", true)],
  };

  const ids = () => model.get("sessions").map(({ id }) => id).join();
  let drawn = "";

  /** What is being written is left alone as long as it is about the same sessions. */
  function look() {
    if (drawn !== model.get("stage") + ids()) draw();
  }

  function draw() {
    drawn = model.get("stage") + ids();
    const within = body.contains(document.activeElement);
    body.replaceChildren(...(stages[model.get("stage")]?.() ?? []));
    if (within) body.querySelector("summary, button")?.focus(); // or the page would take the next keys
    tell();
  }

  function tell() {
    say(model.get("message"));
    root.hidden = !model.get("stage") && !model.get("message");
  }

  const heard = { "change:stage": look, "change:sessions": look, "change:message": tell };
  for (const [event, listener] of Object.entries(heard)) model.on(event, listener);
  draw();
  el.replaceChildren(root);
  return () => {
    for (const [event, listener] of Object.entries(heard)) model.off(event, listener);
  };
}

const afterwards = {
  /** @param {{model: any}} context */
  initialize({ model }) {
    model.on("change:answered", () => model.get("answered").forEach((mark) => Store.set(`answer:${mark}`)));
    deliver(model);
  },
  /** @param {{model: any, el: HTMLElement}} context */
  render: ({ model, el }) => view(model, el),
};

export default afterwards;
