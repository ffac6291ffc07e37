/** Where in the first `end` of some rising numbers the first one stands that is not below a value; `end` where none is. */
export function firstNotBelow(sorted: ArrayLike<number>, end: number, value: number): number {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
