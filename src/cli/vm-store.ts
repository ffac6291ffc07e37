import { homedir } from "node:os";
import { join } from "node:path";
import { type HypervisorSettings, StoredHypervisor } from "../api/index.ts";
import { type AnyWorkload, BioXenError, type Dispatcher } from "../contract/index.ts";
import { type BioXenHypervisor, openLog, type VmStatus } from "../hypervisor/index.ts";
import { fluxBalance, motifScan, sequenceAlignment, stochasticSimulation } from "../workloads/index.ts";
import { err as pc } from "./colours.ts";
import { openSession, type Session } from "./session.ts";

export interface VmFlags {
  readonly store?: string;
  readonly log?: string;
  readonly json?: boolean;
  readonly device?: string;
  readonly threads?: number;
}

/** The VMs of a store, open for one command. */
export interface Vms extends AsyncDisposable {
  readonly hypervisor: BioXenHypervisor;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  /** As those of `StoredHypervisor`. */
  readonly keep: (id: string) => Promise<number>;
  readonly destroy: (id: string) => Promise<void>;
  readonly restore: StoredHypervisor["restore"];
  readonly configure: (settings: HypervisorSettings) => Promise<void>;
}

/** What a VM's cell and processes may ask of a device. */
const workloads: readonly AnyWorkload[] = [stochasticSimulation, fluxBalance, sequenceAlignment, motifScan];

/** What a command does with VMs: lets their time pass on devices, or looks at them and changes what they are. */
type Use = "runs" | "rests";

/** Opens the VMs that the flags name. Where no time passes, no device is looked for, which takes longer than the command. */
export async function openVms(flags: VmFlags, use: Use): Promise<Vms> {
  // a device that is named is the only one to look for
  const wanted = flags.device === undefined ? workloads : [];
  const session = use === "runs" ? await openSession(wanted, flags.device) : restingSession();
  try {
    const { device, threads } = flags;
    const stored = await StoredHypervisor.open(flags.store ?? process.env["BIOXEN_VMS"] ?? defaultStore(), {
      dispatcher: session.manager,
      dispatch: { ...(device === undefined ? {} : { device }), ...(threads === undefined ? {} : { threads }) },
      ...(flags.log === undefined ? {} : { log: await openLog({ file: flags.log }) }),
    });
    for (const notice of stored.notices) process.stderr.write(`${pc.yellow("bioxen:")} ${notice}\n`);
    return opened(stored, session);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

type Devices = Pick<Session, "signal" | typeof Symbol.asyncDispose> & { readonly manager: Dispatcher };

function restingSession(): Devices {
  const refuse = (): never => {
    throw new BioXenError("NO_DEVICE", "this command opens no devices");
  };
  return {
    manager: { run: async () => refuse(), explain: refuse },
    signal: new AbortController().signal,
    [Symbol.asyncDispose]: async () => {},
  };
}

function opened(stored: StoredHypervisor, session: Devices): Vms {
  return {
    get hypervisor() {
      return stored.hypervisor;
    },
    signal: session.signal,
    keep: (id) => stored.keep(id),
    destroy: (id) => stored.destroy(id),
    restore: (id, from): Promise<VmStatus> => stored.restore(id, from),
    configure: (settings) => stored.configure(settings),
    [Symbol.asyncDispose]: async () => {
      try {
        await stored[Symbol.asyncDispose]();
      } finally {
        await session[Symbol.asyncDispose]();
      }
    },
  };
}

/** Runs one command on the VMs that its flags name, and closes them whatever happens. */
export async function withVms(flags: VmFlags, use: Use, work: (vms: Vms) => Promise<void>): Promise<void> {
  await using vms = await openVms(flags, use);
  await work(vms);
}

/** Where a user's data belong, by the XDG base directory specification. */
function defaultStore(): string {
  const data = process.env["XDG_DATA_HOME"] ?? "";
  return join(data === "" ? join(homedir(), ".local", "share") : data, "bioxen", "vms.db");
}
