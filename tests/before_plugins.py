"""What every process of the tests does before pytest loads its plugins, which import jsonschema.

That builds a grammar of addresses in all scripts as it is imported, for what nothing here reads.
"""

import sys

sys.modules["rfc3987_syntax"] = None
