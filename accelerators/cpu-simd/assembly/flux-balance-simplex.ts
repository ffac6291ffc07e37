// asc: --uncheckedBehavior always
// Bounded simplex over one sparse matrix that keeps its factorised basis between problems. One instance a problem: what is
// allocated at `open` is never freed. The host writes bounds and costs, scaled as `scale` says, and reads values through the pointers.
import { allocateBasis, computeDual, computePrimal, keepBase, refactorise, returnToBase } from "./flux-balance-simplex/basis";
import {
  FEASIBLE, INFEASIBLE, allocateDual, dual, dualSteps, makeDualFeasible, ray,
} from "./flux-balance-simplex/dual";
import { allocateFactor } from "./flux-balance-simplex/factor";
import {
  GAVE_UP, UNBOUNDED, allocatePrimal, direction, primal, primalSteps, rayColumn, rayDirection, widened,
} from "./flux-balance-simplex/primal";
import {
  AT_LOWER, DUAL_AIM, DUAL_TOLERANCE, PRIMAL_TOLERANCE, allocateProblem, askedCost, askedLower, askedUpper, colRow, colStart, colValue, columns,
  d, dualError, head, indexRows, placeAll, primalError, restoreBounds, restoreCosts, rows, total, where, x,
} from "./flux-balance-simplex/problem";
import { allocateScales, columnScale, rowScale, scaleMatrix } from "./flux-balance-simplex/scaling";

const OPTIMUM: i32 = 0;
const NO_POINT: i32 = 1;
const NO_LIMIT: i32 = 2;
const NO_ANSWER: i32 = 3;
/** Rounds of dual and primal steps before it gives up: each takes away what the one before had perturbed. */
const ROUNDS: i32 = 12;
/** Rounds that aim for the finer tolerance. */
const AIMED: i32 = 3;

export function open(m: i32, n: i32, entries: i32): void {
  allocateProblem(m, n, entries);
  allocateScales();
  allocateFactor();
  allocateBasis();
  allocateDual();
  allocatePrimal();
}

export function startsAt(): usize {
  return changetype<usize>(colStart);
}
export function indicesAt(): usize {
  return changetype<usize>(colRow);
}
export function valuesAt(): usize {
  return changetype<usize>(colValue);
}
/** Scales the matrix that the host wrote. Here and not there, where it would run uncompiled and take longer than many a solve. */
export function scale(): void {
  scaleMatrix();
}
export function rowScalesAt(): usize {
  return changetype<usize>(rowScale);
}
export function columnScalesAt(): usize {
  return changetype<usize>(columnScale);
}
/** Bounds, costs, states, values and reduced costs are by column, the logicals after the others. */
export function lowerAt(): usize {
  return changetype<usize>(askedLower);
}
export function upperAt(): usize {
  return changetype<usize>(askedUpper);
}
export function costsAt(): usize {
  return changetype<usize>(askedCost);
}
/** 0 or more for a basic column, -1 at its lower bound, -2 at its upper, -3 for a free one at 0. */
export function statesAt(): usize {
  return changetype<usize>(where);
}
export function fluxesAt(): usize {
  return changetype<usize>(x);
}
export function reducedCostsAt(): usize {
  return changetype<usize>(d);
}
/** Row multipliers, after an infeasible end. */
export function rayAt(): usize {
  return changetype<usize>(ray);
}
/** Exchanges and flips so far. */
export function steps(): i32 {
  return dualSteps + primalSteps;
}

/** Takes in the matrix and the states that the host wrote; logicals stand in where too few are basic. */
export function load(): void {
  indexRows();
  let basic = 0;
  for (let j = 0; j < total; j++) {
    if (where[j] < 0) continue;
    if (basic < rows) head[basic++] = j;
    else where[j] = AT_LOWER;
  }
  for (let i = 0; i < rows && basic < rows; i++) if (where[columns + i] < 0) head[basic++] = columns + i;
  refactorise();
  restoreBounds();
  placeAll();
  computePrimal();
}

/** Makes the basis at hand, for the bounds and costs of the last call, the one that `reset` returns to. */
export function keep(): void {
  restoreBounds();
  restoreCosts();
  placeAll();
  keepBase();
}
export function reset(): void {
  returnToBase();
}

let mostSteps: i32 = 0;
/** Steps after which a round gives up, where the host has less patience than a hard problem may take; 0 for as many as that. */
export function allow(steps: i32): void {
  mostSteps = steps;
}

/** Solves for the asked bounds and costs from the basis at hand; `movedCosts` where the costs are not those of the last call. */
export function solve(movedCosts: bool): i32 {
  restoreBounds();
  restoreCosts();
  if (placeAll()) computePrimal();
  if (movedCosts) computeDual();
  const limit = mostSteps > 0 ? mostSteps : 20 * total + 1000;
  let clean = true;
  for (let round = 0; round < ROUNDS; round++) {
    if (primalError() > PRIMAL_TOLERANCE) {
      clean = false;
      if (makeDualFeasible()) computePrimal();
      const end = dual(limit);
      if (end == INFEASIBLE) return NO_POINT;
      if (end != FEASIBLE) return NO_ANSWER;
      restoreCosts();
      computeDual();
    }
    const aim = round < AIMED ? DUAL_AIM : DUAL_TOLERANCE;
    if (dualError() > aim) {
      clean = false;
      const end = primal(limit, aim);
      if (widened) {
        restoreBounds();
        placeAll();
        computePrimal();
      }
      if (end == UNBOUNDED && primalError() <= PRIMAL_TOLERANCE) return NO_LIMIT;
      if (end == GAVE_UP && aim == DUAL_TOLERANCE) return NO_ANSWER;
    }
    if (clean) return OPTIMUM;
    computePrimal();
    computeDual();
    if (primalError() <= PRIMAL_TOLERANCE && dualError() <= aim) return OPTIMUM;
  }
  return NO_ANSWER;
}

/** After an unbounded end: puts the direction that improves for ever in place of the values. */
export function layRay(): void {
  for (let j = 0; j < total; j++) x[j] = 0;
  for (let i = 0; i < rows; i++) x[head[i]] = -rayDirection * direction[i];
  x[rayColumn] = rayDirection;
}
