"""What holds for every run of the tests and lessons, whichever are asked for."""

import os
import sys

# jsonschema builds the grammar of RFC 3987 when it is imported: four seconds, for a format that no test asks for. nbval
# imports jsonschema, so it is loaded here (`-p no:nbval` keeps pytest from loading it before).
sys.modules.setdefault("rfc3987_syntax", None)

# A pytest that a test starts takes no options from this one.
os.environ.pop("PYTEST_ADDOPTS", None)

pytest_plugins = ["nbval.plugin"]
