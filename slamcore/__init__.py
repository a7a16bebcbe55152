"""M-dwarf labels from BOSS spectra: the library under the dashboard.

In the order in which data flow (imports follow it, and a test keeps it so):

``constants, columns, wavelength, spectra``
    Words: numbers with sources, star columns with units, spectra as frozen arrays.
``io``
    The only code that opens files: star tables, spectra of every kind, the survey folder.
``photometry, selection``
    Extinction and the CMD's coordinates; the cuts, their mask and funnel.
``indices, preprocess, composite``
    Band indices; rebinning to the BOSS grid; the median of many spectra.
``match, collect, rows``
    Which star a spectrum belongs to; spectra into the store; every row of a survey.
``literature``
    Published relations, one file per paper, with validity range and scatter.
``simulation``
    Stars and spectra that look like M dwarfs and are not.
``survey, build``
    A survey as the page reads it, and how one is made.
"""
