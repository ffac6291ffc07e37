import { BioXenError } from "../contract/index.ts";
import type { BiologicalPackage } from "../packages/index.ts";
import type { CellModels } from "./cell-models.ts";
import type { ProcessState } from "./process/process.ts";
import { transplant } from "./transplant.ts";
import type { VirtualMachine } from "./vm.ts";
import { defaultLimits } from "./vm-process.ts";
import type { VmSpec } from "./vm-spec.ts";

/** What a VM becomes with a package. */
export interface WithPackage {
  readonly spec: VmSpec;
  readonly cell: VirtualMachine["cell"];
}

/**
 * Reads a package into a VM's Lua state and compiles its genome with it, and lets `commit` make the VM so; where anything
 * fails, `commit` included, the Lua state is as before.
 */
export async function withPackage<T>(
  vm: VirtualMachine,
  one: BiologicalPackage,
  { models, lua }: { readonly models: CellModels; readonly lua: () => Promise<ProcessState> },
  commit: (next: WithPackage) => T,
): Promise<T> {
  const { packages = [] } = vm.spec;
  const context = { vm: vm.id, package: one.name };
  if (vm.state === "error")
    throw new BioXenError("VM_STATE_ERROR", `${vm.id} is in error: it takes no package`, { context });
  if (packages.some(({ name }) => name === one.name))
    throw new BioXenError("PACKAGE_REFUSED", `${vm.id} has a package ${one.name} already`, { context });
  const spec = { ...vm.spec, packages: [...packages, { ...one, functions: [] }] };
  const model = await models.of(spec);
  const finish = (): T => {
    const state = transplant(vm.cell, model, models.number(model));
    state.events.push({ time: state.time, what: "perturbed", detail: `package ${one.name} ${one.version}` });
    return commit({ spec, cell: { model, state, limits: vm.cell.limits } });
  };
  if (one.functions.length === 0) return finish();
  const state = await lua();
  const before = vm.hasLua ? await state.checkpoint() : null;
  try {
    for (const { source } of one.functions) await state.run(source, {}, defaultLimits);
    const done = finish();
    vm.hasLua = true;
    return done;
  } catch (error) {
    if (before === null) await state.close();
    else await state.restore(before);
    throw error;
  }
}
