/** Windows of a workgroup, one an invocation. */
export const windowsPerGroup = 256;

/**
 * Scores every window of a stretch with every motif and names those that may be hits. Bases take 2 bits, so that two
 * columns are one look-up in a table of 16 sums; `clean` says how many bases from a start on are ACGT and in one
 * sequence, up to 255, so that windows which can be no hits are left out.
 */
export const motifScanShader: string = `
struct Parameters { first: u32, count: u32, motifs: u32, motifs_per_group: u32, capacity: u32 }
struct Motif { table: u32, columns: u32, threshold: f32, unused: u32 }
struct Candidates { count: atomic<u32>, unused: u32, found: array<vec2u> }
@group(0) @binding(0) var<uniform> scan: Parameters;
@group(0) @binding(1) var<storage, read> bases: array<u32>;
@group(0) @binding(2) var<storage, read> clean: array<u32>;
@group(0) @binding(3) var<storage, read> motifs: array<Motif>;
@group(0) @binding(4) var<storage, read> tables: array<f32>;
@group(0) @binding(5) var<storage, read_write> candidates: Candidates;

/** 16 bases, the first of them in the lowest bits. */
fn sixteen(start: u32) -> u32 {
  let shift = 2u * (start & 15u);
  let low = bases[start >> 4u] >> shift;
  if (shift == 0u) { return low; }
  return low | (bases[(start >> 4u) + 1u] << (32u - shift));
}

@compute @workgroup_size(${windowsPerGroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  if (id.x >= scan.count) { return; }
  let start = scan.first + id.x;
  let here = (clean[start >> 2u] >> (8u * (start & 3u))) & 255u;
  // most motifs have no more columns than these
  let near = sixteen(start);
  let next = sixteen(start + 16u);
  let end = min(scan.motifs, (group.y + 1u) * scan.motifs_per_group);
  for (var index = group.y * scan.motifs_per_group; index < end; index++) {
    let motif = motifs[index];
    if (motif.columns > here) { continue; }
    var score = 0.0;
    var table = motif.table;
    var word = near;
    for (var column = 0u; column < motif.columns; column += 2u) {
      if ((column & 15u) == 0u && column > 0u) {
        if (column == 16u) { word = next; } else { word = sixteen(start + column); }
      }
      score += tables[table + (word & 15u)];
      word >>= 4u;
      table += 16u;
    }
    if (score >= motif.threshold) {
      let at = atomicAdd(&candidates.count, 1u);
      if (at < scan.capacity) { candidates.found[at] = vec2u(index, start); }
    }
  }
}
`;
