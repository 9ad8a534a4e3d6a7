// @ts-check
// What is seen of a session, and the keys and buttons that play it.

import { createAfterSession } from "./after_session.js";
import { h, stopShortcuts } from "./dom.js";
import { createPicture } from "./sprite.js";
import { findStageWords, formatClock, formatCount, formatDuration, getProgress, groupSentences } from "./timeline.js";
import { getLanguageName, getPrimaryTag } from "./voice.js";

/**
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./timeline.js").Figure} Figure
 * @typedef {import("./timeline.js").Phase} Phase
 * @typedef {import("./timeline.js").Timeline} Timeline
 */

// All of the markup, and no word of the data in it: those are written as text, later.
/** @param {string} name @param {string} words @param {string} keys @param {string} path of its picture */
const drawButton = (name, words, keys, path) =>
  `<button class="bc-${name}"${keys && ` aria-keyshortcuts="${keys}"`}><svg viewBox="0 0 24 24" aria-hidden="true">` +
  `<path d="${path}"/></svg><span>${words}</span></button>`;
const MARKUP = `
<div class="bc-head"><span class="bc-session"></span><span class="bc-place"></span></div>
<div class="bc-keys" role="group" aria-label="Player controls">
  <button class="bc-resume"></button>
  <button class="bc-start" aria-keyshortcuts="Space"></button>
  ${drawButton("back", "Back", "B ArrowLeft", "M19 5v14L8 12zM5 5h2v14H5z")}
  ${drawButton("next", "Next", "N ArrowRight", "M5 5v14l11-7zM17 5h2v14h-2z")}
  ${drawButton("size", "Large", "F", "M4 4h7v2H6v5H4zM13 18h5v-5h2v7h-7z")}
  ${drawButton("open", "Menu", "", "M4 6h16v2H4zM4 11h16v2H4zM4 16h16v2H4z")}</div>
<div class="bc-menu" role="group" aria-label="Menu" hidden>
  <div class="bc-others">
    <button class="bc-longer" aria-keyshortcuts="+">15 seconds more</button>
    <button class="bc-again" aria-keyshortcuts="R"></button>
    <button class="bc-stop">Stop</button></div>
  <div class="bc-fields bc-options"></div><div class="bc-refusal" role="alert"></div>
  <div class="bc-heading">Sound and settings</div><div class="bc-fields bc-settings">
  <label>Tones (0 is off)<input name="tones" type="range" min="0" max="1" step="0.1"></label>
  <label>Voice (0 is off)<input name="voice" type="range" min="0" max="1" step="0.1"></label>
  <label>Speed<select name="speed"><option>0.5<option>0.75<option>1<option>1.25<option>1.5<option>2</select></label>
  <label>Speak more, show less<input name="more" type="checkbox"></label>
  <label>Wait for me before each exercise<input name="steps" type="checkbox"></label>
  <div class="bc-voices"></div><button class="bc-test">Sound test</button></div>
  <div class="bc-heading">What works in this browser</div><ul class="bc-abilities"></ul>
  <details class="bc-all"><summary>All the steps</summary><ol class="bc-list"></ol></details></div>
<div class="bc-stage"><div class="bc-card" role="img"></div>
  <div class="bc-text"><div class="bc-now"><div class="bc-kind"></div><div class="bc-title"></div>
    <div class="bc-clock"><div class="bc-digits" role="timer" aria-label="Time left"></div>
      <div class="bc-swell" aria-hidden="true"></div><div class="bc-pace"></div></div>
    <div class="bc-words"></div></div>
  <div class="bc-before"><div class="bc-version" role="radiogroup" aria-label="Version"></div>
    <div class="bc-about"></div></div>
  <div class="bc-told"><div class="bc-lacks" role="status"></div><div class="bc-note" role="alert"></div></div>
  <div class="bc-care"><b>Take care</b><ul class="bc-cautions"></ul></div></div></div>
<div class="bc-bar" aria-hidden="true"><div class="bc-gone"></div></div>
<div class="bc-times"></div>
<div class="bc-next-up"><div class="bc-next-card" aria-hidden="true"></div><div class="bc-next-words"></div></div>
<div class="bc-status" role="status"></div>`;
const REST_MS = 3000; // in which nobody touches anything, after which the buttons of Large go

/**
 * @param {Phase} phase
 * @returns {string} its kind and its title, neither said twice
 */
const formatHeading = ({ label, title }) =>
  label.startsWith(title) ? label : title.startsWith(label) ? title : `${label}: ${title}`;

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
const formatStep = (phase) =>
  `${formatHeading(phase)}. ${phase.kind === "repeat" ? `${formatCount(phase.count, "time")}, ` : ""}` +
  `${formatDuration(phase.end - phase.start)}.`;

/**
 * Create the cautions of an exercise, each with those it is for standing out; when to stop comes last.
 * @param {string[]} care
 * @returns {HTMLElement[]}
 */
function createCautions(care) {
  return care.map((text, i) => {
    const whom = i < care.length - 1 && text.includes(": ") ? text.indexOf(": ") + 2 : 0;
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
  const { classList } = root;
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
  const copy = Math.random(); // each widget has a module of its own, which knows of no other
  const page = /** @type {any} */ (document);
  /** @type {Map<string, ReturnType<typeof createPicture>>} */
  const pictures = new Map();
  /** @type {Timeline|null} */ let listed = null;
  let frame = 0;
  let mostLetters = Infinity; // of the words that Large shows at once
  let offered = "";
  let drawnFields = "";
  let seenStatus = "";
  let isJustOver = false; // and the keys are to be led to what is asked then
  /** @type {ReturnType<typeof setTimeout>|undefined} */ let rest;
  let announced = "";

  /** @type {Record<string, () => void>} */
  const actions = {
    resume: () => begin(() => engine.resume()), back: () => engine.back(), start: () => begin(),
    next: () => engine.next(), longer: () => engine.addTime(), again: () => engine.restart(),
    stop: () => engine.stop(), test: () => engine.testSound(), size: () => setLarge(!isLarge()),
    open: () => openMenu($("menu").hidden),
  };
  for (const button of root.querySelectorAll("button")) {
    button.type = "button";
    button.onclick = actions[button.className.slice(3)];
  }
  $("others").onclick = () => openMenu(false);
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
    const { phase, share, count, into, left, remaining } = engine.moment;
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
    if (classList.contains("bc-in-turn")) showTurn(into / (into + left));
    $("gone").style.transform = `scaleX(${1 - remaining / total})`;
  }

  /**
   * Of the words of a step and its cautions, which come in turn, show that whose turn it is: each has
   * as much time as it is long. Where there are words alone, show those of the stage.
   * @param {number} share of the step, 0 to 1
   */
  function showTurn(share) {
    const { phase, into, left } = engine.moment;
    const told = phase.care.length ? phase.words : findStageWords(phase, share * (into + left));
    const groups = groupSentences(told, mostLetters);
    const cautions = [...$("cautions").children];
    const lengths = [...groups, ...cautions.map(({ textContent }) => textContent)].map(({ length }) => length);
    let letters = share * lengths.reduce((sum, length) => sum + length, 0);
    const turn = lengths.findIndex((length) => (letters -= length) < 0);
    if (turn < groups.length) setText("words", groups[Math.max(0, turn)]);
    $("words").classList.toggle("bc-turn", turn < groups.length);
    cautions.forEach((caution, i) => caution.classList.toggle("bc-turn", groups.length + i === turn));
    $("care").classList.toggle("bc-turn", turn >= groups.length);
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
    const kind = { idle: "Ready when you are", held: engine.waiting.seen };
    const ahead = idle ? [] : timeline.phases.slice(index + 1);
    const start = { idle: "Start", running: "Pause", held: "Go on", paused: "Go on", done: "Start again" };
    Object.assign(root.dataset, { status, kind: phase.kind });
    root.setAttribute("aria-label", `Session player: ${timeline.title}`);
    classList.toggle("bc-less", settings.more);
    setText("session", timeline.title);
    setText("place", idle ? formatDuration(timeline.total) : alone ? "" : `${index + 1} of ${timeline.phases.length}`);
    setText("kind", kind[status] ?? formatKind(phase));
    setText("title", idle ? "Press Start" : phase.title);
    setText("words", idle ? "" : phase.words);
    setText("about", engine.model.get("about") ?? "");
    setText("start", idle && offer ? "Start again" : start[status]);
    setText("next-words", ahead.length ? `Next: ${formatNext(ahead[0])}` : "");
    setText("resume", offer ? `Continue from ${formatClock(offer.position)}` : "");
    setText("note", engine.note);
    for (const name of ["title", "words"]) $(name).lang = (!idle && phase.language) || "en";
    setText("again", phase.side && phase.step ? "Restart this side" : "Restart this step");
    $("size").lastChild.textContent = isLarge() ? "Small" : "Large";
    $("resume").hidden = !idle || !offer;
    $("before").hidden = !idle;
    $("back").hidden = idle || alone;
    $("next").hidden = over || alone;
    $("others").hidden = over;
    $("all").hidden = alone;
    $("test").disabled = status === "running";
    updateOptions();
    // A button that can no longer have the focus gives it on; the page would take the next keys.
    if (focused?.matches(":disabled, [hidden], [hidden] *")) $("start").focus();
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
    if (seenStatus !== status) wake();
    isJustOver = status === "done" && (isJustOver || (seenStatus === "running" && !!focused));
    seenStatus = status;
    fitType();
    animate();
  }

  /** Write what is missing, a line each, only when it changes: a screen reader reads it out. Of the
   * players that wait on a page, the first says it for all. */
  function updateProblems() {
    page.bcTeller ??= root;
    const problems = engine.status === "idle" && page.bcTeller !== root ? [] : engine.problems;
    if ($("lacks").textContent === problems.join("")) return;
    $("lacks").replaceChildren(...problems.map((text) => h("p", {}, text)));
  }

  /** Offer what can be chosen before Start, the version beside it; a field that has the focus keeps it. */
  function updateOptions() {
    const { model } = engine;
    setText("refusal", model.get("refusal") ?? "");
    const now = JSON.stringify(model.get("option_fields") ?? []);
    if (now === drawnFields) return;
    drawnFields = now;
    const focused = /** @type {any} */ (document.activeElement);
    const [version, ...amounts] = JSON.parse(now);
    $("version").replaceChildren(...(version?.choices ?? []).map((/** @type {string[]} */ [words, value]) => {
      const input = h("input", { type: "radio", name: `version${copy}`, value, onchange: () => engine.choose("version", value) });
      input.checked = value === version.value;
      return h("label", {}, input, words);
    }));
    $("options").replaceChildren(...amounts.map((/** @type {any} */ { name, words, value, choices, min, max }) => {
      /** @param {any} event */
      const onchange = ({ target }) => engine.choose(name, choices ? target.value : Number(target.value));
      const input = choices
        ? h("select", { name, onchange }, ...choices.map((/** @type {string[]} */ [words, value]) => h("option", { value }, words)))
        : h("input", { name, onchange, type: "number", min, max, step: "any" });
      input.value = value;
      return h("label", {}, words, input);
    }));
    if (focused?.isConnected === false) root.querySelector(`[name="${focused.name}"]:is(:checked, .bc-options *)`)?.focus();
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

  /** In Large the type gives way, as little as it must; words and cautions that are too long for the
   * screen together come in turn. */
  function fitType() {
    const { phase, into, left } = engine.moment;
    if (engine.status !== "idle") setText("words", phase.words);
    classList.remove("bc-in-turn");
    if (!isLarge()) return;
    const text = $("text");
    const isWhole = () => text.scrollHeight <= text.clientHeight && text.scrollWidth <= text.clientWidth;
    if (shrinkUntil(isWhole) || engine.status === "idle") return;
    classList.add("bc-in-turn");
    const moments = [...Array(20).keys()].map((n) => n / 20);
    const shares = [...moments, 0.999, ...phase.cues.map(({ at }) => at / (into + left))];
    for (mostLetters of [Infinity, 300, 150])
      if (shrinkUntil(() => shares.every((share) => (showTurn(share), isWhole())))) break;
    showTurn(into / (into + left));
  }

  /**
   * Make the type smaller, step by step.
   * @param {() => boolean} isWhole
   * @returns {boolean} false where even the smallest is too large
   */
  function shrinkUntil(isWhole) {
    for (let fit = 10; fit >= 0; fit--) {
      root.style.setProperty("--bc-fit", fit / 10);
      if (isWhole()) return true;
    }
    return false;
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
    if (first && engine.isLed) setLarge(true);
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

  const isLarge = () => classList.contains("bc-large");

  /**
   * Take the whole screen, or the whole page where that is not allowed.
   * @param {boolean} on
   */
  async function setLarge(on) {
    classList.toggle("bc-large", on);
    openMenu(false);
    update();
    wake();
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

  /** In Large, bring the buttons back, and let them go again while it runs and nobody touches it. */
  function wake() {
    isJustOver = false;
    clearTimeout(rest);
    classList.remove("bc-asleep");
    if (!isLarge() || engine.status !== "running" || !$("menu").hidden) return;
    rest = setTimeout(() => classList.add("bc-asleep"), REST_MS);
  }

  /** @param {boolean} open */
  function openMenu(open) {
    const within = $("menu").contains(document.activeElement);
    $("menu").hidden = !open;
    $("open").ariaExpanded = open;
    if (within) $("open").focus();
    wake();
  }

  /** @param {KeyboardEvent} event */
  function pressKey(event) {
    stopShortcuts(event);
    wake();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const key = event.key === " " || event.key === "Enter" ? "space" : event.key.toLowerCase();
    if (key === "space" && target !== root) return; // a button, a field: it answers by itself
    if (key === "escape") {
      if (!$("menu").hidden) openMenu(false);
      else if (isLarge()) setLarge(false);
    }
    if (target.matches("input, select, textarea")) return;
    const meant = [...root.querySelectorAll("button:not([hidden])")].find(({ ariaKeyShortcuts }) =>
      ariaKeyShortcuts?.toLowerCase().split(" ").includes(key));
    if (!meant) return;
    event.preventDefault();
    meant.click();
  }

  const after = createAfterSession(engine.model, () => {
    fitType();
    if (isJustOver) isJustOver = !after.focus();
  });
  $("now").after(after.root);
  $("all").ontoggle = update;
  root.onfullscreenchange = () => document.fullscreenElement || root.popover || !isLarge() || setLarge(false);
  root.onpointerdown = wake;
  root.onpointermove = (/** @type {PointerEvent} */ { movementX, movementY }) => {
    if (movementX || movementY) wake();
  };
  openMenu(false);
  el.replaceChildren(root);
  new ResizeObserver(fitType).observe(root);
  const unwatch = engine.watch(update);
  update();
  return () => {
    unwatch();
    if (page.bcTeller === root) page.bcTeller = null;
    after.close();
    cancelAnimationFrame(frame);
    engine.loseView();
  };
}
