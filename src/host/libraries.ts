import type { SystemFiles } from "./system-files.ts";

/** Where the dynamic loader looks on the Linux distributions in use, and where NVIDIA's containers and WSL put theirs. */
const folders: readonly string[] = [
  "/usr/lib/x86_64-linux-gnu",
  "/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/lib64",
  "/usr/lib",
  "/lib",
  "/usr/local/lib",
  "/usr/local/nvidia/lib64",
  "/usr/lib/wsl/lib",
];

/** The path of a shared library, null where it is in none of the usual folders. */
export function libraryPath(files: SystemFiles, name: string, searchPath: string | undefined): string | null {
  const all = [...(searchPath ?? "").split(":").filter((folder) => folder.startsWith("/")), ...folders];
  const folder = all.find((one) => files.exists(`${one}/${name}`));
  return folder === undefined ? null : `${folder}/${name}`;
}
