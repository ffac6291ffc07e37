import { type CellState, contentOf, residuesIn, trnaOf, volumeOf } from "./cell-state.ts";
import { avogadro, type CellModel, concentration, machinesBusy } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import { ladder, ledgerNames, Purse, pool } from "./pools.ts";
import { hillFactor } from "./regulation.ts";

/** Seconds between two couplings of expression and supply. */
export const couplingSeconds = 1;

/** Sets rates by the cell's volume, pools and regulators, and lets machines go: what a run of the network starts from. */
export function beforeStep(model: CellModel, state: CellState): void {
  const { values, pools, charged } = state;
  const { at, rates, genes, constants, perturbations, ribosome, polymerase } = model;
  const volume = volumeOf(model, values);
  const dilution = constants.volume / volume;
  const machines = freeMachinesAtBirth(model);
  const levels = ladder.map(([tri]) => concentration(pools[tri] ?? 0, volume));
  const waits = levels.map((level) => constants.polymeraseSaturation / level);
  const kinds = perturbations.charging === true ? trnaOf(model, values) : null;
  const common = constants.trnaSaturation / concentration(constants.chargedTrna, constants.volume);
  const waitOf = [...aminoAcids].map((_, amino) =>
    kinds === null || (kinds[amino] ?? 0) === 0
      ? common
      : constants.trnaSaturation / concentration(charged[amino] ?? 0, volume),
  );
  for (let gene = 0; gene < genes.length; gene++) {
    const rate = rates[gene];
    const facts = genes[gene];
    if (rate === undefined || facts === undefined) continue;
    const knocked = perturbations.knockDown?.get(facts.id) ?? 1;
    values[at.startTranscription + gene] = (rate.transcription / machines.polymerases) * dilution * knocked;
    let bases = rate.bases;
    for (let base = 0; base < 4; base++) {
      const count = facts.baseCounts[base] ?? 0;
      if (count > 0) bases += count * (waits[base] ?? 0);
    }
    values[at.endTranscription + gene] = constants.polymeraseSpeed / bases;
    if (rate.residues === 0) continue;
    values[at.startTranslation + gene] = (rate.translation / machines.ribosomes) * dilution;
    let residues = rate.residues;
    if (kinds === null) residues *= 1 + common;
    else
      for (let amino = 0; amino < waitOf.length; amino++) {
        const count = facts.aminoAcidCounts[amino] ?? 0;
        if (count > 0) residues += count * (waitOf[amino] ?? 0);
      }
    values[at.endTranslation + gene] = constants.ribosomeSpeed / residues;
  }
  for (const { rule, target, regulator } of model.regulation) {
    const start = at.startTranscription + target;
    values[start] = (values[start] ?? 0) * hillFactor(rule, (values[at.proteins + regulator] ?? 0) * dilution);
  }
  releaseMachines(state, ribosome, state.share * (1 - (perturbations.inhibitRibosomes ?? 0)));
  releaseMachines(state, polymerase, state.share * (1 - (perturbations.inhibitPolymerases ?? 0)));
}

/** Of the machines without work, lets a share start; the others wait among the released. */
function releaseMachines({ values }: CellState, { free, released }: CellModel["ribosome"], share: number): void {
  const idle = (values[free] ?? 0) + (values[released] ?? 0);
  values[free] = Math.floor(idle * share);
  values[released] = idle - (values[free] ?? 0);
}

const references = new WeakMap<CellModel, { readonly ribosomes: number; readonly polymerases: number }>();

/** Machines without work in a cell at birth, by the rates of its genes: what those rates already contain. */
function freeMachinesAtBirth(model: CellModel): { readonly ribosomes: number; readonly polymerases: number } {
  const known = references.get(model);
  if (known !== undefined) return known;
  const { rates, constants, genes } = model;
  let [reading, writing] = [0, 0];
  rates.forEach(({ transcription, translation, expectedTranscripts, bases, residues }, gene) => {
    writing += (transcription * bases) / constants.polymeraseSpeed;
    if (genes[gene]?.kind === "protein")
      reading += (expectedTranscripts * translation * residues) / constants.ribosomeSpeed;
  });
  const atLeast = 0.05;
  const free = {
    ribosomes: Math.max(constants.ribosomes - reading, atLeast * constants.ribosomes),
    polymerases: Math.max(constants.polymerases - writing, atLeast * constants.polymerases),
  };
  references.set(model, free);
  return free;
}

/**
 * Settles what the network did in a step against the pools: every transcription and translation that started takes all
 * its nucleotides, amino acids and energy at once. Changes nothing and returns false where the pools do not hold that.
 */
export function settleStep(model: CellModel, state: CellState, values: Float64Array): boolean {
  const { genes, at, constants, perturbations } = model;
  const { tally } = state;
  const grown = residuesIn(model, values) / residuesIn(model, model.network.initial);
  const purse = new Purse(state.pools.slice(), Math.floor(constants.atpCapacity * grown * couplingSeconds));
  const written = [0, 0, 0, 0];
  const returned = [0, 0, 0, 0];
  const read = new Float64Array(aminoAcids.length);
  const freed = new Float64Array(aminoAcids.length);
  let [decayed, made] = [0, 0];
  for (let gene = 0; gene < genes.length; gene++) {
    const started = values[at.transcriptionsStarted + gene] ?? 0;
    const lost = values[at.transcriptsDecayed + gene] ?? 0;
    const proteins = values[at.translationsStarted + gene] ?? 0;
    const gone = values[at.proteinsDecayed + gene] ?? 0;
    if (started + lost + proteins + gone === 0) continue;
    const { baseCounts, aminoAcidCounts } = genes[gene] as (typeof genes)[number];
    for (let base = 0; base < 4; base++) {
      written[base] = (written[base] ?? 0) + started * (baseCounts[base] ?? 0);
      returned[base] = (returned[base] ?? 0) + lost * (baseCounts[base] ?? 0);
    }
    for (let amino = 0; amino < read.length; amino++) {
      read[amino] = (read[amino] ?? 0) + proteins * (aminoAcidCounts[amino] ?? 0);
      freed[amino] = (freed[amino] ?? 0) + gone * (aminoAcidCounts[amino] ?? 0);
    }
    decayed += lost;
    made += started;
  }
  for (const [base, [tri, , mono]] of ladder.entries()) {
    purse.free[mono] = (purse.free[mono] ?? 0) + (returned[base] ?? 0);
    if (!purse.draw(tri, written[base] ?? 0, -1)) return false;
  }
  let residues = 0;
  const charged = state.charged.slice();
  const kinds = perturbations.charging === true ? trnaOf(model, values) : null;
  for (let amino = 0; amino < read.length; amino++) {
    const need = read[amino] ?? 0;
    const index = pool.aminoAcids + amino;
    residues += need;
    const kind = kinds?.[amino] ?? 0;
    // an amino acid is bought by ATP when it is put on its tRNA, and leaves the free pool then
    let onto = need;
    if (kind > 0) {
      const most = Math.floor(constants.chargingRate * constants.synthetases * grown * couplingSeconds);
      onto = Math.min(most, kind - (charged[amino] ?? 0) + need, purse.free[index] ?? 0);
      if ((charged[amino] ?? 0) + onto < need) return false;
      charged[amino] = (charged[amino] ?? 0) + onto - need;
    }
    if ((purse.free[index] ?? 0) < onto || !purse.draw(pool.atp, onto, pool.amp)) return false;
    purse.free[index] = (purse.free[index] ?? 0) - onto + (freed[amino] ?? 0);
  }
  // two GTP a residue: EF-Tu and EF-G
  if (!purse.draw(pool.gtp, 2 * residues, pool.gdp)) return false;
  state.charged.set(charged);
  state.pools = purse.free;
  takeUp(model, state, purse, grown);
  const spent = Math.round(constants.maintenance * grown * couplingSeconds);
  tally.unmetMaintenance += spent - purse.drawSome(pool.atp, spent, pool.adp);
  replicate(model, state, purse, values);
  purse.recharge();
  tally.atpSpent += Math.floor(constants.atpCapacity * grown * couplingSeconds) - purse.budget;
  tally.residuesStarted += residues;
  tally.transcriptsDecayed += decayed;
  tally.transcriptsMade += made;
  return true;
}

/** Uptake brings pools back to their levels in the present volume, as fast as it can; an amino acid costs one ATP. */
function takeUp(model: CellModel, state: CellState, purse: Purse, grown: number): void {
  const { constants, perturbations, genes, at, network } = model;
  const { taken } = state;
  const volume = constants.volume * grown;
  const molecules = (millimolar: number): number => Math.round((millimolar / 1000) * avogadro * volume);
  const fastest = (constants.importMargin * grown * couplingSeconds) / constants.doublingTime;
  const add = (ledger: number, index: number, amount: number): void => {
    if (amount <= 0) return;
    purse.free[index] = (purse.free[index] ?? 0) + amount;
    taken[ledger] = (taken[ledger] ?? 0) + amount;
  };
  for (const [base, [tri, di, mono]] of ladder.entries()) {
    const level = [constants.atp, constants.ctp, constants.gtp, constants.utp][base] ?? 0;
    const goal = molecules(level * (1 + constants.diphosphates));
    const have = (purse.free[tri] ?? 0) + (purse.free[di] ?? 0) + (purse.free[mono] ?? 0);
    // nucleosides come as monophosphates; a cell's RNA and pools double in a cycle
    add(base, mono, Math.min(goal - have, Math.ceil(fastest * (goal + model.genome.length))));
  }
  for (let base = 0; base < 4; base++)
    add(
      4 + base,
      pool.deoxy + base,
      Math.min(
        molecules(constants.dntp) - (purse.free[pool.deoxy + base] ?? 0),
        Math.ceil(2 * constants.forkSpeed * constants.importMargin * couplingSeconds),
      ),
    );
  const content = residuesByAminoAcid(model, network.initial, genes, at.proteins);
  for (let amino = 0; amino < aminoAcids.length; amino++) {
    if ((perturbations.withoutAminoAcids ?? "").includes(aminoAcids[amino] ?? "?")) continue;
    const index = pool.aminoAcids + amino;
    const wanted = Math.min(
      molecules(constants.aminoAcid) - (purse.free[index] ?? 0),
      Math.ceil(fastest * (content[amino] ?? 0)),
    );
    if (wanted > 0) add(8 + amino, index, purse.drawSome(pool.atp, wanted, pool.adp));
  }
}

const contents = new WeakMap<CellModel, Float64Array>();

function residuesByAminoAcid(
  model: CellModel,
  values: Float64Array,
  genes: CellModel["genes"],
  proteins: number,
): Float64Array {
  const known = contents.get(model);
  if (known !== undefined) return known;
  const content = new Float64Array(aminoAcids.length);
  genes.forEach(({ aminoAcidCounts }, gene) => {
    for (let amino = 0; amino < content.length; amino++)
      content[amino] = (content[amino] ?? 0) + (values[proteins + gene] ?? 0) * (aminoAcidCounts[amino] ?? 0);
  });
  contents.set(model, content);
  return content;
}

/** Two forks leave the origin and copy what dNTPs and ATP (one a base pair) allow; a gene they pass is there twice. */
function replicate(model: CellModel, state: CellState, purse: Purse, values: Float64Array): void {
  const { constants, genome, organism, genes, at, perturbations } = model;
  if (perturbations.replication === false) return;
  const half = Math.ceil(genome.length / 2);
  if (state.fork === null) {
    if (volumeOf(model, values) < constants.initiationVolume * constants.volume) return;
    state.fork = 0;
    state.events.push({ time: state.time, what: "replication started" });
  }
  if (state.fork >= half) return;
  const before = state.fork;
  let goal = Math.min(half, before + constants.forkSpeed * couplingSeconds);
  const copiedBy = (fork: number): number[] => basesCopied(genome, fork, half);
  const start = copiedBy(before);
  const need = (): number[] => copiedBy(goal).map((count, base) => count - (start[base] ?? 0));
  while (goal > before && need().some((count, base) => count > (purse.free[pool.deoxy + base] ?? 0)))
    goal = before + Math.floor((goal - before) / 2);
  const pairs = 2 * (goal - before);
  if (goal === before || purse.drawSome(pool.atp, pairs, pool.adp) < pairs) return;
  for (const [base, count] of need().entries()) {
    purse.free[pool.deoxy + base] = (purse.free[pool.deoxy + base] ?? 0) - count;
    state.copied[base] = (state.copied[base] ?? 0) + count;
  }
  state.fork = goal;
  if (goal === half) state.events.push({ time: state.time, what: "replication ended" });
  genes.forEach(({ start: from, end }, gene) => {
    const ahead = ((from + end) / 2 - organism.origin + genome.length) % genome.length;
    const away = Math.min(ahead, genome.length - ahead);
    if (away < before || away >= goal) return;
    values[at.genes + gene] = 2 * (values[at.genes + gene] ?? 0);
  });
}

/**
 * Bases built into both new strands once the forks are so far. A new copy has as many A as T in all, and as many G as
 * C; the composition of the replicon is spread evenly, so that whole replicons close exactly.
 */
function basesCopied({ baseCounts, length }: CellModel["genome"], fork: number, half: number): number[] {
  const [a = 0, c = 0, g = 0, t = 0] = baseCounts;
  const done = fork / half;
  const known = a + c + g + t === 0 ? [length / 4, length / 4, length / 4, length / 4] : [a, c, g, t];
  const [first = 0, second = 0, third = 0, fourth = 0] = known;
  return [first + fourth, second + third, third + second, fourth + first].map((count) => Math.floor(count * done));
}

/** What follows a step that was settled: counters go back to 0, new machines are put together, ledgers are closed. */
export function afterStep(model: CellModel, state: CellState, values: Float64Array): void {
  const { at, genes, ribosome, polymerase, parts, network } = model;
  const { tally } = state;
  const stalled = values[ribosome.released] ?? 0;
  tally.stalledSeconds += state.share < 1 ? stalled * couplingSeconds : 0;
  values.fill(0, at.transcriptionsStarted, at.transcriptionsStarted + 4 * genes.length);
  state.values = values;
  const total = (members: readonly number[], block: number, of: Float64Array): number =>
    members.reduce((count, gene) => count + (of[block + gene] ?? 0), 0);
  const ratio = (members: readonly number[]): number => {
    const born = total(members, at.proteins, network.initial);
    return born === 0 ? 1 : total(members, at.proteins, values) / born;
  };
  // as many as their proteins allow, and as there is each of their RNAs; those that are there do not fall apart
  const allowed = Math.min(
    Math.floor(model.constants.ribosomes * ratio(parts.ribosomalProteins)),
    ...parts.ribosomalRnas.map((group) => total(group, at.transcripts, values)),
  );
  const enzymes = Math.floor(model.constants.polymerases * ratio(parts.polymerase));
  for (const [machine, key, count] of [
    [ribosome, "ribosomes", allowed],
    [polymerase, "polymerases", enzymes],
  ] as const) {
    const more = Math.max(0, count - state[key]);
    values[machine.released] = (values[machine.released] ?? 0) + more;
    state[key] += more;
  }
  state.time += couplingSeconds;
  tally.couplings++;
  tally.ribosomeSeconds += state.ribosomes * couplingSeconds;
  let [transcripts, copies] = [0, 0];
  for (let gene = 0; gene < genes.length; gene++) {
    if (genes[gene]?.kind !== "protein") continue;
    transcripts += values[at.transcripts + gene] ?? 0;
    copies += values[at.genes + gene] ?? 0;
  }
  tally.transcriptSeconds += transcripts * couplingSeconds;
  tally.geneSeconds += copies * couplingSeconds;
  tally.drift = Math.max(tally.drift, ...ledgersOf(model, state).map(({ drift }) => Math.abs(drift)));
  const doubled = state.events.some(({ what }) => what === "volume doubled");
  if (!doubled && volumeOf(model, values) >= 2 * model.constants.volume)
    state.events.push({ time: state.time, what: "volume doubled" });
}

/** One account: `drift` is what there is, less what there was at birth and what came in since. */
export interface Ledger {
  readonly name: string;
  readonly atBirth: number;
  readonly taken: number;
  readonly now: number;
  readonly drift: number;
}

/** Every account of a cell, counted afresh from its molecules. */
export function ledgersOf(model: CellModel, state: CellState): readonly Ledger[] {
  const { values, atBirth, taken, bornWith } = state;
  const { ribosome, polymerase } = model;
  const content = contentOf(model, state);
  const machine = (
    name: string,
    { free, released }: CellModel["ribosome"],
    busy: number,
    born: number,
    all: number,
  ) => {
    const now = (values[free] ?? 0) + (values[released] ?? 0) + busy;
    return { name, atBirth: born, taken: all - born, now, drift: now - all };
  };
  return [
    ...ledgers(atBirth, taken, content),
    machine("ribosome", ribosome, machinesBusy(model, values, "ribosome"), bornWith.ribosomes, state.ribosomes),
    machine(
      "RNA polymerase",
      polymerase,
      machinesBusy(model, values, "polymerase"),
      bornWith.polymerases,
      state.polymerases,
    ),
    ...trnaLedgers(model, state),
  ];
}

function ledgers(atBirth: Float64Array, taken: Float64Array, content: Float64Array): readonly Ledger[] {
  return ledgerNames.map((name, at) => {
    const [born, came, now] = [atBirth[at] ?? 0, taken[at] ?? 0, content[at] ?? 0];
    return { name, atBirth: born, taken: came, now, drift: now - born - came };
  });
}

/** Charged and uncharged tRNA are together those there are; those that genes made since birth came in. */
function trnaLedgers(model: CellModel, { values, charged, bornWith }: CellState): readonly Ledger[] {
  const kinds = trnaOf(model, values);
  return [...aminoAcids].flatMap((letter, amino) => {
    const all = kinds[amino] ?? 0;
    if (all === 0) return [];
    const now = Math.max(0, all - (charged[amino] ?? 0)) + (charged[amino] ?? 0);
    const atBirth = bornWith.trna[amino] ?? 0;
    return [{ name: `tRNA ${letter}`, atBirth, taken: all - atBirth, now, drift: now - all }];
  });
}
