"""The rules: one idiom, one file, found by :func:`lintplugin.rules.checkers`."""

if __name__ == "checkers":
    raise ImportError("import lintplugin.checkers instead")
