import type { ErrorCode } from "../../src/contract/index.ts";
import type { Feeds } from "./sessions.ts";

/** From this process to the one that runs models. Sent with the structured clone algorithm, typed arrays and all. */
export interface Call {
  readonly id: number;
  /** Stands for a model; its bytes come along when the other side is not known to have them. */
  readonly key: number;
  readonly model: Uint8Array | null;
  readonly threads: number;
  /** null to prepare the model only. */
  readonly feeds: Feeds | null;
}

export type Reply = { readonly id: number } & (
  | { readonly outputs: Feeds }
  /** The model has made way for others: send it again. */
  | { readonly missing: true }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly operator: string | null } }
);
