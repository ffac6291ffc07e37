import {
  type Accelerator,
  type AnyWorkload,
  BioXenError,
  type Choice,
  type DeviceInfo,
  type Dispatched,
  type Dispatcher,
  type DispatchOptions,
  type EnergyMeter,
  type Rejection,
  type Seconds,
  seededRandom,
  type WorkloadSpec,
} from "../contract/index.ts";
import {
  type LoadedCalibration,
  loadCalibration,
  type SavedCalibration,
  saveCalibration,
} from "../profile/calibration.ts";
import { type OptimizationProfile, shippedOptimizationProfiles } from "../profile/optimization.ts";
import { Attempts, type Job } from "./attempts.ts";
import { type Batch, type BatchJob, type BatchOptions, planBatch, runBatch } from "./batch.ts";
import { boundOf } from "./bounded.ts";
import { type CalibrateOptions, type CalibrationResult, calibrate } from "./calibrate.ts";
import { checkInput } from "./check-input.ts";
import { checkOptions } from "./check-options.ts";
import { Exploration, type Trial } from "./explore.ts";
import { inlineOracle } from "./inline-oracle.ts";
import { type Inventory, refuseTwins, seatsOf, takeInventory } from "./inventory.ts";
import { Market } from "./market.ts";
import { PriceList } from "./price-list.ts";
import { workloadNamed } from "./process-types.ts";
import { type Bid, isNamed, reasonFor } from "./rank.ts";
import type { Activity, Seat } from "./seat.ts";
import { joinParts } from "./split.ts";

export interface OpenOptions {
  readonly accelerators: readonly Accelerator[];
  /** Workloads beyond those that the accelerators have kernels for; they run on their own oracle. */
  readonly workloads?: readonly AnyWorkload[];
  /** Energy counters of devices that cannot meter themselves, by device id, or found for each device. */
  readonly meters?: ReadonlyMap<string, EnergyMeter> | ((device: DeviceInfo) => EnergyMeter | null);
  /** Where this host's calibration is kept; false to neither read nor write one. */
  readonly calibration?: string | false;
  readonly signal?: AbortSignal;
}

/** Finds devices and sends each workload to the cheapest one that can run it. */
export class BioAcceleratorManager implements Dispatcher, AsyncDisposable {
  /** What each accelerator answered to its probe, in the order given. */
  readonly inventory: readonly Inventory[];
  /** Every workload that can be named in the string API. */
  readonly workloads: readonly AnyWorkload[];
  /** How each process type is dispatched by `optimizeBiologicalProcess`, by workload id. */
  readonly optimizationProfiles: Readonly<Record<string, OptimizationProfile>>;
  /** What was known of this host's speed when the manager was opened. */
  readonly calibration: LoadedCalibration;
  readonly #seats: readonly Seat[];
  readonly #prices: PriceList;
  readonly #market: Market;
  readonly #attempts: Attempts;
  readonly #keep: boolean;

  private constructor(
    inventory: readonly Inventory[],
    seats: readonly Seat[],
    workloads: readonly AnyWorkload[],
    calibration: LoadedCalibration,
    keep: boolean,
  ) {
    this.inventory = inventory;
    this.#seats = seats;
    this.workloads = workloads;
    this.optimizationProfiles = shippedOptimizationProfiles();
    this.calibration = calibration;
    this.#prices = new PriceList();
    const exploration = new Exploration();
    this.#market = new Market(seats, this.#prices, exploration);
    this.#attempts = new Attempts(this.#market, this.#prices, exploration, seededRandom(Date.now()));
    this.#keep = keep;
    if (calibration.status === "loaded") this.#prices.restore(calibration.calibration);
  }

  /** Probes all accelerators, opens none. Importing this package does nothing; this call does. */
  static async open({
    accelerators,
    workloads = [],
    meters = new Map(),
    calibration,
    signal,
  }: OpenOptions): Promise<BioAcceleratorManager> {
    const known = new Set([
      ...workloads,
      ...accelerators.flatMap(({ kernels }) => kernels.map(({ workload }) => workload)),
    ]);
    refuseTwins(accelerators, [...known]);
    const inventory = await takeInventory(accelerators, signal);
    const activity: Activity = { active: 0, started: 0 };
    const seats = seatsOf(
      accelerators,
      inventory,
      activity,
      typeof meters === "function" ? meters : ({ id }) => meters.get(id) ?? null,
    );
    const loaded: LoadedCalibration =
      calibration === false ? { status: "none", reason: "not asked for", path: "" } : loadCalibration(calibration);
    return new BioAcceleratorManager(inventory, seats, [...known], loaded, calibration !== false);
  }

  /** The devices that were found; simulated ones in place of absent hardware are in `inventory`. */
  get availableAccelerators(): readonly DeviceInfo[] {
    return this.inventory.flatMap(({ probe }) => (probe.status === "present" ? probe.devices : []));
  }

  /** The choice without the run. @throws BioXenError as `run` does for the input and the device's name. */
  explain<I, O>(workload: WorkloadSpec<I, O>, input: I, options: DispatchOptions = {}): Choice {
    // a schema that answers later cannot be waited for here; such an input is checked when it runs
    checkInput(workload, input)?.catch(() => {});
    this.#checkDevice(options);
    const { bids, trial, rejected } = this.#market.choose(workload, input, options);
    return {
      candidates: bids.map(({ device, predicted, prepareSeconds, waitSeconds }) => ({
        device,
        predicted,
        prepareSeconds,
        waitSeconds,
      })),
      rejected,
      reason:
        this.#market.split(workload, input, bids, options)?.reason ??
        trial?.reason ??
        reasonFor(bids, options.objective ?? "time"),
    };
  }

  async run<I, O>(workload: WorkloadSpec<I, O>, input: I, options: DispatchOptions = {}): Promise<Dispatched<O>> {
    checkOptions(options);
    using bound = boundOf(options);
    if (bound.signal.aborted) throw bound.error(workload.id);
    const unchecked = checkInput(workload, input);
    if (unchecked !== null) await unchecked;
    this.#checkDevice(options);
    const job: Job<I, O> = { workload, input, options, bound };
    const { bids, trial, rejected } = this.#market.choose(workload, input, options);
    const plan = this.#market.split(workload, input, bids, options);
    if (plan !== null) {
      const startedAt = performance.now();
      const ran = await Promise.all(
        plan.parts.map((part) => this.#runFirst({ ...job, input: part.input }, part.bids, null, [])),
      );
      const joined = joinParts(workload, input, plan, ran, (performance.now() - startedAt) / 1000);
      if (joined !== null) return { ...joined, rejected: [...rejected, ...joined.rejected] };
    }
    // awaited here: the bound's clock stops when this function ends
    return await this.#runFirst(job, bids, trial, rejected);
  }

  /**
   * Places jobs on the devices by a scheduling policy, over their predicted costs, and runs them so: each on its device, in
   * the plan's order, after the jobs that it names. A job that its device fails at runs where it otherwise would.
   * @throws BioXenError `INPUT_INVALID` for an unknown policy, jobs that wait for each other, and a policy that reads watts
   *   where none are given; `NO_DEVICE` for a job that no device takes; and as `run` does, when the others are aborted.
   * @example
   * const { results, makespan } = await manager.schedule([{ workload: matrixMultiply, input }, more], { policy: "heft" });
   */
  async schedule(jobs: readonly BatchJob[], options: BatchOptions): Promise<Batch> {
    for (const { workload, input } of jobs) await checkInput(workload, input);
    const plan = await planBatch(jobs, options, (job) => this.#market.rank(job.workload, job.input, options));
    return runBatch(jobs, plan, options, (job, more) => this.run(job.workload, job.input, more));
  }

  async #runFirst<I, O>(
    job: Job<I, O>,
    bids: readonly Bid<I, O>[],
    trial: Trial | null,
    rejected: Rejection[],
  ): Promise<Dispatched<O>> {
    return (await this.#attempts.runFirst(job, bids, trial, rejected)) ?? this.#withoutBids(job, rejected);
  }

  /** The device that a process type would run on: for this very input, or for one of ordinary size. */
  selectAccelerator(processType: string, data?: unknown, options: DispatchOptions = {}): Choice {
    const workload = workloadNamed(processType, this.workloads);
    return this.explain(workload, data ?? workload.generate(ordinarySize, seededRandom(1)), {
      ...this.#profileOf(workload),
      ...options,
    });
  }

  /** Runs a process type by name, with its optimization profile. @throws BioXenError `WORKLOAD_UNKNOWN`, and as `run`. */
  async optimizeBiologicalProcess(
    processType: string,
    data: unknown,
    options: DispatchOptions = {},
  ): Promise<Dispatched<unknown>> {
    const workload = workloadNamed(processType, this.workloads);
    return this.run(workload, data, { ...this.#profileOf(workload), ...options });
  }

  /** Times every kernel on this host and keeps the result for later sessions. */
  async calibrate(options: CalibrateOptions = {}): Promise<CalibrationResult> {
    const result = await calibrate(this.#seats, this.#prices, options);
    return { ...result, kept: this.#save() };
  }

  /** Disposes every opened device, and keeps what this session learnt about their speed, where it may write. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.closeWithin(timeToClose)));
    if (this.calibration.status === "loaded") this.#save();
  }

  /** Nothing is left to try: a workload without a kernel still has its oracle, anything else is an error that says why. */
  async #withoutBids<I, O>(
    { workload, input, options, bound }: Job<I, O>,
    rejected: readonly Rejection[],
  ): Promise<Dispatched<O>> {
    const served = this.#seats.some(({ accelerator }) =>
      accelerator.kernels.some((kernel) => kernel.workload === workload),
    );
    if (!served && options.device === undefined && workload.reference !== null)
      return inlineOracle(workload, workload.reference, input, rejected, bound);
    const why = rejected.map(({ device, reason }) => `${device} (${reason})`).join("; ");
    const busy = this.#seats.some((seat) => seat.stuck !== null);
    throw new BioXenError(
      busy ? "DEVICE_BUSY" : "NO_DEVICE",
      `no device can run ${workload.id}${why === "" ? ": none was found" : `: ${why}`}`,
      { context: { workload: workload.id, rejected: rejected.length } },
    );
  }

  #checkDevice({ device }: DispatchOptions): void {
    if (device === undefined || this.#seats.some(({ info }) => isNamed(info, device))) return;
    const probed = this.inventory.find(
      ({ accelerator }) => device === accelerator || device.startsWith(`${accelerator}:`),
    );
    const present = this.#seats.map(({ info }) => info.id).join(", ");
    throw new BioXenError("NO_DEVICE", `no device ${device}: ${whyAbsent(probed)}; present: ${present || "none"}`, {
      context: { device },
    });
  }

  #profileOf({ id }: AnyWorkload): DispatchOptions {
    const { deadline, verify: verification, objective } = this.optimizationProfiles[id] ?? { objective: "time" };
    return {
      objective,
      ...(deadline === undefined ? {} : { deadline }),
      ...(verification === undefined ? {} : { verify: verification }),
    };
  }

  #save(): SavedCalibration {
    if (!this.#keep) return { status: "not saved", reason: "not asked for" };
    if (!this.#prices.changed) return { status: "not saved", reason: "nothing new was measured" };
    return saveCalibration(this.#prices.snapshot(), this.calibration.path);
  }
}

/** A device that takes longer to close is left to the end of the process. */
const timeToClose: Seconds = 5;

/** Units of the input by which `selectAccelerator` chooses where no data is given. */
const ordinarySize = 2 ** 20;

function whyAbsent(probed: Inventory | undefined): string {
  if (probed === undefined) return "no accelerator has this name";
  if (probed.probe.status === "absent") return probed.probe.reason;
  return probed.probe.status === "broken" ? probed.probe.error.message : "it has other devices";
}
