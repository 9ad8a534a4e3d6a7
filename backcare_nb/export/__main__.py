"""python -m backcare_nb.export"""

import sys

from backcare_nb.export.handout import main

sys.exit(main())
