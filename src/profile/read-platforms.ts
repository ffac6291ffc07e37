import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BioXenError } from "../contract/index.ts";
import { type Platform, platformSchema } from "./platform.ts";

const folder = fileURLToPath(new URL("../../../profiles/platforms/", import.meta.url));

/** The ids of the platforms that come with the package. */
export function shippedPlatformIds(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && name !== "schema.json")
    .map((name) => basename(name, ".json"))
    .sort();
}

/** The file of a platform: that of a shipped one by its id, or a path. @throws BioXenError `INPUT_INVALID` for no id. */
export function platformFile(idOrPath: string): string {
  if (/[/\\]|\.json$/.test(idOrPath)) return idOrPath;
  const ids = shippedPlatformIds();
  if (ids.includes(idOrPath)) return join(folder, `${idOrPath}.json`);
  throw new BioXenError(
    "INPUT_INVALID",
    `no platform ${idOrPath}; there are ${ids.join(", ")}, and files by their path`,
    { context: { platform: idOrPath } },
  );
}

/**
 * A platform by the id of a shipped one, or by the path of a file of one's own (anything with a slash or `.json`).
 * @throws BioXenError `FORMAT_INVALID` with the file and the path in the document, `INPUT_INVALID` for an unknown id.
 */
export function readPlatform(idOrPath: string): Platform {
  const file = platformFile(idOrPath);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new BioXenError("FORMAT_INVALID", `${file}: cannot be read: ${messageOf(cause)}`, {
      context: { file },
      cause,
    });
  }
  return parsePlatform(text, file);
}

/** A platform from its file's text. @throws BioXenError `FORMAT_INVALID`, as `readPlatform`. */
export function parsePlatform(text: string, file = "(platform)"): Platform {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new BioXenError(
      "FORMAT_INVALID",
      `${file}: found no JSON document (${messageOf(cause)}), expected a platform`,
      {
        context: { file },
        cause,
      },
    );
  }
  return checkedPlatform(content, file);
}

/** The content of a platform file, checked. @throws BioXenError `FORMAT_INVALID`, as `readPlatform`. */
export function checkedPlatform(content: unknown, file: string): Platform {
  const result = platformSchema().safeParse(content);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const path = first?.path.join(".") ?? "";
  const more = result.error.issues.length > 1 ? ` (and ${result.error.issues.length - 1} more)` : "";
  throw new BioXenError(
    "FORMAT_INVALID",
    `${file}: ${path === "" ? "" : `${path}: `}${first?.message ?? "no platform"}${more}`,
    { context: { file, path } },
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
