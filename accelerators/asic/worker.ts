// Runs one oracle in a worker thread: the answers of a simulated device.
import { serveOracles } from "../../src/host/open-oracle.ts";
import { matrixMultiply } from "../../src/workloads/matrix-multiply/index.ts";

const run: ReturnType<typeof serveOracles> = serveOracles([matrixMultiply]);
export default run;
