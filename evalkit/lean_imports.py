"""Keep an unused grammar from being compiled at every start.

jsonschema, where its extra formats are installed (JupyterLab brings them), imports
`rfc3987_syntax`, which compiles a grammar for two seconds; no schema here uses the format it is
for. jsonschema goes on without it. The package imports this before anything else.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
