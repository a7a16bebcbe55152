"""M-dwarf labels from BOSS spectra."""
