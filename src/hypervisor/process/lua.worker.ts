// Holds the Lua states of up to 250 VMs. Biology is elsewhere: a call of it goes to the host as a message.
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { BioXenError } from "../../contract/index.ts";
import { restoreSnapshot } from "./lua-restore.ts";
import { takeSnapshot } from "./lua-snapshot.ts";
import { LuaState } from "./lua-state.ts";
import {
  errorOf,
  type FromWorker,
  failureOf,
  type Request,
  type Result,
  type ToWorker,
  type WorkerData,
} from "./messages.ts";
import type { PlainValue } from "./plain-value.ts";

const port = parentPort;
if (port === null) throw new Error("this module is a worker");
const beats = new Int32Array((workerData as WorkerData).beats);
const beat = (): void => {
  Atomics.add(beats, 0, 1);
};
setInterval(beat, 50);

const states = new Map<string, Promise<LuaState>>();
const ends = new Map<number, (error: BioXenError) => void>();
const under = new Set<number>();
/** Runs that were ended before they had begun. */
const early = new Map<number, BioXenError>();
const calls = new Map<number, { resolve: (value: PlainValue) => void; reject: (error: BioXenError) => void }>();
let lastCall = 0;
const send = (message: FromWorker): void => port.postMessage(message);

/** Random numbers of a VM begin with its id. */
function seedOf(vm: string): number {
  return createHash("sha256").update(vm).digest().readUInt32LE(0);
}

function stateOf(vm: string): Promise<LuaState> {
  const known = states.get(vm);
  if (known !== undefined) return known;
  const opened = LuaState.open(seedOf(vm));
  states.set(vm, opened);
  return opened;
}

function refuseBusy(vm: string, state: LuaState): void {
  if (state.runs > 0)
    throw new BioXenError("DEVICE_BUSY", `VM ${vm} has ${state.runs} processes under way`, { context: { vm } });
}

async function answer(id: number, request: Request): Promise<Result> {
  const { vm } = request;
  switch (request.kind) {
    case "run": {
      const { code, names, limits, sent } = request;
      const state = await stateOf(vm);
      const ended = early.get(id);
      if (ended !== undefined) throw ended;
      state.bind(names);
      const waited = (performance.timeOrigin + performance.now() - sent) / 1000;
      const callHost = (name: string, args: readonly PlainValue[]): Promise<PlainValue> =>
        new Promise((resolve, reject) => {
          const call = ++lastCall;
          calls.set(call, { resolve, reject });
          send({ kind: "call", id, call, name, args });
        });
      try {
        return await state.run(code, limits, Math.max(0, waited), callHost, (end) => ends.set(id, end), beat);
      } finally {
        ends.delete(id);
      }
    }
    case "checkpoint": {
      const state = await stateOf(vm);
      refuseBusy(vm, state);
      return takeSnapshot(state);
    }
    case "restore": {
      const before = await states.get(vm);
      if (before !== undefined) refuseBusy(vm, before);
      const state = await LuaState.open(seedOf(vm));
      restoreSnapshot(state, request.bytes);
      before?.close();
      states.set(vm, Promise.resolve(state));
      return null;
    }
    case "close": {
      const state = await states.get(vm);
      states.delete(vm);
      state?.close();
      return null;
    }
  }
}

async function serve(id: number, request: Request): Promise<void> {
  under.add(id);
  try {
    send({ kind: "done", id, result: await answer(id, request) });
  } catch (error) {
    const state = await states.get(request.vm)?.catch(() => null);
    const lost = state === null || (state?.dead ?? null) !== null;
    if (lost) states.delete(request.vm);
    send({ kind: "failed", id, failure: failureOf(error), lost });
  } finally {
    under.delete(id);
    early.delete(id);
  }
}

port.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "end": {
      const end = ends.get(message.id);
      if (end !== undefined) end(errorOf(message.failure));
      else if (under.has(message.id)) early.set(message.id, errorOf(message.failure));
      return;
    }
    case "called":
      calls.get(message.call)?.resolve(message.value);
      calls.delete(message.call);
      return;
    case "call-failed":
      calls.get(message.call)?.reject(errorOf(message.failure));
      calls.delete(message.call);
      return;
    default:
      void serve(message.id, message);
  }
});
