import type { Split } from "../../contract/index.ts";
import type { FluxSamples, FluxSamplingInput } from "./index.ts";

/** Cut by chains, which keep their numbers and so their random streams; the polytope stays where it is. */
export const splitChains: Split<FluxSamplingInput, FluxSamples> = {
  parts: (input, shares) => {
    const { polytope, starts, firstChain } = input;
    const { dimension } = polytope;
    const chains = starts.length / dimension;
    if (chains < shares.length) return null;
    let first = 0;
    let until = 0;
    return shares.map((share, at) => {
      until += share;
      const left = shares.length - at - 1;
      const end = left === 0 ? chains : Math.min(chains - left, Math.max(first + 1, Math.round(until * chains)));
      const part = {
        ...input,
        starts: starts.slice(first * dimension, end * dimension),
        firstChain: firstChain + first,
      };
      first = end;
      return part;
    });
  },
  join: (outputs, { polytope, starts, samples }) => {
    const statuses = new Uint8Array(starts.length / polytope.dimension);
    const points = new Float64Array(starts.length * samples);
    let chain = 0;
    let point = 0;
    for (const part of outputs) {
      statuses.set(part.statuses, chain);
      points.set(part.points, point);
      chain += part.statuses.length;
      point += part.points.length;
    }
    return {
      statuses,
      points,
      precision: outputs.every(({ precision }) => precision === "double") ? "double" : "single",
    };
  },
};
