// Bundles what starts often into few files: the command line, the worker threads of the CPU and its oracles, and the processes that
// probe. The modules stay beside them, for programs that import the package. See docs/adr/0043.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { defineConfig, type RolldownOptions } from "rolldown";

const built = join(import.meta.dirname, "dist");
const into = join(built, "bundle");

/** Left where they are: they load native code, files beside themselves or threads of their own, or are loaded seldom. */
const apart =
  /^(node:|(koffi|libsql|highs|onnxruntime-node|webgpu|gpu\.js|@tensorflow\/|echarts|wasmoon|systeminformation|tinypool|pino)(\/|$))/;

function bundleOf(module: string): RolldownOptions {
  const folder = join(into, dirname(module));
  return {
    input: { [module]: join(built, `${module}.js`) },
    external: apart,
    platform: "node",
    plugins: [
      {
        name: "modules-keep-their-place",
        // files beside a module, its threads and its processes are found from where the module lies
        transform(code, id) {
          if (!id.startsWith(built) || !code.includes("import.meta.url")) return null;
          const place = JSON.stringify(relative(folder, id).split(sep).join("/"));
          return { code: code.replaceAll("import.meta.url", `new URL(${place}, import.meta.url).href`), map: null };
        },
        generateBundle() {
          const ids = [...this.getModuleIds()].filter((id) => existsSync(id));
          const own = ids.filter((id) => !id.includes("node_modules")).map((id) => relative(built, id));
          this.emitFile({ type: "asset", fileName: `${module}.js.inputs.json`, source: JSON.stringify(own) });
          this.emitFile({ type: "asset", fileName: `${module}.licenses.txt`, source: licensesOf(ids) });
        },
      },
    ],
    output: {
      dir: into,
      format: "esm",
      // beside the entry, so that one place holds for all that is found from there
      chunkFileNames: `${dirname(module)}/[name]-[hash].js`,
    },
  };
}

/** The licenses of the packages that a bundle holds code of. */
function licensesOf(ids: readonly string[]): string {
  const packages = new Set(ids.flatMap((id) => /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []));
  return [...packages]
    .sort()
    .map((folder) => {
      const facts = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
      const file = readdirSync(folder).find((one) => /^licen[sc]e/i.test(one));
      return `${facts["name"]} ${facts["version"]} (${facts["license"]})\n\n${file === undefined ? "" : readFileSync(join(folder, file), "utf8")}`;
    })
    .join("\n\n");
}

const workers = ["cpu-simd", "reference", "fpga", "asic"].map((accelerator) => `accelerators/${accelerator}/worker`);

/**
 * Processes that answer one question and end. Those of webgpu and gpu.js are not among them: a bundle has no variable for what is used
 * once, and Dawn crashes when the instance behind an adapter is collected.
 */
const probes = ["gpu-cuda/driver-probe", "npu-onnx/provider-probe", "tensor/backend-probe"].map(
  (probe) => `accelerators/${probe}.child`,
);

export default defineConfig(["src/cli/command-line", ...workers, ...probes].map(bundleOf));
