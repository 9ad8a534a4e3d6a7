// What is amiss with a player that fills the screen, in each of its steps and states.

const root = () => document.querySelector(".backcare-player");
const seen = (names) => [...root().querySelectorAll(names)].filter((e) => e.checkVisibility({ visibilityProperty: true }));

// What is cut off, reaches beyond the screen, covers something else, or is too small; where the words
// may scroll, of all else.
function findFaults(mayScroll = false) {
  const asleep = root().matches(".bc-asleep");
  const keys = asleep ? [] : seen(".bc-keys > button");
  const words = seen(mayScroll ? ".bc-session, .bc-place, .bc-card, .bc-text, .bc-bar" : `.bc-session, .bc-place, .bc-kind:not(:empty), .bc-title, .bc-digits, .bc-pace:not(:empty),
    .bc-words:not(:empty), .bc-lacks > p, .bc-note:not(:empty), .bc-care > b, .bc-cautions > li, .bc-bar, .bc-card,
    .bc-next-words:not(:empty), .backcare-after strong, .backcare-after legend, .backcare-after p,
    .backcare-after label, .backcare-after button, .backcare-after summary`);
  const boxes = new Map([...keys, ...words].map((e) => [e, e.getBoundingClientRect()]));
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const name = (e) => e.className || e.textContent;
  const found = [];
  for (const e of [root(), root().querySelector(".bc-stage"), root().querySelector(".bc-text")]) {
    if ((!mayScroll && e.scrollHeight > e.clientHeight + 1) || e.scrollWidth > e.clientWidth + 1) found.push(`${name(e)} cut off`);
  }
  for (const [e, { left, top, right, bottom }] of boxes) {
    if (left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5) found.push(`${name(e)} beyond`);
    if (getComputedStyle(e).display !== "inline" && !e.matches(".bc-text") && e.scrollWidth > e.clientWidth + 1) found.push(`${name(e)} cut off`);
    if (parseFloat(getComputedStyle(e).fontSize) < 14) found.push(`${name(e)} too small`);
  }
  [...boxes].forEach(([a, place], i, all) => all.slice(i + 1).forEach(([b, other]) => {
    if (over(place, other) && !a.contains(b)) found.push(`${name(a)} over ${name(b)}`);
  }));
  const card = boxes.get(root().querySelector(".bc-card"));
  if (card && !mayScroll && card.height < 0.4 * innerHeight) found.push(`a figure of ${card.height} px`);
  return found;
}

// Each session from its first step to its last: what is amiss, by step.
async function findFaultsOfSteps(timeline, asked) {
  const press = (name) => root().querySelector(`.bc-${name}`).click();
  const faults = {};
  const look = async (state) => {
    const found = findFaults();
    if (found.length) faults[`${timeline.title}, ${state}, ${innerWidth}x${innerHeight}`] = found;
  };
  model.receive({ timeline, stage: "" });
  await look("ready");
  press("start");
  while (root().dataset.status !== "done") {
    await look(root().querySelector(".bc-kind").textContent || root().dataset.kind);
    if (root().dataset.kind === "hold") {
      press("start");
      await look("paused");
      press("start");
    }
    press("next");
  }
  await look("finished");
  for (const state of asked) {
    model.receive(state);
    await look(`finished, ${state.stage}`);
    if (state.stage === "ask") {
      document.querySelector(".backcare-after form").requestSubmit();
      await look("finished, ask again");
    }
  }
  press("start");
  press("stop");
  await look("stopped");
  return faults;
}

Object.assign(window, { findFaults, findFaultsOfSteps });
