"""JupyterLab as a learner finds it on the first day."""

from tools import browser as real

SHOWN_FIGURES = ".jp-Notebook .jp-RenderedHTML img[alt]"
QUESTIONS = ".Toastify__toast, .jp-Dialog"


def test_the_first_notebook_opens_and_runs(lab_page):
    page = real.run_all(lab_page("00_start_here.ipynb"))
    assert page.title().startswith("00_start")


def test_the_figures_show_before_anything_is_run(lab_page):
    page = lab_page("00_start_here.ipynb")
    page.wait_for_selector(SHOWN_FIGURES, state="attached")


def test_jupyterlab_asks_the_learner_nothing(lab_page):
    page = real.run_all(lab_page("00_start_here.ipynb"))
    assert page.locator(QUESTIONS).count() == 0
