import type { CellLimits, CellModel, CellState } from "../cell/index.ts";
import type { Dispatcher } from "../contract/index.ts";
import type { BiologicalType } from "./biological-types.ts";
import type { Consumption } from "./vm-metrics.ts";
import type { VmStatus } from "./vm-status.ts";

/** What the biology of a process may do to its VM. */
export interface VmEnvironment {
  readonly vmId: string;
  readonly processId: string;
  readonly biologicalType: BiologicalType;
  /** As it stands; to be changed within `exclusive` only. */
  readonly cell: { readonly model: CellModel; readonly state: CellState; readonly limits: CellLimits };
  /** Writes down for the process what ran where. */
  readonly dispatcher: Dispatcher;
  /** Work while no turn and no other process moves the cell. Throws `VM_STATE_ERROR` where the VM does not run any more. */
  readonly exclusive: <T>(work: () => T | Promise<T>) => Promise<T>;
  /** Lets the cell live on for so many seconds, whole ones, beside its turns. */
  readonly advance: (seconds: number, signal?: AbortSignal) => Promise<Consumption>;
  /**
   * Takes genes out of the living cell; what they made stays.
   * @throws BioXenError `INPUT_INVALID` for genes that it does not have.
   */
  readonly knockOut: (genes: readonly string[]) => Promise<void>;
  /** Says what was used and made outside of `advance`, for the process's account. */
  readonly note: (entry: { readonly consumed?: Partial<Consumption>; readonly produced?: Produced }) => void;
  readonly status: () => VmStatus;
}

/** Molecules and what else a process made, by name. */
export type Produced = Readonly<Record<string, number>>;
