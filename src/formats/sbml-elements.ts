import { SaxesParser, type SaxesTagNS } from "saxes";
import type { BioXenError } from "../contract/index.ts";
import { formatError, quote } from "./format-error.ts";

/** An element with all that is in it; names are those of `nameOf`, without the file's own prefixes. */
export interface SbmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements, and within notes, numbers and identifiers of MathML their text too. */
  readonly children: readonly (SbmlElement | string)[];
  /** Where its start tag begins. */
  readonly line: number;
}

/** The elements of a model one by one, so that annotations can be boiled down and dropped as they come. */
export interface SbmlListener {
  /** `sbml`, `model` and each list in it, at its start. */
  readonly opened: (element: SbmlElement, depth: number) => void;
  /** An element of a list (`species` in `listOfSpecies`), or the model's own notes or annotation in `model`. */
  readonly complete: (list: string, element: SbmlElement) => void;
}

/** As deep as libxml2 goes, which reads SBML for most other programs. */
const deepest = 256;
/** `sbml`, then `model`, then its lists, then what they list. */
const listDepth = 2;

const prefixes: readonly (readonly [RegExp, string])[] = [
  [/^http:\/\/www\.sbml\.org\/sbml\/level\d(\/version\d(\/core)?)?$/, ""],
  [/^http:\/\/www\.sbml\.org\/sbml\/level3\/version1\/fbc\/version[12]$/, "fbc:"],
  [/^http:\/\/www\.sbml\.org\/sbml\/level3\/version1\/((?!math\/|rdf\/|html\/)[a-z]\w{0,30})\/version\d+$/, "$1:"],
  [/^http:\/\/www\.w3\.org\/1998\/Math\/MathML$/, "math:"],
  [/^http:\/\/www\.w3\.org\/1999\/02\/22-rdf-syntax-ns#$/, "rdf:"],
  [/^http:\/\/www\.w3\.org\/1999\/xhtml$/, "html:"],
];

interface Growing extends SbmlElement {
  readonly children: (SbmlElement | string)[];
  readonly keepsText: boolean;
}

/**
 * Reads SBML as it comes, chunk by chunk. A document type is refused, and with it every entity and every outside file;
 * so is nesting beyond 256.
 * @throws BioXenError `FORMAT_INVALID` with the line, for XML that is not well-formed and for what is no SBML.
 */
export class SbmlElements {
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #file: string;
  readonly #listener: SbmlListener;
  readonly #names = new Map<string, string>();
  /** The element being read and those around it up to the one that will be complete. */
  readonly #growing: Growing[] = [];
  #depth = 0;
  #startLine = 1;
  #list = "";
  #modelSeen = false;
  /** Depth of an element outside the model, whose content is passed over. */
  #skipped = Infinity;

  constructor(file: string, listener: SbmlListener) {
    this.#file = file;
    this.#listener = listener;
    const parser = this.#parser;
    parser.on("error", (error) => {
      throw this.#error(error.message.replace(/^\d+:\d+: /, ""), "well-formed XML");
    });
    parser.on("doctype", () => {
      throw this.#error("a document type (<!DOCTYPE ..>)", "SBML without one: entities are not expanded");
    });
    parser.on("opentagstart", () => {
      this.#startLine = parser.line;
    });
    parser.on("opentag", (tag) => this.#open(tag));
    parser.on("closetag", () => this.#close());
    const text = (part: string): void => {
      const inside = this.#growing.at(-1);
      if (inside?.keepsText === true) inside.children.push(part);
    };
    parser.on("text", text);
    parser.on("cdata", text);
  }

  push(text: string): void {
    this.#parser.write(text);
  }

  finish(): void {
    this.#parser.close();
    if (!this.#modelSeen) throw this.#error("the end of the file", "a <model> in <sbml>");
  }

  #open(tag: SaxesTagNS): void {
    const depth = this.#depth++;
    if (depth >= deepest)
      throw this.#error(`<${tag.name}> at depth ${depth + 1}`, `at most ${deepest} nested elements`);
    if (depth > this.#skipped) return;
    const name = this.#nameOf(tag.uri, tag.local);
    const line = this.#startLine;
    if (depth === 0 && name !== "sbml")
      throw this.#error(`the root element ${quote(tag.name)}`, "<sbml> of level 2 or 3");
    if (depth === 1 && name !== "model") {
      this.#skipped = depth;
      return;
    }
    if (depth === 1 && this.#modelSeen) throw this.#error("a second <model>", "one model in a file");
    if (depth === 1) this.#modelSeen = true;
    const attributes = new Map<string, string>();
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key];
      if (attribute !== undefined)
        attributes.set(attribute.uri === "" ? key : this.#nameOf(attribute.uri, attribute.local), attribute.value);
    }
    const isNotes = name === "notes";
    const isUnit = depth > listDepth || (depth === listDepth && (isNotes || name === "annotation"));
    if (depth === listDepth) this.#list = isUnit ? "model" : name;
    const around = this.#growing.at(-1);
    const isWord = name === "math:cn" || name === "math:ci" || name === "math:csymbol";
    const element: Growing = {
      name,
      attributes,
      children: [],
      line,
      keepsText: isNotes || isWord || around?.keepsText === true,
    };
    if (!isUnit) {
      this.#listener.opened(element, depth);
      return;
    }
    around?.children.push(element);
    this.#growing.push(element);
  }

  #close(): void {
    const depth = --this.#depth;
    if (depth === this.#skipped) this.#skipped = Infinity;
    else if (depth < this.#skipped) {
      const element = this.#growing.pop();
      if (element !== undefined && this.#growing.length === 0) this.#listener.complete(this.#list, element);
    }
  }

  /** The local name after a prefix of ours for its namespace; none for SBML itself, `?` for one that means nothing here. */
  #nameOf(uri: string, local: string): string {
    let prefix = this.#names.get(uri);
    if (prefix === undefined) {
      const [, version] = /^http:\/\/www\.sbml\.org\/sbml\/level3\/version1\/fbc\/version(\d+)$/.exec(uri) ?? [];
      if (version !== undefined && Number(version) > 2)
        throw this.#error(`fbc version ${version}`, "fbc version 1 or 2");
      const [pattern, form] = prefixes.find(([one]) => one.test(uri)) ?? [];
      prefix = pattern === undefined || form === undefined ? "?" : uri.replace(pattern, form);
      // a file may declare any number of namespaces
      if (this.#names.size < 100) this.#names.set(uri, prefix);
    }
    return prefix + local;
  }

  #error(found: string, expected: string): BioXenError {
    return formatError({ file: this.#file, line: this.#parser.line }, found, expected);
  }
}

/** The elements within an element that have a name. */
export function childrenOf(element: SbmlElement, name: string): SbmlElement[] {
  return element.children.filter((child) => typeof child !== "string" && child.name === name) as SbmlElement[];
}
