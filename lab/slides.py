"""How nbconvert makes slides of a section: run first, in one file, with timers that work.

    jupyter nbconvert --config lab/slides.py notebooks/02_rotate_the_back.ipynb

nbconvert's own slides load reveal.js and the widgets from other machines. These hold them.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "slides"))

from live import LiveWidgets  # noqa: E402

c = get_config()  # noqa: F821
c.NbConvertApp.export_format = "slides"
c.ExecutePreprocessor.enabled = True
c.ExecutePreprocessor.timeout = 120
c.ExecutePreprocessor.extra_arguments = ["--log-level=ERROR"]
c.SlidesExporter.preprocessors = [LiveWidgets]
c.SlidesExporter.template_name = "slides"
c.SlidesExporter.extra_template_basedirs = [str(HERE)]
# A class looks at figures; --SlidesExporter.exclude_input=False shows the lines of code as well.
c.SlidesExporter.exclude_input = True
c.SlidesExporter.exclude_output_prompt = True
c.SlidesExporter.exclude_anchor_links = True
