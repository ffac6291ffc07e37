import { casesOf } from "bioxen/testing";
import { gcSkew } from "./index.js";

/** @param {string} text */
const dna = (text) => new TextEncoder().encode(text);

/** The edges of the workload: what its kernels must get right beside generated inputs. */
export const cases = [
  casesOf(
    gcSkew,
    {
      "a G and a C": { residues: dna("GC"), window: 1 },
      "lower case, letters that do not count": { residues: dna("ggNNatc"), window: 3 },
      "no sequence": { residues: dna(""), window: 10 },
      "a last window that is short": { residues: dna("GGGGC"), window: 4 },
      "a window longer than all": { residues: dna("GGCATN"), window: 1000 },
    },
    { identical: true },
  ),
];
