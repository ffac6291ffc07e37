import { basename } from "node:path";
import { numberOf, type SystemFiles, textOf } from "./system-files.ts";

/** One device on the PCI bus; ids are four hex digits, the class six, without `0x`. */
export interface PciDevice {
  /** e.g. `0000:3b:00.0` */
  readonly address: string;
  readonly vendor: string;
  readonly device: string;
  readonly class: string;
  /** The kernel driver bound to it, null where there is none. */
  readonly driver: string | null;
  readonly numaNode: number | null;
}

const folder = "/sys/bus/pci/devices";

/** Every PCI device that the kernel shows; none on systems other than Linux. */
export function pciDevices(files: SystemFiles): readonly PciDevice[] {
  return files.list(folder).flatMap((address): PciDevice[] => {
    const at = `${folder}/${address}`;
    const hex = (name: string): string | null =>
      textOf(files, `${at}/${name}`)?.replace(/^0x/, "").toLowerCase() ?? null;
    const [vendor, device, pciClass] = [hex("vendor"), hex("device"), hex("class")];
    if (vendor == null || device == null || pciClass == null) return [];
    const driver = files.link(`${at}/driver`);
    const node = numberOf(files, `${at}/numa_node`);
    return [
      {
        address,
        vendor,
        device,
        class: pciClass.padStart(6, "0"),
        driver: driver === null ? null : basename(driver),
        // the kernel writes -1 where there is but one node
        numaNode: node === null || node < 0 ? null : node,
      },
    ];
  });
}
