/** @typedef {{ residues: Uint8Array, window: number }} GcSkewInput DNA as ASCII letters, and the bases of a window. */

/**
 * Which letters count, in either case.
 *
 * @param {number} letter
 */
export function sign(letter) {
  const base = letter & ~32;
  return base === 71 ? 1 : base === 67 ? -1 : 0;
}

/**
 * GC skew, (G - C) / (G + C), of windows side by side (Lobry, Mol. Biol. Evol. 13:660, 1996): it changes its sign at
 * a bacterial chromosome's origin and terminus of replication. The last window may be shorter; one without G and C is 0.
 *
 * @type {import("bioxen").WorkloadSpec<GcSkewInput, Float64Array>}
 */
export const gcSkew = {
  id: "gc-skew",
  version: 1,
  aliases: ["gc_skew"],
  throughput: { unit: "base", rate: "Mbases/s", per: 1e6 },
  // a schema in plain code: any library that speaks Standard Schema (zod, valibot, arktype) does as well
  input: {
    "~standard": {
      version: 1,
      vendor: "bioxen-plugin-gc-skew",
      validate: (value) => {
        const { residues, window } = /** @type {Partial<GcSkewInput>} */ (value ?? {});
        const issues = [];
        if (!(residues instanceof Uint8Array)) issues.push({ message: "a Uint8Array is expected", path: ["residues"] });
        if (!Number.isSafeInteger(window) || Number(window) < 1)
          issues.push({ message: "a whole number of at least 1 is expected", path: ["window"] });
        return issues.length > 0 ? { issues } : { value: /** @type {GcSkewInput} */ (value) };
      },
    },
  },
  size: ({ residues, window }) => ({
    units: residues.length,
    bytesIn: residues.length,
    bytesOut: 8 * Math.ceil(residues.length / window),
  }),
  resident: () => null,
  reference: ({ residues, window }) =>
    Float64Array.from({ length: Math.ceil(residues.length / window) }, (_, at) => {
      let g = 0;
      let c = 0;
      for (const letter of residues.subarray(at * window, (at + 1) * window)) {
        if (sign(letter) > 0) g++;
        if (sign(letter) < 0) c++;
      }
      return g + c === 0 ? 0 : (g - c) / (g + c);
    }),
  generate: (size, random) => ({
    residues: Uint8Array.from({ length: Math.max(1, Math.round(size)) }, () => "ACGT".charCodeAt(4 * random())),
    window: 1000,
  }),
  differ: (actual, expected) => {
    if (actual.length !== expected.length) return `${actual.length} windows, expected ${expected.length}`;
    const at = expected.findIndex((skew, index) => skew !== actual[index]);
    return at < 0 ? null : `window ${at} has a skew of ${actual[at]}, expected ${expected[at]}`;
  },
};
