export * from "./gene-facts.ts";
export * from "./genetic-codes.ts";
export * from "./genome.ts";
export * from "./translation.ts";
