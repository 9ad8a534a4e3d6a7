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
 * Leave a notebook unchanged as long as only its outputs are others: there is nothing to save.
 * @param {any} panel
 */
async function keepUnchanged(panel) {
  const { content, model } = panel;
  const ids = () => content.widgets.map((/** @type {any} */ cell) => cell.model.id).join();
  const before = ids();
  const settle = async () => {
    if (!model.dirty) return;
    const cells = await cellsAsWritten(content);
    if (cells.length === content.widgets.length && ids() === before) model.dirty = false;
  };
  model.stateChanged.connect(settle);
  await settle();
}

/**
 * Run what is the course's own in a notebook, once it is seen and its kernel is there.
 * @param {any} panel
 * @param {any} NotebookActions
 */
async function runOwnCells(panel, NotebookActions) {
  await panel.context.ready;
  await panel.revealed;
  const { content, sessionContext } = panel;
  const cells = (await cellsAsWritten(content)).filter(({ model }) => model.trusted);
  if (!cells.length) return;
  await keepUnchanged(panel);
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
    requires: [INotebookTracker],
    optional: [ISettingRegistry],
    /**
     * @param {any} _app
     * @param {any} tracker
     * @param {any} registry
     */
    activate(_app, tracker, registry) {
      const contexts = new WeakSet();
      tracker.widgetAdded.connect(async (/** @type {any} */ _tracker, /** @type {any} */ panel) => {
        const settings = await registry?.load(PLUGIN).catch(() => null);
        if (settings?.composite.runOnOpen === false) return;
        if (!crypto.subtle || contexts.has(panel.context)) return;
        contexts.add(panel.context);
        await runOwnCells(panel, NotebookActions);
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
