// Aligns the pair of a file once, and prints what that took beside a process that has aligned a short pair.
import { matchMismatch, readPairs } from "bioxen";
import { wavefrontScoringOf } from "../../dist/accelerators/cpu-simd/alignment-traceback-scoring.js";
import { alignByWavefront } from "../../dist/accelerators/cpu-simd/alignment-traceback-wavefront.js";
import { WavefrontRuns } from "../../dist/accelerators/cpu-simd/alignment-wavefront-runs.js";

const { queries, targets } = await readPairs(process.argv[2]);
const [query, target] = [queries.residues, targets.residues];
const question = {
  ...{ queries, targets, mode: "global", matrix: matchMismatch(0, -4), gapOpen: 8, gapExtend: 2, ambiguous: "score" },
};
const scoring = wavefrontScoringOf(question);
alignByWavefront(query.subarray(0, 2000), target.subarray(0, 2000), scoring, 3);
const before = process.resourceUsage().maxRSS * 1024;
const start = process.cpuUsage();
const { score } = alignByWavefront(query, target, scoring, 3);
const { user, system } = process.cpuUsage(start);
const grown = process.resourceUsage().maxRSS * 1024 - before;
console.log(
  JSON.stringify({ score, wasmBytes: WavefrontRuns.bytes, grownBytes: grown, cpuSeconds: (user + system) / 1e6 }),
);
