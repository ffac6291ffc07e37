import { BioXenError } from "../../contract/index.ts";
import { isPlainTable, type PlainTable, type PlainValue } from "./plain-value.ts";

/** Arguments of biology as process code gave them: reads them with their names in what is refused. */
export class Arguments {
  readonly #of: string;
  readonly #given: readonly PlainValue[];

  constructor(of: string, given: readonly PlainValue[]) {
    this.#of = of;
    this.#given = given;
  }

  refuse(what: string): BioXenError {
    return new BioXenError("INPUT_INVALID", `${this.#of}: ${what}`);
  }

  /** @throws BioXenError `INPUT_INVALID` where it is no text, or none is there and there is no other */
  text(at: number, name: string, other?: string): string {
    const value = this.#given[at] ?? null;
    if (value === null && other !== undefined) return other;
    if (typeof value !== "string" || value === "") throw this.refuse(`${name} is a text, ${this.#example(value)}`);
    return value;
  }

  /** A whole number from 1 to `most`. */
  count(at: number, name: string, most: number, other?: number): number {
    const value = this.#given[at] ?? other ?? null;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most)
      throw this.refuse(`${name} is a whole number from 1 to ${most}, ${this.#example(value)}`);
    return value;
  }

  /** A table of settings, of which only these keys are known; an empty one where nothing is given. */
  table(at: number, name: string, known: readonly string[] | null): PlainTable {
    const value = this.#given[at] ?? null;
    if (value === null) return {};
    if (!isPlainTable(value)) throw this.refuse(`${name} is a table such as {${known?.[0] ?? "glucose"} = ..}`);
    const other = known === null ? undefined : Object.keys(value).find((key) => !known.includes(key));
    if (other !== undefined) throw this.refuse(`${name} knows ${known?.join(", ")}, not ${JSON.stringify(other)}`);
    return value;
  }

  /** One setting of a table as a number. */
  number(table: PlainTable, key: string, [least, most]: readonly [number, number], other: number): number {
    const value = table[key] ?? other;
    if (typeof value !== "number" || !(value >= least) || !(value <= most))
      throw this.refuse(`${key} is a number from ${least} to ${most}, ${this.#example(value)}`);
    return value;
  }

  /** No more than so many. */
  atMost(count: number): void {
    if (this.#given.length > count) throw this.refuse(`takes ${count} arguments at most, not ${this.#given.length}`);
  }

  get first(): PlainValue {
    return this.#given[0] ?? null;
  }

  #example(value: PlainValue): string {
    if (value === null) return "and is missing";
    return typeof value === "object"
      ? "not a table"
      : `not ${typeof value === "string" ? JSON.stringify(value) : value}`;
  }
}
