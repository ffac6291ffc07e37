import type { Expression } from "./expression.ts";
import type { NetworkReaction, ReactionNetwork } from "./network.ts";

/** What an expression reads. */
export interface Reads {
  readonly values: ReadonlySet<number>;
  readonly time: boolean;
  readonly draws: boolean;
}

/** The expressions directly inside of one. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "time":
    case "value":
      return [];
    case "unary":
      return [expression.argument];
    case "binary":
      return [expression.left, expression.right];
    case "piecewise": {
      const parts = expression.pieces.flatMap(({ value, when }) => [value, when]);
      return expression.otherwise === null ? parts : [...parts, expression.otherwise];
    }
    default:
      return expression.arguments;
  }
}

/** All that an expression reads, however deep. */
export function readsOf(expression: Expression): Reads {
  const values = new Set<number>();
  let time = false;
  let draws = false;
  const visit = (one: Expression): void => {
    if (one.kind === "value") values.add(one.index);
    else if (one.kind === "time") time = true;
    else if (one.kind === "draw") draws = true;
    for (const part of partsOf(one)) visit(part);
  };
  visit(expression);
  return { values, time, draws };
}

/** The same expression with other ones in the place of some values. */
export function substitute(expression: Expression, by: ReadonlyMap<number, Expression>): Expression {
  const inside = (one: Expression): Expression => substitute(one, by);
  switch (expression.kind) {
    case "number":
    case "time":
      return expression;
    case "value":
      return by.get(expression.index) ?? expression;
    case "unary":
      return { ...expression, argument: inside(expression.argument) };
    case "binary":
      return { ...expression, left: inside(expression.left), right: inside(expression.right) };
    case "piecewise":
      return {
        ...expression,
        pieces: expression.pieces.map(({ value, when }) => ({ value: inside(value), when: inside(when) })),
        otherwise: expression.otherwise === null ? null : inside(expression.otherwise),
      };
    default:
      return { ...expression, arguments: expression.arguments.map(inside) };
  }
}

/** What assigned values stand for, in terms of values that are not assigned. */
export function assignedExpressions({ assignments }: ReactionNetwork): ReadonlyMap<number, Expression> {
  const known = new Map<number, Expression>();
  for (const { value, of } of assignments) known.set(value, substitute(of, known));
  return known;
}

/** The values that a reaction's rate reads itself. */
export function rateReads({ rate, reactants }: NetworkReaction): Reads {
  if (rate.kind === "expression") return readsOf(rate.rate);
  return { values: new Set([rate.constant, ...reactants.map(([value]) => value)]), time: false, draws: false };
}

/** What has to be computed anew after each reaction: assignments in their order, then rates; both by number, ascending. */
export interface Dependencies {
  readonly assignments: readonly (readonly number[])[];
  readonly rates: readonly (readonly number[])[];
}

/** By number of a value: the reactions whose rates read it, ascending. */
export function readersOf(reactions: ReactionNetwork["reactions"]): Map<number, number[]> {
  const readers = new Map<number, number[]>();
  for (const [reaction, one] of reactions.entries())
    for (const value of rateReads(one).values) {
      const known = readers.get(value);
      if (known === undefined) readers.set(value, [reaction]);
      else known.push(reaction);
    }
  return readers;
}

/** Who depends on each reaction, through mass action, expressions and assignments. */
export function dependenciesOf({ reactions, assignments }: ReactionNetwork): Dependencies {
  const users = readersOf(reactions);
  const reads = assignments.map(({ of }) => readsOf(of).values);
  const found = reactions.map(({ changes }) => {
    const changed = new Set(changes.map(([value]) => value));
    const again: number[] = [];
    for (const [at, { value }] of assignments.entries())
      if ([...(reads[at] ?? [])].some((read) => changed.has(read))) {
        again.push(at);
        changed.add(value);
      }
    return { again, rates: merged([...changed].flatMap((value) => [users.get(value) ?? []])) };
  });
  return { assignments: found.map(({ again }) => again), rates: found.map(({ rates }) => rates) };
}

/** All numbers of ascending lists, each once, ascending: one long list and some short ones, for the most part. */
function merged(lists: readonly (readonly number[])[]): readonly number[] {
  let all: readonly number[] = [];
  for (const list of [...lists].sort((a, b) => b.length - a.length)) {
    if (list.length === 0) break;
    if (all.length === 0) {
      all = list;
      continue;
    }
    const both: number[] = [];
    let other = 0;
    for (const one of all) {
      while (other < list.length && (list[other] as number) < one) both.push(list[other++] as number);
      if (list[other] === one) other++;
      both.push(one);
    }
    while (other < list.length) both.push(list[other++] as number);
    all = both;
  }
  return all;
}
