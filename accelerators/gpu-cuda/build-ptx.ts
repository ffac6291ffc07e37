// Compiles the kernels to PTX with nvcc: `npm run build:cuda`, after a change of a kernel. Users need no nvcc.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sourcesOf } from "./kernel-sources.ts";
import { sourceLine, targets } from "./ptx.ts";

/** The PTX version of CUDA 12.0, drivers from 525.60 on: newer compilers write a newer one and use nothing of it. */
const ptxVersion = "8.0";

const room = new URL("../../../accelerators/gpu-cuda/", import.meta.url);
const kernels = new URL("kernels/", room);
const wanted = process.argv.slice(2);
for (const file of readdirSync(kernels).filter((name) => name.endsWith(".cu"))) {
  const module = file.slice(0, -".cu".length);
  if (wanted.length > 0 && !wanted.includes(module)) continue;
  const source = fileURLToPath(new URL(file, kernels));
  for (const target of targets) {
    const built = fileURLToPath(new URL(`ptx/${module}.compute_${target}.ptx`, room));
    const architecture = `compute_${target}`;
    // contracted multiplications and additions would round once where the oracles round twice: `-fmad=false` beside the source
    const flags = /^\/\/ nvcc: (.*)$/m.exec(readFileSync(source, "utf8"))?.[1]?.split(" ") ?? [];
    execFileSync("nvcc", ["-ptx", "-O3", "-std=c++17", `-arch=${architecture}`, ...flags, "-o", built, source], {
      stdio: "inherit",
    });
    const ptx = readFileSync(built, "latin1")
      .replace(/^\.version .*$/m, `.version ${ptxVersion}`)
      // a hint of PTX 8.3 about bytes of a load that nobody reads: older assemblers refuse it
      .replace(/^\s*\.pragma "used_bytes_mask .*\n/gm, "");
    rmSync(built);
    writeFileSync(built, `${sourceLine(sourcesOf(module, kernels))}\n${ptx}`, "latin1");
  }
  process.stdout.write(`${module}: ${targets.map((target) => `compute_${target}`).join(", ")}\n`);
}
