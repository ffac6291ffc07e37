import type { PciDevice } from "./pci.ts";
import { type SystemFiles, textOf } from "./system-files.ts";

export interface Gpu {
  /** The driver's own name for it, or vendor and PCI ids. */
  readonly name: string;
  readonly vendor: "NVIDIA" | "AMD" | "Intel" | "Apple" | "other";
  /** PCI address, or path of the device node. */
  readonly at: string;
  readonly driver: string | null;
  /** Nodes below `/dev/dri` that belong to it. */
  readonly nodes: readonly string[];
  /** false for adapters that only drive a screen: server management chips and those of virtual machines. */
  readonly computes: boolean;
}

/** From pci.ids 2023.04.10. */
const vendors: Readonly<Record<string, Gpu["vendor"]>> = { "10de": "NVIDIA", "1002": "AMD", "8086": "Intel" };

/** ASPEED, Matrox (G200 management chips), QEMU, Cirrus, virtio, VMware, QXL, Bochs, VirtualBox: pci.ids 2023.04.10. */
const screensOnly = new Set(["1a03", "102b", "1234", "1013", "1af4", "15ad", "1b36", "80ee"]);

/** GPUs by their PCI class (03: display controllers), or by device nodes in a container that hides the bus. */
export function gpusOf(pci: readonly PciDevice[], files: SystemFiles): readonly Gpu[] {
  const onBus = pci
    .filter((one) => one.class.startsWith("03"))
    .map(({ vendor: id, device, address, driver }): Gpu => {
      const vendor = vendors[id] ?? "other";
      const called = textOf(files, `/proc/driver/nvidia/gpus/${address}/information`)?.match(/^Model:\s*(.+)$/m)?.[1];
      return {
        name: called ?? `${vendor === "other" ? "GPU" : `${vendor} GPU`} ${id}:${device}`,
        vendor,
        at: address,
        driver,
        nodes: files.list(`/sys/bus/pci/devices/${address}/drm`),
        computes: !screensOnly.has(id),
      };
    });
  if (onBus.some(({ computes }) => computes)) return onBus;
  return [
    ...onBus,
    ...nodesOf(files, "NVIDIA", /^nvidia\d+$/, "nvidia"),
    ...(files.exists("/dev/kfd") ? nodesOf(files, "AMD", /^kfd$/, "amdgpu") : []),
    // WSL shows every vendor's GPU by this one node
    ...nodesOf(files, "other", /^dxg$/, "dxgkrnl"),
  ];
}

function nodesOf(files: SystemFiles, vendor: Gpu["vendor"], node: RegExp, driver: string): readonly Gpu[] {
  return files
    .list("/dev")
    .filter((name) => node.test(name))
    .map((name) => {
      const called = vendor === "other" ? "GPU" : `${vendor} GPU`;
      return { name: `${called} at /dev/${name}`, vendor, at: `/dev/${name}`, driver, nodes: [], computes: true };
    });
}
