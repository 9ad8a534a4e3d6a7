// @ts-check
// Slides that fill the screen, with players and adjustable figures that run without a kernel.
// static_model.js, without its exports, stands before this.

const { modules, states } = JSON.parse(document.getElementById("live").textContent);

/** The widget of a module, which is read once. */
const loaded = {};
const load = (name) =>
  (loaded[name] ??= import(
    URL.createObjectURL(new Blob([modules[name]], { type: "text/javascript" }))
  ).then((module) => module.default));

/** A widget in an element of its own. */
async function widget(name) {
  const el = document.createElement("div");
  mountWidget(await load(states[name].module), new StaticModel(states[name]), el);
  return el;
}

/** Put the widgets of a place there; where that fails, the words that stand for them remain. */
async function enliven(place) {
  const names = place.dataset.live.split(" ").filter(Boolean);
  try {
    const made = await Promise.all(names.map(widget));
    if (made.length) place.replaceChildren(...made);
  } catch (fault) {
    console.error(fault);
  }
}

const LARGEST = 1 / 460; // a CSS pixel of the notebook, as a part of the screen's height
const SMALLEST = 1 / 800; // below this a room cannot read: a slide scrolls instead

/** As large as the slide allows. */
function fit(slide) {
  const body = slide?.querySelector(".fit");
  if (!body) return;
  const fits = () =>
    slide.scrollHeight <= slide.clientHeight && slide.scrollWidth <= slide.clientWidth;
  let part = LARGEST;
  do body.style.zoom = slide.clientHeight * part;
  while (!fits() && (part *= 0.97) >= SMALLEST);
  slide.toggleAttribute("data-more", !fits());
}

/** Up and down move within a slide that is longer than the screen, and else as left and right. */
const along = (way) => () => {
  const slide = Reveal.getCurrentSlide();
  const before = slide.scrollTop;
  slide.scrollBy({ top: way * 0.8 * slide.clientHeight, behavior: "instant" });
  if (slide.scrollTop === before) way > 0 ? Reveal.next() : Reveal.prev();
};

Reveal.initialize({
  plugins: [RevealNotes],
  disableLayout: true,
  hash: true,
  navigationMode: "linear", // the arrow keys lead through everything, cautions included
  slideNumber: "c/t",
  transition: "none",
  keyboard: { 38: along(-1), 40: along(1) },
  keyboardCondition: (event) => !event.target.closest?.(".live"),
});
const again = () => fit(Reveal.getCurrentSlide());
Reveal.on("slidechanged", again);
addEventListener("resize", again);
Promise.all([...document.querySelectorAll("[data-live]")].map(enliven)).then(() => {
  const sizes = new ResizeObserver(again); // a player takes another size a little after its slide
  for (const place of document.querySelectorAll(".slides, .live")) sizes.observe(place);
  again();
  document.documentElement.dataset.ready = "";
});
