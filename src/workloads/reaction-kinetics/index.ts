import type { WorkloadSpec } from "../../contract/index.ts";
import type { EventState } from "../../network/index.ts";
import { solutionsDiffer } from "./differ.ts";
import { dormandPrince } from "./dormand-prince.ts";
import { generateKinetics } from "./generate.ts";
import { type KineticsInput, kineticsInput } from "./input.ts";
import { emptySolutions, type KineticsSolutions } from "./output.ts";
import { sizeOf } from "./size.ts";
import { solveItem } from "./solve.ts";
import { splitItems } from "./split.ts";

export type { KineticsInput, KineticsState } from "./input.ts";
export { type KineticsSolutions, kineticsStatus } from "./output.ts";

/** The oracle's steps are accurate to this part of the tolerance asked for. */
const oracleShare = 1e-2;
/** Steps of the oracle for one that was granted: its method is explicit, and may need many where things are stiff. */
const oracleSteps = 1000;

function solveAll(input: KineticsInput): KineticsSolutions {
  const { network, count, times, observed, relative, absolute, mostSteps } = input;
  const method = dormandPrince(network);
  const room = emptySolutions(network, count, times.length * observed.length, false);
  const finer: KineticsInput = {
    ...input,
    relative: Math.max(1e-13, oracleShare * relative),
    absolute: oracleShare * absolute,
    mostSteps: mostSteps * oracleSteps,
  };
  const events: EventState[] = [];
  for (let item = 0; item < count; item++) {
    const state = solveItem(method, finer, item, room);
    if (state !== null) events.push(state);
  }
  return { ...room, state: { ...room.state, events: network.events.length > 0 ? events : null } };
}

/**
 * Ensembles of deterministic solutions of one reaction network: ordinary differential equations, stiff ones too, with rules and
 * events. The size counts rates, a hundred steps
 * from one kept time to the next, for lack of knowing the steps. See ./README.md for the definition.
 */
export const reactionKinetics: WorkloadSpec<KineticsInput, KineticsSolutions> = {
  id: "reaction-kinetics",
  version: 1,
  aliases: ["reaction_kinetics", "ode", "kinetics"],
  throughput: { unit: "rate", rate: "Mrate/s", per: 1e6 },
  input: kineticsInput,
  size: sizeOf,
  resident: ({ network }) => network,
  reference: solveAll,
  generate: generateKinetics,
  split: splitItems,
  differ: solutionsDiffer,
};
