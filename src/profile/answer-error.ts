/** How far an answer is from the one computed in doubles, over all the numbers in it. */
export interface AnswerError {
  /** Largest difference of two numbers; null where the answers are not alike in shape. */
  readonly largest: number | null;
  /** That, over the largest magnitude of the reference. */
  readonly relative: number | null;
  /** How many numbers were compared. */
  readonly numbers: number;
}

/** Compares every number of two answers, in whatever arrays and objects they stand. */
export function answerError(actual: unknown, expected: unknown): AnswerError {
  const [ours, theirs] = [numbersOf(actual), numbersOf(expected)];
  if (ours.length !== theirs.length) return { largest: null, relative: null, numbers: 0 };
  let largest = 0;
  let magnitude = 0;
  for (let at = 0; at < ours.length; at++) {
    const [x = Number.NaN, y = Number.NaN] = [ours[at], theirs[at]];
    if (Number.isFinite(y)) magnitude = Math.max(magnitude, Math.abs(y));
    if (Object.is(x, y) || x === y) continue;
    // a number on one side only is as far off as can be
    largest = Math.max(largest, Number.isNaN(x - y) ? Number.POSITIVE_INFINITY : Math.abs(x - y));
  }
  if (!Number.isFinite(largest)) return { largest: null, relative: null, numbers: ours.length };
  return { largest, relative: largest === 0 ? 0 : largest / magnitude, numbers: ours.length };
}

function numbersOf(value: unknown): readonly number[] {
  const found: number[] = [];
  const visit = (one: unknown): void => {
    if (typeof one === "number") found.push(one);
    else if (typeof one === "boolean") found.push(one ? 1 : 0);
    else if (Array.isArray(one)) for (const each of one) visit(each);
    else if (ArrayBuffer.isView(one) && "length" in one)
      for (const each of one as unknown as Iterable<number | bigint>) found.push(Number(each));
    else if (typeof one === "object" && one !== null)
      for (const key of Object.keys(one).sort()) visit(Reflect.get(one, key));
  };
  visit(value);
  return found;
}
