"""What the package sees to before it imports anything else.

An unused grammar is kept from being compiled at every start. jsonschema, where its extra formats
are installed (JupyterLab brings them), imports `rfc3987_syntax`, which compiles a grammar for two
seconds; no schema here uses the format it is for. jsonschema goes on without it.

And Ctrl-C ends the command without a word while it is being imported, which takes seconds: there
is nothing to unwind yet. `evalkit.cli` then listens for itself.
"""

import signal
import sys
from pathlib import Path

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
_is_command = Path(sys.argv[0] if sys.argv else "").stem == "evalkit"
if _is_command and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
