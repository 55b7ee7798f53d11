"""The campaign's own modules are found from wherever the tests run."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
