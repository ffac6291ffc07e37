// The webgpu package, its adapters and devices as a test wants them: `globalThis.watched` may rename an adapter or
// say that there is none, and holds the devices that were made.
import { create as createGpu, globals } from "webgpu";

const watched = globalThis.watched ?? JSON.parse(process.env.WATCHED ?? "{}");

export function create(options) {
  if (watched.crash === true) process.abort();
  const gpu = createGpu(options);
  return {
    requestAdapter: async (request) => {
      const adapter = watched.none === true ? null : await gpu.requestAdapter(request);
      if (adapter === null) return null;
      const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
      return {
        // keeps the instance
        gpu,
        info: { vendor, architecture, device, description, isFallbackAdapter, ...watched.info },
        limits: adapter.limits,
        requestDevice: async (descriptor) => {
          const made = await adapter.requestDevice(descriptor);
          watched.devices?.push(made);
          return made;
        },
      };
    },
  };
}
export { globals };
