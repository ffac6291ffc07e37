/** The pair at a place of the order (0, 1), (0, 2), ... (0, count - 1), (1, 2), ... */
export function pairAt(place: number, count: number): [first: number, second: number] {
  let first = 0;
  let left = place;
  while (left >= count - 1 - first) left -= count - 1 - first++;
  return [first, first + 1 + left];
}
