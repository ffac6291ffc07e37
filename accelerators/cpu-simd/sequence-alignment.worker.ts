// This workload's tasks in a worker thread; free of the spec, whose schema library would slow a worker's start.
export { interleaveDatabase } from "./sequence-alignment-database.ts";
export { alignPairs } from "./sequence-alignment-pairs.ts";
export { searchDatabase } from "./sequence-alignment-search.ts";
