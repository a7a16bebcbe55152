"""M-dwarf labels from BOSS spectra: the library under the dashboard.

In the order in which data flow (imports follow it, and a test keeps it so):

``constants, numerals, columns, wavelength, spectra``
    Words: numbers with sources and as people read them, star columns with units, spectra as
    frozen arrays.
``kernel, model``
    A trained SLAM as arrays, and the flux it predicts.
``io``
    The only code that opens files: star tables, spectra of every kind, the survey folder.
``expressions, photometry, selection, queries``
    What a viewer types, computed and never run; extinction and the CMD's coordinates; the cuts,
    their mask and funnel; a selection as Python, STILTS or ADQL.
``indices, preprocess, composite``
    Band indices; rebinning to the BOSS grid and the pseudo-continuum; the median of many spectra.
``match, collect, rows``
    Which star a spectrum belongs to; spectra into the store; every row of a survey.
``literature``
    Published relations and tables, one file per paper, with validity range and scatter.
``compare, isochrones``
    Labels against a reference, as the paper's Table 2; PARSEC curves on the CMD.
``uncertainty``
    Bias and scatter against SNR; the laws that give labels their errors.
``calibration, pairs``
    Corrections of published [Fe/H]: LAMOST's by Niu, ASPCAP's as published and fitted anew; wide
    binaries and the training set they give.
``simulation``
    Stars and spectra that look like M dwarfs and are not.
``svr, split, blocks, hyperparameters, training``
    The compiled solver, hyper-parameters of a pixel, work in parallel; spectra to a model.
``inference``
    A model and spectra to labels, with covariance and flags.
``survey, build, training_set, survey_training, survey_labels, label_sources, demonstration``
    A survey as the page reads it, how one is made, trained on and labelled.
``api, commands``
    The library in four calls; the command line.
"""
