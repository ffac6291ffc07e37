/** Data that crosses the border of a Lua state, either way. Whole numbers beyond 2^53 are bigints, strings that are no UTF-8 bytes. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** A table with text keys, as Lua hands it over. */
export type PlainTable = { readonly [key: string]: PlainValue };

/** Whether a value is a table with text keys: no list, no bytes. */
export function isPlainTable(value: PlainValue | undefined): value is PlainTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
