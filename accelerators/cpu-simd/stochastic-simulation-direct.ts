import {
  codeFunctions,
  codeOf,
  dependenciesOf,
  massActionCode,
  type ReactionNetwork,
} from "../../src/network/index.ts";
import { trajectoryStatus } from "../../src/workloads/stochastic-simulation/output.ts";

/** Where a stretch of a trajectory begins and how it ended, in an array that generated code reads and writes. */
export const slot = { time: 0, events: 1, mostEvents: 2, culprit: 3, place: 4, end: 5, until: 6, count: 7 } as const;

/**
 * Advances values to `until`: `numbers` holds random numbers from `place` to `end`, `refill` makes more. Gives a
 * `trajectoryStatus`; `finished` says that the next reaction is not before `until`.
 */
export type Advance = (
  values: Float64Array,
  slots: Float64Array,
  numbers: Float64Array,
  refill: () => number,
) => number;

/** Reactions, and rates to compute again after them all, beyond which locals are more than an engine keeps in registers. */
const mostReactions = 24;
const mostUpdates = 160;

/** Whether a network is small enough for all of its state in locals. */
export function fitsLocals(network: ReactionNetwork): boolean {
  if (network.reactions.length > mostReactions || network.reactions.length === 0) return false;
  return dependenciesOf(network).rates.reduce((sum, { length }) => sum + length, 0) <= mostUpdates;
}

/**
 * Generates the direct method for a small network: values, rates and the sums over them in locals, a branch a reaction. It is
 * made of numbers only.
 */
export function directMethod(network: ReactionNetwork): Advance {
  const { reactions, assignments } = network;
  const place = (index: number): string => `x${index}`;
  const { assignments: assignedAfter, rates: ratesAfter } = dependenciesOf(network);
  let leaves = 1;
  while (leaves < reactions.length) leaves *= 2;
  const isThere = (node: number): boolean => {
    let first = node;
    while (first < leaves) first *= 2;
    return first - leaves < reactions.length;
  };
  const sumCode = (node: number): string =>
    `w${node}=${isThere(2 * node + 1) ? `w${2 * node}+w${2 * node + 1}` : `w${2 * node}`};`;
  const rateCode = (at: number): string => {
    const { rate, reactants } = reactions[at] ?? fail();
    const code =
      rate.kind === "mass-action" ? massActionCode(rate.constant, reactants, place, true) : codeOf(rate.rate, place);
    return `w${leaves + at}=${code};if(!(w${leaves + at}>=0)){s[${slot.culprit}]=${at};c=${trajectoryStatus.badRate};break run;}`;
  };
  const ancestors = (rates: readonly number[]): readonly number[] => {
    const nodes = new Set<number>();
    for (const at of rates) for (let node = (leaves + at) >> 1; node > 0; node >>= 1) nodes.add(node);
    return [...nodes].sort((a, b) => b - a);
  };
  const reactionCode = (at: number): string => {
    const { changes } = reactions[at] ?? fail();
    const again = ratesAfter[at] ?? [];
    return [
      ...changes.map(([value, amount]) => `x${value}+=${amount};`),
      ...changes.map(
        ([value]) => `if(x${value}<0){s[${slot.culprit}]=${value};c=${trajectoryStatus.negative};break run;}`,
      ),
      ...(assignedAfter[at] ?? []).map((one) => assignmentCode(one)),
      ...again.map(rateCode),
      ...ancestors(again).map(sumCode),
    ].join("");
  };
  const assignmentCode = (at: number): string => {
    const { value, of } = assignments[at] ?? fail();
    return `x${value}=${codeOf(of, place)};`;
  };
  const branchCode = (node: number): string => {
    if (node >= leaves) return reactionCode(node - leaves);
    const [left, right] = [2 * node, 2 * node + 1];
    if (!isThere(right)) return branchCode(left);
    return `if(z<w${left}||!(w${right}>0)){${branchCode(left)}}else{z-=w${left};${branchCode(right)}}`;
  };
  const values = Array.from({ length: network.values }, (_, index) => index);
  const nodes = Array.from({ length: leaves + reactions.length - 1 }, (_, at) => at + 1).filter(isThere);
  const every = reactions.map((_, at) => at);
  const code = `return (x,s,u,refill)=>{
${values.map((index) => `let x${index}=x[${index}];`).join("")}
let t=s[${slot.time}],e=s[${slot.events}],p=s[${slot.place}],n=s[${slot.end}],c=0;
const m=s[${slot.mostEvents}],until=s[${slot.until}];
let ${nodes.map((node) => `w${node}=0`).join(",")};
run:{
${every.map(rateCode).join("\n")}
${ancestors(every).map(sumCode).join("")}
for(;;){
if(!(w1<Infinity)){c=${trajectoryStatus.badRate};break run;}
if(p===n){n=refill();p=0;}
const next=w1>0?t+u[p]/w1:Infinity;
if(!(next<until))break run;
if(e>=m){c=${trajectoryStatus.exhausted};break run;}
t=next;let z=u[p+1]*w1;p+=2;e++;
${branchCode(1)}
}}
${values.map((index) => `x[${index}]=x${index};`).join("")}
s[${slot.time}]=t;s[${slot.events}]=e;s[${slot.place}]=p;s[${slot.end}]=n;return c;}`;
  return new Function("f", code)(codeFunctions) as Advance;
}

function fail(): never {
  throw new RangeError("no such reaction");
}
