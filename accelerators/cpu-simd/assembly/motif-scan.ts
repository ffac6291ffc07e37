// asc: --enable threads --sharedMemory
// Position weight matrices against packed DNA. The memory is shared: any thread can work on any piece of a genome, each in a
// scratch slot of its own. The host lays out all memory; nothing is allocated here.
export { open, openIndex, openPairs, pack, pairUp } from "./motif-scan/text";
export { buildIndex } from "./motif-scan/index";
export { scanIndexed } from "./motif-scan/walk";
export { pairLosses, pairsSecond, scanDense, scanPairs } from "./motif-scan/direct";
export { merge } from "./motif-scan/merge";
export { lossTable, lossSpan, thresholdTail } from "./motif-scan/threshold";
