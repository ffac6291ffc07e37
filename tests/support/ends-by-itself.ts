import { spawn } from "node:child_process";

/** Runs a module in a process of its own that may import this package, and tells how it ended; 20 s are a hang. */
export async function ended(script: string): Promise<{ readonly code: unknown; readonly printed: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const code = await new Promise((resolve) => child.once("close", (status, signal) => resolve(signal ?? status)));
  clearTimeout(timer);
  return { code, printed };
}

/** A script that runs each kernel of a built-in accelerator once, does not dispose the device, and prints "ran". */
export function everyKernelOnce(name: "tensor" | "gpuJs"): string {
  return `
    import { ${name} as accelerator } from "bioxen/accelerators";
    import { seededRandom } from "bioxen";
    const context = { signal: new AbortController().signal, threads: null };
    const before = Object.getOwnPropertyNames(globalThis).length;
    const { devices } = await accelerator.probe(context);
    const device = await accelerator.open(devices[0], context);
    for (const kernel of accelerator.kernels)
      await device.run(kernel, kernel.workload.generate(1000, seededRandom(1)), context);
    console.log(Object.getOwnPropertyNames(globalThis).length - before, "new globals");
  `;
}
