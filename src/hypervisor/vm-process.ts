import { advanceMany } from "../cell/index.ts";
import { BioXenError, type Bytes, type Dispatcher, type DispatchOptions, type Seconds } from "../contract/index.ts";
import { fluxBalance } from "../workloads/index.ts";
import type { Log } from "./log.ts";
import { biologyOf } from "./process/biology.ts";
import type { PlainValue } from "./process/plain-value.ts";
import type { Biology, ProcessAnswer, ProcessLimits, ProcessState } from "./process/process.ts";
import type { VirtualMachine } from "./vm.ts";
import type { Produced, VmEnvironment } from "./vm-environment.ts";
import type { VmKnowledge } from "./vm-knowledge.ts";
import { type Consumption, consumedBetween, sumsOf } from "./vm-metrics.ts";
import type { VmStatus } from "./vm-status.ts";
import { deviceFor, emptyAccount, watched } from "./watched-dispatcher.ts";

/** Of what a process does not say, what it gets. */
export const defaultLimits: ProcessLimits = { instructions: 10_000_000, memory: 32 * 2 ** 20, deadline: 60 };

/** A process: Lua code, or one call of a biology function by name. */
export type VmProcess = { readonly code: string } | { readonly call: string; readonly args?: readonly PlainValue[] };

export interface ProcessOptions extends Partial<ProcessLimits> {
  readonly signal?: AbortSignal;
}

/** What a process came to. */
export interface ProcessReport {
  readonly processId: string;
  readonly vmId: string;
  /** The code, or the call. */
  readonly ran: string;
  /** What the code returned first. */
  readonly value: unknown;
  /** Lines that it printed. */
  readonly printed: string;
  readonly consumed: Consumption;
  readonly produced: Produced;
  /** Where its workloads ran; empty for a process that needed no device. */
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  readonly dispatches: number;
  readonly joules: number | null;
  readonly instructions: number;
  readonly memory: Bytes;
  /** Wall time. */
  readonly seconds: Seconds;
  readonly notices: readonly string[];
}

export interface ProcessSurroundings {
  readonly dispatcher: Dispatcher;
  readonly dispatch: DispatchOptions;
  readonly log: Log;
  readonly status: () => VmStatus;
  /** Puts the VM into error, whose cell cannot go on. */
  readonly fail: (error: BioXenError) => void;
  /** What biology may know beside the cell; read when first asked for. */
  readonly knowledge: () => Promise<VmKnowledge>;
  /** The VM's Lua state, which is made when first asked for. */
  readonly lua: () => Promise<ProcessState>;
}

/** Runs one process of a VM with an account of its own; others of the same VM may be under way. */
export async function runProcess(
  vm: VirtualMachine,
  asked: VmProcess,
  { dispatcher, dispatch, log, status, fail, knowledge, lua }: ProcessSurroundings,
  { signal, ...limits }: ProcessOptions,
): Promise<ProcessReport> {
  refuseUnlessRunning(vm, "run a process");
  const processId = `${vm.id}/${++vm.counters.processes}`;
  const account = emptyAccount();
  const began = performance.now();
  const consumed = emptyConsumption();
  const produced = new Map<string, number>();
  const add = (more: Partial<Consumption>): void => {
    for (const name of Object.keys(consumed) as (keyof Consumption)[]) consumed[name] += more[name] ?? 0;
  };
  const make = (more: Produced): void => {
    for (const [name, count] of Object.entries(more)) produced.set(name, (produced.get(name) ?? 0) + count);
  };
  const mine = watched(dispatcher, account);
  const environment: VmEnvironment = {
    ...{ vmId: vm.id, processId, biologicalType: vm.spec.biologicalType, dispatcher: mine, status },
    get cell() {
      return vm.cell;
    },
    exclusive: (work) =>
      vm.exclusive(async () => {
        refuseUnlessRunning(vm, "go on with its process");
        return work();
      }),
    advance: (seconds, ended) =>
      environment.exclusive(async () => {
        const before = sumsOf(vm.cell.state);
        const stop = ended ?? signal;
        const chosen = deviceFor(mine, vm.cell.model, 1, Math.max(1, seconds), dispatch);
        const [outcome] = await advanceMany([vm.cell], seconds, mine, {
          dispatch: { ...dispatch, ...(chosen && { device: chosen }), ...(stop && { signal: stop }) },
          division: vm.spec.division ?? true,
        });
        const after = sumsOf(vm.cell.state);
        const used = consumedBetween(before, after);
        vm.counters.cellSeconds += used.cellSeconds;
        add(used);
        make({ transcripts: after.transcriptsMade - before.transcriptsMade, residues: used.aminoAcids });
        if (outcome?.status === "failed") {
          fail(outcome.error);
          throw outcome.error;
        }
        return used;
      }),
    knockOut: (genes) => environment.exclusive(() => takeOut(vm, genes)),
    note: ({ consumed: more = {}, produced: made = {} }) => {
      add(more);
      make(made);
    },
  };
  vm.processesUnderWay++;
  log.info({ vm: vm.id, process: processId }, "process started");
  try {
    const { metabolism, genome, notice } = await knowledge();
    const biology = biologyOf({
      ...{ ...environment, metabolism, genome },
      // a package that is installed meanwhile gives the VM another
      get cell() {
        return vm.cell;
      },
    });
    const answer =
      "code" in asked
        ? await (await stateOf(vm, lua)).run(asked.code, biology, { ...defaultLimits, ...limits }, signal)
        : await callOne(vm.id, asked, biology, { ...defaultLimits, ...limits }, signal);
    const usesMetabolism = account.workloads.has(fluxBalance.id);
    const { dispatches, devices, joules } = account;
    log.info({ vm: vm.id, process: processId, instructions: answer.instructions }, "process ended");
    return {
      ...{
        processId,
        vmId: vm.id,
        ran: "code" in asked ? asked.code : asked.call,
        value: answer.value,
        printed: answer.printed,
        consumed,
      },
      produced: Object.fromEntries(produced),
      devices: [...devices].map(([id, name]) => ({ id, name })),
      ...{ dispatches, joules: dispatches === 0 ? null : joules, instructions: answer.instructions },
      ...{
        memory: answer.memory,
        seconds: (performance.now() - began) / 1000,
        notices: usesMetabolism && notice !== null ? [...answer.notices, notice] : answer.notices,
      },
    };
  } catch (error) {
    const code = error instanceof BioXenError ? error.code : "BUG";
    if (code === "PROCESS_LIMIT" || code === "DEADLINE_EXCEEDED") vm.counters.violations++;
    log.warn({ vm: vm.id, process: processId, code }, "process failed");
    throw error;
  } finally {
    vm.processesUnderWay--;
  }
}

async function stateOf(vm: VirtualMachine, lua: () => Promise<ProcessState>): Promise<ProcessState> {
  const state = await lua();
  vm.hasLua = true;
  return state;
}

/** One call of biology, without a Lua state: nothing to count but time. */
async function callOne(
  vmId: string,
  { call, args = [] }: { readonly call: string; readonly args?: readonly PlainValue[] },
  biology: Biology,
  { deadline }: ProcessLimits,
  signal: AbortSignal | undefined,
): Promise<Omit<ProcessAnswer, "printedAll" | "hostCalls">> {
  const work = Object.hasOwn(biology, call) ? biology[call] : undefined;
  if (work === undefined)
    throw new BioXenError(
      "API_VALIDATION_ERROR",
      `no biology ${JSON.stringify(call)}: ${Object.keys(biology).join(", ")}`,
    );
  const over = AbortSignal.timeout(Math.ceil(1000 * deadline));
  const ends = signal === undefined ? over : AbortSignal.any([signal, over]);
  try {
    const value = await work(args, { vmId, signal: ends });
    return { value, printed: "", instructions: 0, memory: 0, notices: [] };
  } catch (error) {
    if (!over.aborted || signal?.aborted === true) throw error;
    throw new BioXenError("DEADLINE_EXCEEDED", `${call} took longer than ${deadline} s`, { cause: error });
  }
}

function refuseUnlessRunning({ id, state }: VirtualMachine, what: string): void {
  if (state === "running") return;
  throw new BioXenError("VM_STATE_ERROR", `${id} is ${state}: it cannot ${what}`, { context: { vm: id, state } });
}

/** Genes that are gone make nothing more; of replication's copies there are none either. */
function takeOut({ cell }: VirtualMachine, ids: readonly string[]): void {
  const { genes, at, genome } = cell.model;
  const numbers = ids.map((id) => {
    const gene = genes.findIndex((one) => one.id === id || (one.name !== "" && one.name.split("; ").includes(id)));
    if (gene < 0) throw new BioXenError("INPUT_INVALID", `${genome.id} has no gene ${JSON.stringify(id)}`);
    return gene;
  });
  for (const gene of numbers) cell.state.values[at.genes + gene] = 0;
  const named = numbers.map((gene) => genes[gene]?.id ?? "").join(", ");
  if (named !== "")
    cell.state.events.push({ time: cell.state.time, what: "perturbed", detail: `knock-out of ${named}` });
}

function emptyConsumption(): { -readonly [K in keyof Consumption]: number } {
  return {
    ...{ cellSeconds: 0, atp: 0, gtp: 0, nucleotides: 0, aminoAcids: 0, ribosomeSeconds: 0, polymeraseSeconds: 0 },
  };
}
