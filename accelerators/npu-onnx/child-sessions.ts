import { BioXenError, type RunContext } from "../../src/contract/index.ts";
import { openProcess } from "../../src/host/worker-process.ts";
import type { InstalledLibrary } from "./library.ts";
import type { SessionTasks } from "./sessions.child.ts";
import type { Feeds } from "./sessions.ts";

/** Sessions in a child process, which starts at the first call and again after it was killed or died. */
export interface ChildSessions extends AsyncDisposable {
  /** @throws BioXenError `ABORTED` at once, the child killed; `DEVICE_LOST` where it died; else as `runtimeError` tells. */
  readonly run: (model: Uint8Array, threads: number, feeds: Feeds | null, context: RunContext) => Promise<Feeds>;
}

export function openChildSessions({ entry }: InstalledLibrary, provider: string): ChildSessions {
  const child = openProcess<SessionTasks>(new URL("./sessions.child.js", import.meta.url), "models");
  // a model's bytes travel once; a child that has started anew or has let the model go asks for them
  const keys = new WeakMap<Uint8Array, number>();
  let lastKey = 0;

  return {
    run: async (model, threads, feeds, context) => {
      const known = keys.get(model);
      const key = known ?? ++lastKey;
      keys.set(model, key);
      const call = { library: entry.href, provider, key, threads, feeds };
      const outputs =
        (await child.run("run-model", { ...call, model: known === undefined ? model : null }, context)) ??
        (await child.run("run-model", { ...call, model }, context));
      if (outputs === null) throw new BioXenError("KERNEL_FAILED", "the process of models lost the model");
      return outputs;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
