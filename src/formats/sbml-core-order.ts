import { type Assignment, type Expression, evaluate, noRandom, readsOf } from "../network/index.ts";

/**
 * Puts definitions into an order in which each needs only those before it.
 * @param refuse Makes the error for a circle, which is given as the values in it.
 */
export function ordered(
  definitions: ReadonlyMap<number, Expression>,
  refuse: (circle: readonly number[]) => Error,
): Assignment[] {
  const order: Assignment[] = [];
  const done = new Set<number>();
  // chains of rules may be longer than a stack of calls is deep
  const path: { readonly value: number; readonly needs: Iterator<number> }[] = [];
  const onPath = new Set<number>();
  const enter = (value: number): void => {
    const of = definitions.get(value);
    if (of === undefined || done.has(value)) return;
    if (onPath.has(value)) {
      const circle = path.map((step) => step.value);
      throw refuse(circle.slice(circle.indexOf(value)));
    }
    onPath.add(value);
    path.push({ value, needs: readsOf(of).values.values() });
  };
  for (const root of definitions.keys()) {
    enter(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.needs.next();
      if (next.done !== true) {
        enter(next.value);
        continue;
      }
      const { value } = step;
      path.pop();
      onPath.delete(value);
      done.add(value);
      order.push({ value, of: definitions.get(value) as Expression });
    }
  }
  return order;
}

export interface Start {
  readonly initial: Float64Array;
  /** Definitions that draw or need what is drawn. */
  readonly draws: readonly Assignment[];
}

/** Computes all definitions in their order, at time 0. */
export function start(order: readonly Assignment[], literals: readonly number[]): Start {
  const initial = Float64Array.from(literals);
  const drawn = new Set<number>();
  const draws: Assignment[] = [];
  for (const assignment of order) {
    const { values, draws: draw } = readsOf(assignment.of);
    if (draw || [...values].some((value) => drawn.has(value))) {
      drawn.add(assignment.value);
      draws.push(assignment);
    }
    initial[assignment.value] = evaluate(assignment.of, initial, 0, noRandom);
  }
  return { initial, draws };
}

/** The values that differ in time or from one trajectory to the next, from those that something moves. */
export function varyingValues(moved: Iterable<number>, order: readonly Assignment[]): ReadonlySet<number> {
  const varying = new Set(moved);
  for (const { value, of } of order) if (varies(of, varying)) varying.add(value);
  return varying;
}

export function varies(expression: Expression, varying: ReadonlySet<number>): boolean {
  const { values, time, draws } = readsOf(expression);
  return time || draws || [...values].some((value) => varying.has(value));
}
