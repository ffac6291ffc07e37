import { type CellState, hasAll, volumeOf } from "./cell-state.ts";
import { couplingSeconds } from "./coupling-seconds.ts";
import type { CellModel } from "./expression-network.ts";
import type { GenomeFacts } from "./gene-facts.ts";
import { tablesOf } from "./gene-tables.ts";
import { type Purse, pool } from "./pools.ts";

/** Two forks leave the origin and copy what dNTPs and ATP (one a base pair) allow; a gene they pass is there twice. */
export function replicate(model: CellModel, state: CellState, purse: Purse, values: Float64Array): void {
  const { constants, genome, perturbations } = model;
  if (perturbations.replication === false || perturbations.chromosome === false) return;
  const half = Math.ceil(genome.length / 2);
  if (state.fork === null) {
    if (volumeOf(model, values) < constants.initiationVolume * constants.volume) return;
    if (!hasAll(model, model.parts.replication)) return;
    state.fork = 0;
    state.events.push({ time: state.time, what: "replication started" });
  }
  if (state.fork >= half) return;
  const before = state.fork;
  let goal = Math.min(half, before + constants.forkSpeed * couplingSeconds);
  let need = basesBetween(genome, before, goal, half);
  while (goal > before && !holds(purse, need)) {
    goal = before + Math.floor((goal - before) / 2);
    need = basesBetween(genome, before, goal, half);
  }
  const pairs = 2 * (goal - before);
  if (goal === before || purse.drawSome(pool.atp, pairs, pool.adp) < pairs) return;
  bindBases(purse, state, need);
  state.fork = goal;
  if (goal === half) state.events.push({ time: state.time, what: "replication ended" });
  const { fromOrigin, distances } = tablesOf(model);
  for (let at = 0; at < fromOrigin.length && (distances[at] as number) < goal; at++) {
    if ((distances[at] as number) < before) continue;
    const gene = model.at.genes + (fromOrigin[at] as number);
    values[gene] = 2 * (values[gene] as number);
  }
}

/** Bases that the forks build in on their way between two places. */
function basesBetween(facts: GenomeFacts, from: number, to: number, half: number): Float64Array {
  const need = Float64Array.from(basesCopied(facts, to, half));
  const start = basesCopied(facts, from, half);
  for (let base = 0; base < need.length; base++) need[base] = (need[base] as number) - (start[base] as number);
  return need;
}

function holds({ free }: Purse, need: Float64Array): boolean {
  for (let base = 0; base < need.length; base++)
    if ((need[base] as number) > (free[pool.deoxy + base] as number)) return false;
  return true;
}

function bindBases({ free }: Purse, { copied }: CellState, need: Float64Array): void {
  for (let base = 0; base < need.length; base++) {
    free[pool.deoxy + base] = (free[pool.deoxy + base] as number) - (need[base] as number);
    copied[base] = (copied[base] as number) + (need[base] as number);
  }
}

/**
 * Bases built into both new strands once the forks are so far. A new copy has as many A as T in all, and as many G as
 * C; the composition of the replicon is spread evenly, so that whole replicons close exactly.
 */
export function basesCopied({ baseCounts, length }: GenomeFacts, fork: number, half: number): number[] {
  const [a = 0, c = 0, g = 0, t = 0] = baseCounts;
  const done = fork / half;
  const known = a + c + g + t === 0 ? [length / 4, length / 4, length / 4, length / 4] : [a, c, g, t];
  const [first = 0, second = 0, third = 0, fourth = 0] = known;
  return [first + fourth, second + third, third + second, fourth + first].map((count) => Math.floor(count * done));
}

/**
 * Plasmids copy themselves, one fork each and at any time, until there are as many in a birth volume as at birth: their
 * copy number is controlled without error. Copies whose fork waits for dNTPs or ATP are no copies yet.
 */
export function replicatePlasmids(model: CellModel, state: CellState, purse: Purse, values: Float64Array): void {
  const { constants, plasmids, at } = model;
  const grown = plasmids.length === 0 ? 1 : volumeOf(model, values) / constants.volume;
  for (const [number, { facts, copies, from, to }] of plasmids.entries()) {
    const now = state.plasmids[number];
    if (now === undefined || now.copies === 0) continue;
    const wanted = Math.min(2 * now.copies, Math.floor(copies * grown));
    while (now.copies + now.forks.length < wanted) now.forks.push(0);
    now.forks = now.forks.flatMap((before) => {
      let goal = Math.min(facts.length, before + constants.forkSpeed * couplingSeconds);
      let need = basesBetween(facts, before, goal, facts.length);
      while (goal > before && !holds(purse, need)) {
        goal = before + Math.floor((goal - before) / 2);
        need = basesBetween(facts, before, goal, facts.length);
      }
      if (goal === before || purse.drawSome(pool.atp, goal - before, pool.adp) < goal - before) return [before];
      bindBases(purse, state, need);
      if (goal < facts.length) return [goal];
      now.copies++;
      for (let gene = from; gene < to; gene++) {
        const there = values[at.genes + gene] ?? 0;
        if (there > 0) values[at.genes + gene] = there + 1;
      }
      return [];
    });
  }
}
