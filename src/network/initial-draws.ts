import { evaluate } from "./evaluate.ts";
import type { ReactionNetwork } from "./network.ts";
import { philox } from "./philox.ts";

/** Changed values of trajectories: `offsets[i]` to `offsets[i + 1]` (exclusive) are those of trajectory `i`. */
export interface DrawnValues {
  readonly offsets: Uint32Array;
  readonly values: Uint32Array;
  readonly amounts: Float64Array;
}

/**
 * Draws what differs between trajectories at time 0 (`ReactionNetwork.draws`), as the changes that simulations take;
 * null where nothing is drawn. A trajectory's draws follow from seed and number alone, and are none of those of its run.
 */
export function initialDraws(
  network: ReactionNetwork,
  count: number,
  seed: number,
  firstTrajectory: number,
): DrawnValues | null {
  const { draws, initial } = network;
  if (draws === undefined || draws.length === 0) return null;
  const amounts = new Float64Array(count * draws.length);
  for (let item = 0; item < count; item++) {
    const random = numbersOf(seed, firstTrajectory + item);
    const values = Float64Array.from(initial);
    for (const [at, { value, of }] of draws.entries()) {
      const drawn = evaluate(of, values, 0, random);
      values[value] = drawn;
      amounts[item * draws.length + at] = drawn;
    }
  }
  return {
    offsets: Uint32Array.from({ length: count + 1 }, (_, item) => item * draws.length),
    values: Uint32Array.from({ length: count * draws.length }, (_, at) => draws[at % draws.length]?.value ?? 0),
    amounts,
  };
}

/** Blocks that no run uses: those count in the first two words alone. */
const startsHere = 1;

function numbersOf(seed: number, trajectory: number): () => number {
  const counter = Uint32Array.of(0, 0, startsHere, 0);
  const key = Uint32Array.of(seed, trajectory);
  const words = new Uint32Array(4);
  return () => {
    philox(counter, key, words);
    counter[0] = ((counter[0] ?? 0) + 1) >>> 0;
    return (((words[0] ?? 0) >>> 6) * 2 ** 26 + ((words[1] ?? 0) >>> 6) + 0.5) / 2 ** 52;
  };
}
