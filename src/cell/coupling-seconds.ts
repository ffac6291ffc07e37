/** Seconds between two couplings of expression and supply. */
export const couplingSeconds = 1;
