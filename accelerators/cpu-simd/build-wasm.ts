// Compiles the kernels to WebAssembly: `npm run build:wasm`, after `tsc`. What is newer than every source is kept.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const room = new URL("../../../accelerators/cpu-simd/assembly/", import.meta.url);
const forAll =
  "-O3 --converge --noAssert --runtime stub --enable simd --enable bulk-memory --importMemory --maximumMemory 65536";

const changedAt = (url: URL): number => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
const sources = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const newest = Math.max(...[...sources, "../../../package.json"].map((name) => changedAt(new URL(name, room))));
const due = sources
  .filter((name) => !/[\\/]/.test(name))
  .map((name) => ({ source: new URL(name, room), wasm: new URL(name.replace(/ts$/, "wasm"), import.meta.url) }))
  .filter(({ wasm }) => changedAt(wasm) < newest);

/** Compiles one after another of those that nobody has begun. */
async function compile(): Promise<void> {
  for (let one = due.shift(); one !== undefined; one = due.shift()) {
    const path = fileURLToPath(one.source);
    const own = /^\/\/ asc: (.*)/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
    const args = [path, "-o", fileURLToPath(one.wasm), ...forAll.split(" "), ...own.split(" ").filter(Boolean)];
    const code = await new Promise((resolve, reject) => {
      spawn("asc", args, { stdio: "inherit", shell: process.platform === "win32" })
        .on("error", reject)
        .on("close", resolve);
    });
    if (code !== 0) throw new Error(`${path} was not compiled`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, compile));
