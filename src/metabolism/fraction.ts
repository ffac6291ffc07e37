import { BioXenError } from "../contract/index.ts";

/** A fraction of the optimum, 1 where none is given. @throws BioXenError `INPUT_INVALID` outside 0 to 1 */
export function checkFraction(fraction = 1): number {
  if (fraction >= 0 && fraction <= 1) return fraction;
  throw new BioXenError("INPUT_INVALID", `a fraction of the optimum is 0 to 1, not ${fraction}`, {
    context: { fraction },
  });
}
