// The webgpu package with an adapter that computes nothing.
import { create as createGpu, globals } from "webgpu";
export const create = () => createGpu(["backend=null"]);
export { globals };
