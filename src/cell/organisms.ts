import { ecoli } from "./ecoli.ts";
import { minimalCell } from "./minimal-cell.ts";
import type { AnyOrganism } from "./sectors.ts";
import { syn3a } from "./syn3a.ts";
import { yeast } from "./yeast.ts";

/** The organisms that can be simulated, by id: two gene by gene, two by proteome sector. */
export const organisms: readonly AnyOrganism[] = [minimalCell, syn3a, ecoli, yeast];
