"""A learner's server, as jupyterhub-singleuser starts it, sooner.

jsonschema builds a grammar of addresses in all scripts as it is imported: two thirds of what a
server's start costs, for what nothing here reads. Where that package is not found, it goes without.
"""

import sys

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

from jupyterhub.singleuser import main  # noqa: E402

if __name__ == "__main__":
    main()
