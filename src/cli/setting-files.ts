import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The configuration files that are there: the working folder's, and the user's with the XDG standard's default of `~/.config`. */
export function settingFiles(): string[] {
  const { XDG_CONFIG_HOME: home } = process.env;
  const folder = home !== undefined && home !== "" ? home : join(homedir(), ".config");
  return [resolve("bioxen.config.json"), join(folder, "bioxen", "config.json")].filter((path) => existsSync(path));
}
