import { basename } from "node:path";
import type { PciDevice } from "./pci.ts";
import type { SystemFiles } from "./system-files.ts";

/** A board that can be told by its PCI ids, and who says so. */
interface KnownBoard {
  readonly vendor: string;
  /** Matches the four hex digits of the device id. */
  readonly device: RegExp;
  readonly name: string;
  readonly source: string;
}

/** A device node that a driver makes: the board is there although its PCI device may not be shown. */
interface KnownNode {
  readonly folder: "/dev" | "/dev/accel" | "/dev/tenstorrent";
  readonly node: RegExp;
  /** Kernel drivers whose nodes are meant, where several kinds of device share the folder. */
  readonly drivers?: readonly string[];
  /** The nodes as people write them. */
  readonly shown: string;
  readonly name: string;
}

export interface BoardTable {
  readonly boards: readonly KnownBoard[];
  readonly nodes: readonly KnownNode[];
}

/** A board that was found. */
export interface Board {
  readonly name: string;
  /** PCI address, or path of the device node. */
  readonly at: string;
  /** Kernel driver bound to it; null where there is none. */
  readonly driver: string | null;
  /** Who says that these ids are this board; null for a device node. */
  readonly source: string | null;
}

const older = "pci.ids 2023.04.10";
const newer = "pci.ids 2026.05.24";
const any = /^/;
const board = (vendor: string, device: RegExp, name: string, source: string): KnownBoard => {
  return { vendor, device, name, source };
};

export const fpgaBoards: BoardTable = {
  boards: [
    board("10ee", /^(5000|d000)$/, "AMD Alveo U200", older),
    board("10ee", /^(5004|5005|d004)$/, "AMD Alveo U250", older),
    board("10ee", /^(500c|d00c)$/, "AMD Alveo U280", older),
    board("10ee", /^(5020|d020)$/, "AMD Alveo U50", older),
    board("10ee", /^505c$/, "AMD Alveo U55C", older),
    board("10ee", /^(6987|6988|9[124]34)$/, "Samsung SmartSSD", older),
    board("10ee", /^(7011|7038)$/, "Xilinx 7-Series FPGA", older),
    board("10ee", /^a[0-3]1[1248]$/, "Xilinx FPGA with QDMA", "Xilinx/dma_ip_drivers, QDMA pci_ids.h"),
    // the other ids of this vendor are sound cards, telephony and frame grabbers
    board("1172", any, "Altera FPGA", `${older} (vendor)`),
    board("8086", /^09c[45]$/, "Intel PAC with Arria 10 GX", "Linux drivers/fpga/dfl-pci.c"),
    board("8086", /^0b2b$/, "Intel FPGA PAC D5005 (Stratix 10 SX)", older),
    board("8086", /^0b30$/, "Intel FPGA PAC N3000", "Linux drivers/fpga/dfl-pci.c"),
    board("8086", /^bc(bd|bf|c0|c1)$/, "Intel Xeon with integrated FPGA", "Linux drivers/fpga/dfl-pci.c"),
    // 1965 is a radio
    board("1204", /^(?!1965)/, "Lattice FPGA", `${older} (vendor)`),
    board("1d0f", /^f/, "AWS F1 or F2 FPGA", "aws/aws-fpga, hdk/docs/Choosing_PCI_ID_for_AFI.md"),
  ],
  nodes: [
    {
      folder: "/dev",
      node: /^(dfl-(fme|port)|intel-fpga-(fme|port))\.\d+$/,
      shown: "/dev/dfl-*, /dev/intel-fpga-*",
      name: "FPGA with a device feature list",
    },
    {
      folder: "/dev",
      node: /^(xdma|qdma|xclmgmt)\d+/,
      shown: "/dev/xdma*, /dev/qdma*, /dev/xclmgmt*",
      name: "Xilinx FPGA with its DMA driver",
    },
  ],
};

const jax = "jax-ml/jax, jax/_src/hardware_utils.py";

export const asicBoards: BoardTable = {
  boards: [
    board("1ac1", /^089a$/, "Coral Edge TPU", older),
    board("1ae0", /^abcd$/, "Google Edge TPU (Pixel Neural Core)", older),
    board("1ae0", /^(0027|005e|0062|0063|006f|0076)$/, "Google Cloud TPU", jax),
    board("1da3", any, "Habana Goya, Greco or Gaudi", `${older}; Linux drivers/accel/habanalabs`),
    board("1d95", any, "Graphcore IPU", older),
    board("1e60", /^2864$/, "Hailo-8", older),
    board("1e60", /^45c4$/, "Hailo-10H", newer),
    board("1d0f", /^7[0-2]64$/, "AWS Inferentia or Trainium", older),
    board("1de0", /^0000$/, "GroqCard", older),
    board("1e52", /^(401e|b140|faca)$/, "Tenstorrent Wormhole, Blackhole or Grayskull", newer),
    board("1ed2", any, "FuriosaAI Warboy or RNGD", newer),
    board("1e36", any, "Enflame CloudBlazer", older),
    board("1d22", /^368[45]$/, "Baidu Kunlun", older),
    board("1e67", any, "Untether AI", newer),
    board("17cb", /^a100$/, "Qualcomm Cloud AI 100", "Linux drivers/accel/qaic/qaic_drv.c"),
  ],
  nodes: [
    { folder: "/dev", node: /^apex_\d+$/, shown: "/dev/apex_*", name: "Coral Edge TPU" },
    { folder: "/dev", node: /^hl\d+$/, shown: "/dev/hl*", name: "Habana Gaudi or Goya" },
    { folder: "/dev", node: /^davinci\d+$/, shown: "/dev/davinci*", name: "Huawei Ascend" },
    { folder: "/dev", node: /^neuron\d+$/, shown: "/dev/neuron*", name: "AWS Inferentia or Trainium" },
    { folder: "/dev", node: /^ipu\d+$/, shown: "/dev/ipu*", name: "Graphcore IPU" },
    { folder: "/dev", node: /^hailo\d+$/, shown: "/dev/hailo*", name: "Hailo" },
    { folder: "/dev/tenstorrent", node: /^\d+$/, shown: "/dev/tenstorrent/*", name: "Tenstorrent" },
    // a Cloud TPU machine names its chips so; an NPU's node is /dev/accel/accel0
    { folder: "/dev", node: /^accel\d+$/, shown: "/dev/accel*", name: "Google Cloud TPU" },
  ],
};

export const npuBoards: BoardTable = {
  boards: [
    board("8086", /^(7d1d|ad1d|643e|b03e|fd3e)$/, "Intel NPU", "Linux drivers/accel/ivpu/ivpu_drv.h"),
    board("1022", /^(1502|17f0)$/, "AMD XDNA NPU", "Linux drivers/accel/amdxdna/amdxdna_pci_drv.c"),
  ],
  nodes: [
    {
      folder: "/dev/accel",
      node: /^accel\d+$/,
      drivers: ["intel_vpu", "amdxdna", "rocket"],
      shown: "/dev/accel/*",
      name: "NPU",
    },
  ],
};

/** The boards of a table that are here: by PCI ids first, by device nodes where those show another kind of board. */
export function boardsOf(table: BoardTable, pci: readonly PciDevice[], files: SystemFiles): readonly Board[] {
  const onBus = pci.flatMap(({ vendor, device, address, driver }): Board[] => {
    const known = table.boards.find((one) => one.vendor === vendor && one.device.test(device));
    return known === undefined ? [] : [{ name: known.name, at: address, driver, source: known.source }];
  });
  if (onBus.length > 0) return onBus;
  // a container is given nodes, and not always the bus
  return table.nodes.flatMap(({ folder, node, name, drivers }) =>
    files
      .list(folder)
      .filter((entry) => node.test(entry))
      .map((entry): Board => ({ name, at: `${folder}/${entry}`, driver: driverOf(entry, files), source: null }))
      .filter(({ driver }) => drivers === undefined || driver === null || drivers.includes(driver)),
  );
}

/** The driver behind a node of the kernel's compute accelerators; null for other nodes and where it is hidden. */
function driverOf(node: string, files: SystemFiles): string | null {
  const driver = files.link(`/sys/class/accel/${node}/device/driver`);
  return driver === null ? null : basename(driver);
}
