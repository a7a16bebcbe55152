"""What Qiu et al. (2025) print, recomputed from a sample: comparisons, catalogues, claims."""
