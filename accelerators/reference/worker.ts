// Runs one oracle in a worker thread, so that a plain synchronous double loop can still be ended by a deadline.
import { serveOracles } from "../../src/host/open-oracle.ts";
import { workloads } from "../../src/workloads/index.ts";

const run: ReturnType<typeof serveOracles> = serveOracles(workloads);
export default run;
