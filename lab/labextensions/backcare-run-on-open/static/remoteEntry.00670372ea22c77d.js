// @ts-check
/**
 * Runs a notebook of the course as it opens, in JupyterLab, Notebook and JupyterLite.
 *
 * What runs is a cell that Jupyter trusts and whose id is the digest of its words, as
 * tools/run_notebooks.py writes it: a cell that was added, or whose words were changed, waits for
 * the person, and so does a page that is not trusted: it offers to be run, with one button. One cell
 * runs after the other, from the top, so that what was saved stays to be read until its turn comes.
 * The page is neither scrolled nor is another cell chosen.
 *
 * Where widgets were saved with a notebook (backcare_nb/export/saved_widgets.py) they are there
 * before its kernel, and a cell whose player plays is run when it has ended.
 *
 * There is no build: this file is the container that JupyterLab's loader asks for, and what it
 * needs of JupyterLab comes from the scope that all extensions share.
 */

const NAME = "backcare-run-on-open";
const PLUGIN = `${NAME}:plugin`;
const ID_LETTERS = 8;
const AT_A_TIME = 3; // cells that are asked for, so that the kernel works while the page draws
const FOLDED = "jp-MarkdownHeadingCollapsed";
const NARROW = 1000; // CSS pixels, below which a page needs the room that the list of files takes
const PHONE = 600;
const DRAWN_MS = 500; // in which the last player is drawn
const RUNNING = `${NAME}-running`;
const CONTINUE = "backcare-continue";
// A line of code that came folded shows nothing of itself, nor its number, beside what it shows.
const STYLE = `.${NAME} .jp-CodeCell:not(.jp-mod-noOutputs):has(> .jp-Cell-inputWrapper .jp-Placeholder) >
  .jp-Cell-inputWrapper, .${RUNNING} .jp-InputPlaceholder { display: none; }
  .${NAME} .jp-CodeCell:has(> .jp-Cell-inputWrapper .jp-Placeholder) .jp-OutputPrompt { visibility: hidden; }
  @media (max-width: ${NARROW}px) { .${NAME} :is(.jp-OutputPrompt, .jp-MarkdownCell .jp-InputPrompt) { display: none; } }
  .${NAME} .jp-RenderedHTML:has(> .backcare-guide) { padding-right: 0; }
  .${CONTINUE} { min-height: 48px; border: 0; background: #1f5f66; color: #fff; font: 600 16px system-ui; cursor: pointer; }`;
const NOT_RUN = "This page came from elsewhere, so its timers wait. If you know where it is from, run it.";

const WIDGETS_TYPE = "application/vnd.backcare.widgets+json";
const RANK = 10; // before text, which any page can show, and after a widget of the kernel
const WIDGETS = /** @type {HTMLScriptElement} */ (document.currentScript).src.replace(/[^/]*$/, "widgets/");
const IN_USE = ".backcare-player:is(.bc-large, [data-status=running], [data-status=held], [data-status=paused])";
const CONTROLS = "input, select, textarea, button, summary, [role=button], [role=tab]";
const LOOK_AGAIN_MS = 1000;
const LAST_WORDS_MS = 5000; // of a session that ended

/** @typedef {{ get: () => Promise<() => any> }} SharedModule */
/** @type {Record<string, Record<string, SharedModule>>} */
let shared = {};

/**
 * A module that JupyterLab shares.
 * @param {string} name
 */
async function take(name) {
  const [version] = Object.values(shared[name]);
  return (await version.get())();
}

/**
 * Does a cell have the words that it came with?
 * @param {any} model of a cell
 */
async function isAsWritten(model) {
  const words = new TextEncoder().encode(model.sharedModel.getSource());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", words));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return model.id.split("-")[0] === hex.slice(0, ID_LETTERS);
}

/**
 * The cells of a notebook that have the words that they came with.
 * @param {any} notebook
 */
async function cellsAsWritten(notebook) {
  const cells = [...notebook.widgets];
  const found = await Promise.all(cells.map((cell) => isAsWritten(cell.model)));
  return cells.filter((_, i) => found[i]);
}

/**
 * What a person writes in a notebook: its cells, and nothing of what they show, or of what is folded.
 * @param {any} model of a notebook
 */
function written(model) {
  const cells = [...model.cells].map((cell) => {
    const { trusted, execution, [FOLDED]: _folded, ...metadata } = cell.sharedModel.getMetadata();
    return [cell.id, cell.type, cell.sharedModel.getSource(), metadata];
  });
  return JSON.stringify(cells);
}

/**
 * Leave a notebook unchanged as long as only its outputs are others: there is nothing to save.
 * @param {any} panel
 */
function keepUnchanged({ context }) {
  const { model, saveState } = context;
  let saved = written(model);
  let saving = saved;
  const settle = () => {
    if (model.dirty && written(model) === saved) model.dirty = false;
  };
  saveState.connect((/** @type {any} */ _context, /** @type {string} */ state) => {
    if (state === "started") saving = written(model);
    if (state === "completed") saved = saving;
  });
  model.stateChanged.connect(settle);
  settle();
}

/**
 * Fetch all that cells import, before the first of them gives up what was saved below it.
 * @param {any} kernel
 * @param {any[]} cells
 */
async function fetchImports(kernel, cells) {
  const lines = cells.flatMap(({ model }) => model.sharedModel.getSource().split("\n"));
  const code = lines.filter((line) => line.startsWith("from backcare_nb import ")).join("\n");
  await kernel.requestExecute({ code, silent: true, store_history: false }).done;
}

/**
 * Let the widgets that were saved with a notebook be shown, in place of the words that stand for them.
 * @param {any} rendermime
 */
async function showSavedWidgets(rendermime) {
  const { Widget } = await take("@lumino/widgets");
  class SavedWidgets extends Widget {
    /** @param {any} output */
    async renderModel({ data }) {
      const { script, data: saved, widgets } = data[WIDGETS_TYPE];
      this.node.innerHTML = data["text/html"];
      const mount = (await import(WIDGETS + script)).default;
      this.end = await mount(this.node, WIDGETS + saved, widgets);
      if (this.isDisposed) this.end();
    }

    dispose() {
      this.end?.();
      super.dispose();
    }
  }
  const createRenderer = () => new SavedWidgets();
  rendermime.addFactory({ safe: false, mimeTypes: [WIDGETS_TYPE], createRenderer }, RANK);
}

/** @param {any} cell */
const isInUse = (cell) => !cell.isDisposed && cell.node.querySelector(IN_USE);

/** @param {number} ms */
const wait = (ms) => new Promise((end) => setTimeout(end, ms));

/**
 * Run cells of a notebook, once it is seen and its kernel is there.
 * @param {any} panel
 * @param {any[]} cells
 * @param {any} NotebookActions
 */
async function runCells(panel, cells, NotebookActions) {
  const { content, revealed, sessionContext } = panel;
  await revealed;
  await sessionContext.ready;
  const { kernel } = sessionContext.session ?? {};
  if (panel.isDisposed || !kernel) return;
  await fetchImports(kernel, cells);
  panel.addClass(RUNNING);
  /** @type {Promise<any>[]} */
  const running = [];
  /** @type {any[]} */
  const later = [];
  for (const cell of cells) {
    await running[running.length - AT_A_TIME];
    if (panel.isDisposed || cell.isDisposed) return;
    if (isInUse(cell)) {
      later.push(cell);
      continue;
    }
    cell.node.style.minHeight = `${cell.node.offsetHeight}px`; // or the page would jump
    running.push(NotebookActions.runCells(content, [cell], sessionContext));
  }
  await Promise.all(running);
  await wait(DRAWN_MS);
  for (const { node } of cells) node.style.minHeight = "";
  panel.removeClass(RUNNING);
  if (!later.length) return offerToContinue(panel);
  do await wait(LOOK_AGAIN_MS);
  while (later.some(isInUse));
  await wait(LAST_WORDS_MS);
  await runCells(panel, later, NotebookActions);
}

/**
 * Offer at the top of a page to go on with a session that was left in a player out of sight.
 * @param {any} panel
 */
async function offerToContinue({ content, contentHeader }) {
  if (content.node.querySelector(IN_USE)) return;
  const resume = content.node.querySelector(".bc-resume:not([hidden])");
  if (!resume || resume.getBoundingClientRect().bottom < content.node.getBoundingClientRect().bottom) return;
  const { Widget } = await take("@lumino/widgets");
  const title = resume.closest(".backcare-player").querySelector(".bc-session").textContent;
  const button = document.createElement("button");
  button.textContent = `${title}: ${resume.textContent}`;
  const widget = new Widget({ node: button });
  widget.addClass(CONTINUE);
  button.onclick = () => resume.click();
  const observer = new MutationObserver(() => {
    if (!resume.hidden) return;
    widget.dispose();
    observer.disconnect();
  });
  observer.observe(resume, { attributes: true });
  contentHeader.addWidget(widget);
}

/**
 * Offer to run a notebook that nobody here has trusted yet.
 * @param {any} panel
 * @param {any} NotebookActions
 */
async function offerToRun({ content, sessionContext }, NotebookActions) {
  const { Notification } = await take("@jupyterlab/apputils");
  const callback = () => NotebookActions.runAll(content, sessionContext);
  const actions = [{ label: "Run this page", callback, displayType: "accent" }];
  Notification.info(NOT_RUN, { autoClose: false, actions });
}

/**
 * Give a narrow window to the page: away with the list of files, and on a phone with both side bars.
 * @param {any} app
 */
function makeRoom({ shell, commands }) {
  shell.collapseLeft?.();
  for (const side of innerWidth < PHONE ? ["left", "right"] : []) {
    if (shell.isSideTabBarVisible?.(side)) commands.execute("application:toggle-side-tabbar", { side });
  }
}

/**
 * Keep what is typed in a box, a list or a button below a cell from the shortcuts of the page: D D
 * deletes a cell. Tab, function keys and Ctrl, Alt and Meta go through.
 * @param {KeyboardEvent} event
 */
function stopShortcuts(event) {
  const through = event.ctrlKey || event.metaKey || event.altKey || /^(Tab|F\d+)$/.test(event.key);
  const target = /** @type {Element} */ (event.target);
  if (!through && target.matches(CONTROLS) && target.closest(".jp-OutputArea-output")) event.stopPropagation();
}

async function get() {
  const { INotebookTracker, NotebookActions } = await take("@jupyterlab/notebook");
  const { IRenderMimeRegistry } = await take("@jupyterlab/rendermime");
  const { ISettingRegistry } = await take("@jupyterlab/settingregistry");
  const plugin = {
    id: PLUGIN,
    description: "Runs the notebooks of the back care course as they open.",
    autoStart: true,
    optional: [INotebookTracker, ISettingRegistry, IRenderMimeRegistry], // Voila has no notebooks of this kind
    /**
     * @param {any} app
     * @param {any} tracker
     * @param {any} registry
     * @param {any} rendermime
     */
    async activate(app, tracker, registry, rendermime) {
      if (rendermime) await showSavedWidgets(rendermime); // before a notebook is opened
      const contexts = new WeakSet();
      document.body.addEventListener("keydown", stopShortcuts);
      document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
      tracker?.widgetAdded.connect(async (/** @type {any} */ _tracker, /** @type {any} */ panel) => {
        if (!crypto.subtle || contexts.has(panel.context)) return;
        contexts.add(panel.context);
        await panel.context.ready;
        const all = await cellsAsWritten(panel.content);
        const cells = all.filter(({ model }) => model.type === "code");
        if (!cells.length) return;
        panel.addClass(NAME);
        if (innerWidth < NARROW) app.restored.then(() => makeRoom(app));
        keepUnchanged(panel);
        const settings = await registry?.load(PLUGIN).catch(() => null);
        if (settings?.composite.runOnOpen === false) return;
        const trusted = cells.filter(({ model }) => model.trusted);
        if (trusted.length) await runCells(panel, trusted, NotebookActions);
        else await offerToRun(panel, NotebookActions);
      });
    },
  };
  return () => ({ __esModule: true, default: plugin });
}

const containers = /** @type {any} */ (window);
containers._JUPYTERLAB = containers._JUPYTERLAB ?? {};
containers._JUPYTERLAB[NAME] = {
  /** @param {typeof shared} scope */
  init(scope) {
    shared = scope;
  },
  get,
};
