"""Law, payers, drugs and denial categories as dated, sourced data, and the readers and
decision tables over them. Imports `models` only."""
