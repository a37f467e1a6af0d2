"""Models of the flights, held against each other month by month, and beside AutoGluon's."""
