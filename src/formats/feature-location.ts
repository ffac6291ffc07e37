import type { SequenceFeature, Span } from "./annotated-sequence.ts";
import { formatError, type Place, quote } from "./format-error.ts";

type Location = Pick<SequenceFeature, "spans" | "partial">;

/** Nested deeper than any real location, shallower than the stack. */
const deepest = 32;

/**
 * Reads a location of the INSDC feature table (section 3.4 of its definition, version 11.3): `n`, `n..m`, `<n..>m`,
 * `n^m`, `complement()`, `join()` and `order()` in any nesting.
 * @throws BioXenError `FORMAT_INVALID` for all else, other records' sequences (`J00194.1:1..9`) included.
 */
export function parseLocation(text: string, place: Place): Location {
  const compact = text.replace(/\s+/g, "");
  let at = 0;
  const bad = (expected: string): never => {
    throw formatError(place, `the location ${quote(compact.slice(at) || compact)}`, expected);
  };
  const bound = (): { value: number; open: "" | "<" | ">" } => {
    const [all, open = "", digits = ""] = /^([<>]?)(\d{1,15})/.exec(compact.slice(at)) ?? bad("a position");
    at += all.length;
    return { value: Number(digits), open: open as "" | "<" | ">" };
  };
  const range = (): Location => {
    const first = bound();
    const separator = /^(\.\.|\^)/.exec(compact.slice(at))?.[0] ?? "";
    at += separator.length;
    const last = separator === "" ? first : bound();
    const start = first.value - 1;
    // between two bases lies nothing: an empty span
    const end = separator === "^" ? start : last.value;
    if (start < 0 || end < start) bad("positions that count from 1 and go up");
    return {
      spans: [
        { start: separator === "^" ? first.value : start, end: separator === "^" ? first.value : end, strand: 1 },
      ],
      partial: { start: first.open === "<", end: last.open === ">" },
    };
  };
  const element = (depth: number): Location => {
    if (depth > deepest) bad(`at most ${deepest} levels of brackets`);
    const [name = "", operator = ""] = /^(complement|join|order)\(/.exec(compact.slice(at)) ?? [];
    if (name === "") return range();
    at += name.length;
    const parts: [Location, ...Location[]] = [element(depth + 1)];
    while (compact[at] === ",") {
      if (operator === "complement") bad("one location inside complement()");
      at++;
      parts.push(element(depth + 1));
    }
    if (compact[at] !== ")") bad("a ')' or a further location");
    at++;
    return operator === "complement" ? reversed(parts[0]) : joined(parts);
  };
  const location = element(0);
  if (at < compact.length) bad("the end of the location");
  return location;
}

function joined(parts: readonly [Location, ...Location[]]): Location {
  const [first, ...rest] = parts;
  return {
    spans: [...first.spans, ...rest.flatMap(({ spans }) => spans)] as [Span, ...Span[]],
    partial: { start: first.partial.start, end: (rest.at(-1) ?? first).partial.end },
  };
}

function reversed({ spans, partial }: Location): Location {
  const turned = spans.map(({ start, end, strand }): Span => ({ start, end, strand: strand === 1 ? -1 : 1 })).reverse();
  return { spans: turned as [Span, ...Span[]], partial: { start: partial.end, end: partial.start } };
}
