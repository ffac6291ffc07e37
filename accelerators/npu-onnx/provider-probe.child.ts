// Asks one execution provider, in a process of its own, for a product it can be checked by: `argv` = entry, provider.
import { readFileSync } from "node:fs";
import { writeOnnxModel } from "../../src/workloads/index.ts";
import { loadLibrary } from "./library.ts";

/** What the probe sends back. */
export interface ProviderAnswer {
  /** The providers this build of the library knows, and whether their code is in the package. */
  readonly listed: readonly { readonly name: string; readonly bundled: boolean }[];
  /** null where the provider gave the right product, else why not. */
  readonly problem: string | null;
  /** Shared objects this process has loaded, where the system tells. */
  readonly loaded: readonly string[];
}

const [entry = "", provider = ""] = process.argv.slice(2);

async function problemOf(): Promise<ProviderAnswer> {
  const ort = await loadLibrary(new URL(entry));
  const listed = ort.listSupportedBackends();
  if (!listed.some(({ name }) => name === provider))
    return { listed, problem: "this build of onnxruntime does not have it", loaded: [] };
  const float32 = (dims: number[], ...values: number[]) => new ort.Tensor("float32", Float32Array.from(values), dims);
  let problem: string | null = null;
  try {
    const session = await ort.InferenceSession.create(
      writeOnnxModel({
        name: "probe",
        nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["c"] }],
        inputs: [
          { name: "a", type: "float32", dims: [2, 2] },
          { name: "b", type: "float32", dims: [2, 2] },
        ],
        outputs: [{ name: "c", type: "float32", dims: [2, 2] }],
      }),
      {
        executionProviders: [provider],
        intraOpNumThreads: 1,
        logSeverityLevel: 4,
        // without this a provider that takes no node would be given the CPU's answer
        ...(provider === "cpu" ? {} : { extra: { session: { disable_cpu_ep_fallback: "1" } } }),
      },
    );
    // small whole numbers are exact in half precision too
    const { c } = await session.run({ a: float32([2, 2], 1, 2, 3, 4), b: float32([2, 2], 5, 6, 7, 8) });
    const product = Array.from((c?.data ?? []) as Float32Array).join(" ");
    if (product !== "19 22 43 50") problem = `it multiplied [1 2; 3 4] by [5 6; 7 8] to ${product}`;
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return { listed, problem, loaded: loadedObjects() };
}

function loadedObjects(): string[] {
  try {
    const paths = readFileSync("/proc/self/maps", "utf8").match(/\/\S+\.so\S*/g);
    return [...new Set(paths)];
  } catch {
    return [];
  }
}

process.send?.(await problemOf());
