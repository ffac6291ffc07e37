import type { DeviceKind } from "../../src/contract/index.ts";

export interface Provider {
  /** Its name in onnxruntime. */
  readonly name: string;
  readonly title: string;
  readonly kind: DeviceKind;
  /**
   * Relative error of one multiplication or addition of single-precision tensors. 2^-24 where the provider computes
   * in IEEE single precision; 2^-11 where it may use half precision or TF32 without saying so.
   */
  readonly roundoff: number;
  /** Whether it has kernels for QLinearConv on 8-bit integers; elsewhere that operator would silently run on the CPU. */
  readonly integer: boolean;
}

const single = 2 ** -24;
const half = 2 ** -11;

/**
 * The execution providers that onnxruntime-node can name, on any platform. A provider's place here is its device's
 * index: it must not change when a driver comes or goes, so new ones are added at the end.
 * The provider on the CPU has kind npu like the accelerator (an NPU's graph, run in software): its name says CPU.
 */
export const providers: readonly Provider[] = [
  { name: "cpu", title: "CPU", kind: "npu", roundoff: single, integer: true },
  { name: "webgpu", title: "WebGPU", kind: "gpu", roundoff: single, integer: false },
  // TF32 is CUDA's default for convolutions and the binding has no option for it
  { name: "cuda", title: "CUDA", kind: "gpu", roundoff: half, integer: false },
  { name: "tensorrt", title: "TensorRT", kind: "gpu", roundoff: half, integer: false },
  { name: "dml", title: "DirectML", kind: "gpu", roundoff: half, integer: false },
  { name: "coreml", title: "CoreML", kind: "npu", roundoff: half, integer: false },
  { name: "qnn", title: "Qualcomm QNN", kind: "npu", roundoff: half, integer: false },
  { name: "openvino", title: "OpenVINO", kind: "npu", roundoff: half, integer: false },
  { name: "xnnpack", title: "XNNPACK (CPU)", kind: "npu", roundoff: single, integer: false },
];

/** The provider of a device made by this accelerator's probe, from its feature `provider:<name>`. */
export function providerOf({ features }: { readonly features: readonly string[] }): Provider {
  const name = features.find((feature) => feature.startsWith("provider:"))?.slice("provider:".length);
  const found = providers.find((one) => one.name === name);
  // a device's info comes from probe(); one made up by hand gets the provider every platform has
  return found ?? (providers[0] as Provider);
}
