export { testAccelerator } from "./conformance.ts";
export {
  type FakeAccelerator,
  type FakeCall,
  type FakeKernel,
  type FakeKernelOptions,
  type FakeOptions,
  fakeAccelerator,
  fakeKernel,
} from "./fake-accelerator.ts";
export { type Cases, casesOf, type MemoryOptions, type Options, type Runner, type SkipContext } from "./subject.ts";
