import { distance } from "fastest-levenshtein";
import { type AnyWorkload, BioXenError } from "../contract/index.ts";

/** Finds a workload by its id or one of its aliases. @throws BioXenError `WORKLOAD_UNKNOWN` with the nearest names. */
export function workloadNamed(processType: string, workloads: readonly AnyWorkload[]): AnyWorkload {
  const names = workloads.flatMap(({ id, aliases }) => [id, ...aliases]);
  const found = workloads.find(({ id, aliases }) => id === processType || aliases.includes(processType));
  if (found !== undefined) return found;
  const near = names
    .map((name) => ({ name, far: distance(name, processType) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name);
  throw new BioXenError("WORKLOAD_UNKNOWN", `no workload is called ${processType}; near it: ${near.join(", ")}`, {
    context: { processType },
  });
}
