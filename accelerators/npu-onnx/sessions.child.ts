// Runs models in a process of its own: native code that crashes or cannot be stopped takes only this one along.
import { serveProcess } from "../../src/host/worker-process.ts";
import { loadLibrary } from "./library.ts";
import { runtimeError } from "./runtime-error.ts";
import { type Feeds, openSessions, type Sessions, sessionsKept } from "./sessions.ts";

interface ModelRun {
  /** The library's entry and the provider; the same in every call to one process. */
  readonly library: string;
  readonly provider: string;
  /** Stands for a model; its bytes come along when this side is not known to have them. */
  readonly key: number;
  readonly model: Uint8Array | null;
  readonly threads: number;
  /** null to prepare the model only. */
  readonly feeds: Feeds | null;
}

let opened: Promise<Sessions> | null = null;
const models = new Map<number, Uint8Array>();

const tasks = {
  /** null where the model is not here (any more): it is to be sent again. */
  "run-model": async ({ library, provider, key, model, threads, feeds }: ModelRun): Promise<Feeds | null> => {
    const bytes = model ?? models.get(key);
    if (bytes === undefined) return null;
    models.delete(key);
    models.set(key, bytes);
    for (const oldest of models.keys()) if (models.size > sessionsKept) models.delete(oldest);
    try {
      opened ??= loadLibrary(new URL(library)).then((ort) => openSessions(ort, provider));
      const sessions = await opened;
      if (feeds !== null) return await sessions.run(bytes, threads, feeds);
      await sessions.prepare(bytes, threads);
      return {};
    } catch (error) {
      throw runtimeError(error, "the model failed");
    }
  },
};

export type SessionTasks = typeof tasks;

serveProcess(tasks);
