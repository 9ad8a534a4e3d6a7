// @ts-check
// The site as an app: kept on the device to be opened with no network, and renewed when the person
// agrees. Opened from a folder it is kept there already, and nothing of this runs.

import { h } from "./dom.js";
import { exportJournal, importJournal, listEntries } from "./site_journal.js";
import { Store } from "./store.js";
import { formatDuration } from "./timeline.js";

const RUNNING = "[data-status=running]";
const WAIT_FOR_END_MS = 2000;

const isServed = () => location.protocol.startsWith("http");

/** Keep the site on the device, and offer a newer version once there is one. */
export function keepSite() {
  if (!isServed()) return;
  document.head.append(h("link", { rel: "manifest", href: "manifest.webmanifest" }));
  const workers = navigator.serviceWorker; // where the address is not secure there is none
  if (!workers) return;
  let isControlled = Boolean(workers.controller);
  workers.addEventListener("controllerchange", () => {
    if (isControlled) reloadWhenIdle();
    isControlled = true; // the first version to be kept is the one that is open
  });
  // What a person looks at comes first.
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}

async function register() {
  try {
    const registration = await navigator.serviceWorker.register("service-worker.js", { updateViaCache: "none" });
    const offerWaiting = () => {
      if (registration.waiting && registration.active) offerNewVersion(registration.waiting);
    };
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", offerWaiting);
    });
    offerWaiting();
  } catch {
    // a browser that keeps nothing shows the pages all the same
  }
}

/** @param {ServiceWorker} waiting */
function offerNewVersion(waiting) {
  if (document.querySelector(".new-version")) return;
  const take = h("button", { onclick: () => waiting.postMessage({ renew: true }) }, "Take it");
  const words = "There is a newer version of these pages. Where you stopped is remembered. ";
  document.querySelector("main")?.before(h("p", { class: "new-version screen", role: "status" }, words, take));
}

/** Load the page anew, all of one version; never while a session runs. */
function reloadWhenIdle() {
  if (document.querySelector(RUNNING)) setTimeout(reloadWhenIdle, WAIT_FOR_END_MS);
  else location.reload();
}

// -------------------------------------------------------- What is kept, and how to be rid of it

/**
 * @param {ServiceWorker} worker
 * @param {Record<string, any>} message
 * @returns {Promise<{isDone: boolean, kept: string[]}>}
 */
function ask(worker, message) {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(message, [port2]);
  return new Promise((arrive) => { port1.onmessage = ({ data }) => arrive(data); });
}

/**
 * Create the choice of pages that are kept, and the button that deletes everything.
 * @param {HTMLElement} place
 */
export async function createKeeping(place) {
  const status = h("p", { role: "status" });
  const remove = h("button", { onclick: deleteAll }, "Delete everything that is kept here");
  const sections = /** @type {Record<string, string>} */ (JSON.parse(place.dataset.sections ?? "{}"));
  const boxes = Object.entries(sections).map(([name, words]) =>
    h("label", {}, h("input", { type: "checkbox", value: name, onchange: change }), ` ${words}`));
  const inputs = () => [.../** @type {NodeListOf<HTMLInputElement>} */ (place.querySelectorAll("[type=checkbox]"))];

  /** @param {string[]} kept */
  function show(kept) {
    for (const input of inputs()) input.checked = kept.includes(input.value);
  }

  async function change() {
    const { active } = await navigator.serviceWorker.ready;
    if (!active) return;
    const chosen = inputs().filter(({ checked }) => checked).map(({ value }) => value);
    status.textContent = "One moment ...";
    const { isDone, kept } = await ask(active, { chosen });
    show(kept);
    status.textContent = isDone ? "Done." : "Not all of it came: try again where there is a network.";
  }

  async function deleteAll() {
    Store.deleteAll();
    if (navigator.serviceWorker && isServed()) {
      await (await navigator.serviceWorker.getRegistration())?.unregister();
      await caches.delete("backcare");
    }
    status.textContent = "Deleted: the pages that were kept, your settings, your places and what you noted. "
      + "At your next visit the pages are kept anew, and nothing of you.";
  }

  place.append(createJournalButtons((words) => (status.textContent = words)), remove, status);
  if (!(navigator.serviceWorker && isServed())) return;
  const { active } = await navigator.serviceWorker.ready;
  if (!active) return;
  place.prepend(h("fieldset", {}, h("legend", {}, "Sections that open with no network"), ...boxes));
  show((await ask(active, {})).kept);
}

// -------------------------------------------------------- The person's own practice

/**
 * Create the way back to what was begun last: from where it was left, or from its beginning.
 * @param {HTMLElement} place
 */
export async function createLast(place) {
  const last = Store.get("last");
  if (!last) return;
  const left = Store.get(`place:${last.key}`);
  const day = new Date(last.begun).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const words = left ? `Continue from ${formatDuration(left.position)}` : "Do it again";
  place.append(
    h("p", {}, h("strong", {}, last.title), h("span", { class: "meta" }, `Last time: ${day}`)),
    h("a", { class: "button", href: last.href }, words));
}

/** @param {number} count */
const countSessions = (count) => `${count} ${count === 1 ? "session" : "sessions"}`;

/**
 * Create what takes the journal along as a file, and takes one in.
 * @param {(words: string) => void} say
 */
function createJournalButtons(say) {
  const count = h("p");
  const tell = () => (count.textContent = `${countSessions(listEntries().length)} in your journal, on this device.`);
  const take = () => {
    const href = URL.createObjectURL(new Blob([exportJournal()], { type: "application/json" }));
    h("a", { href, download: "back-care-journal.json" }).click();
    setTimeout(URL.revokeObjectURL, 60_000, href);
  };
  /** @param {Event} event */
  const bring = async ({ target }) => {
    const [file] = /** @type {HTMLInputElement} */ (target).files ?? [];
    try {
      const added = importJournal(await file.text());
      say(`${countSessions(added)} came in.`);
      tell();
    } catch {
      say("This is no file of a journal: choose one that was taken along here, or from a notebook's My practice.");
    }
  };
  tell();
  return h("div", { class: "journal" }, count,
    h("button", { onclick: take }, "Take the journal along"),
    h("label", { class: "file" }, "Bring a journal here ", h("input", { type: "file", accept: ".json", onchange: bring })));
}
