import { BioXenError } from "../contract/index.ts";

/** Where a VM stands in its life. */
export type VmState = "created" | "running" | "paused" | "stopped" | "error";

/** What moves a VM on; `fail` is what happens to it when its cell cannot go on. */
export type VmCommand = "start" | "pause" | "resume" | "stop" | "destroy" | "fail";

/**
 * The legal moves; whatever is not here is refused. `null` is the end: the VM is gone and all it held is free again.
 * Created, running and paused VMs hold their resources; stopped ones and those in error keep their memory only.
 */
export const vmMoves: Readonly<Record<VmState, Partial<Readonly<Record<VmCommand, VmState | null>>>>> = {
  created: { start: "running", destroy: null },
  running: { pause: "paused", stop: "stopped", fail: "error", destroy: null },
  paused: { resume: "running", stop: "stopped", fail: "error", destroy: null },
  stopped: { start: "running", destroy: null },
  error: { stop: "stopped", destroy: null },
};

/**
 * Where a command takes a VM.
 * @throws BioXenError `VM_STATE_ERROR` for a move that is not legal, naming those that are.
 */
export function nextState(vm: string, state: VmState, command: VmCommand): VmState | null {
  const moves = vmMoves[state];
  const next = moves[command];
  if (next !== undefined) return next;
  const legal = Object.keys(moves).filter((one) => one !== "fail");
  throw new BioXenError("VM_STATE_ERROR", `${vm} is ${state}: it cannot ${command}; it can ${legal.join(", ")}`, {
    context: { vm, state, command },
  });
}

/** Whether a VM in a state holds ribosomes, RNA polymerases and ATP of its chassis. */
export function holdsMachines(state: VmState): boolean {
  return state === "created" || state === "running" || state === "paused";
}
