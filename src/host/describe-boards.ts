import { type Board, type BoardTable, boardsOf } from "./boards.ts";
import { pciDevices } from "./pci.ts";
import type { SystemFiles } from "./system-files.ts";

/** Names the boards of a table that are here with what is missing to use them, or what was looked for in vain. */
export function describeBoards(table: BoardTable, files: SystemFiles, missing: string): string {
  const found = boardsOf(table, pciDevices(files), files);
  if (found.length > 0) return `${found.map(described).join(", ")}: ${missing}`;
  const vendors = [...new Set(table.boards.map(({ vendor }) => vendor))].join(", ");
  const nodes = table.nodes.map(({ shown }) => shown).join(", ");
  return `no board found: no known device of the PCI vendors ${vendors}, no device node ${nodes}`;
}

function described({ name, at, driver }: Board): string {
  if (at.startsWith("/dev/")) return `${name} (${at}) is here`;
  return `${name} (${at}) is here, ${driver === null ? "without a kernel driver" : `with the driver ${driver}`}`;
}
