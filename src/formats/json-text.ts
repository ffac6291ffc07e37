import type { BioXenError } from "../contract/index.ts";
import { formatError, quote } from "./format-error.ts";
import { setOwnKey } from "./own-key.ts";

/** Deeper than any model's annotations, shallow enough for any stack. */
const deepest = 100;

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const bare = /([+-]?)(Infinity|inf|NaN|true|false|null)(?![\w.])/iy;
const bareValues: Readonly<Record<string, unknown>> = {
  infinity: Infinity,
  inf: Infinity,
  nan: Number.NaN,
  true: true,
  false: false,
  null: null,
};

/**
 * JSON as programs write it who let their language print numbers: `Infinity`, `-inf` and `NaN` stand bare. Stricter
 * than `JSON.parse` otherwise: a key may not come twice in one object, and nesting ends at 100. Errors name the line.
 */
export class JsonText {
  readonly #text: string;
  readonly #file: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** @throws BioXenError `FORMAT_INVALID`. */
  parse(): unknown {
    return plainJson(this.#text) ?? this.#parse();
  }

  #parse(): unknown {
    this.#at = 0;
    const value = this.#value();
    if (this.#peek() !== -1) throw this.#error("the end of the file");
    return value;
  }

  /** The line where the value at a path starts, or the nearest value around it that the text has. */
  lineOf(path: readonly (string | number)[]): number {
    this.#at = 0;
    let found = 0;
    for (const step of path) {
      const opening = this.#peek();
      found = this.#at;
      if (opening !== (typeof step === "string" ? brace : bracket)) break;
      this.#at++;
      if (!this.#skipTo(step)) break;
      this.#peek();
      found = this.#at;
    }
    return this.#line(found);
  }

  /** Moves to the value of a key or at an index; false where the object or array ends before it. */
  #skipTo(step: string | number): boolean {
    for (let index = 0; ; index++) {
      const next = this.#peek();
      if (next === closingBrace || next === closingBracket) return false;
      const key = typeof step === "string" ? this.#string() : index;
      if (typeof step === "string") this.#expect(colon, "':'");
      if (key === step) return true;
      this.#value();
      if (this.#peek() === comma) this.#at++;
    }
  }

  #value(): unknown {
    const code = this.#peek();
    if (code === quotation) return this.#string();
    if (code === brace) return this.#object();
    if (code === bracket) return this.#array();
    number.lastIndex = this.#at;
    if (number.test(this.#text)) {
      const start = this.#at;
      this.#at = number.lastIndex;
      return Number(this.#text.slice(start, this.#at));
    }
    bare.lastIndex = this.#at;
    const [whole, sign, word = ""] = bare.exec(this.#text) ?? [];
    const value = bareValues[word.toLowerCase()];
    // only numbers have signs, and only numbers are spelled in several ways
    if (whole === undefined || (typeof value !== "number" && (sign !== "" || word !== word.toLowerCase())))
      throw this.#error("a value");
    this.#at += whole.length;
    return typeof value === "number" && sign === "-" ? -value : value;
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#open();
    if (this.#peek() === closingBrace) return this.#close(object);
    for (;;) {
      if (this.#peek() !== quotation) throw this.#error("a key in double quotes");
      const start = this.#at;
      const key = this.#string();
      if (object[key] !== undefined && Object.hasOwn(object, key)) {
        this.#at = start;
        throw this.#error(`no second key ${quote(key)} in one object`);
      }
      this.#expect(colon, "':'");
      const value = this.#value();
      if (key === "__proto__") setOwnKey(object, key, value);
      else object[key] = value;
      if (this.#peek() === closingBrace) return this.#close(object);
      this.#expect(comma, "',' or '}'");
    }
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#open();
    if (this.#peek() === closingBracket) return this.#close(array);
    for (;;) {
      array.push(this.#value());
      if (this.#peek() === closingBracket) return this.#close(array);
      this.#expect(comma, "',' or ']'");
    }
  }

  #open(): void {
    if (++this.#depth > deepest) throw this.#error(`values nested at most ${deepest} deep`);
    this.#at++;
  }

  #close<T>(value: T): T {
    this.#depth--;
    this.#at++;
    return value;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let here = start;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(here);
      if (code === quotation) break;
      if (code === backslash) {
        escaped = true;
        here++;
      } else if (!(code >= 0x20)) {
        // a control character, or NaN past the end
        this.#at = Math.min(here, text.length);
        throw this.#error("the rest of a text in double quotes");
      }
      here++;
    }
    this.#at = here + 1;
    if (!escaped) return text.slice(start, here);
    try {
      return JSON.parse(text.slice(start - 1, here + 1)) as string;
    } catch {
      this.#at = start - 1;
      throw this.#error("a text whose escapes are JSON's");
    }
  }

  #expect(code: number, expected: string): void {
    if (this.#peek() !== code) throw this.#error(expected);
    this.#at++;
  }

  /** The next character that is no white space, -1 at the end. */
  #peek(): number {
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
    }
    return -1;
  }

  #line(position: number): number {
    let line = 1;
    for (let here = this.#text.indexOf("\n"); here !== -1 && here < position; here = this.#text.indexOf("\n", here + 1))
      line++;
    return line;
  }

  #error(expected: string): BioXenError {
    const end = this.#at >= this.#text.length;
    const found = end ? "the end of the file" : quote(this.#text.slice(this.#at, this.#at + 30));
    return formatError({ file: this.#file, line: this.#line(this.#at) }, found, expected);
  }
}

/**
 * The value by the engine's own parser, in a third of the time; undefined where the text is no plain JSON, nests too deep
 * or may have a key twice, of which that parser keeps one in silence. Such a key leaves its quotation mark and colon behind:
 * the text then has more of these pairs than the value has keys. So has a text with a pair within a text, which is rare.
 */
export function plainJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // a colon that stands apart from its key would make up for one too many
  if (/"\s+:/.test(text)) return undefined;
  return keysIn(value, deepest) === pairsIn(text) ? value : undefined;
}

/** Keys of a value and of all within it; NaN where it nests deeper than `left`. */
function keysIn(value: unknown, left: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (left === 0) return Number.NaN;
  let keys = 0;
  if (Array.isArray(value)) {
    // what is no object is not asked: most elements are texts, and a call each costs more than they took to parse
    for (let at = 0; at < value.length; at++) {
      const one: unknown = value[at];
      if (typeof one === "object") keys += keysIn(one, left - 1);
    }
    return keys;
  }
  for (const key in value) {
    const one = (value as Readonly<Record<string, unknown>>)[key];
    keys += typeof one === "object" ? 1 + keysIn(one, left - 1) : 1;
  }
  return keys;
}

/** Quotation marks with a colon right after them. */
function pairsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('":'); at !== -1; at = text.indexOf('":', at + 2)) count++;
  return count;
}

const quotation = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const bracket = 0x5b;
const backslash = 0x5c;
const closingBracket = 0x5d;
const brace = 0x7b;
const closingBrace = 0x7d;
