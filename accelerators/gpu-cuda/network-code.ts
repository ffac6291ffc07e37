import { type Graph, operations, type Use } from "./network-graph.ts";

/** From here on an operand names a number, before it a row. */
const firstNumber = 2 ** 30;
const resultSoFar = -1;

/**
 * Flat code: four integers an instruction, the operation, two operands and what the result is kept in. An operand is a row (the
 * values by place, then intermediate results), -1 for the result of the instruction before, or 2^30 and more for a number. With
 * `addTo` the second operand is the output and the last the factor, and the result so far stays.
 */
export class FlatCode {
  readonly #code: number[] = [];
  readonly #numbers: number[];
  readonly #numberAt = new Map<number, number>();
  readonly #firstRow: number;
  #rows: number;

  /** Intermediate results go to rows from `firstRow` on; numbers are appended to `numbers`. */
  constructor(firstRow: number, numbers: number[]) {
    this.#firstRow = firstRow;
    this.#rows = firstRow;
    this.#numbers = numbers;
  }

  /** Rows in all, intermediate results included. */
  get rows(): number {
    return this.#rows;
  }

  /** The code since the last call. */
  take(): readonly number[] {
    return this.#code.splice(0);
  }

  /** Appends the code of one graph, each of whose expressions goes where its use says. */
  add({ nodes, roots }: Graph, uses: readonly Use[]): void {
    const left = nodes.map(() => 0);
    for (const root of roots) left[root] = (left[root] ?? 0) + 1;
    // a part counts once for each operation that reads it and is itself there
    for (let at = nodes.length - 1; at >= 0; at--) {
      const node = nodes[at];
      if (node?.kind === "operation") for (const part of node.parts) left[part] = (left[part] ?? 0) + 1;
    }
    const shared = left.map((count) => count > 1);
    const rowOf = new Map<number, number>();
    const free = Array.from({ length: this.#rows - this.#firstRow }, (_, at) => this.#firstRow + at);
    let soFar = -1;
    const keep = (node: number): void => {
      if (rowOf.has(node)) return;
      const row = free.pop() ?? this.#rows++;
      this.#code[this.#code.length - 1] = row;
      rowOf.set(node, row);
    };
    const isThere = (node: number): boolean => nodes[node]?.kind !== "operation" || rowOf.has(node);
    const operand = (at: number): number => {
      const node = nodes[at];
      if (node?.kind === "number") return this.#number(node.value);
      if (node?.kind === "value") return node.place;
      return rowOf.get(at) ?? resultSoFar;
    };
    const consume = (at: number): void => {
      const count = (left[at] ?? 0) - 1;
      left[at] = count;
      const row = rowOf.get(at);
      if (count === 0 && row !== undefined) free.push(row);
    };
    const compute = (at: number): void => {
      const node = nodes[at];
      if (node?.kind !== "operation" || rowOf.has(at)) return;
      const { of, parts } = node;
      // what is computed last stays the result so far; of a choice that is the condition, its first part
      const order = [...new Set(of === "select" ? [parts[1] ?? 0, parts[2] ?? 0, parts[0] ?? 0] : parts)];
      let waiting = -1;
      for (const part of order) {
        if (isThere(part)) continue;
        if (waiting >= 0) keep(waiting);
        compute(part);
        waiting = part;
        // a choice reads its condition as the result so far, the others by name
        if (of === "select" && part !== parts[0]) keep(part);
      }
      let [a = resultSoFar, b = a] = parts.map(operand);
      if (of === "select") {
        const condition = parts[0] ?? 0;
        if (isThere(condition) && soFar !== condition) this.#code.push(0, operand(condition), operand(condition), -1);
        soFar = condition;
        a = operand(parts[1] ?? 0);
        b = operand(parts[2] ?? 0);
      }
      for (const part of parts) consume(part);
      this.#code.push(operations.indexOf(of), a, b, -1);
      soFar = at;
      if (shared[at]) keep(at);
    };
    for (const [at, root] of roots.entries()) {
      const use = uses[at];
      if (use === undefined) continue;
      const before = this.#code.length;
      compute(root);
      if ("row" in use) {
        const isFresh = this.#code.length > before && !rowOf.has(root);
        if (isFresh) this.#code[this.#code.length - 1] = use.row;
        else this.#code.push(0, operand(root), operand(root), use.row);
      } else
        for (const [place, factor] of use.outputs)
          this.#code.push(1, soFar === root ? resultSoFar : operand(root), place, this.#number(factor));
      consume(root);
    }
  }

  #number(value: number): number {
    // a map takes -0 for 0
    const known = Object.is(value, -0) ? undefined : this.#numberAt.get(value);
    if (known !== undefined) return firstNumber + known;
    const at = this.#numbers.push(value) - 1;
    if (!Object.is(value, -0)) this.#numberAt.set(value, at);
    return firstNumber + at;
  }
}
