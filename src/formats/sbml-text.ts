import type { Annotation } from "./metabolic-model.ts";
import { setOwnKey } from "./own-key.ts";
import type { SbmlElement } from "./sbml-elements.ts";

/**
 * An id as BiGG and COBRApy spell it: without the prefix that made it an SBML id (`M_`, `R_`, `G_`), with the
 * characters that SBML cannot hold, of which `__45__` is the code in decimal.
 */
export function decodedId(id: string, prefix: "M_" | "R_" | "G_"): string {
  const bare = id.startsWith(prefix) && id.length > prefix.length ? id.slice(prefix.length) : id;
  if (!bare.includes("__")) return bare;
  return bare.replaceAll("__SBML_DOT__", ".").replace(/__(\d{1,7})__/g, (whole, digits: string) => {
    const code = Number(digits);
    const isPrinting = code > 0x20 && code < 0x110000 && !(code >= 0x7f && code <= 0xa0) && code >> 11 !== 0x1b;
    return isPrinting ? String.fromCodePoint(code) : whole;
  });
}

/** A number as SBML writes it (XML Schema's double): decimal, `INF`, `-INF` or `NaN`; null for all else. */
export function sbmlDouble(text: string): number | null {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed) ?? [];
  if (word === undefined) return null;
  if (/nan/i.test(word)) return Number.NaN;
  return sign === "-" ? -Infinity : Infinity;
}

/** What notes say in paragraphs `KEY: value`, as COBRA writes them; a key that comes again makes an array. */
export function notesOf(notes: SbmlElement | undefined): Annotation {
  const found: Record<string, unknown> = {};
  if (notes !== undefined) collectParagraphs(notes, found);
  return found;
}

function collectParagraphs(element: SbmlElement, found: Record<string, unknown>): void {
  for (const child of element.children) {
    if (typeof child === "string") continue;
    if (child.name !== "html:p" && child.name !== "p") {
      collectParagraphs(child, found);
      continue;
    }
    const text = textOf(child).trim();
    const [, key, value] = /^([^:\n]{1,60}):(.*)$/s.exec(text) ?? [];
    // beyond that it is prose with a colon in it
    if (key !== undefined && value !== undefined) add(found, key.trim(), value.trim());
  }
}

function textOf(element: SbmlElement): string {
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}

/**
 * The resources that an annotation names, by collection as BiGG JSON has them (`"kegg.compound": "C00031"`, an array
 * where there are several), whatever the qualifier; those of no known form under `resource`. The element's own
 * `sboTerm` is `sbo`.
 */
export function annotationOf(element: SbmlElement, annotation: SbmlElement | undefined): Annotation {
  const found: Record<string, unknown> = {};
  const sbo = element.attributes.get("sboTerm");
  if (sbo !== undefined) found["sbo"] = sbo;
  if (annotation !== undefined) collectResources(annotation, found);
  return found;
}

function collectResources(element: SbmlElement, found: Record<string, unknown>): void {
  const uri = element.attributes.get("rdf:resource");
  if (element.name === "rdf:li" && uri !== undefined) {
    const [collection, id] = resourceOf(uri);
    add(found, collection, id);
  }
  for (const child of element.children) if (typeof child !== "string") collectResources(child, found);
}

function resourceOf(uri: string): readonly [string, string] {
  const [, path, compact, local] =
    /^https?:\/\/identifiers\.org\/(?:([^/:]+)\/(?=.)|([^/:]+):(?=.))(.+)$/.exec(uri) ?? [];
  if (local !== undefined && path !== undefined) return [path, local];
  // a prefix in capitals is a part of the ids of its collection: CHEBI:17234
  if (local !== undefined && compact !== undefined)
    return [compact.toLowerCase(), compact === compact.toUpperCase() ? `${compact}:${local}` : local];
  const [, collection, id] = /^urn:miriam:([^:]+):(.+)$/.exec(uri) ?? [];
  if (collection === undefined || id === undefined) return ["resource", uri];
  return [collection, unescaped(id)];
}

function unescaped(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function add(found: Record<string, unknown>, key: string, value: string): void {
  const before = Object.hasOwn(found, key) ? found[key] : undefined;
  if (Array.isArray(before)) before.push(value);
  else setOwnKey(found, key, before === undefined ? value : [before, value]);
}
