import type { SystemFiles } from "bioxen";

/** A file by its text, a symbolic link, or a file that gives an error when it is read. */
export type FakeFile = string | { readonly link: string } | { readonly refused: string };

/** A machine made of paths: `{ "/proc/cpuinfo": "flags : avx2" }`. */
export function fakeSystem(tree: Readonly<Record<string, FakeFile>>): SystemFiles {
  const below = (folder: string): string[] => Object.keys(tree).filter((path) => path.startsWith(`${folder}/`));
  return {
    read: (path) => {
      const file = tree[path];
      if (typeof file === "string") return file;
      const code = file !== undefined && "refused" in file ? file.refused : "ENOENT";
      throw Object.assign(new Error(`${code}: ${path}`), { code });
    },
    list: (folder) =>
      [...new Set(below(folder).map((path) => path.slice(folder.length + 1).split("/")[0] ?? ""))].sort(),
    link: (path) => {
      const file = tree[path];
      return typeof file === "object" && "link" in file ? file.link : null;
    },
    exists: (path) => path in tree || below(path).length > 0,
  };
}

/** The files of one PCI device as Linux has them. */
export function pciDevice(
  address: string,
  [vendor, device]: readonly [string, string],
  pciClass: string,
  driver?: string,
): Record<string, FakeFile> {
  const at = `/sys/bus/pci/devices/${address}`;
  return {
    [`${at}/vendor`]: `0x${vendor}\n`,
    [`${at}/device`]: `0x${device}\n`,
    [`${at}/class`]: `0x${pciClass}\n`,
    [`${at}/numa_node`]: "-1\n",
    ...(driver === undefined ? {} : { [`${at}/driver`]: { link: `../../../bus/pci/drivers/${driver}` } }),
  };
}
