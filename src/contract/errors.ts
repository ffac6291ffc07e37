/** What a caller may sensibly do next. */
export type Retry = "never" | "later" | "elsewhere";

/** BX001 to BX010 belong to the hypervisor's errors; the compute side counts from BX101. */
const codes = {
  VM_CREATION_FAILED: { id: "BX001", retry: "never" },
  RESOURCE_ALLOCATION_ERROR: { id: "BX002", retry: "never" },
  CHASSIS_INITIALIZATION_ERROR: { id: "BX003", retry: "never" },
  HYPERVISOR_OVERLOAD: { id: "BX004", retry: "later" },
  INVALID_CONFIGURATION: { id: "BX005", retry: "never" },
  VM_STATE_ERROR: { id: "BX006", retry: "never" },
  IMPORT_MODULE_ERROR: { id: "BX007", retry: "never" },
  API_VALIDATION_ERROR: { id: "BX008", retry: "never" },
  RESOURCE_EXHAUSTION: { id: "BX009", retry: "later" },
  VM_NOT_FOUND: { id: "BX010", retry: "never" },
  INPUT_INVALID: { id: "BX101", retry: "never" },
  FORMAT_INVALID: { id: "BX102", retry: "never" },
  WORKLOAD_UNKNOWN: { id: "BX103", retry: "never" },
  NO_DEVICE: { id: "BX104", retry: "never" },
  ABORTED: { id: "BX105", retry: "never" },
  DEADLINE_EXCEEDED: { id: "BX106", retry: "never" },
  DEVICE_BUSY: { id: "BX107", retry: "later" },
  UNSUPPORTED: { id: "BX108", retry: "elsewhere" },
  OUT_OF_MEMORY: { id: "BX109", retry: "elsewhere" },
  DEVICE_LOST: { id: "BX110", retry: "elsewhere" },
  KERNEL_FAILED: { id: "BX111", retry: "elsewhere" },
  RESULT_MISMATCH: { id: "BX112", retry: "elsewhere" },
  PLUGIN_INVALID: { id: "BX113", retry: "never" },
  PROCESS_FAILED: { id: "BX114", retry: "never" },
  PROCESS_LIMIT: { id: "BX115", retry: "never" },
  PROCESS_LOST: { id: "BX116", retry: "later" },
  CHECKPOINT_REFUSED: { id: "BX117", retry: "never" },
  CHECKPOINT_DAMAGED: { id: "BX118", retry: "never" },
  STORE_FAILED: { id: "BX119", retry: "later" },
  PACKAGE_REFUSED: { id: "BX120", retry: "never" },
  PERMISSION_DENIED: { id: "BX121", retry: "never" },
} as const;
codes satisfies Record<string, { id: `BX${number}`; retry: Retry }>;

export type ErrorCode = keyof typeof codes;

/** The one error class: `code` says what happened, `retry` what to do next, `context` where. */
export class BioXenError extends Error {
  override readonly name: string = "BioXenError";
  readonly code: ErrorCode;
  readonly id: string;
  readonly retry: Retry;
  readonly context: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & Partial<Pick<BioXenError, "context">> = {}) {
    super(message, options);
    this.code = code;
    ({ id: this.id, retry: this.retry } = codes[code]);
    this.context = options.context ?? {};
  }
}
