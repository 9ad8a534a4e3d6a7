// @ts-check
/**
 * Runs a notebook of the course as it opens, in JupyterLab, Notebook and JupyterLite.
 *
 * What runs is a cell that Jupyter trusts and whose id is the digest of its words, as
 * tools/run_notebooks.py writes it: a cell that was added, or whose words were changed, waits for
 * the person. The page is neither scrolled nor is another cell chosen.
 *
 * There is no build: this file is the container that JupyterLab's loader asks for, and what it
 * needs of JupyterLab comes from the scope that all extensions share.
 */

const NAME = "backcare-run-on-open";
const PLUGIN = `${NAME}:plugin`;
const ID_LETTERS = 8;

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
 * What a person writes in a notebook: its cells, and nothing of what they show.
 * @param {any} model of a notebook
 */
function written(model) {
  const cells = [...model.cells].map((cell) => {
    const { trusted, execution, ...metadata } = cell.sharedModel.getMetadata();
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
 * Run cells of a notebook, once it is seen and its kernel is there.
 * @param {any} panel
 * @param {any[]} cells
 * @param {any} NotebookActions
 */
async function runCells(panel, cells, NotebookActions) {
  const { content, revealed, sessionContext } = panel;
  await revealed;
  await sessionContext.ready;
  if (panel.isDisposed || !sessionContext.session?.kernel) return;
  await NotebookActions.runCells(content, cells, sessionContext);
}

async function get() {
  const { INotebookTracker, NotebookActions } = await take("@jupyterlab/notebook");
  const { ISettingRegistry } = await take("@jupyterlab/settingregistry");
  const plugin = {
    id: PLUGIN,
    description: "Runs the notebooks of the back care course as they open.",
    autoStart: true,
    optional: [INotebookTracker, ISettingRegistry], // Voila has no notebooks of this kind
    /**
     * @param {any} _app
     * @param {any} tracker
     * @param {any} registry
     */
    activate(_app, tracker, registry) {
      const contexts = new WeakSet();
      tracker?.widgetAdded.connect(async (/** @type {any} */ _tracker, /** @type {any} */ panel) => {
        if (!crypto.subtle || contexts.has(panel.context)) return;
        contexts.add(panel.context);
        await panel.context.ready;
        const cells = await cellsAsWritten(panel.content);
        if (!cells.length) return;
        keepUnchanged(panel);
        const settings = await registry?.load(PLUGIN).catch(() => null);
        if (settings?.composite.runOnOpen === false) return;
        const trusted = cells.filter(({ model }) => model.trusted);
        if (trusted.length) await runCells(panel, trusted, NotebookActions);
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
