import { createBioVm, getSupportedBiologicalTypes, type VmConfig, validateVmType } from "../api/index.ts";
import { BioXenError } from "../contract/index.ts";
import type { BioXenHypervisor, ProcessReport, VmStatus } from "../hypervisor/index.ts";
import type { Vms } from "./vm-store.ts";

/** Creates a VM and keeps it. */
export async function createVm(vms: Vms, id: string, type: string, vmType: string, config: VmConfig): Promise<void> {
  const known = getSupportedBiologicalTypes().find((one) => one === type);
  if (known === undefined) throw new BioXenError("API_VALIDATION_ERROR", `${type} is no biological type`);
  await createBioVm(id, known, validateVmType(vmType), { ...config, hypervisor: vms.hypervisor });
  await vms.keep(id);
}

export type Move = "start" | "pause" | "resume" | "stop";

/** Moves a VM on in its life and keeps it. */
export async function moveVm({ hypervisor, keep }: Vms, id: string, move: Move): Promise<VmStatus> {
  const moves: Readonly<Record<Move, (hypervisor: BioXenHypervisor) => Promise<VmStatus>>> = {
    start: (one) => one.startVm(id),
    pause: (one) => one.pauseVm(id),
    resume: (one) => one.resumeVm(id),
    stop: (one) => one.stopVm(id),
  };
  const moved = await moves[move](hypervisor);
  await keep(id);
  return moved;
}

/** Of what process code may use; the hypervisor's own limits by default. */
export interface ExecLimits {
  readonly instructions?: number;
  /** MiB. */
  readonly memory?: number;
  /** Seconds. */
  readonly deadline?: number;
}

/** Runs code in a VM and keeps what it made of it, its failure included: what it did before that is done. */
export async function execute(vms: Vms, id: string, code: string, limits: ExecLimits = {}): Promise<ProcessReport> {
  const { instructions, memory, deadline } = limits;
  try {
    return await vms.hypervisor.executeProcess(id, code, {
      ...(instructions === undefined ? {} : { instructions }),
      ...(memory === undefined ? {} : { memory: memory * 2 ** 20 }),
      ...(deadline === undefined ? {} : { deadline }),
      signal: vms.signal,
    });
  } finally {
    if (vms.hypervisor.listVms().some((vm) => vm.id === id)) await vms.keep(id);
  }
}
