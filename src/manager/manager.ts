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
import { type Bound, boundOf } from "./bounded.ts";
import { type CalibrateOptions, type CalibrationResult, calibrate } from "./calibrate.ts";
import { checkInput } from "./check-input.ts";
import { checkOptions } from "./check-options.ts";
import { type Chosen, Exploration, type Trial } from "./explore.ts";
import { inlineOracle } from "./inline-oracle.ts";
import { type Inventory, refuseTwins, seatsOf, takeInventory } from "./inventory.ts";
import { PriceList } from "./price-list.ts";
import { workloadNamed } from "./process-types.ts";
import { type Bid, isNamed, outbid, rank, reasonFor } from "./rank.ts";
import type { Activity, Ran, Seat } from "./seat.ts";
import { joinParts, planSplit, type SplitPlan } from "./split.ts";
import { type Verdict, verify } from "./verify.ts";

export interface OpenOptions {
  readonly accelerators: readonly Accelerator[];
  /** Workloads beyond those that the accelerators have kernels for; they run on their own oracle. */
  readonly workloads?: readonly AnyWorkload[];
  /** Energy counters of devices that cannot meter themselves, by device id. */
  readonly meters?: ReadonlyMap<string, EnergyMeter>;
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
  readonly #exploration = new Exploration();
  readonly #keep: boolean;
  readonly #draw: () => number;

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
    this.#keep = keep;
    this.#draw = seededRandom(Date.now());
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
    const seats = seatsOf(accelerators, inventory, activity, meters);
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
    const { bids, trial, rejected } = this.#choose(workload, input, options);
    return {
      candidates: bids.map(({ device, predicted, prepareSeconds, waitSeconds }) => ({
        device,
        predicted,
        prepareSeconds,
        waitSeconds,
      })),
      rejected,
      reason:
        this.#planned(workload, input, bids, options)?.reason ??
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
    const { bids, trial, rejected } = this.#choose(workload, input, options);
    const plan = this.#planned(workload, input, bids, options);
    if (plan !== null) {
      const startedAt = performance.now();
      const ran = await Promise.all(
        plan.parts.map((part) => this.#runFirst(workload, part.input, part.bids, null, [], options, bound)),
      );
      const joined = joinParts(workload, input, plan, ran, (performance.now() - startedAt) / 1000);
      if (joined !== null) return { ...joined, rejected: [...rejected, ...joined.rejected] };
    }
    // awaited here: the bound's clock stops when this function ends
    return await this.#runFirst(workload, input, bids, trial, rejected, options, bound);
  }

  /** How the batch is to be split, where that was asked for and is predicted to be faster. */
  #planned<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    bids: readonly Bid<I, O>[],
    options: DispatchOptions,
  ): SplitPlan<I, O> | null {
    const { split = false, objective = "time", device } = options;
    if (!split || objective !== "time" || device !== undefined) return null;
    const cheapest = this.#rank(workload, input, options).bids;
    return bids.length < 2
      ? null
      : planSplit(workload, input, cheapest, (part) => this.#rank(workload, part, options).bids);
  }

  /** Runs on the first of the bids that can, and says what became of those before it. */
  async #runFirst<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    bids: readonly Bid<I, O>[],
    trial: Trial | null,
    rejected: Rejection[],
    options: DispatchOptions,
    bound: Bound,
  ): Promise<Dispatched<O>> {
    const { fallback = options.device === undefined, objective = "time" } = options;
    for (const [at, bid] of bids.entries()) {
      const tried = at === 0 ? trial : null;
      const reason = tried?.reason ?? reasonFor(bids.slice(at), objective);
      let ran: Ran<O>;
      try {
        ran = await this.#ran(workload, input, bid, options, bound, tried);
      } catch (error) {
        if (!fallback || !(error instanceof BioXenError) || error.retry !== "elsewhere") throw error;
        rejected.push({ device: bid.device.id, reason: `${error.code}: ${error.message}` });
        continue;
      }
      // outside the fallback: where two devices disagree and nobody can decide, no third answer is better
      const verdict = this.#isDrawn(bid.seat, workload, options)
        ? await this.#verified(workload, input, bid, ran, rejected, options, bound)
        : null;
      const right = verdict ?? { bid, ran, verifiedBy: null };
      rejected.push(...(verdict?.wrong ?? []));
      const named = new Set([right.bid.device.id, right.verifiedBy, ...rejected.map(({ device }) => device)]);
      rejected.push(
        ...outbid(
          bids.slice(at).filter(({ device }) => !named.has(device.id)),
          objective,
        ),
      );
      return {
        output: right.ran.output,
        device: right.bid.device,
        reason: right.bid === bid ? reason : "the device chosen first was found wrong",
        predicted: right.bid.predicted,
        measured: right.ran.measured,
        prepareSeconds: right.ran.prepareSeconds,
        rejected,
        verifiedBy: right.verifiedBy,
        parts: [],
      };
    }
    return this.#withoutBids(workload, input, rejected, options, bound);
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

  #rank<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    options: DispatchOptions,
  ): { bids: Bid<I, O>[]; rejected: Rejection[] } {
    const threads = options.threads ?? null;
    return rank(this.#seats, workload, input, options, (seat, kernel, of, work) =>
      this.#prices.quote(seat, kernel, of, work, threads),
    );
  }

  /** The ranking, with a device that is worth a try put first. */
  #choose<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    options: DispatchOptions,
  ): Chosen<I, O> & { readonly rejected: Rejection[] } {
    const { bids, rejected } = this.#rank(workload, input, options);
    const { objective = "time", threads = null, deadline } = options;
    // only time is learnt by trying: a device without a meter stays without one
    if (objective !== "time") return { bids, trial: null, rejected };
    return { ...this.#exploration.choose(workload, threads, bids, deadline), rejected };
  }

  async #ran<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    bid: Bid<I, O>,
    options: DispatchOptions,
    bound: Bound,
    trial: Trial | null = null,
  ): Promise<Ran<O>> {
    const threads = options.threads ?? null;
    const { seat, kernel, predicted } = bid;
    using _expected = seat.expect(predicted.seconds);
    try {
      const ran = await seat.run(kernel, input, threads, bound);
      seat.quarantine.succeeded(workload.id);
      this.#prices.record(seat, kernel, workload.size(input), threads, {
        ...ran.measured,
        prepareSeconds: ran.prepareSeconds,
      });
      // what a caller pinned to a device is no choice of ours to pay for tries from
      if (options.device === undefined)
        this.#exploration.ran(workload, threads, bid, ran.measured.seconds + ran.prepareSeconds, trial);
      return ran;
    } catch (error) {
      if (error instanceof BioXenError) seat.quarantine.failed(workload.id, error);
      throw error;
    }
  }

  /** Drawn by chance, and always where the device's last checked answer was wrong. */
  #isDrawn<I, O>({ quarantine }: Seat, { id }: WorkloadSpec<I, O>, { verify: asked }: DispatchOptions): boolean {
    const { sampleRate } = asked ?? { sampleRate: 0 };
    return sampleRate > 0 && (quarantine.distrusts(id) || this.#draw() < sampleRate);
  }

  async #verified<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    bid: Bid<I, O>,
    ran: Ran<O>,
    rejected: Rejection[],
    options: DispatchOptions,
    bound: Bound,
  ): Promise<Verdict<I, O> | null> {
    const { device: _pinned, ...anywhere } = options;
    const others = this.#rank(workload, input, anywhere).bids.filter(({ seat }) => seat !== bid.seat);
    return verify(workload, input, bid, ran, others, rejected, (other) =>
      this.#ran(workload, input, other, options, bound),
    );
  }

  /** Nothing is left to try: a workload without a kernel still has its oracle, anything else is an error that says why. */
  async #withoutBids<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    rejected: readonly Rejection[],
    options: DispatchOptions,
    bound: Bound,
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
