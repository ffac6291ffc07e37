import type { DeviceInfo } from "../contract/index.ts";
import type { HostFacts } from "./detect-host.ts";
import type { Gpu } from "./gpus.ts";

/** Hardware that is there and that no device uses, with what it takes to use it. */
export interface Unused {
  readonly hardware: string;
  readonly install: string;
}

/** Compares what the machine has with the devices that accelerators found. */
export function unusedHardware(host: HostFacts, devices: readonly DeviceInfo[]): readonly Unused[] {
  const real = devices.filter(({ simulated, features }) => !simulated && !features.includes("software"));
  const uses = (kind: DeviceInfo["kind"]): boolean => real.some((device) => device.kind === kind && !onCpu(device));
  const board = ({ name, at }: { name: string; at: string }): string => `${name} (${at})`;
  return [
    ...(uses("gpu")
      ? []
      : host.gpus
          .filter(({ computes }) => computes)
          .map((gpu) => ({ hardware: gpuName(gpu), install: forGpu(gpu, host) }))),
    ...(uses("npu")
      ? []
      : host.npus.map((npu) => ({
          hardware: board(npu),
          install:
            npu.driver === null && npu.source !== null
              ? `its kernel driver (${npu.name.startsWith("Intel") ? "intel_vpu" : "amdxdna"}), then a build of onnxruntime-node with a provider for it`
              : "a build of onnxruntime-node with a provider for it: npm's package has none on Linux",
        }))),
    ...(uses("fpga")
      ? []
      : host.fpgas.map((one) => ({
          hardware: board(one),
          install: "nothing yet: bioxen has no bitstream for it; accelerators/fpga/README.md says what one needs",
        }))),
    ...(uses("asic")
      ? []
      : [
          ...host.asics.map(board),
          ...host.otherAccelerators.map(
            ({ vendor, device, address }) => `PCI accelerator ${vendor}:${device} (${address})`,
          ),
        ].map((hardware) => ({
          hardware,
          install: "nothing yet: bioxen has no kernels for it; accelerators/asic/README.md says what it needs",
        }))),
    ...(host.packages["onnxruntime-node"]
      ? []
      : [
          {
            hardware: `${host.cpu} by way of ONNX Runtime`,
            install: "npm install onnxruntime-node --onnxruntime-node-install=skip",
          },
        ]),
    ...(host.power.rapl.status === "unreadable"
      ? [{ hardware: `energy counters (${host.power.rapl.domains.join(", ")})`, install: host.power.rapl.reason ?? "" }]
      : []),
    ...(host.libraries.nvml === null && host.gpus.some(({ vendor }) => vendor === "NVIDIA")
      ? [{ hardware: "energy counter of the NVIDIA GPU", install: "libnvidia-ml.so.1, part of NVIDIA's driver" }]
      : []),
  ];
}

/** An NPU's graph on the CPU has the kind of what it stands for; its provider says where it truly runs. */
function onCpu({ features }: DeviceInfo): boolean {
  return features.includes("provider:cpu") || features.includes("provider:xnnpack");
}

function gpuName({ name, at }: Gpu): string {
  return at === "" || name.includes(at) ? name : `${name} (${at})`;
}

/** Kernel drivers that a GPU computes with, by its vendor. */
const working: Readonly<Record<Gpu["vendor"], readonly string[]>> = {
  NVIDIA: ["nvidia"],
  AMD: ["amdgpu"],
  Intel: ["i915", "xe"],
  Apple: [],
  other: [],
};

const driverPackage: Readonly<Record<Gpu["vendor"], string>> = {
  NVIDIA: "NVIDIA's driver",
  AMD: "the amdgpu driver with mesa-vulkan-drivers",
  Intel: "the i915 or xe driver with mesa-vulkan-drivers",
  Apple: "a newer macOS",
  other: "its vendor's Vulkan driver",
};

function forGpu({ vendor, driver }: Gpu, { libraries, packages, platform }: HostFacts): string {
  const linux = platform.startsWith("linux");
  const steps = [
    ...(linux && (driver === null || (working[vendor].length > 0 && !working[vendor].includes(driver)))
      ? [`${driverPackage[vendor]}${driver === null ? "" : ` in place of ${driver}`}`]
      : []),
    ...(linux && libraries.vulkan === null ? ["apt-get install libvulkan1"] : []),
    ...(packages.webgpu ? [] : ["npm install webgpu"]),
  ];
  return steps.length === 0
    ? "nothing is missing that bioxen knows of: see why gpu-webgpu is absent"
    : steps.join(", then ");
}
