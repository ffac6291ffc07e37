/** Targets of a workgroup, one an invocation. */
export const lanes = 64;
/**
 * Query residues that an invocation keeps in registers while it walks along its target. More mean less traffic for
 * `rows` (16 bytes a column and strip) and more registers; a software GPU has few, and takes long to compile.
 */
export const stripRows: { readonly hardware: 16; readonly software: 4 } = { hardware: 16, software: 4 };
/** Letters of a matrix at most; one more stands for what is past the end of a sequence. */
export const mostLetters = 32;
/** The score of what is past an end: no alignment gets over it, and sums of it stay within 32 bits. */
const never = -(2 ** 29);

/**
 * Local affine scores, one target an invocation. The query goes by strips of rows held in registers; what the next
 * strip needs of a strip's last row (H and F of each column) lies in `rows`. Integers throughout, so every
 * score is exact. Written out rather than looped, since not every driver keeps an indexed array in registers.
 * `pairs`: each target has a query of its own, instead of one query for all.
 */
export function sequenceAlignmentShader(pairing: "database" | "pairs", height: 4 | 16): string {
  const rows = Array.from({ length: height }, (_, at) => at);
  const profile = pairing === "database";
  const letters = mostLetters + 1;
  // a column of the profile is a little longer than its rows, so that letters lie in different banks
  const column = height + 4;
  return `
struct Parameters {
  first_strip: u32, strips: u32, first_group: u32, first_query: u32,
  slots: u32, open: i32, extend: i32, letters: u32,
  first_word: u32, words: u32, first_score: u32, unused: u32,
}
@group(0) @binding(0) var<uniform> search: Parameters;
/** First word of each group's targets, and one past the last. */
@group(0) @binding(1) var<storage, read> starts: array<u32>;
/** Letter codes of the targets, four columns a word, ${lanes} targets side by side. */
@group(0) @binding(2) var<storage, read> targets: array<u32>;
/** ${profile ? "First and last residue of each query" : "As `starts`, of the queries"}. */
@group(0) @binding(3) var<storage, read> query_starts: array<u32>;
/** Letter codes of the queries, ${profile ? "one a word" : "as those of the targets"}. */
@group(0) @binding(4) var<storage, read> queries: array<u32>;
@group(0) @binding(5) var<storage, read> matrix: array<i32>;
@group(0) @binding(6) var<storage, read_write> rows: array<vec2i>;
@group(0) @binding(7) var<storage, read_write> scores: array<i32>;

var<workgroup> profile: array<i32, ${profile ? letters * column : letters * letters}>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = search.first_group + id.x;
  let start = starts[group];
  let end = starts[group + 1u];
  let slot = search.first_score + id.y * search.slots + id.x * ${lanes}u + lane;
  let state = (id.y * search.words + start - search.first_word) * ${4 * lanes}u + lane;
${
  profile
    ? `  let query = query_starts[search.first_query + id.y];
  let query_end = query_starts[search.first_query + id.y + 1u];
  let all_strips = (query_end - query + ${height - 1}u) / ${height}u;`
    : `  let query = query_starts[group];
  let query_end = query_starts[group + 1u];
  let all_strips = (query_end - query + ${height / 4 - 1}u) / ${height / 4}u;
  for (var at = lane; at < ${letters * letters}u; at += ${lanes}u) {
    let row = at / ${letters}u;
    let letter = at % ${letters}u;
    var score = ${never};
    if (row < search.letters && letter < search.letters) { score = matrix[row * search.letters + letter]; }
    profile[at] = score;
  }
  workgroupBarrier();`
}
  var best = 0;
  if (search.first_strip > 0u) { best = scores[slot]; }
  let last_strip = min(all_strips, search.first_strip + search.strips);
  for (var strip = search.first_strip; strip < last_strip; strip++) {
${
  profile
    ? `    workgroupBarrier();
    for (var at = lane; at < ${letters * height}u; at += ${lanes}u) {
      let letter = at / ${height}u;
      let row = query + strip * ${height}u + at % ${height}u;
      var score = ${never};
      if (row < query_end && letter < search.letters) { score = matrix[queries[row] * search.letters + letter]; }
      profile[letter * ${column}u + at % ${height}u] = score;
    }
    workgroupBarrier();`
    : rows
        .filter((row) => row % 4 === 0)
        .map(
          (row) => `    var letters${row / 4} = ${mostLetters * 0x01010101}u;
    if (query + strip * ${height / 4}u + ${row / 4}u < query_end) {
      letters${row / 4} = queries[(query + strip * ${height / 4}u + ${row / 4}u) * ${lanes}u + lane];
    }`,
        )
        .concat(
          rows.map(
            (row) => `    let q${row} = ((letters${Math.floor(row / 4)} >> ${8 * (row % 4)}u) & 255u) * ${letters}u;`,
          ),
        )
        .join("\n")
}
${rows.map((row) => `    var h${row} = 0; var e${row} = ${never};`).join("\n")}
    var diagonal = 0;
    var at = state;
    for (var word = start; word < end; word++) {
      var four = targets[word * ${lanes}u + lane];
      // past this target's end, or a lane without one: whole vectors of lanes are then done
      if ((four & 255u) == ${mostLetters}u) { break; }
      for (var byte = 0u; byte < 4u; byte++) {
        let letter = ${profile ? `(four & 255u) * ${column}u` : "four & 255u"};
        four >>= 8u;
        // of the row above: its H, and its F
        var above = vec2i(0, ${never});
        if (strip > 0u) { above = rows[at]; }
        var up = above.x;
        var f = above.y;
        var corner = diagonal;
        diagonal = up;
        var h = 0;
${rows
  .map(
    (row) => `        e${row} = max(e${row} - search.extend, h${row} - search.open);
        f = max(f - search.extend, up - search.open);
        h = max(max(corner + profile[letter + ${profile ? `${row}u` : `q${row}`}], 0), max(e${row}, f));
        corner = h${row};
        h${row} = h;
        up = h;
        best = max(best, h);`,
  )
  .join("\n")}
        if (strip + 1u < all_strips) { rows[at] = vec2i(h, f); }
        at += ${lanes}u;
      }
    }
  }
  if (search.first_strip < all_strips || search.first_strip == 0u) { scores[slot] = best; }
}
`;
}
