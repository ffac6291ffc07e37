import { BioXenError, type ErrorCode } from "../../src/contract/index.ts";

/** What onnxruntime's messages mean, first match first; the group `op` is the operator's name. */
const meanings: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/failed to allocate|out of memory|bad_?alloc|BFCArena|device lost.*memory/i, "OUT_OF_MEMORY"],
  [/could not find an implementation for (?<op>[\w.]+)/i, "UNSUPPORTED"],
  [/no op registered for (?<op>[\w.]+)/i, "UNSUPPORTED"],
  [/error: (?<op>[\w.:]+)\(-?\d+\) is not a registered function/i, "UNSUPPORTED"],
  [/NOT_IMPLEMENTED|unsupported model IR version|is under development|unsupported data ?type/i, "UNSUPPORTED"],
  [
    /INVALID_PROTOBUF|protobuf parsing failed|INVALID_GRAPH|this is an invalid model|ModelProto does not/i,
    "FORMAT_INVALID",
  ],
  [/type error|typeinferenceerror|shapeinferenceerror|node_def.*invalid/i, "FORMAT_INVALID"],
  [/non-zero status code returned while running (?<op>\w+) node/i, "KERNEL_FAILED"],
  [/INVALID_ARGUMENT|unexpected input data type|got invalid dimensions|invalid rank for input/i, "INPUT_INVALID"],
];

/** Tells an error of the runtime as a BioXenError, with the operator at fault in its context where it is known. */
export function runtimeError(error: unknown, what: string): BioXenError {
  if (error instanceof BioXenError) return error;
  const text = error instanceof Error ? error.message : String(error);
  for (const [pattern, code] of meanings) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const op = match.groups?.["op"];
    return new BioXenError(code, `${what}: ${op === undefined ? "" : `operator ${op}: `}${text}`, {
      cause: error,
      ...(op === undefined ? {} : { context: { operator: op } }),
    });
  }
  return new BioXenError("KERNEL_FAILED", `${what}: ${text}`, { cause: error });
}
