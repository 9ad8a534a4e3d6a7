// @ts-check
// What a class sees besides the player, and what its teacher leads it with: one bar, one list of the
// lesson, and one map of keys, which is what the buttons name as theirs.

import { findPart, formatHour } from "./class_lesson.js";
import { h } from "./dom.js";
import { createPicture } from "./sprite.js";
import { formatClock, formatDuration, getProgress } from "./timeline.js";

/** @typedef {import("./class_engine.js").ClassEngine} ClassEngine */

/** @type {Record<string, string>} */
const TRACK_WORDS = { taught: "As taught", both: "Both ways", easier: "Easier" };
const SECOND_MS = 1000;
const POPUP = "popup,width=1000,height=760";

/**
 * Round to what a teacher says.
 * @param {number} ms
 */
const formatMinutes = (ms) => formatDuration(ms < 60_000 ? ms : Math.round(ms / 60_000) * 60_000);

/**
 * Make a player one that leads a class.
 * @param {ClassEngine} engine
 * @param {any} root of its view
 * @returns {() => void} ends that
 */
export function leadClass(engine, root) {
  /** @param {string} name @returns {any} */
  const $ = (name) => root.querySelector(`.bc-${name}`);
  /** @type {Window|null} */ let second = null;
  /** @type {ReturnType<typeof createSecondScreen>|null} */ let presenter = null;
  /** @type {WebSocket|null} */ let phones = null;
  let frame = 0;
  let shown = "";
  /** @type {ReturnType<typeof createPicture>|null} */ let picture = null;

  /**
   * @param {string} name
   * @param {string} words
   * @param {string} keys
   * @param {() => void} onclick
   */
  const createButton = (name, words, keys, onclick) =>
    h("button", { class: `bc-${name}`, type: "button", "aria-keyshortcuts": keys, onclick }, words);
  const list = createOrder(engine);
  const due = h("input", { type: "time", onchange: () => setDue() });

  root.classList.add("bc-class");
  $("back").setAttribute("aria-keyshortcuts", "ArrowLeft PageUp");
  $("next").setAttribute("aria-keyshortcuts", "N ArrowRight PageDown");
  $("next").after(
    createButton("skip", "Skip", "ArrowDown", () => engine.skip()),
    createButton("track", "", "E", () => engine.switchTrack()),
    createButton("catch", "", "C", () => engine.catchUp()),
  );
  $("head").append(h("span", { class: "bc-until" }));
  $("menu").prepend(
    h("div", { class: "bc-lead" },
      createButton("prior", "Exercise before", "ArrowUp", () => engine.goBack()),
      createButton("dark", "Dark room", "D", () => engine.show({ isDark: !engine.isDark })),
      createButton("black", "Black screen", "B .", () => engine.show({ isBlack: !engine.isBlack })),
      createButton("second", "Second screen", "P", openSecond),
      createButton("phone", "Phone", "", invitePhone),
      h("label", {}, "Ends at ", due),
      h("p", { class: "bc-told-here" })),
    list.root);
  $("stage").append(
    h("div", { class: "bc-card-beside", role: "img" }),
    h("div", { class: "bc-text-beside" },
      h("div", { class: "bc-name-beside" }), h("div", { class: "bc-title-beside" }),
      h("div", { class: "bc-digits-beside" }), h("div", { class: "bc-words-beside" })));
  $("card").before(h("div", { class: "bc-name" }, "As taught"));
  for (const name of ["text", "text-beside"]) $(name).prepend(h("div", { class: "bc-halt", "aria-hidden": "true" }, "Paused"));
  root.append(h("div", { class: "bc-dark-screen", onclick: () => engine.show({ isBlack: false }) }));

  function setDue() {
    const [hours, minutes] = due.value.split(":").map(Number);
    if (Number.isNaN(minutes)) return;
    const date = new Date();
    date.setHours(hours, minutes, 0, 0);
    if (date.getTime() < Date.now() - 43_200_000) date.setDate(date.getDate() + 1); // past midnight
    engine.show({ due: date.getTime() });
  }

  /** Show what changes from step to step, and with what the teacher does. */
  function update() {
    const isOver = engine.status === "idle" || engine.status === "done";
    const { isBlack } = engine;
    const hasEasier = Object.keys(engine.beside).length > 0;
    const track = isOver || !engine.momentBeside ? "taught" : engine.track;
    root.classList.toggle("bc-night", engine.isDark);
    root.classList.toggle("bc-blackened", isBlack && !isOver);
    $("dark").ariaPressed = engine.isDark;
    $("black").ariaPressed = isBlack;
    for (const name of ["skip", "prior", "black"]) $(name).hidden = isOver;
    $("told-here").textContent = engine.note; // where it was asked for: the menu may hide the other
    $("track").hidden = !hasEasier;
    $("track").textContent = TRACK_WORDS[engine.track];
    $("track").setAttribute("aria-label", `Seen: ${TRACK_WORDS[engine.track]}`);
    updateTimes();
    list.update();
    if (root.dataset.track !== track) {
      root.dataset.track = track;
      engine.notify(); // for the player, whose words have another room now
    }
    drawBeside();
    fitBeside();
    animate();
  }

  function updateTimes() {
    const { status, timeLeft, endsAt, late, canAsk } = engine;
    const left = status === "done" ? "" : status === "idle" ? `Begun now, it ends at ${formatHour(endsAt)}` :
      `${formatClock(timeLeft)} to go, until ${formatHour(endsAt)}`;
    if ($("until").textContent !== left) $("until").textContent = left;
    $("catch").hidden = !late || !canAsk;
    $("catch").textContent = `Catch up ${formatClock(late)}`;
    const value = new Date(engine.due || endsAt).toTimeString().slice(0, 5);
    if (document.activeElement !== due && due.value !== value) due.value = value;
    $("dark-screen").textContent = status === "paused" ? "Paused" : formatClock(timeLeft);
    presenter?.update();
    tellPhones();
  }

  /** Draw the moment of the easier track. */
  function drawBeside() {
    const moment = engine.momentBeside;
    if (!moment || root.dataset.track === "taught") return;
    const { phase, share, count, left, isOver, title } = moment;
    const sprite = phase.figure && engine.sprites[phase.figure.key];
    if (shown !== phase.figure?.key) {
      shown = phase.figure?.key ?? "";
      picture = sprite ? createPicture(sprite) : null;
      $("card-beside").replaceChildren(...(picture ? [picture.svg] : []));
      $("card-beside").setAttribute("aria-label", sprite?.alt ?? "");
    }
    const seen = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : share;
    picture?.draw(getProgress(phase, seen, !!sprite?.loop, count));
    const words = isOver ? "Rest until all go on." : [phase.words, phase.care[phase.care.length - 1] ?? ""].join(" ").trim();
    /** @type {Record<string, string>} */
    const texts = { name: title, title: isOver ? "" : phase.title, digits: isOver ? "" : formatClock(left), words };
    for (const [name, text] of Object.entries(texts)) {
      const part = $(`${name}-beside`);
      if (part.textContent !== text) part.textContent = text;
    }
  }

  /** The type of the easier track gives way, as little as it must. */
  function fitBeside() {
    const text = $("text-beside");
    for (let fit = 10; fit >= 0; fit--) {
      text.style.setProperty("--bc-fit", String(fit / 10));
      if (text.scrollHeight <= text.clientHeight) break;
    }
  }

  function animate() {
    if (frame || engine.status !== "running" || root.dataset.track === "taught") return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      drawBeside();
      animate();
    });
  }

  // Keys

  const isLarge = () => root.classList.contains("bc-large");
  /** @param {any} target */
  const isTyped = (target) => target.matches?.("input:not([type=checkbox], [type=range]), select, textarea");

  /**
   * Space pauses and goes on wherever the focus is; the buttons have Enter.
   * @param {KeyboardEvent} event
   */
  function takeSpace(event) {
    const target = /** @type {any} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.type === "keydown" && target.type === "checkbox") target.click();
    if (event.key !== " " || isTyped(target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === "keydown" && !event.repeat) $("start").click();
  }

  /**
   * What is typed beside the player, where it fills the screen or in the second window, is for it.
   * @param {KeyboardEvent} event
   */
  function takeKey(event) {
    const target = /** @type {any} */ (event.target);
    const isBeside = !root.contains(target) && (isLarge() || target.ownerDocument !== document);
    if (!isBeside || event.ctrlKey || event.metaKey || event.altKey) return;
    takeSpace(event);
    if (event.type === "keyup" || event.repeat || isTyped(target)) return;
    const key = event.key.toLowerCase();
    /** @param {Element} button */
    const keys = (button) => (button.getAttribute("aria-keyshortcuts") ?? "").toLowerCase().split(" ");
    const meant = [...root.querySelectorAll("button:not([hidden])")].find((button) => keys(button).includes(key));
    if (!meant) return;
    event.preventDefault();
    event.stopPropagation();
    meant.click();
  }

  // The second screen

  function openSecond() {
    if (second && !second.closed) return second.focus();
    second = open("", "", POPUP);
    if (!second) {
      engine.note = "The browser opened no second window: allow this page to open windows, and press it again.";
      return engine.notify();
    }
    for (const type of ["keydown", "keyup"]) second.addEventListener(type, /** @type {any} */ (takeKey), true);
    presenter = createSecondScreen(engine, root, second);
    presenter.update();
  }

  // A phone that is logged in to the server of this notebook

  function tellPhones() {
    if (phones?.readyState !== WebSocket.OPEN) return;
    const controls = listControls(root).map((button) => [button.className, button.textContent, isAway(button)]);
    phones.send(JSON.stringify({ texts: describeNow(engine), controls }));
  }

  /** Ask the server of this notebook to carry what is done now to phones, and back what they press. */
  function invitePhone() {
    const config = document.getElementById("jupyter-config-data")?.textContent;
    const base = new URL(config ? JSON.parse(config).baseUrl : ".", location.href);
    /** @param {string} note */
    const say = (note) => (engine.note = note, engine.notify());
    phones?.close();
    phones = new WebSocket(new URL("backcare/lead", base).href.replace(/^http/, "ws"));
    phones.onerror = () => say("This server carries nothing to a phone: lead from the notebooks, as python3 start.py opens them.");
    phones.onmessage = ({ data }) => {
      const { pressed, note } = JSON.parse(data);
      if (note) say(note);
      const meant = listControls(root).find((button) => button.className === pressed && !isAway(button));
      meant?.click();
    };
  }

  for (const type of ["keydown", "keyup"]) {
    root.addEventListener(type, takeSpace, true);
    addEventListener(type, /** @type {any} */ (takeKey), true);
  }
  const closeSecond = () => (second?.close(), phones?.close());
  addEventListener("pagehide", closeSecond);
  const sizes = new ResizeObserver(fitBeside);
  sizes.observe(root);
  const timer = setInterval(() => (updateTimes(), list.update()), SECOND_MS);
  const unwatch = engine.watch(update);
  update();
  return () => {
    unwatch();
    clearInterval(timer);
    cancelAnimationFrame(frame);
    sizes.disconnect();
    closeSecond();
    removeEventListener("pagehide", closeSecond);
    for (const type of ["keydown", "keyup"]) removeEventListener(type, /** @type {any} */ (takeKey), true);
  };
}

/** Read the style of the player, as this page has it. */
function readStyle() {
  return [...document.styleSheets].flatMap((sheet) => {
    try {
      const text = [...sheet.cssRules].map(({ cssText }) => cssText).join("\n");
      return /\.(backcare-player|bc-)/.test(text) ? [text] : [];
    } catch {
      return []; // of another origin, and so not the player's
    }
  }).join("\n");
}

/**
 * Create the list of the lesson: a click on an exercise goes there, and those to come can be moved.
 * @param {ClassEngine} engine
 */
function createOrder(engine) {
  const root = h("ol", { class: "bc-order", "aria-label": "The lesson" });
  let drawn = "";

  /**
   * Move an exercise that is to come, or leave it out.
   * @param {number} place
   * @param {number} by how many places; 0 leaves it out
   */
  function move(place, by) {
    const ids = engine.parts.map(({ id }) => id);
    const [id] = ids.splice(place, 1);
    if (by) ids.splice(place + by, 0, id);
    engine.ask(ids);
  }

  function update() {
    const { parts, position, status } = engine;
    const idle = status === "idle";
    const now = idle ? -1 : findPart(parts, position);
    /** @param {number} start */
    const formatBegin = (start) => (idle ? formatClock(start) : formatHour(Date.now() + (start - position) / engine.settings.speed));
    const lines = parts.map(({ id, title, start }, i) => ({ id, title, canMove: i > now && id !== engine.model.get("rise"), begins: i > now ? formatBegin(start) : i === now ? "now" : "" }));
    const state = JSON.stringify([lines, idle, engine.canAsk]);
    if (state === drawn) return;
    drawn = state;
    const focused = /** @type {any} */ (root.ownerDocument.activeElement);
    const kept = root.contains(focused) && focused.getAttribute("aria-label");
    const last = lines.length - 1;
    root.replaceChildren(...lines.map(({ title, canMove, begins }, i) => {
      const go = h("button", { type: "button", class: "bc-go", "aria-label": `Go to ${title}`, disabled: idle, onclick: () => engine.jump(i) },
        h("span", { class: "bc-begins" }, begins), h("span", {}, title));
      /** @param {string} sign @param {string} words @param {number} by @param {boolean} can */
      const edit = (sign, words, by, can) =>
        h("button", { type: "button", "aria-label": `${words}: ${title}`, disabled: !can, onclick: () => move(i, by) }, sign);
      const edits = idle || !engine.canAsk || !canMove ? [] :
        [edit("\u2191", "Earlier", -1, i - 1 > now), edit("\u2193", "Later", 1, i < last), edit("\u00d7", "Leave out", 0, true)];
      return h("li", { "aria-current": i === now && "step" }, go, ...edits);
    }));
    if (kept) root.querySelector(`[aria-label="${CSS.escape(kept)}"]:enabled`)?.focus();
  }

  return { root, update };
}

/**
 * List the buttons that lead a class from elsewhere too.
 * @param {any} player the root of its view
 * @returns {any[]}
 */
const listControls = (player) =>
  [...player.querySelectorAll(".bc-keys > button, .bc-lead > button, .bc-others > button")]
    .filter((button) => !/bc-(open|second|phone|size|resume)/.test(button.className));

/** @param {any} button */
const isAway = (button) => button.hidden || !!button.parentElement.hidden;

/**
 * Describe for whoever leads what is done now, what comes, and the teacher's own notes.
 * @param {ClassEngine} engine
 * @returns {Record<string, string>}
 */
function describeNow(engine) {
  const { status, late, endsAt, timeLeft } = engine;
  const { phase, left } = engine.moment;
  const lesson = engine.parts;
  const now = findPart(lesson, engine.position);
  const notes = engine.model.get("notes") ?? {};
  const next = lesson[now + 1];
  /** @type {Record<string, string>} */
  const states = { idle: "Ready", held: "They wait for you: Space", paused: "Paused", done: "Finished" };
  const idle = status === "idle";
  return {
    hour: formatHour(Date.now()) + (status === "done" ? "" : `, ends at ${formatHour(endsAt)}${late ? `, ${formatMinutes(late)} late` : ""}; ${formatClock(timeLeft)} to go`),
    state: states[status] ?? phase.label,
    at: idle ? engine.timeline.title : [lesson[now]?.title, phase.title].filter((each, i, all) => each && all.indexOf(each) === i).join(": "),
    left: idle ? "" : formatClock(left),
    what: idle ? "" : [phase.words, ...phase.cues.filter(({ say, more }) => say && !more && phase.kind === "hold").map(({ say }) => say)].join(" "),
    "note-own": (!idle && notes[lesson[now]?.id]) || "",
    then: next ? `Then: ${next.title}${notes[next.id] ? ` (${notes[next.id]})` : ""}` : "",
  };
}

/**
 * Fill a window for whoever leads: what is done now, what comes, the teacher's own notes, every button of
 * the player, and the lesson.
 * @param {ClassEngine} engine
 * @param {any} player the root of its view
 * @param {Window} second
 */
function createSecondScreen(engine, player, second) {
  const { document: page } = second;
  const list = createOrder(engine);
  /** @type {Record<string, any>} */ const parts = {};
  /** @param {string} name */
  const place = (name) => (parts[name] = h("div", { class: `bc-${name}` }));
  const mirrored = listControls(player).map((button) => ({ button, copy: h("button", { type: "button", class: button.className, onclick: () => button.click() }) }));
  page.title = `Lead: ${engine.timeline.title}`;
  page.documentElement.lang = "en";
  page.head.append(h("style", {}, readStyle()));
  page.body.append(h("div", { class: "backcare-player bc-presenter" },
    h("div", { class: "bc-desk" }, place("hour"), place("state"), place("at"), place("left"), place("what"), place("note-own"), place("then"),
      h("div", { class: "bc-copies" }, ...mirrored.map(({ copy }) => copy))),
    list.root));

  function update() {
    if (second.closed) return;
    for (const [name, text] of Object.entries(describeNow(engine))) if (parts[name].textContent !== text) parts[name].textContent = text;
    for (const { button, copy } of mirrored) {
      if (copy.textContent !== button.textContent) copy.textContent = button.textContent;
      copy.hidden = isAway(button);
      copy.ariaPressed = button.ariaPressed;
    }
    page.body.dataset.status = engine.status;
    list.update();
  }

  /** It is drawn by its own window: the other one may be covered. */
  function follow() {
    if (second.closed) return;
    update();
    second.requestAnimationFrame(follow);
  }
  follow();
  return { update };
}
