import sys
from pathlib import Path

# Tests are imported by path (importlib mode); `questions` is what those of this folder share.
sys.path.insert(0, str(Path(__file__).parent))
