// @ts-check
// What is seen of a session, and the keys and buttons that play it.

import { h, keep } from "./dom.js";
import { picture } from "./sprite.js";
import { clock, plural, spoken, travel } from "./timeline.js";
import { languageName, primary } from "./voice.js";

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

/** @param {Phase} phase @returns {string} its kind and its title, neither said twice */
function named({ label, title }) {
  if (label.startsWith(title)) return label;
  return title.startsWith(label) ? title : `${label}: ${title}`;
}

/** @param {Phase} phase @returns {string} of its kind, side and round what its title leaves open */
const beside = ({ label, title }) => (label.startsWith(title) ? label.slice(title.length + 2) : label);

/** @param {Phase} phase @returns {string} as what comes next: in which round is soon enough then */
const coming = (phase) =>
  phase.kind === "finish" ? "the end" : named({ ...phase, label: phase.label.replace(/, round .*/, "") });

/** The cautions of an exercise, each with those it is for standing out; when to stop comes last.
 * @param {string[]} care @returns {HTMLElement[]} */
function cautions(care) {
  return care.map((text, i) => {
    const whom = i < care.length - 1 ? text.indexOf(": ") + 2 : 0;
    return h("li", {}, h("b", {}, text.slice(0, whom)), text.slice(whom));
  });
}

/** @param {Phase} phase @returns {string} one line of the list of steps */
function line(phase) {
  const times = phase.kind === "repeat" ? `${plural(phase.count, "time")}, ` : "";
  return `${named(phase)}. ${times}${spoken(phase.end - phase.start)}.`;
}

/** Write only what has changed: most frames change the picture alone.
 * @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * One view of a player.
 * @param {Engine} engine @param {HTMLElement} el @returns {() => void} takes it away
 */
export function view(engine, el) {
  const root = h("div", { class: "backcare-player", role: "group", tabindex: 0, onkeydown: press });
  root.innerHTML = MARKUP;
  const $ = (name) => root.querySelector(`.bc-${name}`);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const fields = [...root.querySelectorAll("[name]")];
  /** @type {Map<string, ReturnType<typeof picture>>} */
  const pictures = new Map();
  /** @type {Timeline|null} */ let listed = null;
  let frame = 0;
  let offered = "";
  let said = "";

  /** @type {Record<string, () => void>} */
  const actions = {
    resume: () => begin(() => engine.resume()), back: () => engine.back(), start: () => begin(),
    next: () => engine.next(), longer: () => engine.longer(), again: () => engine.again(),
    stop: () => engine.stop(), test: () => engine.test(), class: () => classMode(),
  };
  for (const button of root.querySelectorAll("button")) {
    button.type = "button";
    button.onclick = actions[button.className.slice(3)];
  }
  for (const input of fields) {
    const value = () => (input.type === "checkbox" ? input.checked : Number(input.value));
    input.oninput = () => engine.set({ [input.name]: value() });
  }

  /** The picture of a figure, in a place of its own; nothing where there is none.
   * @param {string} where @param {Figure|null|undefined} figure */
  function put(where, figure) {
    const sprite = figure && engine.sprites[figure.key];
    const id = `${where} ${figure?.key}`;
    if (sprite && !pictures.has(id)) pictures.set(id, picture(sprite));
    const shown = sprite ? pictures.get(id) : null;
    if ($(where).firstChild !== (shown?.svg ?? null)) $(where).replaceChildren(...(shown ? [shown.svg] : []));
    return { sprite, move: shown?.draw };
  }

  /** What changes with time. */
  function draw() {
    const { phase, share, count, left, remaining } = engine.now;
    const { total } = engine.timeline;
    const { sprite, move } = put("card", phase.figure);
    // When nothing may move, a figure stands at the end of each way.
    const seen = !still.matches ? share : phase.count && share < phase.turn ? phase.turn : 1;
    move?.(travel(phase, seen, !!sprite?.loop));
    const pace = { breathe: share < phase.turn ? "Breathe in" : "Breathe out", repeat: `${count} of ${phase.count}` };
    write($("pace"), pace[phase.kind] ?? "");
    write($("digits"), clock(engine.status === "idle" ? remaining : left));
    const whole = Math.floor((total - remaining) / 1000) * 1000; // so that both add up
    write($("times"), `${clock(whole)} done, ${clock(remaining)} to go`);
    $("swell").style.setProperty("--swell", travel(phase, share, false).toFixed(3));
    $("gone").style.transform = `scaleX(${1 - remaining / total})`;
  }

  /** What changes from step to step, and with what the person does. */
  function show() {
    const { status, timeline, settings, offer } = engine;
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const { index, phase } = engine.now;
    const idle = status === "idle";
    const over = idle || status === "done";
    const alone = timeline.phases.length === 1;
    const kind = { idle: "Ready when you are", held: "Waiting for you: press Space or Go on" };
    const ahead = idle ? [] : timeline.phases.slice(index + 1);
    const start = { idle: "Start", running: "Pause", held: "Go on", paused: "Go on", done: "Start again" };
    Object.assign(root.dataset, { status, kind: phase.kind });
    root.setAttribute("aria-label", `Session player: ${timeline.title}`);
    root.classList.toggle("bc-less", settings.more);
    write($("session"), timeline.title);
    write($("place"), idle ? spoken(timeline.total) : alone ? "" : `${index + 1} of ${timeline.phases.length}`);
    write($("kind"), kind[status] ?? beside(phase));
    write($("title"), idle ? "Press Start" : phase.title);
    write($("words"), idle ? "" : phase.words);
    write($("start"), start[status]);
    write($("next-words"), ahead.length ? `Next: ${coming(ahead[0])}` : "");
    write($("resume"), offer ? `Continue from ${clock(offer.position)}` : "");
    write($("note"), engine.note);
    for (const name of ["title", "words"]) $(name).lang = (!idle && phase.language) || "en";
    write($("again"), phase.side && phase.step ? "Restart this side" : "Restart this step");
    write($("class"), root.classList.contains("bc-full") ? "Leave class mode" : "Class mode");
    $("resume").hidden = !idle || !offer;
    $("back").disabled = idle;
    for (const name of ["next", "longer", "again", "stop"]) $(name).disabled = over;
    for (const name of ["back", "next", "all"]) $(name).hidden = alone;
    $("test").disabled = status === "running";
    // A button that can no longer have the focus gives it on; the page would take the next keys.
    if (focused?.matches(":disabled, [hidden]")) $("start").focus();
    $("care").hidden = !phase.care.length;
    $("cautions").replaceChildren(...cautions(phase.care));
    $("abilities").replaceChildren(...engine.abilities().map(({ what, no, yes }) =>
      h("li", { class: no ? "bc-no" : "" }, `${what}: ${no || yes}`)));
    put("next-card", ahead.find(({ figure }) => figure && figure.key !== phase.figure?.key)?.figure).move?.(1);
    const { sprite } = put("card", phase.figure);
    $("card").hidden = !sprite;
    $("card").setAttribute("aria-label", sprite?.alt ?? "");
    for (const input of fields) {
      const value = settings[input.name];
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    tellLacks();
    voices();
    announce(index, phase);
    list(index);
    draw();
    fit();
    loop();
  }

  /** What is missing, a line each, written only when it changes: a screen reader reads it out. */
  function tellLacks() {
    const { lacks } = engine;
    if ($("lacks").textContent === lacks.join("")) return;
    $("lacks").replaceChildren(...lacks.map((text) => h("p", {}, text)));
  }

  /** For each language of the session, its voices to choose among. */
  function voices() {
    const { voice, settings } = engine;
    const tags = [...new Set(voice.languages.map(primary))].filter((tag) => voice.of(tag).length > 1);
    const all = tags.map((tag) => voice.of(tag).map(({ name, voiceURI }) => [name, voiceURI]).sort());
    const now = JSON.stringify([tags, all]);
    if (now !== offered) {
      $("voices").replaceChildren(...tags.map((tag, i) => {
        const options = all[i].map(([words, value]) => h("option", { value }, words));
        const oninput = ({ target }) => engine.set({ voices: { ...engine.settings.voices, [tag]: target.value } });
        const select = h("select", { name: tag, oninput }, h("option", { value: "" }, "Automatic"), ...options);
        return h("label", {}, `${languageName(tag)} voice`, select);
      }));
    }
    offered = now;
    for (const select of $("voices").querySelectorAll("select")) select.value = settings.voices[select.name] ?? "";
  }

  /** In class mode the type gives way, as little as it must, where a step is too long for the screen. */
  function fit() {
    if (!root.classList.contains("bc-full")) return;
    for (let size = 1; size > 0.6; size -= 0.06) {
      root.style.setProperty("--bc-fit", size);
      if (root.scrollHeight <= root.clientHeight) return;
    }
  }

  /** A sentence for a screen reader when the step or the state changes, not each second. */
  function announce(index, phase) {
    const { status } = engine;
    if (said === status + index) return;
    said = status + index;
    const held = `Waiting for you: ${phase.title}.`;
    write($("status"), { idle: "", running: line(phase), held, paused: "Paused.", done: "Finished." }[status]);
  }

  /** The whole timeline as text, made when it is first asked for; an exercise says nothing twice. */
  function list(current) {
    if (!$("all").open) return;
    if (listed !== engine.timeline) {
      listed = engine.timeline;
      const told = new Set();
      $("list").replaceChildren(...listed.phases.map((phase) => {
        const words = `${phase.exercise}: ${phase.words}`;
        const fresh = told.has(words) ? "" : phase.words;
        told.add(words);
        return h("li", {}, h("b", {}, clock(phase.start)), ` ${line(phase)} `, h("span", {}, fresh));
      }));
    }
    [...$("list").children].forEach((li, i) => (li.ariaCurrent = i === current ? "step" : null));
  }

  function loop() {
    if (frame || engine.status !== "running") return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      engine.beat();
      draw();
      loop();
    });
  }

  /** The first Start brings the player into view; in a class it fills the screen too.
   * @param {() => void} start */
  function begin(start = () => engine.toggle()) {
    const first = engine.status === "idle" || engine.status === "done";
    if (first && engine.model.get("in_class")) classMode(true);
    start();
    if (first && !(seen("session") && seen("stage"))) {
      root.scrollIntoView({ block: "start", behavior: still.matches ? "instant" : "smooth" });
    }
  }

  /** Is a part in view, and not behind anything? @param {string} name */
  function seen(name) {
    const { left, top, width, bottom } = $(name).getBoundingClientRect();
    return [top + 4, bottom - 4].every((y) => root.contains(document.elementFromPoint(left + width / 2, y)));
  }

  /** The whole screen, or the whole page where that is not allowed; it waits before each step. */
  async function classMode(on = !root.classList.contains("bc-full")) {
    root.classList.toggle("bc-full", on);
    engine.lead(on);
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
  function press(event) {
    keep(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const key = event.key === " " || event.key === "Enter" ? "space" : event.key.toLowerCase();
    if (key === "space" && target !== root) return; // a button, a field: it answers by itself
    if (key.startsWith("arrow") && target.matches("input, select")) return;
    if (key === "escape" && root.classList.contains("bc-full")) classMode(false);
    const keys = (button) => (button.getAttribute("aria-keyshortcuts") ?? "").toLowerCase();
    const buttons = [...root.querySelectorAll("button:not([hidden])")];
    const meant = buttons.find((button) => keys(button).split(" ").includes(key));
    if (!meant) return;
    event.preventDefault();
    meant.click();
  }

  for (const name of ["settings", "all"]) $(name).ontoggle = show;
  root.onfullscreenchange = () => document.fullscreenElement || root.popover || classMode(false);
  el.replaceChildren(root);
  new ResizeObserver(fit).observe(root);
  const unwatch = engine.watch(show);
  show();
  return () => {
    unwatch();
    cancelAnimationFrame(frame);
    engine.leave();
  };
}
