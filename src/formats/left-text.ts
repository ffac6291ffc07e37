import type { Annotation } from "./metabolic-model.ts";

/**
 * Text of JSON with its plain notes and annotations left out: objects of texts and lists of texts, which are more than half
 * of a genome-scale model's file and which no analysis reads. They are proved to be JSON, with no key twice, and read when asked for.
 */
export class LeftText {
  /** The text with a place in the stead of each object that was left out. */
  readonly rest: string;
  readonly #text: string;
  /** Where each object starts and ends. */
  readonly #spans: readonly number[];
  #taken = 0;

  private constructor(text: string, rest: string, spans: readonly number[]) {
    this.#text = text;
    this.rest = rest;
    this.#spans = spans;
  }

  /** null where nothing can be left out. */
  static of(text: string): LeftText | null {
    // a text of the file's own that looks like a place would be taken for one
    if (text.includes(place)) return null;
    const spans: number[] = [];
    const pieces: string[] = [];
    let from = 0;
    try {
      plainObject.lastIndex = 0;
      for (let found = plainObject.exec(text); found !== null; found = plainObject.exec(text)) {
        const end = plainObject.lastIndex;
        const start = end - (found[1] as string).length;
        if (!keysDiffer(text, start, end)) continue;
        pieces.push(text.slice(from, start), `${place}${spans.length / 2}"`);
        spans.push(start, end);
        from = end;
      }
    } catch {
      // an object too long for the engine's matcher
      return null;
    }
    if (spans.length === 0) return null;
    pieces.push(text.slice(from));
    return new LeftText(text, pieces.join(""), spans);
  }

  /** Whether every object that was left out was asked for: one that was not stands where nobody looks for it. */
  get all(): boolean {
    return 2 * this.#taken === this.#spans.length;
  }

  isPlace(value: unknown): value is string {
    return typeof value === "string" && value.startsWith(placed);
  }

  /** The number of the object whose place this is, which counts as asked for. */
  take(value: string): number {
    this.#taken++;
    return Number(value.slice(placed.length));
  }

  read(number: number): Annotation {
    return JSON.parse(this.#text.slice(this.#spans[2 * number], this.#spans[2 * number + 1])) as Annotation;
  }
}

const placed = "@left out:";
const place = `"${placed}`;
const blank = "[ \\n\\r\\t]*";
const text = '"[^"\\\\\\x00-\\x1f]*"';
const list = `\\[${blank}(?:${text}(?:${blank},${blank}${text})*${blank})?\\]`;
const entry = `${text}:${blank}(?:${text}|${list})`;
const plainObject = new RegExp(
  `"(?:notes|annotation)":${blank}(\\{${blank}${entry}(?:${blank},${blank}${entry})*${blank}\\})`,
  "g",
);

/** Whether no key comes twice in a plain object. In most files they ascend, which is cheap to see. */
function keysDiffer(text: string, from: number, until: number): boolean {
  let before = -1;
  for (let end = text.indexOf('":', from); end !== -1 && end < until; end = text.indexOf('":', end + 2)) {
    const start = text.lastIndexOf('"', end - 1) + 1;
    if (before !== -1 && !ascends(text, before, start)) return keysDifferInAnyOrder(text, from, until);
    before = start;
  }
  return true;
}

/** Whether the text in quotes that starts at `a` comes before that at `b`. */
function ascends(text: string, a: number, b: number): boolean {
  for (let at = 0; ; at++) {
    const [one, other] = [text.charCodeAt(a + at), text.charCodeAt(b + at)];
    if (other === quotation) return false;
    if (one !== other) return one === quotation || one < other;
  }
}

function keysDifferInAnyOrder(text: string, from: number, until: number): boolean {
  const keys = new Set<string>();
  let count = 0;
  for (let end = text.indexOf('":', from); end !== -1 && end < until; end = text.indexOf('":', end + 2)) {
    keys.add(text.slice(text.lastIndexOf('"', end - 1) + 1, end));
    count++;
  }
  return keys.size === count;
}

const quotation = 0x22;

/** Gives back the object that it is given, so that a class may add private fields to it. */
class Given {
  constructor(element: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the way to private fields of an object that is none of the class's own
    return element;
  }
}

/** An element of a model whose notes and annotation are own properties like its others, and read when first asked for. */
class WithLeft extends Given {
  readonly #left: LeftText;
  #notes: number | Annotation;
  #annotation: number | Annotation;

  constructor(element: object, left: LeftText, notes: number | Annotation, annotation: number | Annotation) {
    super(element);
    this.#left = left;
    this.#notes = notes;
    this.#annotation = annotation;
  }

  static notesOf(element: WithLeft): Annotation {
    if (typeof element.#notes === "number") element.#notes = element.#left.read(element.#notes);
    return element.#notes;
  }

  static annotationOf(element: WithLeft): Annotation {
    if (typeof element.#annotation === "number") element.#annotation = element.#left.read(element.#annotation);
    return element.#annotation;
  }
}

// one getter for all elements: with one of its own each would be a dictionary
const notesProperty: PropertyDescriptor & ThisType<WithLeft> = {
  get() {
    return WithLeft.notesOf(this);
  },
  enumerable: true,
  configurable: true,
};
const annotationProperty: PropertyDescriptor & ThisType<WithLeft> = {
  get() {
    return WithLeft.annotationOf(this);
  },
  enumerable: true,
  configurable: true,
};

/** Adds notes and annotation to an element, each as it is or as the number of the object that was left out. */
export function withLeft<T extends object>(
  element: T,
  left: LeftText,
  notes: number | Annotation,
  annotation: number | Annotation,
): T & { readonly notes: Annotation; readonly annotation: Annotation } {
  new WithLeft(element, left, notes, annotation);
  Object.defineProperty(element, "notes", notesProperty);
  Object.defineProperty(element, "annotation", annotationProperty);
  return element as T & { readonly notes: Annotation; readonly annotation: Annotation };
}
