"""python -m backcare_nb.command"""

import sys

from backcare_nb.command.cli import main

sys.exit(main())
