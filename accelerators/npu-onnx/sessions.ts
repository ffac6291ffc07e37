import { BioXenError } from "../../src/contract/index.ts";
import { type OnnxTensor, type OnnxType, onnxArrays } from "../../src/workloads/index.ts";
import type { Ort, OrtSession, OrtTensor } from "./library.ts";
import { runtimeError } from "./runtime-error.ts";

export type Feeds = Readonly<Record<string, OnnxTensor>>;

/** Sessions kept ready; each holds a copy of its model's weights. */
export const sessionsKept = 8;

interface Kept {
  readonly model: Uint8Array;
  readonly threads: number;
  readonly session: Promise<OrtSession>;
}

/** Sessions of one provider in this process: made at a model's first run, kept by model object and thread count. */
export interface Sessions extends AsyncDisposable {
  readonly prepare: (model: Uint8Array, threads: number) => Promise<void>;
  /**
   * Runs a model; a tensor given for an output is filled and returned, without a copy.
   * @throws BioXenError as `runtimeError` tells.
   */
  readonly run: (model: Uint8Array, threads: number, feeds: Feeds, outputs?: Feeds) => Promise<Feeds>;
}

export function openSessions(ort: Ort, provider: string): Sessions {
  // oldest first
  const kept: Kept[] = [];

  const sessionOf = async (model: Uint8Array, threads: number): Promise<OrtSession> => {
    const at = kept.findIndex((one) => one.model === model && one.threads === threads);
    const found = kept[at];
    if (found !== undefined) {
      kept.push(...kept.splice(at, 1));
      return found.session;
    }
    const session = ort.InferenceSession.create(model, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // threads that spin on after a run take cores from whoever runs next
      extra: { session: { force_spinning_stop: "1" } },
    });
    const entry = { model, threads, session };
    kept.push(entry);
    try {
      const made = await session;
      if (kept.length > sessionsKept) await release(kept.shift());
      return made;
    } catch (error) {
      if (kept.includes(entry)) kept.splice(kept.indexOf(entry), 1);
      throw runtimeError(error, "the model could not be loaded");
    }
  };

  return {
    prepare: async (model, threads) => {
      await sessionOf(model, threads);
    },
    run: async (model, threads, feeds, outputs = {}) => {
      const session = await sessionOf(model, threads);
      try {
        const fetches = Object.fromEntries(
          session.outputNames.map((name) => [name, outputs[name] === undefined ? null : toOrt(ort, outputs[name])]),
        );
        const results = await session.run(
          Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)])),
          fetches,
        );
        return Object.fromEntries(
          Object.entries(results).map(([name, result]) => [name, outputs[name] ?? fromOrt(name, result)]),
        );
      } catch (error) {
        throw runtimeError(error, "the model could not be run");
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of kept.splice(0)) await release(one);
    },
  };
}

async function release(kept: Kept | undefined): Promise<void> {
  // a session that was never made needs no release, and its error has been told
  const session = await kept?.session.catch(() => null);
  await session?.release();
}

function toOrt(ort: Ort, { type, data, dims }: OnnxTensor): OrtTensor {
  // the binding refuses shared memory ("Invalid argument")
  return new ort.Tensor(type, data.buffer instanceof SharedArrayBuffer ? data.slice() : data, dims);
}

function fromOrt(name: string, { type, dims, data }: OrtTensor): OnnxTensor {
  if (!Object.hasOwn(onnxArrays, type))
    throw new BioXenError("UNSUPPORTED", `the output ${name} holds ${type}, which has no tensor type here`);
  // float16 comes as a Float16Array where the engine has one
  const expected = onnxArrays[type as OnnxType];
  if (data instanceof expected) return { type, dims, data } as OnnxTensor;
  const { buffer, byteOffset, byteLength } = data as Uint16Array;
  return { type, dims, data: new Uint16Array(buffer, byteOffset, byteLength / 2) } as OnnxTensor;
}
