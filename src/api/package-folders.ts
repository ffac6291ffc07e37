import { homedir } from "node:os";
import { join } from "node:path";
import { PackageLibrary } from "../packages/index.ts";
import type { VmConfig } from "./vm-config.ts";

/** The packages of these folders; of those that are not named, the user's own, under ~/.local/share/bioxen. */
export function packageLibrary({ registry, installed }: NonNullable<VmConfig["packages"]> = {}): PackageLibrary {
  const home = join(homedir(), ".local", "share", "bioxen");
  return new PackageLibrary({
    registry: registry ?? join(home, "registry"),
    installed: installed ?? join(home, "packages"),
  });
}
