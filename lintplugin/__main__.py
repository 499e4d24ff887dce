"""``python -m lintplugin``, which must not import what lies in the folder where it is called."""

import sys

if not getattr(sys.flags, "safe_path", False):  # Python 3.11 has -P, which does the same.
    del sys.path[0]

from lintplugin.cli import main

sys.exit(main())
