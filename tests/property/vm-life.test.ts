import { BioXenError, BioXenHypervisor, type Resources, type VmCommand, type VmState, vmMoves } from "bioxen";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type StillDispatcher, stillDispatcher } from "../support/still-dispatcher.ts";

const ids = ["a", "b", "c", "d"] as const;
type Id = (typeof ids)[number];

/** What the hypervisor should have: states, and what each VM asks for. */
interface Model {
  readonly vms: Map<Id, { state: VmState; resources: Resources; seconds: number; trajectory: number }>;
  readonly kept: Map<Id, { readonly state: VmState; readonly resources: Resources; readonly seconds: number }>;
  born: number;
}

interface Real {
  readonly hypervisor: BioXenHypervisor;
  readonly still: StillDispatcher;
  readonly kept: Map<Id, Uint8Array>;
}

const chassis = {
  id: "small",
  ribosomes: 20,
  polymerases: 12,
  memoryKb: 70,
  maxVms: 3,
  overhead: 0.1,
  switchSeconds: 2,
};
const total = { ribosomes: 18, polymerases: 10, atp: 100, memoryKb: 70 };
const genomeKb = 22.446;
const holds = (state: VmState): boolean => state === "created" || state === "running" || state === "paused";

/** What is free by the model, in millionths and bytes, where sums are exact. */
function free(model: Model, but?: Id): Record<"ribosomes" | "polymerases" | "atp" | "memoryKb", number> {
  const left = { ribosomes: total.ribosomes, polymerases: total.polymerases, atp: total.atp * 1e6, memoryKb: 70_000 };
  for (const [id, { state, resources }] of model.vms) {
    if (id === but) continue;
    left.memoryKb -= Math.round(resources.memoryKb * 1000);
    if (!holds(state)) continue;
    left.ribosomes -= resources.ribosomes;
    left.polymerases -= resources.polymerases;
    left.atp -= Math.round(resources.atp * 1e6);
  }
  return left;
}

function fits(model: Model, wanted: Resources, state: VmState, but?: Id): boolean {
  const left = free(model, but);
  if (Math.round(wanted.memoryKb * 1000) > left.memoryKb) return false;
  if (!holds(state)) return true;
  return (
    wanted.ribosomes <= left.ribosomes &&
    wanted.polymerases <= left.polymerases &&
    Math.round(wanted.atp * 1e6) <= left.atp
  );
}

async function refused(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BioXenError) return error.code;
    throw error;
  }
  return "done";
}

/** After every command: states as the table has them, nothing leaked, cells where they should be. */
function check(model: Model, { hypervisor }: Real): void {
  const listed = hypervisor.listVms();
  expect(listed.map(({ id, state }) => `${id} ${state}`).sort()).toEqual(
    [...model.vms].map(([id, { state }]) => `${id} ${state}`).sort(),
  );
  const { total: all, free: left, allocated } = hypervisor.getSystemResources();
  expect(all).toEqual(total);
  const should = free(model);
  expect(left).toEqual({ ...should, atp: should.atp / 1e6, memoryKb: should.memoryKb / 1000 });
  for (const name of ["ribosomes", "polymerases", "atp", "memoryKb"] as const)
    expect(allocated[name] + left[name]).toBeCloseTo(all[name], 9);
  for (const { id, cellSeconds } of listed) expect(cellSeconds).toBe(model.vms.get(id as Id)?.seconds);
}

type Command = fc.AsyncCommand<Model, Real>;
const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real);
    check(model, real);
  },
  toString: () => name,
});

const defaults: Resources = { ribosomes: 6, polymerases: 3, atp: 33.333333, memoryKb: genomeKb, priority: 3 };

const create = (id: Id, asked: Partial<Resources>): Command =>
  command(`create ${id} ${JSON.stringify(asked)}`, async (model, real) => {
    const wanted = { ...defaults, ...asked };
    const expected = model.vms.has(id)
      ? "VM_CREATION_FAILED"
      : model.vms.size >= 3
        ? "HYPERVISOR_OVERLOAD"
        : wanted.memoryKb < genomeKb || wanted.ribosomes > 10 || wanted.atp > 50
          ? "RESOURCE_ALLOCATION_ERROR"
          : fits(model, wanted, "created")
            ? "done"
            : "RESOURCE_EXHAUSTION";
    expect(await refused(() => real.hypervisor.createVm(id, "minimal_cell", asked))).toBe(expected);
    if (expected === "done")
      model.vms.set(id, { state: "created", resources: wanted, seconds: 0, trajectory: model.born });
  });

const move = (id: Id, which: Exclude<VmCommand, "fail">): Command =>
  command(`${which} ${id}`, async (model, { hypervisor }) => {
    const calls = {
      start: "startVm",
      pause: "pauseVm",
      resume: "resumeVm",
      stop: "stopVm",
      destroy: "destroyVm",
    } as const;
    const vm = model.vms.get(id);
    const next = vm === undefined ? undefined : vmMoves[vm.state][which];
    const expected =
      vm === undefined
        ? "VM_NOT_FOUND"
        : next === undefined
          ? "VM_STATE_ERROR"
          : which === "start" && vm.state === "stopped" && !fits(model, vm.resources, "running", id)
            ? "RESOURCE_EXHAUSTION"
            : "done";
    expect(await refused(() => hypervisor[calls[which]](id))).toBe(expected);
    if (expected !== "done" || vm === undefined) return;
    if (next === null) model.vms.delete(id);
    else vm.state = next as VmState;
  });

const allocate = (id: Id, asked: Partial<Resources>): Command =>
  command(`allocate ${id} ${JSON.stringify(asked)}`, async (model, { hypervisor }) => {
    const vm = model.vms.get(id);
    const wanted = vm === undefined ? null : { ...vm.resources, ...asked };
    const expected =
      vm === undefined || wanted === null
        ? "VM_NOT_FOUND"
        : wanted.memoryKb < genomeKb || wanted.ribosomes > 10 || wanted.atp > 50
          ? "RESOURCE_ALLOCATION_ERROR"
          : fits(model, wanted, vm.state, id)
            ? "done"
            : "RESOURCE_EXHAUSTION";
    expect(await refused(async () => hypervisor.allocateVmResources(id, asked))).toBe(expected);
    if (expected === "done" && vm !== undefined && wanted !== null) vm.resources = wanted;
  });

/** A round of one second: those that run live a second, but for one whose cell fails. */
const run = (fails: Id | null): Command =>
  command(`run${fails === null ? "" : `, ${fails} fails`}`, async (model, { hypervisor, still }) => {
    still.failing.clear();
    const failing = fails === null ? undefined : model.vms.get(fails);
    if (fails !== null && failing?.state === "running") still.failing.add(hypervisor.cellOf(fails).state.trajectory);
    await hypervisor.runScheduler({ rounds: 1 });
    for (const vm of model.vms.values()) {
      if (vm.state !== "running") continue;
      if (vm === failing) vm.state = "error";
      else vm.seconds++;
    }
  });

const keep = (id: Id): Command =>
  command(`checkpoint ${id}`, async (model, { hypervisor, kept }) => {
    const vm = model.vms.get(id);
    if (vm === undefined) return;
    kept.set(id, await hypervisor.checkpointVm(id));
    model.kept.set(id, { ...vm });
  });

const restore = (id: Id): Command =>
  command(`restore ${id}`, async (model, { hypervisor, kept }) => {
    const [bytes, as] = [kept.get(id), model.kept.get(id)];
    if (bytes === undefined || as === undefined) return;
    const expected = model.vms.has(id)
      ? "VM_CREATION_FAILED"
      : model.vms.size >= 3
        ? "HYPERVISOR_OVERLOAD"
        : fits(model, as.resources, as.state)
          ? "done"
          : "RESOURCE_EXHAUSTION";
    expect(await refused(() => hypervisor.restoreVm(bytes))).toBe(expected);
    if (expected === "done") model.vms.set(id, { ...as, trajectory: 0 });
  });

const anyId = fc.constantFrom(...ids);
const asked = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record({ ribosomes: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ atp: fc.constantFrom(10, 33.4, 50, 60), priority: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ memoryKb: fc.constantFrom(20, 22.446, 30, 60), polymerases: fc.integer({ min: 1, max: 10 }) }),
);
const commands = fc.commands(
  [
    fc.tuple(anyId, asked).map(([id, what]) => create(id, what)),
    ...(["start", "pause", "resume", "stop", "destroy"] as const).map((which) => anyId.map((id) => move(id, which))),
    // again, so that most sequences have VMs that run
    anyId.map((id) => move(id, "start")),
    fc.tuple(anyId, asked).map(([id, what]) => allocate(id, what)),
    fc.option(anyId, { freq: 4 }).map((id) => run(id)),
    anyId.map(keep),
    anyId.map(restore),
  ],
  { maxCommands: 16, size: "max" },
);

/** The long suite has ten thousand. */
const sequences = process.env["BIOXEN_LONG"] === "1" ? 10_000 : 3000;

test("random sequences of commands: no illegal state, and nothing of the chassis is lost", {
  timeout: 300_000,
}, async () => {
  let ran = 0;
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const still = stillDispatcher();
      const hypervisor = new BioXenHypervisor({ dispatcher: still, chassis, quantum: 1 });
      const setup = (): { model: Model; real: Real } => ({
        model: { vms: new Map(), kept: new Map(), born: 0 },
        real: { hypervisor, still, kept: new Map() },
      });
      await fc.asyncModelRun(setup, sequence);
      ran++;
    }),
    { numRuns: sequences },
  );
  expect(ran).toBe(sequences);
});
