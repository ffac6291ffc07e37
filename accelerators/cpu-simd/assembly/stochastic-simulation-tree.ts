// asc: --uncheckedBehavior always
// The direct method over a sum tree, for networks whose rates are all mass action of two molecules at most: what
// stochastic-simulation-tree.ts does, operation by operation, so that both have the same bits. The host lays out memory and writes
// every table as addresses; a rate is k * x * y, where what has fewer reactants reads a place that holds 1.

/** `trajectoryStatus` of the workload, and one more: the random numbers are used up. */
const FINISHED: i32 = 0, EXHAUSTED: i32 = 1, BAD_RATE: i32 = 3, NEGATIVE: i32 = 4, USED_UP: i32 = 255;

let tree: usize = 0;
/** 16 bytes a reaction: addresses of k, x and y, and that of its leaf, plus 1 where the rate is k x (x - 1) / 2. */
let laws: usize = 0;
/**
 * 16 bytes a reaction: where its changes and its lists begin and end. A list, by its address, is 32 bytes: where laws to compute
 * again and nodes to sum again begin and end, then the node above which one path to the root is left.
 */
let heads: usize = 0;
let numbers: usize = 0;
let count: i32 = 0;
let leaves: i32 = 0;

export function lay(treeAt: usize, lawsAt: usize, headsAt: usize, numbersAt: usize, reactions: i32, width: i32): void {
  tree = treeAt;
  laws = lawsAt;
  heads = headsAt;
  numbers = numbersAt;
  count = reactions;
  leaves = width;
}

let time: f64 = 0;
let events: f64 = 0;
let place: usize = 0;
let culprit: i32 = -1;

export function timeNow(): f64 {
  return time;
}
export function eventsSoFar(): f64 {
  return events;
}
/** Random numbers used of those that there are. */
export function used(): i32 {
  return <i32>((place - numbers) >> 3);
}
/** The reaction whose rate is none, -1 for their sum; or the address of the value that is negative. */
export function blamed(): i32 {
  return culprit;
}

// @ts-ignore: decorator
@inline
function rateOf(law: usize, leaf: u32): f64 {
  const x = load<f64>(<usize>load<u32>(law, 4));
  const k = load<f64>(<usize>load<u32>(law));
  if (leaf & 1) return (k * x * (x - 1)) / 2;
  return k * x * load<f64>(<usize>load<u32>(law, 8));
}

/** Computes every rate and every sum; what there is of random numbers begins at their first. False where a rate is none. */
export function begin(from: f64, already: f64): bool {
  time = from;
  events = already;
  place = numbers;
  culprit = -1;
  let law = laws;
  for (let at = 0; at < count; at++, law += 16) {
    const leaf = load<u32>(law, 12);
    const rate = rateOf(law, leaf);
    store<f64>(<usize>(leaf & ~1), rate);
    if (!(rate >= 0)) {
      culprit = at;
      return false;
    }
  }
  // nodes above no reaction stay at 0
  let first = leaves, last = leaves + count - 1;
  while (first > 1) {
    first >>= 1;
    last >>= 1;
    for (let node = first; node <= last; node++) {
      const children = tree + ((<usize>node) << 4);
      store<f64>(tree + ((<usize>node) << 3), load<f64>(children) + load<f64>(children, 8));
    }
  }
  return true;
}

/** As the loop in `advance`, for the rare number that rounding led to a rate of 0. */
function chooseCarefully(choice: f64): i32 {
  let left = choice;
  let node = 1;
  while (node < leaves) {
    node *= 2;
    const children = tree + ((<usize>node) << 3);
    const here = load<f64>(children);
    if (left < here || !(load<f64>(children, 8) > 0)) continue;
    left -= here;
    node++;
  }
  return node;
}

/** Makes the host's new random numbers the ones to draw from. */
export function rewind(): void {
  place = numbers;
}

/** Reactions until a time, or until the numbers or the budget are used up: `FINISHED` says that the next one is not before `until`. */
export function advance(until: f64, mostEvents: f64, end: usize): i32 {
  let now = time, done = events, at = place;
  const width = leaves, root = tree, table = heads;
  let status = FINISHED;
  for (;;) {
    const total = load<f64>(root, 8);
    if (!(total < Infinity)) {
      culprit = -1;
      status = BAD_RATE;
      break;
    }
    if (at == end) {
      status = USED_UP;
      break;
    }
    const next = total > 0 ? now + load<f64>(at) / total : Infinity;
    if (!(next < until)) break;
    if (done >= mostEvents) {
      status = EXHAUSTED;
      break;
    }
    now = next;
    const choice = load<f64>(at, 8) * total;
    let left = choice;
    let node = 1;
    while (node < width) {
      node <<= 1;
      const here = load<f64>(root + ((<usize>node) << 3));
      if (left >= here) {
        left -= here;
        node++;
      }
    }
    if (!(load<f64>(root + ((<usize>node) << 3)) > 0)) node = chooseCarefully(choice);
    at += 16;
    done += 1;
    const head = table + ((<usize>(node - width)) << 4);
    let lacking: i32 = -1;
    for (let change = load<u32>(head), last = load<u32>(head, 4); change < last; change += 16) {
      const value = <usize>load<u32>(<usize>change, 8);
      const amount = load<f64>(value) + load<f64>(<usize>change);
      store<f64>(value, amount);
      if (amount < 0 && lacking < 0) lacking = <i32>value;
    }
    if (lacking >= 0) {
      culprit = lacking;
      status = NEGATIVE;
      break;
    }
    let bad: i32 = i32.MAX_VALUE;
    for (let one = load<u32>(head, 8), final = load<u32>(head, 12); one < final; one += 4) {
      const list = <usize>load<u32>(<usize>one);
      for (let law = load<u32>(list), last = load<u32>(list, 4); law < last; law += 16) {
        const leaf = load<u32>(<usize>law, 12);
        const rate = rateOf(<usize>law, leaf);
        store<f64>(<usize>(leaf & ~1), rate);
        if (!(rate >= 0)) bad = min(bad, <i32>(((<usize>leaf - root) >> 3) - width));
      }
      for (let parent = load<u32>(list, 8), last = load<u32>(list, 12); parent < last; parent += 4) {
        const node8 = <usize>load<u32>(<usize>parent);
        const children = root + (node8 << 1);
        store<f64>(root + node8, load<f64>(children) + load<f64>(children, 8));
      }
      // the sum stays in a register: a node that was just stored takes longer to load than to add to
      let alone = <usize>load<u32>(list, 16);
      let sum = load<f64>(root + (alone << 3));
      while (alone > 1) {
        sum += load<f64>(root + ((alone ^ 1) << 3));
        alone >>= 1;
        store<f64>(root + (alone << 3), sum);
      }
    }
    if (bad < i32.MAX_VALUE) {
      culprit = bad;
      status = BAD_RATE;
      break;
    }
  }
  time = now;
  events = done;
  place = at;
  return status;
}
