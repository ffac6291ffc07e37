// How far from the diagonals between a pair's corners its matrix has to be looked at. A way that touches a diagonal has at
// most as many matches as that diagonal is long, and so scores at most that times the matrix' greatest score: once an
// alignment is found that scores as much, all diagonals as short need no look, and the answer is exact without them.

/** Further than any pair is long. */
export const UNLIMITED: i32 = 1 << 30;
/** Where nothing is known yet. */
const FIRST_GUESS: i32 = 16;
/** Pairs that a guess goes by. */
const SAMPLED: i32 = 64;
/** Second looks are at mixed pairs, so that vectors are fuller of others' cells. */
const SECOND_LOOK: f64 = 1.2;

/** Diagonals beside those between the corners that may hold a way that scores more than `score`. */
export function neededReach(shorter: i32, score: i32, most: i32): i32 {
  return most > 0 ? max(0, shorter - 1 - score / most) : 0;
}

/** Cells of a pair on the diagonals between its corners and `reach` more on either side. */
export function cellsWithin(shorter: i32, longer: i32, reach: i32): f64 {
  if (reach >= shorter - 1) return <f64>shorter * <f64>longer;
  return <f64>shorter * <f64>(longer - shorter + 1 + 2 * reach) - <f64>reach * <f64>(reach + 1);
}

/** The last pairs of which nothing had been known: shorter, longer and needed reach; and room to sort what they needed. */
const samples = memory.data(SAMPLED * 12);
const sorted = memory.data(SAMPLED * 4);
let seen: i32 = 0;
let learnt: i32 = 0;
let guess: i32 = FIRST_GUESS;

/**
 * The reach of pairs of which nothing is known is guessed from what the last ones turned out to need: reads beside their
 * windows need little, and a list of strangers everything, where a first look would be in vain.
 */
export function forget(): void {
  seen = 0;
  learnt = 0;
  guess = FIRST_GUESS;
}

export function guessed(): i32 {
  return guess;
}

export function note(shorter: i32, longer: i32, needed: i32): void {
  const at = samples + <usize>(seen % SAMPLED) * 12;
  store<i32>(at, shorter);
  store<i32>(at, longer, 4);
  store<i32>(at, needed, 8);
  seen++;
}

function cost(reach: i32, count: i32): f64 {
  let cells: f64 = 0;
  for (let at = samples, end = samples + <usize>count * 12; at < end; at += 12) {
    const shorter = load<i32>(at), longer = load<i32>(at, 4), needed = load<i32>(at, 8);
    cells += cellsWithin(shorter, longer, reach);
    if (needed > reach) cells += SECOND_LOOK * cellsWithin(shorter, longer, needed);
  }
  return cells;
}

/** Takes what has been noted into account, once there is enough that is new. */
export function learn(): void {
  const count = min(SAMPLED, seen);
  if (count == 0 || (learnt > 0 && seen - learnt < SAMPLED)) return;
  learnt = seen;
  for (let at = 0; at < count; at++) {
    const needed = load<i32>(samples + <usize>at * 12, 8);
    let to = sorted + (<usize>at << 2);
    for (; to > sorted && load<i32>(to - 4) > needed; to -= 4) store<i32>(to, load<i32>(to - 4));
    store<i32>(to, needed);
  }
  guess = UNLIMITED;
  let least = cost(UNLIMITED, count);
  for (let eighth = 0; eighth < 8; eighth++) {
    const reach = load<i32>(sorted + (<usize>((eighth * count) >> 3) << 2));
    const cells = cost(reach, count);
    if (cells >= least) continue;
    least = cells;
    guess = reach;
  }
}
