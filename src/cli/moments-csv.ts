/** Means by time and column, as CSV; with deviations beside them where there are some. */
export function momentsCsv(
  columns: readonly { readonly id: string }[],
  times: Float64Array,
  { means, deviations }: { readonly means: Float64Array; readonly deviations: Float64Array | null },
): string {
  const head = columns.flatMap(({ id }) => (deviations === null ? [id] : [`${id}-mean`, `${id}-sd`]));
  const lines = Array.from(times, (time, row) =>
    [
      time,
      ...columns.flatMap((_, column) => {
        const at = row * columns.length + column;
        return deviations === null ? [means[at]] : [means[at], deviations[at]];
      }),
    ].join(","),
  );
  return `${["time", ...head].join(",")}\n${lines.join("\n")}\n`;
}
