import type { StandardSchemaV1 } from "@standard-schema/spec";
import { BioXenError, type WorkloadSpec } from "../contract/index.ts";

/**
 * Asks the workload's schema; null where it answered at once that the input is good, a promise where it answers later.
 * @throws BioXenError `INPUT_INVALID` with its first three complaints.
 */
export function checkInput<I, O>(workload: WorkloadSpec<I, O>, input: unknown): Promise<void> | null {
  const answer = workload.input["~standard"].validate(input);
  if (answer instanceof Promise) return answer.then((later) => refuse(workload.id, later));
  refuse(workload.id, answer);
  return null;
}

function refuse(workload: string, { issues }: StandardSchemaV1.Result<unknown>): void {
  if (issues === undefined) return;
  const complaints = issues.slice(0, 3).map(({ message, path = [] }) => {
    const at = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return at === "" ? message : `${at}: ${message}`;
  });
  throw new BioXenError("INPUT_INVALID", `${workload}: ${complaints.join("; ")}`, { context: { workload } });
}
