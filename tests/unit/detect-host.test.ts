import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type DeviceInfo, detectHost, filesUnder, type HostFacts, unusedHardware } from "bioxen";
import { describe, expect, test } from "vitest";
import { type FakeFile, fakeSystem, pciDevice } from "../support/fake-system.ts";
import { cpuMilliseconds, slowness } from "../support/machine-pace.ts";

const detect = (tree: Readonly<Record<string, FakeFile>>, installed: readonly string[] = []): Promise<HostFacts> =>
  detectHost({ files: fakeSystem(tree), portable: null, installed: (name) => installed.includes(name) });

const device = (kind: DeviceInfo["kind"], features: readonly string[] = [], simulated = false): DeviceInfo => {
  return { id: `some:0`, kind, name: "some", memory: null, features, simulated };
};
const installs = (host: HostFacts, devices: readonly DeviceInfo[] = []): Record<string, string> =>
  Object.fromEntries(unusedHardware(host, devices).map(({ hardware, install }) => [hardware, install]));

const nvidia = pciDevice("0000:17:00.0", ["10de", "2335"], "030200", "nvidia");
const nvidiaModel = { "/proc/driver/nvidia/gpus/0000:17:00.0/information": "Model: \t\t NVIDIA H200\nIRQ: 1\n" };
const amd = {
  ...pciDevice("0000:65:00.0", ["1002", "744c"], "030000", "amdgpu"),
  "/sys/bus/pci/devices/0000:65:00.0/drm/card1/dev": "226:1",
  "/sys/bus/pci/devices/0000:65:00.0/drm/renderD129/dev": "226:129",
};

describe("a host with nothing to be seen", () => {
  test("has no hardware, no limit, and says why there are no energy counters", async () => {
    const host = await detect({}, ["onnxruntime-node"]);
    expect(host).toMatchObject({
      gpus: [],
      npus: [],
      fpgas: [],
      asics: [],
      otherAccelerators: [],
      numa: [],
      caches: [],
    });
    expect(host).toMatchObject({ cpuLimit: null, usefulThreads: availableParallelism(), features: [] });
    expect(host.power.rapl).toMatchObject({ status: "absent", reason: expect.stringContaining("/sys/class/powercap") });
    expect(host.libraries).toEqual({ vulkan: null, cuda: null, nvml: null });
    expect(unusedHardware(host, [])).toEqual([]);
  });

  test("has ONNX Runtime to install", async () => {
    expect(Object.values(installs(await detect({})))).toEqual([
      expect.stringContaining("npm install onnxruntime-node"),
    ]);
  });
});

describe("GPUs", () => {
  test("are told by class, with the driver's name, its nodes, and without screen adapters", async () => {
    const aspeed = pciDevice("0000:02:00.0", ["1a03", "2000"], "030000", "ast");
    const { gpus } = await detect({ ...nvidia, ...nvidiaModel, ...amd, ...aspeed });
    expect(gpus).toEqual([
      { name: "GPU 1a03:2000", vendor: "other", at: "0000:02:00.0", driver: "ast", nodes: [], computes: false },
      { name: "NVIDIA H200", vendor: "NVIDIA", at: "0000:17:00.0", driver: "nvidia", nodes: [], computes: true },
      {
        name: "AMD GPU 1002:744c",
        vendor: "AMD",
        at: "0000:65:00.0",
        driver: "amdgpu",
        nodes: ["card1", "renderD129"],
        computes: true,
      },
    ]);
  });

  test("unused, come with what is missing, in order", async () => {
    const host = await detect({ ...nvidia, ...nvidiaModel, ...amd }, ["onnxruntime-node"]);
    expect(installs(host)).toEqual({
      "NVIDIA H200 (0000:17:00.0)": "apt-get install libvulkan1, then npm install webgpu",
      "AMD GPU 1002:744c (0000:65:00.0)": "apt-get install libvulkan1, then npm install webgpu",
      "energy counter of the NVIDIA GPU": expect.stringContaining("libnvidia-ml.so.1"),
    });
    const nouveau = pciDevice("0000:17:00.0", ["10de", "2335"], "030200", "nouveau");
    const libraries = {
      "/usr/lib/x86_64-linux-gnu/libvulkan.so.1": "",
      "/usr/lib64/libnvidia-ml.so.1": "",
    };
    expect(installs(await detect({ ...nouveau, ...libraries }, ["onnxruntime-node"]))).toEqual({
      "NVIDIA GPU 10de:2335 (0000:17:00.0)": "NVIDIA's driver in place of nouveau, then npm install webgpu",
    });
  });

  test("count as used by a device that runs on one, not by an emulated or simulated one", async () => {
    const host = await detect(amd, ["onnxruntime-node"]);
    expect(installs(host, [device("gpu")])).toEqual({});
    expect(Object.keys(installs(host, [device("gpu", ["software"]), device("gpu", [], true)]))).toHaveLength(1);
  });

  test("in a container are told by their nodes", async () => {
    const { gpus } = await detect({ "/dev/nvidia0": "", "/dev/nvidia1": "", "/dev/nvidiactl": "" });
    expect(gpus.map(({ at, vendor }) => `${vendor} ${at}`)).toEqual(["NVIDIA /dev/nvidia0", "NVIDIA /dev/nvidia1"]);
  });
});

describe("NPUs, FPGAs and ASICs", () => {
  const npu = pciDevice("0000:00:0b.0", ["8086", "7d1d"], "120000", "intel_vpu");
  const alveo = pciDevice("0000:3b:00.0", ["10ee", "5000"], "120000");
  const gaudi = pciDevice("0000:4d:00.0", ["1da3", "1020"], "120000", "habanalabs");
  const stranger = pciDevice("0000:5e:00.0", ["abcd", "0001"], "120000");
  // a sound card by Xilinx' ids, and Google's network adapter
  const decoys = {
    ...pciDevice("0000:06:00.0", ["10ee", "3fc5"], "040100"),
    ...pciDevice("0000:07:00.0", ["1ae0", "0042"], "020000"),
  };

  test("are told apart by their ids, and what no table knows is still shown", async () => {
    const host = await detect({ ...npu, ...alveo, ...gaudi, ...stranger, ...decoys });
    expect(host.npus).toEqual([expect.objectContaining({ name: "Intel NPU", driver: "intel_vpu" })]);
    expect(host.fpgas).toEqual([
      { name: "AMD Alveo U200", at: "0000:3b:00.0", driver: null, source: "pci.ids 2023.04.10" },
    ]);
    expect(host.asics).toEqual([expect.objectContaining({ at: "0000:4d:00.0", driver: "habanalabs" })]);
    expect(host.otherAccelerators).toEqual([expect.objectContaining({ vendor: "abcd", device: "0001" })]);
  });

  test("an NPU is not used by a graph that runs on the CPU", async () => {
    const host = await detect(npu, ["onnxruntime-node"]);
    expect(installs(host, [device("npu", ["provider:cpu"])])).toEqual({
      "Intel NPU (0000:00:0b.0)": expect.stringContaining("onnxruntime-node with a provider"),
    });
    expect(installs(host, [device("npu", ["provider:openvino"])])).toEqual({});
    const bare = await detect(pciDevice("0000:c6:00.1", ["1022", "17f0"], "118000"), ["onnxruntime-node"]);
    expect(installs(bare)).toEqual({ "AMD XDNA NPU (0000:c6:00.1)": expect.stringContaining("amdxdna") });
  });

  test("boards say that there is nothing to install yet", async () => {
    const host = await detect({ ...alveo, ...stranger }, ["onnxruntime-node"]);
    expect(installs(host, [device("fpga", [], true)])).toEqual({
      "AMD Alveo U200 (0000:3b:00.0)": expect.stringContaining("no bitstream"),
      "PCI accelerator abcd:0001 (0000:5e:00.0)": expect.stringContaining("no kernels"),
    });
  });

  test("an NPU's node is told from those of other accelerators by its driver", async () => {
    const link = (driver: string): FakeFile => ({ link: `../../../../bus/pci/drivers/${driver}` });
    const { npus } = await detect({
      "/dev/accel/accel0": "",
      "/sys/class/accel/accel0/device/driver": link("habanalabs"),
      "/dev/accel/accel1": "",
      "/sys/class/accel/accel1/device/driver": link("intel_vpu"),
    });
    expect(npus).toEqual([{ name: "NPU", at: "/dev/accel/accel1", driver: "intel_vpu", source: null }]);
  });

  test("are told by their device nodes where the bus is hidden", async () => {
    const host = await detect({ "/dev/dfl-fme.0": "", "/dev/apex_0": "", "/dev/tenstorrent/0": "", "/dev/null": "" });
    expect(host.fpgas).toEqual([expect.objectContaining({ at: "/dev/dfl-fme.0", source: null })]);
    expect(host.asics.map(({ at }) => at)).toEqual(["/dev/apex_0", "/dev/tenstorrent/0"]);
  });
});

describe("the CPU", () => {
  test("has features, caches, cores and NUMA nodes", async () => {
    const cache = "/sys/devices/system/cpu/cpu0/cache/index2";
    const host = await detect({
      "/proc/cpuinfo": "processor: 0\nflags\t\t: fpu sse4_2 avx2 smep avx512f amx_tile amx_bf16 nx\n",
      [`${cache}/level`]: "2\n",
      [`${cache}/type`]: "Unified\n",
      [`${cache}/size`]: "2048K\n",
      [`${cache}/shared_cpu_list`]: "0,64-65\n",
      ...Object.fromEntries(
        [0, 1, 2, 3].map((n) => [
          `/sys/devices/system/cpu/cpu${n}/topology/thread_siblings_list`,
          `${n % 2},${2 + (n % 2)}`,
        ]),
      ),
      "/sys/devices/system/node/node0/cpulist": "0-31,64-95\n",
      "/sys/devices/system/node/node0/meminfo": "Node 0 MemTotal:       1000 kB\n",
      "/sys/devices/system/node/node1/cpulist": "32-63\n",
      "/sys/devices/system/node/online": "0-1\n",
    });
    expect(host.features).toEqual(["sse4_2", "avx2", "avx512f", "amx_tile", "amx_bf16"]);
    expect(host.caches).toEqual([{ level: 2, type: "unified", bytes: 2 ** 21, sharedBy: 3 }]);
    expect(host.physicalCores).toBe(2);
    expect(host.numa).toEqual([
      { node: 0, cpus: 64, memory: 1024000 },
      { node: 1, cpus: 32, memory: null },
    ]);
  });

  test("on ARM has neon by its own name", async () => {
    const { features } = await detect({ "/proc/cpuinfo": "Features\t: fp asimd asimddp sve i8mm crc32\n" });
    expect(features).toEqual(["neon", "asimd", "asimddp", "sve", "i8mm"]);
  });

  test.each([
    ["none", { "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n" }, null],
    ["of its own group", { "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "150000 100000\n" }, 1.5],
    [
      "of a group around it",
      {
        "/proc/self/cgroup": "0::/a/b\n",
        "/sys/fs/cgroup/a/b/cpu.max": "300000 100000",
        "/sys/fs/cgroup/a/cpu.max": "50000 100000",
      },
      0.5,
    ],
    ["of the container's root", { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n" }, 2],
    [
      "of the first version",
      {
        "/proc/self/cgroup": "5:cpu,cpuacct:/docker/x\n0::/\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      },
      3,
    ],
    [
      "of the first version, unlimited",
      {
        "/proc/self/cgroup": "1:cpu:/\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      },
      null,
    ],
  ])("has the quota %s", async (_, tree, limit) => {
    const host = await detect(tree);
    expect(host.cpuLimit).toBe(limit);
    const cores = availableParallelism();
    expect(host.usefulThreads).toBe(limit === null ? cores : Math.min(cores, Math.ceil(limit)));
  });
});

describe("energy counters", () => {
  const zone = "/sys/class/powercap/intel-rapl:0";
  const control = { "/sys/class/powercap/intel-rapl/enabled": "1\n" };

  test("are readable, or say how to make them so", async () => {
    const readable = await detect({ ...control, [`${zone}/name`]: "package-0\n", [`${zone}/energy_uj`]: "1\n" });
    expect(readable.power.rapl).toEqual({ status: "readable", domains: ["package-0"], reason: null });
    const refused = await detect(
      {
        ...control,
        [`${zone}/name`]: "package-0\n",
        [`${zone}/energy_uj`]: { refused: "EACCES" },
        [`${zone}:0/name`]: "dram\n",
        [`${zone}:0/energy_uj`]: { refused: "EACCES" },
      },
      ["onnxruntime-node"],
    );
    expect(refused.power.rapl).toMatchObject({ status: "unreadable", domains: ["package-0", "dram"] });
    expect(installs(refused)).toEqual({
      "energy counters (package-0, dram)": expect.stringMatching(/EACCES.*sudo chmod a\+r .*energy_uj/),
    });
    expect((await detect(control)).power.rapl).toMatchObject({
      status: "absent",
      reason: expect.stringMatching(/RAPL/),
    });
  });
});

describe("real files", () => {
  test("below another root are read like a machine's own", async () => {
    const root = mkdtempSync(join(tmpdir(), "bioxen-root-"));
    try {
      for (const [path, file] of Object.entries(pciDevice("0000:03:00.0", ["1d0f", "f001"], "058000", "xdma"))) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        if (typeof file === "string") writeFileSync(join(root, path), file);
        else if ("link" in file) symlinkSync(file.link, join(root, path));
      }
      const { fpgas } = await detectHost({ files: filesUnder(root), portable: null });
      expect(fpgas).toEqual([expect.objectContaining({ name: "AWS F1 or F2 FPGA", driver: "xdma" })]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("of this machine are read in well under the second that a probe may take", async () => {
    let host: HostFacts = await detectHost();
    const taken = await cpuMilliseconds(async () => {
      host = await detectHost();
    });
    expect(taken).toBeLessThan(200 * slowness());
    expect(host.threads).toBe(availableParallelism());
    expect(host.memory).toBeGreaterThan(2 ** 28);
  });

  test("that are not there are asked of systeminformation", async () => {
    const { caches, features } = await detectHost({ files: fakeSystem({}) });
    // x86 and ARM alike: every CPU that runs this has caches or flags to tell
    expect(caches.length + features.length).toBeGreaterThan(0);
  });
});
