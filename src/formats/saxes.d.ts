// What `SbmlElements` uses of saxes 6, whose own declarations do not pass this project's compiler settings
// (tsconfig.json points the types of "saxes" here).
export interface SaxesTagNS {
  readonly name: string;
  readonly local: string;
  readonly uri: string;
  readonly attributes: Readonly<
    Record<string, { readonly local: string; readonly uri: string; readonly value: string }>
  >;
}

export class SaxesParser {
  constructor(options: { readonly xmlns: true });
  /** Of the input read so far, from 1. */
  readonly line: number;
  on(event: "error", handler: (error: Error) => void): void;
  on(event: "doctype" | "text" | "cdata", handler: (text: string) => void): void;
  on(event: "opentagstart", handler: () => void): void;
  on(event: "opentag" | "closetag", handler: (tag: SaxesTagNS) => void): void;
  write(chunk: string): this;
  close(): this;
}
