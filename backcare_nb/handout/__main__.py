"""python -m backcare_nb.handout"""

import sys

from backcare_nb.handout.handout import main

sys.exit(main())
