import { BioXenError } from "../../contract/index.ts";
import type { Policy } from "../policy.ts";
import { carbonShift } from "./carbon-shift.ts";
import { cpop } from "./cpop.ts";
import { deadlineEnergy } from "./deadline-energy.ts";
import { dmda } from "./dmda.ts";
import { energyGreedy } from "./energy-greedy.ts";
import { heft } from "./heft.ts";
import { maxMin } from "./max-min.ts";
import { mct } from "./mct.ts";
import { minMin } from "./min-min.ts";
import { optimal } from "./optimal.ts";
import { pace } from "./pace.ts";
import { peft } from "./peft.ts";
import { powerCap } from "./power-cap.ts";
import { raceToIdle } from "./race-to-idle.ts";
import { random } from "./random.ts";
import { roundRobin } from "./round-robin.ts";

/** Every policy, one line each. */
export const policies: readonly Policy[] = [
  roundRobin,
  random,
  mct,
  minMin,
  maxMin,
  heft,
  cpop,
  peft,
  dmda,
  energyGreedy,
  deadlineEnergy,
  powerCap,
  raceToIdle,
  pace,
  carbonShift,
  optimal,
];

/** @throws BioXenError `INPUT_INVALID` for a name that no policy has. */
export function policyNamed(id: string): Policy {
  const found = policies.find((policy) => policy.id === id);
  if (found !== undefined) return found;
  throw new BioXenError(
    "INPUT_INVALID",
    `${id === "" ? "an empty policy" : `no policy ${id}`}; there are ${policies.map((policy) => policy.id).join(", ")}`,
    { context: { policy: id } },
  );
}
