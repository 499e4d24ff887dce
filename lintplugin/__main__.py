"""``python -m lintplugin``."""

import sys

from lintplugin.cli import main

sys.exit(main())
