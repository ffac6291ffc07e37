import type { Policy } from "../policy.ts";
import { planByReadyMatrix } from "./ready-matrix.ts";

export const minMin: Policy = {
  id: "min-min",
  summary: "of the ready tasks the one that ends first, where it does",
  source: "Ibarra and Kim 1977, doi:10.1145/322003.322011; Maheswaran et al. 1999",
  parameters: {},
  plan: (problem) => planByReadyMatrix(problem, (end, than) => end < than),
};
