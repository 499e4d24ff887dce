"""``lintplugin report``: how much there is to do, for the person who plans a migration.

:mod:`~lintplugin.report.survey` holds what the engine found, :mod:`~lintplugin.report.trend` what
earlier reports counted, :mod:`~lintplugin.report.pages` writes both as a page or a comment.
"""
