"""``lintplugin report``: how much there is to do, for the person who plans a migration.

:mod:`~lintplugin.report.survey` holds what the engine found in a file and is made where the file is
checked, :mod:`~lintplugin.report.summary` counts all of them, :mod:`~lintplugin.report.trend` holds
what earlier reports counted, :mod:`~lintplugin.report.pages` writes it as a page or a comment.
"""
