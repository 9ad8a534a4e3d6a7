// What of a player in class mode cannot be seen, in each of its steps and on each screen.

// Each session from its first step to its last, and in each state; what of it has to be scrolled.
function findScrollingSteps(sessions) {
  return sessions.flatMap((timeline) => {
    const root = document.querySelector(".backcare-player");
    const press = (name) => root.querySelector(`.bc-${name}`).click();
    const over = [];
    model.receive({ timeline });
    press("start");
    while (root.dataset.status !== "done") {
      if (root.scrollHeight > root.clientHeight) {
        over.push(`${timeline.title}: ${root.querySelector(".bc-kind").textContent}`);
      }
      press("next");
    }
    return over;
  });
}

// What is cut off, reaches beyond the screen, or covers something else. Where all of it is too high
// for the screen it scrolls, and keys may then stand over what scrolls below them.
async function findFaults() {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);  // the type has given way
  const root = document.querySelector(".backcare-player");
  const seen = (names) => [...root.querySelectorAll(names)].filter((e) => e.checkVisibility());
  const keys = seen("button");
  const words = seen(`.bc-session, .bc-place, .bc-kind, .bc-title, .bc-digits, .bc-words, .bc-care,
    .bc-bar, .bc-note:not(:empty), .bc-card, .bc-next-words:not(:empty)`);
  const box = (e) => e.getBoundingClientRect();
  const over = (a, b) => [["left", "right"], ["top", "bottom"]].every(
    ([from, to]) => Math.min(box(a)[to], box(b)[to]) - Math.max(box(a)[from], box(b)[from]) > 1);
  const found = [];
  if (root.scrollWidth > root.clientWidth) found.push("scrolls sideways");
  for (const e of [...keys, ...words]) {
    if (box(e).left < 0 || box(e).right > innerWidth + 0.5) found.push(`${e.className} beyond`);
    if (getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1) {
      found.push(`${e.className} cut off`);
    }
  }
  if (innerWidth >= 680) {
    for (const e of keys) if (box(e).bottom > innerHeight + 0.5) found.push(`${e.className} below`);
  }
  if (root.scrollHeight <= root.clientHeight) {
    [...keys, ...words].forEach((a, i, all) => all.slice(i + 1).forEach((b) => {
      if (over(a, b)) found.push(`${a.className} over ${b.className}`);
    }));
  }
  return found;
}

Object.assign(window, { findScrollingSteps, findFaults });
