// @ts-check
// What is seen of a session, and the keys and buttons that play it.

import { h, stopShortcuts } from "./dom.js";
import { createPicture } from "./sprite.js";
import { formatClock, formatCount, formatDuration, getProgress } from "./timeline.js";
import { getLanguageName, getPrimaryTag } from "./voice.js";

/**
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./timeline.js").Figure} Figure
 * @typedef {import("./timeline.js").Phase} Phase
 * @typedef {import("./timeline.js").Timeline} Timeline
 */

// All of the markup, and no word of the data in it: those are written as text, later.
const MARKUP = `
<div class="bc-head"><span class="bc-session"></span><span class="bc-place"></span>
  <button class="bc-class" aria-keyshortcuts="F">Class mode</button></div>
<div class="bc-keys" role="group" aria-label="Player controls">
  <button class="bc-resume"></button>
  <button class="bc-back" aria-keyshortcuts="B ArrowLeft">Back</button>
  <button class="bc-start" aria-keyshortcuts="Space"></button>
  <button class="bc-next" aria-keyshortcuts="N ArrowRight">Next</button></div>
<div class="bc-others" role="group" aria-label="More controls">
  <button class="bc-longer" aria-keyshortcuts="+">+15 s</button>
  <button class="bc-again" aria-keyshortcuts="R"></button>
  <button class="bc-stop">Stop</button></div>
<div class="bc-told"><div class="bc-lacks" role="status"></div><div class="bc-note" role="alert"></div></div>
<div class="bc-stage"><div class="bc-card" role="img"></div>
  <div class="bc-now"><div class="bc-kind"></div><div class="bc-title"></div>
    <div class="bc-clock"><div class="bc-digits" role="timer" aria-label="Time left"></div>
      <div class="bc-swell" aria-hidden="true"></div><div class="bc-pace"></div></div>
    <div class="bc-words"></div></div></div>
<div class="bc-care"><b>Take care</b><ul class="bc-cautions"></ul></div>
<div class="bc-bar" aria-hidden="true"><div class="bc-gone"></div></div>
<div class="bc-times"></div>
<div class="bc-next-up"><div class="bc-next-card" aria-hidden="true"></div><div class="bc-next-words"></div></div>
<div class="bc-status" role="status"></div>
<details class="bc-settings"><summary>Sound and settings</summary><div class="bc-fields">
  <label>Tones (0 is off)<input name="tones" type="range" min="0" max="1" step="0.1"></label>
  <label>Voice (0 is off)<input name="voice" type="range" min="0" max="1" step="0.1"></label>
  <label>Speed<select name="speed"><option>0.5<option>0.75<option>1<option>1.25<option>1.5<option>2</select></label>
  <label>Speak more, show less<input name="more" type="checkbox"></label>
  <label>Wait for me before each exercise<input name="steps" type="checkbox"></label>
  <div class="bc-voices"></div><button class="bc-test">Sound test</button></div>
  <div class="bc-heading">What works in this browser</div><ul class="bc-abilities"></ul></details>
<details class="bc-all"><summary>All the steps</summary><ol class="bc-list"></ol></details>`;

/**
 * @param {Phase} phase
 * @returns {string} its kind and its title, neither said twice
 */
function formatHeading({ label, title }) {
  if (label.startsWith(title)) return label;
  return title.startsWith(label) ? title : `${label}: ${title}`;
}

/**
 * @param {Phase} phase
 * @returns {string} of its kind, side and round what its title leaves open
 */
const formatKind = ({ label, title }) => (label.startsWith(title) ? label.slice(title.length + 2) : label);

/**
 * @param {Phase} phase
 * @returns {string} as what comes next: in which round is soon enough then
 */
const formatNext = (phase) =>
  phase.kind === "finish" ? "the end" : formatHeading({ ...phase, label: phase.label.replace(/, round .*/, "") });

/**
 * @param {Phase} phase
 * @returns {string} one line of the list of steps
 */
function formatStep(phase) {
  const times = phase.kind === "repeat" ? `${formatCount(phase.count, "time")}, ` : "";
  return `${formatHeading(phase)}. ${times}${formatDuration(phase.end - phase.start)}.`;
}

/**
 * Create the cautions of an exercise, each with those it is for standing out; when to stop comes last.
 * @param {string[]} care
 * @returns {HTMLElement[]}
 */
function createCautions(care) {
  return care.map((text, i) => {
    const whom = i < care.length - 1 ? text.indexOf(": ") + 2 : 0;
    return h("li", {}, h("b", {}, text.slice(0, whom)), text.slice(whom));
  });
}

/**
 * Create one view of a player.
 * @param {Engine} engine
 * @param {HTMLElement} el
 * @returns {() => void} takes it away
 */
export function createView(engine, el) {
  const root = h("div", { class: "backcare-player", role: "group", tabindex: 0, onkeydown: pressKey });
  root.innerHTML = MARKUP;
  /** @param {string} name @returns {any} */
  const $ = (name) => root.querySelector(`.bc-${name}`);
  /**
   * Write only what has changed: most frames change the picture alone.
   * @param {string} name
   * @param {string} text
   */
  const setText = (name, text) => {
    if ($(name).textContent !== text) $(name).textContent = text;
  };
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const fields = [...root.querySelectorAll("[name]")];
  /** @type {Map<string, ReturnType<typeof createPicture>>} */
  const pictures = new Map();
  /** @type {Timeline|null} */ let listed = null;
  let frame = 0;
  let offered = "";
  let announced = "";

  /** @type {Record<string, () => void>} */
  const actions = {
    resume: () => begin(() => engine.resume()), back: () => engine.back(), start: () => begin(),
    next: () => engine.next(), longer: () => engine.addTime(), again: () => engine.restart(),
    stop: () => engine.stop(), test: () => engine.testSound(), class: () => setClassMode(!isClassMode()),
  };
  for (const button of root.querySelectorAll("button")) {
    button.type = "button";
    button.onclick = actions[button.className.slice(3)];
  }
  for (const input of fields) {
    const read = () => (input.type === "checkbox" ? input.checked : Number(input.value));
    input.oninput = () => engine.set({ [input.name]: read() });
  }

  /**
   * Show the picture of a figure, in a place of its own; nothing where there is none.
   * @param {string} where
   * @param {Figure|null|undefined} figure
   */
  function showPicture(where, figure) {
    const sprite = figure && engine.sprites[figure.key];
    const id = `${where} ${figure?.key}`;
    if (sprite && !pictures.has(id)) pictures.set(id, createPicture(sprite));
    const shown = sprite ? pictures.get(id) : null;
    if ($(where).firstChild !== (shown?.svg ?? null)) $(where).replaceChildren(...(shown ? [shown.svg] : []));
    return { sprite, draw: shown?.draw };
  }

  /** Draw what changes with time. */
  function drawMoment() {
    const { phase, share, count, left, remaining } = engine.moment;
    const { total } = engine.timeline;
    const { sprite, draw } = showPicture("card", phase.figure);
    // When nothing may move, a figure stands at the end of each way.
    const seen = !reducedMotion.matches ? share : phase.count && share < phase.turn ? phase.turn : 1;
    draw?.(getProgress(phase, seen, !!sprite?.loop, count));
    /** @type {Record<string, string>} */
    const pace = { breathe: share < phase.turn ? "Breathe in" : "Breathe out", repeat: `${count} of ${phase.count}` };
    setText("pace", pace[phase.kind] ?? "");
    setText("digits", formatClock(engine.status === "idle" ? remaining : left));
    const whole = Math.floor((total - remaining) / 1000) * 1000; // so that both add up
    setText("times", `${formatClock(whole)} done, ${formatClock(remaining)} to go`);
    $("swell").style.setProperty("--swell", getProgress(phase, share, false, count).toFixed(3));
    $("gone").style.transform = `scaleX(${1 - remaining / total})`;
  }

  /** Show what changes from step to step, and with what the person does. */
  function update() {
    const { status, timeline, settings, offer } = engine;
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const { index, phase } = engine.moment;
    const idle = status === "idle";
    const over = idle || status === "done";
    const alone = timeline.phases.length === 1;
    /** @type {Record<string, string>} */
    const kind = { idle: "Ready when you are", held: "Waiting for you: press Space or Go on" };
    const ahead = idle ? [] : timeline.phases.slice(index + 1);
    const start = { idle: "Start", running: "Pause", held: "Go on", paused: "Go on", done: "Start again" };
    Object.assign(root.dataset, { status, kind: phase.kind });
    root.setAttribute("aria-label", `Session player: ${timeline.title}`);
    root.classList.toggle("bc-less", settings.more);
    setText("session", timeline.title);
    setText("place", idle ? formatDuration(timeline.total) : alone ? "" : `${index + 1} of ${timeline.phases.length}`);
    setText("kind", kind[status] ?? formatKind(phase));
    setText("title", idle ? "Press Start" : phase.title);
    setText("words", idle ? "" : phase.words);
    setText("start", start[status]);
    setText("next-words", ahead.length ? `Next: ${formatNext(ahead[0])}` : "");
    setText("resume", offer ? `Continue from ${formatClock(offer.position)}` : "");
    setText("note", engine.note);
    for (const name of ["title", "words"]) $(name).lang = (!idle && phase.language) || "en";
    setText("again", phase.side && phase.step ? "Restart this side" : "Restart this step");
    setText("class", isClassMode() ? "Leave class mode" : "Class mode");
    $("resume").hidden = !idle || !offer;
    $("back").disabled = idle;
    for (const name of ["next", "longer", "again", "stop"]) $(name).disabled = over;
    for (const name of ["back", "next", "all"]) $(name).hidden = alone;
    $("test").disabled = status === "running";
    // A button that can no longer have the focus gives it on; the page would take the next keys.
    if (focused?.matches(":disabled, [hidden]")) $("start").focus();
    $("care").hidden = !phase.care.length;
    $("cautions").replaceChildren(...createCautions(phase.care));
    $("abilities").replaceChildren(...engine.listAbilities().map(({ what, no, yes }) =>
      h("li", { class: no ? "bc-no" : "" }, `${what}: ${no || yes}`)));
    showPicture("next-card", ahead.find(({ figure }) => figure && figure.key !== phase.figure?.key)?.figure).draw?.(1);
    const { sprite } = showPicture("card", phase.figure);
    $("card").hidden = !sprite;
    $("card").setAttribute("aria-label", sprite?.alt ?? "");
    for (const input of fields) {
      const value = settings[/** @type {keyof typeof settings} */ (input.name)];
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    updateProblems();
    updateVoices();
    announce(index, phase);
    updateList(index);
    drawMoment();
    fitType();
    animate();
  }

  /** Write what is missing, a line each, only when it changes: a screen reader reads it out. */
  function updateProblems() {
    const { problems } = engine;
    if ($("lacks").textContent === problems.join("")) return;
    $("lacks").replaceChildren(...problems.map((text) => h("p", {}, text)));
  }

  /** Offer for each language of the session its voices to choose among. */
  function updateVoices() {
    const { voice, settings } = engine;
    const tags = [...new Set(voice.languages.map(getPrimaryTag))].filter((tag) => voice.findVoices(tag).length > 1);
    const all = tags.map((tag) => voice.findVoices(tag).map(({ name, voiceURI }) => [name, voiceURI]).sort());
    const now = JSON.stringify([tags, all]);
    if (now !== offered) {
      $("voices").replaceChildren(...tags.map((tag, i) => {
        const options = all[i].map(([words, value]) => h("option", { value }, words));
        /** @param {any} event */
        const oninput = ({ target }) => engine.set({ voices: { ...engine.settings.voices, [tag]: target.value } });
        const select = h("select", { name: tag, oninput }, h("option", { value: "" }, "Automatic"), ...options);
        return h("label", {}, `${getLanguageName(tag)} voice`, select);
      }));
    }
    offered = now;
    for (const select of $("voices").querySelectorAll("select")) select.value = settings.voices[select.name] ?? "";
  }

  /** In class mode the type gives way, as little as it must, where a step is too long for the screen. */
  function fitType() {
    if (!isClassMode()) return;
    for (let size = 1; size > 0.6; size -= 0.06) {
      root.style.setProperty("--bc-fit", size);
      if (root.scrollHeight <= root.clientHeight) return;
    }
  }

  /**
   * Tell a screen reader a sentence when the step or the state changes, not each second.
   * @param {number} index
   * @param {Phase} phase
   */
  function announce(index, phase) {
    const { status } = engine;
    if (announced === status + index) return;
    announced = status + index;
    const held = `Waiting for you: ${phase.title}.`;
    setText("status", { idle: "", running: formatStep(phase), held, paused: "Paused.", done: "Finished." }[status]);
  }

  /**
   * Write the whole timeline as text when it is first asked for; an exercise says nothing twice.
   * @param {number} current the index of a phase
   */
  function updateList(current) {
    if (!$("all").open) return;
    if (listed !== engine.timeline) {
      listed = engine.timeline;
      const told = new Set();
      $("list").replaceChildren(...listed.phases.map((phase) => {
        const words = `${phase.exercise}: ${phase.words}`;
        const fresh = told.has(words) ? "" : phase.words;
        told.add(words);
        return h("li", {}, h("b", {}, formatClock(phase.start)), ` ${formatStep(phase)} `, h("span", {}, fresh));
      }));
    }
    [...$("list").children].forEach((li, i) => (li.ariaCurrent = i === current ? "step" : null));
  }

  function animate() {
    if (frame || engine.status !== "running") return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      engine.tick();
      drawMoment();
      animate();
    });
  }

  /**
   * Start, which the first time brings the player into view; in a class it fills the screen too.
   * @param {() => void} start
   */
  function begin(start = () => engine.toggle()) {
    const first = engine.status === "idle" || engine.status === "done";
    if (first && engine.model.get("in_class")) setClassMode(true);
    start();
    if (first && !(isSeen("session") && isSeen("stage"))) {
      root.scrollIntoView({ block: "start", behavior: reducedMotion.matches ? "instant" : "smooth" });
    }
  }

  /**
   * Is a part in view, and not behind anything?
   * @param {string} name
   */
  function isSeen(name) {
    const { left, top, width, bottom } = $(name).getBoundingClientRect();
    return [top + 4, bottom - 4].every((y) => root.contains(document.elementFromPoint(left + width / 2, y)));
  }

  const isClassMode = () => root.classList.contains("bc-full");

  /**
   * Take the whole screen, or the whole page where that is not allowed; wait before each exercise.
   * @param {boolean} on
   */
  async function setClassMode(on) {
    root.classList.toggle("bc-full", on);
    engine.setLed(on);
    if (on) {
      root.focus();
      try {
        await root.requestFullscreen();
      } catch {
        root.popover = "manual"; // the top layer: nothing on the page can clip or cover it
        root.showPopover();
      }
    } else {
      root.removeAttribute("popover");
      if (document.fullscreenElement) await document.exitFullscreen();
    }
  }

  /** @param {KeyboardEvent} event */
  function pressKey(event) {
    stopShortcuts(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const key = event.key === " " || event.key === "Enter" ? "space" : event.key.toLowerCase();
    if (key === "space" && target !== root) return; // a button, a field: it answers by itself
    if (key.startsWith("arrow") && target.matches("input, select")) return;
    if (key === "escape" && isClassMode()) setClassMode(false);
    /** @param {Element} button */
    const keys = (button) => (button.getAttribute("aria-keyshortcuts") ?? "").toLowerCase();
    const buttons = [...root.querySelectorAll("button:not([hidden])")];
    const meant = buttons.find((button) => keys(button).split(" ").includes(key));
    if (!meant) return;
    event.preventDefault();
    meant.click();
  }

  for (const name of ["settings", "all"]) $(name).ontoggle = update;
  root.onfullscreenchange = () => document.fullscreenElement || root.popover || setClassMode(false);
  el.replaceChildren(root);
  new ResizeObserver(fitType).observe(root);
  const unwatch = engine.watch(update);
  update();
  return () => {
    unwatch();
    cancelAnimationFrame(frame);
    engine.loseView();
  };
}
