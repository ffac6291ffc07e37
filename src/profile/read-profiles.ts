import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { BioXenError } from "../contract/index.ts";
import { type DeviceProfile, deviceProfile } from "./device-profile.ts";

const folder = fileURLToPath(new URL("../../../profiles/", import.meta.url));
/** Files of the folder that are no device profiles. */
const others: readonly string[] = ["schema.json", "optimization.json"];

/** The ids of the profiles that come with the package. */
export function shippedProfileIds(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !others.includes(name))
    .map((name) => basename(name, ".json"))
    .sort();
}

/** Where this user's measured profiles are: `$XDG_DATA_HOME/bioxen/profiles`, with the standard's default of `~/.local/share`. */
export function ownProfilesFolder(): string {
  const { XDG_DATA_HOME: data } = process.env;
  return join(data !== undefined && data !== "" ? data : join(homedir(), ".local", "share"), "bioxen", "profiles");
}

/** The ids of the profiles in this user's folder. */
export function ownProfileIds(): readonly string[] {
  if (!existsSync(ownProfilesFolder())) return [];
  return readdirSync(ownProfilesFolder())
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
}

/**
 * A profile by the id of a shipped one or of one in the user's folder, or by the path of a file of one's own (anything with a slash or `.json`).
 * @throws BioXenError `FORMAT_INVALID` with the file and the path in the document, `INPUT_INVALID` for an unknown id.
 */
export function readProfile(idOrPath: string): DeviceProfile {
  if (/[/\\]|\.json$/.test(idOrPath)) return readProfileFile(idOrPath);
  const own = ownProfileIds();
  if (own.includes(idOrPath)) return readProfileFile(join(ownProfilesFolder(), `${idOrPath}.json`));
  const ids = [...shippedProfileIds(), ...own];
  if (!ids.includes(idOrPath))
    throw new BioXenError(
      "INPUT_INVALID",
      `no profile ${idOrPath}; there are ${ids.join(", ")}, and files by their path`,
      { context: { profile: idOrPath } },
    );
  return readProfileFile(join(folder, `${idOrPath}.json`));
}

function readProfileFile(file: string): DeviceProfile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new BioXenError("FORMAT_INVALID", `${file}: found no JSON document (${problem}), expected a device profile`, {
      context: { file },
      cause,
    });
  }
  return checkedProfile(content, file);
}

/** The content of a profile file, checked. @throws BioXenError `FORMAT_INVALID`, as `readProfile`. */
export function checkedProfile(content: unknown, file: string): DeviceProfile {
  // once a document: a parser made for its schema would take twice as long as this
  const result = deviceProfile().safeParse(content, { jitless: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  throw new BioXenError("FORMAT_INVALID", `${file}: ${first === undefined ? "no profile" : described(first)}${more}`, {
    context: { file, path: first?.path.join(".") ?? "" },
  });
}

function described({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}
