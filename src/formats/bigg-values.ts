import type { BioXenError } from "../contract/index.ts";
import { quote } from "./format-error.ts";

/** An object of a file. */
export type Json = Readonly<Record<string, unknown>>;
/** Where a value is in a file: keys and indices from its root on. */
export type Path = readonly (string | number)[];
/** Makes the error for what was found somewhere in a file and what was expected there. */
export type Refuse = (path: Path, found: string, expected: string) => BioXenError;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number, or the text that COBRApy writes for an infinite one; null for all else. */
export function numberIn(value: unknown): number | null {
  // adding 0 makes 0 of -0
  if (typeof value === "number") return value + 0;
  const [, sign, word] = (typeof value === "string" && /^\s*([+-]?)(inf|infinity|nan)\s*$/i.exec(value)) || [];
  if (word === undefined) return null;
  if (/nan/i.test(word)) return Number.NaN;
  return sign === "-" ? -Infinity : Infinity;
}

/** What a value is, for an error. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (isObject(value)) return "an object";
  return typeof value === "string" ? quote(value) : String(value);
}

/** The id of an element. */
export function idOf(raw: Json, path: Path, refuse: Refuse): string {
  const id = raw["id"];
  if (typeof id !== "string") throw refuse([...path, "id"], `${describe(id)} as an id`, "a text");
  return id;
}
