"""A trained model looked into: coverage, residuals, sensitivity, responses, learning curve."""
