// Runs one oracle in a worker thread: the answers of a simulated device.
import { serveOracles } from "../../src/host/open-oracle.ts";
import { sequenceAlignment } from "../../src/workloads/sequence-alignment/index.ts";

const run: ReturnType<typeof serveOracles> = serveOracles([sequenceAlignment]);
export default run;
