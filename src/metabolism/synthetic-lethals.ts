import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { fluxStatus } from "../workloads/index.ts";
import {
  type DoubleKnockOutOptions,
  type DoubleKnockOuts,
  knockOutGenePairs,
  knockOutReactionPairs,
} from "./double-knock-outs.ts";
import type { Verdict } from "./knock-out-scan.ts";

export interface SyntheticLethalOptions extends Omit<DoubleKnockOutOptions, "skip"> {
  readonly of?: "genes" | "reactions";
  /** Share of the wild type's growth below which a knock-out counts as lethal; 0.01 by default. */
  readonly threshold?: number;
}

export interface SyntheticLethals {
  readonly pairs: readonly {
    readonly ids: readonly [string, string];
    /** null where the pair leaves no feasible flux. */
    readonly growth: number | null;
  }[];
  /** Growth of the wild type; null unless optimal: there are no pairs then. */
  readonly wildType: number | null;
  /** Pairs that the solver failed on: they may be lethal or not. */
  readonly failed: number;
  readonly solves: number;
}

/**
 * Pairs that are lethal together although either of them alone is not. Infeasible counts as lethal, a failure of the
 * solver does not. For objectives that are maximised.
 * @throws BioXenError `INPUT_INVALID` as the scan of pairs, or for a threshold outside 0 to 1 or an objective to minimise
 */
export async function syntheticLethals(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: SyntheticLethalOptions = {},
): Promise<SyntheticLethals> {
  const { of = "genes", threshold = 0.01, ...scan } = options;
  if (!(threshold > 0 && threshold <= 1))
    throw new BioXenError("INPUT_INVALID", `threshold is above 0 and at most 1, not ${threshold}`);
  const sense = typeof scan.objective === "object" ? scan.objective.sense : undefined;
  const own = scan.objective === undefined ? model.objectives[model.activeObjective]?.sense : sense;
  if (own === "minimum")
    throw new BioXenError("INPUT_INVALID", "lethality needs an objective to maximise, such as growth");
  const found: DoubleKnockOuts =
    of === "genes"
      ? await knockOutGenePairs(model, dispatcher, scan)
      : await knockOutReactionPairs(model, dispatcher, scan);
  if (found.wildType.status !== "optimal") return { pairs: [], wildType: null, failed: 0, solves: 0 };
  const least = threshold * found.wildType.growth;
  const lives = ({ status, growth }: Verdict): boolean => status === "optimal" && growth >= least;
  const living = found.singles.map(lives);
  const pairs: { ids: readonly [string, string]; growth: number | null }[] = [];
  let failed = 0;
  let solves = 0;
  for await (const block of found.blocks) {
    solves = block.solves;
    for (let at = 0; at < block.first.length; at++) {
      const [a, b] = [block.first[at] as number, block.second[at] as number];
      if (living[a] !== true || living[b] !== true) continue;
      const status = block.statuses[at];
      const growth = block.growth[at] as number;
      if (status === fluxStatus.failed) failed++;
      else if (status === fluxStatus.infeasible || (status === fluxStatus.optimal && growth < least))
        pairs.push({
          ids: [found.ids[a] ?? "", found.ids[b] ?? ""],
          growth: status === fluxStatus.optimal ? growth : null,
        });
    }
  }
  return { pairs, wildType: found.wildType.growth, failed, solves };
}
