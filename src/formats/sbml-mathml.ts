import { quoteId } from "./format-error.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import type { Refuse } from "./sbml-reactions.ts";
import { sbmlDouble } from "./sbml-text.ts";

/** The `math` in an element; null where there is none. */
export function mathIn(element: SbmlElement | undefined): SbmlElement | null {
  return (element === undefined ? undefined : childrenOf(element, "math:math")[0]) ?? null;
}

/** The elements in an element, text passed over. */
export function elementsIn(element: SbmlElement): SbmlElement[] {
  return element.children.filter(
    (child): child is SbmlElement => typeof child !== "string" && !child.name.startsWith("math:annotation"),
  );
}

/** `plus`: the name of an element of MathML; what is none gets one that no element has. */
export function localName({ name }: SbmlElement): string {
  return name.startsWith("math:") ? name.slice(5) : `?${name}`;
}

/** The text directly in an element. */
export function textOf(element: SbmlElement): string {
  return element.children
    .filter((child) => typeof child === "string")
    .join("")
    .trim();
}

/** `time`, `distrib/normal`: what stands behind SBML's symbols in the URL. */
export function symbolOf(element: SbmlElement): string {
  const url = element.attributes.get("definitionURL") ?? "";
  return /^https?:\/\/www\.sbml\.org\/sbml\/symbols\/(.+)$/.exec(url.trim())?.[1] ?? url;
}

/** The number of a `cn` element. @throws BioXenError `FORMAT_INVALID` with the line. */
export function numberIn(element: SbmlElement, refuse: Refuse): number {
  const type = (element.attributes.get("type") ?? "real").trim();
  const parts: string[] = [""];
  for (const child of element.children)
    if (typeof child === "string") parts[parts.length - 1] += child;
    else parts.push("");
  const wanted = type === "e-notation" || type === "rational" ? 2 : 1;
  const base = (element.attributes.get("base") ?? "10").trim();
  const numbers = parts.map(base === "10" ? sbmlDouble : (text) => integerIn(text, Number(base)));
  const [first = null, second = null] = numbers;
  const isKnown = /^(real|integer|e-notation|rational)$/.test(type) && (base === "10" || type === "integer");
  if (!isKnown || parts.length !== wanted || numbers.includes(null) || first === null)
    throw refuse(element, `<cn type=${quoteId(type)}> with ${quoteId(parts.join(" ; ").trim())}`, "a number");
  if (second === null) return first;
  if (type === "rational") return first / second;
  // as one literal, so that 1 and -3 give 0.001 and not 1 * 0.001..., unless the mantissa has an exponent of its own
  const [mantissa = "", exponent = ""] = parts.map((part) => part.trim());
  return sbmlDouble(`${mantissa}e${exponent}`) ?? first * 10 ** second;
}

/** A whole number in a base of 2 to 36; null for all else. */
function integerIn(text: string, base: number): number | null {
  const [, sign, digits = ""] = /^([+-]?)([0-9a-z]+)$/i.exec(text.trim()) ?? [];
  if (!(base >= 2 && base <= 36)) return null;
  let value = 0;
  for (const digit of digits) value = value * base + Number.parseInt(digit, base);
  return digits === "" || Number.isNaN(value) ? null : sign === "-" ? -value : value;
}
