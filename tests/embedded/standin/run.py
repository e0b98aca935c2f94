"""`otklik up` over the stand-ins beside this file: run.py STATE PORT_BASE [DAY_SECONDS]."""

import sys
from pathlib import Path

from embedded.stack import Stack, run

day = int(sys.argv[3]) if len(sys.argv) > 3 else None
sys.exit(run(Stack(Path(sys.argv[1]), int(sys.argv[2]), Path(__file__).resolve().parent, day)))
