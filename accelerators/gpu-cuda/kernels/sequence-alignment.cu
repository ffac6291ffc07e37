// Smith-Waterman scores with affine gaps, exact in integers.
//
// With x = max(diagonal + score, E): H = max(x, F, 0), and both E and F open from x alone. A gap that follows another at
// once is as dear in either order, so one order is enough (extending never costs more than opening: the host sees to that).
// F then passes from row to row by one operation, and all x of a column are known before it.

constexpr unsigned everyLane = 0xffffffff;

/** Codes of sequences' letters, in place of the letters; 16 a thread. */
extern "C" __global__ void encode(unsigned char* letters, int words, const unsigned char* __restrict__ codes) {
  __shared__ unsigned char known[256];
  for (int at = threadIdx.x; at < 256; at += blockDim.x) known[at] = codes[at];
  __syncthreads();
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= words) return;
  auto four = [&](unsigned word) {
    return known[word & 255] | known[word >> 8 & 255] << 8 | known[word >> 16 & 255] << 16 | unsigned(known[word >> 24]) << 24;
  };
  uint4* place = reinterpret_cast<uint4*>(letters) + at;
  const uint4 word = *place;
  *place = make_uint4(four(word.x), four(word.y), four(word.z), four(word.w));
}

#if __CUDA_ARCH__ >= 900
// Many targets, packed: two targets in the halves of a register (DPX), four lanes a pair of targets, eight pairs a warp.
// A lane holds `rows` rows of the query and is one column behind the lane before it; four lanes make a strip of the query.
// What the next strip needs of a strip's last row (H and F of each column) lies in `state`.
//
// Halves are not signed: 0 is kept as `zero`, so large that no sum below falls under 0 and a subtraction from a whole
// register borrows nothing from the other half. Scores of both targets come in one read from a table of all pairs of
// letters, of which four lanes read 64 bytes in a row.

/** Columns of a group's targets are kept in blocks of four; one block before them and one after hold no letters. */
constexpr int columns = 4;
constexpr int pairsOfGroup = 8;
constexpr int lanesOfPair = 4;

__device__ __forceinline__ unsigned both(int value) { return unsigned(value & 0xffff) * 0x10001u; }

/** Lays out the targets of rank `first` and on, 16 to a group: for each column and pair the number of its pair of letters. */
extern "C" __global__ void pack(const unsigned char* __restrict__ letters, const unsigned* __restrict__ offsets,
                                const unsigned* __restrict__ order, int first, int count, int kinds,
                                const unsigned* __restrict__ starts, unsigned short* __restrict__ codes) {
  const int group = blockIdx.x;
  const long long start = (long long)starts[group] * columns;
  const int width = (starts[group + 1] - starts[group]) * columns;
  const int pair = threadIdx.x % pairsOfGroup;
  const unsigned char* from[2];
  int length[2];
  for (int half = 0; half < 2; half++) {
    const int rank = 2 * (group * pairsOfGroup + pair) + half;
    const unsigned target = rank < count ? order[first + rank] : 0;
    from[half] = letters + offsets[target];
    length[half] = rank < count ? offsets[target + 1] - offsets[target] : 0;
  }
  for (int at = threadIdx.x / pairsOfGroup; at < width; at += blockDim.x / pairsOfGroup) {
    const int column = at - columns;
    int code = 0;
    for (int half = 0; half < 2; half++)
      code = code * kinds + (column >= 0 && column < length[half] ? from[half][column] : kinds - 1);
    codes[(start + at) * pairsOfGroup + pair] = code;
  }
}

/** One strip of each query, from `firstRow` on, beside the groups from `firstGroup` on, which warps take one by one. */
template <int rows>
__device__ __forceinline__ void search(const unsigned short* __restrict__ codes, const unsigned* __restrict__ starts,
                                       int firstGroup, int groups, int kinds, const unsigned char* __restrict__ queries,
                                       const unsigned* __restrict__ queryOffsets, int firstQuery, int firstRow,
                                       const short* __restrict__ matrix, int width, int open, int extend, int zero,
                                       int one, uint4* state, int stateBlocks, unsigned* best, int pairs, int* taken) {
  constexpr int quads = rows / 4;
  extern __shared__ uint4 table[];
  const unsigned char* query = queries + queryOffsets[firstQuery + blockIdx.y];
  const int length = queryOffsets[firstQuery + blockIdx.y + 1] - queryOffsets[firstQuery + blockIdx.y];
  if (firstRow > 0 && firstRow >= length) return;
  const bool last = firstRow + lanesOfPair * rows >= length;
  for (int at = threadIdx.x; at < kinds * kinds * rows; at += blockDim.x) {
    const int row = firstRow + at % lanesOfPair * rows + at / lanesOfPair % quads * 4;
    const short* high = matrix + at / rows % kinds * width;
    const short* low = matrix + at / rows / kinds * width;
    unsigned four[4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      // what is past an end scores 0 beside anything
      const int letter = row + k < length ? query[row + k] : width - 1;
      four[k] = (low[letter] & 0xffff) | unsigned(high[letter]) << 16;
    }
    table[at ^ (at / rows & 1) * lanesOfPair] = make_uint4(four[0], four[1], four[2], four[3]);
  }
  __syncthreads();

  const int lane = threadIdx.x % 32, part = lane % lanesOfPair, pair = lane / lanesOfPair;
  // products with what is known at run time alone, rather than sums and shifts: other units make them than those that
  // all else here waits for
  const unsigned by = one, half = 16 * lanesOfPair * by;
  const unsigned zeros = both(zero), longer = both(-extend), below = both(zero - open), opening = 0u - both(open);
  for (;;) {
    int group = 0;
    if (lane == 0) group = atomicAdd(taken + blockIdx.y, 1);
    group = __shfl_sync(everyLane, group, 0);
    if (group >= groups) return;
    const unsigned start = starts[firstGroup + group];
    const int blocks = starts[firstGroup + group + 1] - start - 2;
    const unsigned short* code = codes + (((long long)start + 1) * columns - part) * pairsOfGroup + pair;
    uint4* edge = state + ((long long)blockIdx.y * stateBlocks + (start - starts[firstGroup])) * 16 + 2 * pair;

    unsigned h[rows], e[rows];
#pragma unroll
    for (int row = 0; row < rows; row++) h[row] = zeros, e[row] = below;
    unsigned most = zeros, corner = zeros, sentH = zeros, sentF = below;
    unsigned nextCode[columns];
#pragma unroll
    for (int u = 0; u < columns; u++) nextCode[u] = code[u * pairsOfGroup] * by;
    const bool reads = firstRow > 0 && part == 0, writes = !last && part == lanesOfPair - 1;
    uint4 next[2] = {{zeros, below, zeros, below}, {zeros, below, zeros, below}};
    uint4 out[2] = {next[0], next[1]};
    if (reads) next[0] = edge[0], next[1] = edge[1];

    for (int block = 0; block < blocks; block++, edge += 16) {
      const unsigned edgeH[columns] = {next[0].x, next[0].z, next[1].x, next[1].z};
      const unsigned edgeF[columns] = {next[0].y, next[0].w, next[1].y, next[1].w};
      unsigned now[columns];
      code += columns * pairsOfGroup;
#pragma unroll
      for (int u = 0; u < columns; u++) now[u] = nextCode[u], nextCode[u] = code[u * pairsOfGroup] * by;
      if (reads) next[0] = edge[16], next[1] = edge[17];
      // the last lane writes over what the first one has read: shuffles alone order no memory
      if (firstRow > 0 && !last) __syncwarp();
#pragma unroll
      for (int u = 0; u < columns; u++) {
        // quads of four rows change places in every second pair of letters: groups of lanes are then as likely to read from
        // different halves of the banks as from the same
        const unsigned odd = now[u] & 1, at = now[u] * (16 * rows) + 16 * part;
        const unsigned even = odd * half + at, uneven = at - odd * half;
        unsigned x[rows];
#pragma unroll
        for (int quad = 0; quad < quads; quad++) {
          const uint4 four = *reinterpret_cast<const uint4*>(reinterpret_cast<const char*>(table + quad * lanesOfPair) +
                                                             (quad % 2 == 0 ? even : uneven));
          x[4 * quad] = four.x, x[4 * quad + 1] = four.y, x[4 * quad + 2] = four.z, x[4 * quad + 3] = four.w;
        }
        const unsigned above = part == 0 ? edgeH[u] : sentH;
        unsigned f = part == 0 ? edgeF[u] : sentF;
#pragma unroll
        for (int row = 0; row < rows; row++)
          x[row] = __viaddmax_u16x2(row == 0 ? corner : h[row - 1], x[row], e[row]);
        corner = above;
#pragma unroll
        for (int row = 0; row < rows; row++) {
          const unsigned opened = x[row] * by + opening;
          h[row] = __vimax3_u16x2(x[row], f, zeros);
          e[row] = __viaddmax_u16x2(e[row], longer, opened);
          f = __viaddmax_u16x2(f, longer, opened);
          if (row % 2 == 1) most = __vimax3_u16x2(most, x[row - 1], x[row]);
        }
        sentH = __shfl_up_sync(everyLane, h[rows - 1], 1, lanesOfPair);
        sentF = __shfl_up_sync(everyLane, f, 1, lanesOfPair);
        // the last lane is three columns behind: its block is full after the third column of this one
        if (u == 0) out[0].z = h[rows - 1], out[0].w = f;
        if (u == 1) out[1].x = h[rows - 1], out[1].y = f;
        if (u == 2) {
          out[1].z = h[rows - 1], out[1].w = f;
          if (writes && block > 0) edge[-16] = out[0], edge[-15] = out[1];
        }
        if (u == 3) out[0].x = h[rows - 1], out[0].y = f;
      }
    }
    if (writes && blocks > 0) edge[-16] = out[0], edge[-15] = out[1];
    most = __vmaxu2(most, __shfl_xor_sync(everyLane, most, 1));
    most = __vmaxu2(most, __shfl_xor_sync(everyLane, most, 2));
    if (part == 0) {
      unsigned* place = best + (long long)blockIdx.y * pairs + (firstGroup + group) * pairsOfGroup + pair;
      *place = firstRow > 0 ? __vmaxu2(*place, most) : most;
    }
  }
}

#define SEARCH(rows)                                                                                                    \
  extern "C" __global__ void __launch_bounds__(512, 1) search_##rows(                                                  \
      const unsigned short* __restrict__ codes, const unsigned* __restrict__ starts, int firstGroup, int groups,       \
      int kinds, const unsigned char* __restrict__ queries, const unsigned* __restrict__ queryOffsets, int firstQuery, \
      int firstRow, const short* __restrict__ matrix, int width, int open, int extend, int zero, int one,              \
      uint4* state, int stateBlocks, unsigned* best, int pairs, int* taken) {                                          \
    search<rows>(codes, starts, firstGroup, groups, kinds, queries, queryOffsets, firstQuery, firstRow, matrix, width, \
                 open, extend, zero, one, state, stateBlocks, best, pairs, taken);                                     \
  }
SEARCH(8)
SEARCH(16)
SEARCH(24)

/** Scores of packed targets in the caller's order, query-major; -1 where 16 bits may not have held one. */
extern "C" __global__ void collect(const unsigned* __restrict__ best, int pairs, const unsigned* __restrict__ order,
                                   int first, int count, int targets, int zero, int mostScore, int* __restrict__ scores) {
  const int rank = blockIdx.x * blockDim.x + threadIdx.x;
  if (rank >= count) return;
  const unsigned word = best[(long long)blockIdx.y * pairs + rank / 2];
  const int value = rank % 2 == 0 ? word & 0xffff : word >> 16;
  // a sum can only have gone over after a value from which that is possible, and the highest value is kept
  scores[(long long)blockIdx.y * targets + order[first + rank]] = value > 65535 - mostScore ? -1 : value - zero;
}

/** For the bench: so many rounds of eight operations that `search` consists of, each on the result of its last. */
template <bool sums>
__device__ __forceinline__ void repeat(int rounds, unsigned x, unsigned y, unsigned* out) {
  unsigned values[8];
  for (int at = 0; at < 8; at++) values[at] = threadIdx.x + at;
  for (int round = 0; round < rounds; round++)
#pragma unroll
    for (int at = 0; at < 8; at++)
      values[at] = sums ? __viaddmax_u16x2(values[at], x, y) : __vimax3_u16x2(values[at], values[(at + 3) % 8], x);
  unsigned all = 0;
  for (int at = 0; at < 8; at++) all ^= values[at];
  // never so, which no compiler knows
  if (all == 0x12345678) *out = all;
}

extern "C" __global__ void __launch_bounds__(512) repeat_sums(int rounds, int x, int y, unsigned* out) {
  repeat<true>(rounds, x, y, out);
}

extern "C" __global__ void __launch_bounds__(512) repeat_maxima(int rounds, int x, int y, unsigned* out) {
  repeat<false>(rounds, x, y, out);
}
#endif

/** A query and a stretch of a target, to align in 32 bits. */
struct Pair {
  int query;
  /** The stretch begins with this letter of all targets. */
  unsigned first;
  int length;
  /** Where the score goes, the largest of a target's stretches, and the stretch's columns begin in `state`. */
  int score, state;
};

// Few or long pairs: a block aligns one, or one of the stretches that a long target is cut into. Each warp has a strip of the query, `rows` rows a lane, every lane one column
// behind the lane before it, every warp two chunks of 32 columns behind the warp before it. The strips of one pass of the
// block end in `state`, where the next pass, or launch, takes them up.
template <int rows>
__device__ __forceinline__ void align(const Pair* __restrict__ list, const unsigned char* __restrict__ queries,
                                      const unsigned* __restrict__ queryOffsets,
                                      const unsigned char* __restrict__ targets, const short* __restrict__ matrix,
                                      int kinds, int width, int open, int extend, int firstPass, int passes,
                                      int2* state, int* scores) {
  constexpr int mostKinds = 33, chunk = 32;
  __shared__ int table[mostKinds * mostKinds];
  __shared__ int most;
  const Pair pair = list[blockIdx.x];
  const unsigned char* query = queries + queryOffsets[pair.query];
  const int queryLength = queryOffsets[pair.query + 1] - queryOffsets[pair.query];
  const unsigned char* target = targets + pair.first;
  const int length = pair.length;
  int2* edge = state + pair.state;
  for (int at = threadIdx.x; at < kinds * width; at += blockDim.x) table[at] = matrix[at];
  if (threadIdx.x == 0) most = 0;
  __syncthreads();

  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
  const int strips = (queryLength + 32 * rows - 1) / (32 * rows);
  const int chunks = (length + 31 + chunk - 1) / chunk;
  int best = 0;
  for (int pass = firstPass; pass < firstPass + passes && pass * warps < strips; pass++) {
    const int strip = pass * warps + warp;
    const int working = min(warps, strips - pass * warps);
    int letters[rows], h[rows], e[rows];
#pragma unroll
    for (int row = 0; row < rows; row++) {
      const int at = (strip * 32 + lane) * rows + row;
      letters[row] = at < queryLength ? query[at] : width - 1;
      h[row] = 0, e[row] = -open;
    }
    int corner = 0, sentH = 0, sentF = -open;
    for (int phase = 0; phase < chunks + 2 * (working - 1); phase++) {
      const int first = (phase - 2 * warp) * chunk;
      if (warp < working && first >= 0 && first < chunks * chunk) {
        int2 mine = make_int2(0, -open);
        if (strip > 0 && first + lane < length) mine = edge[first + lane];
        // the last lane writes over what the first one has read: shuffles alone order no memory
        __syncwarp();
        for (int step = 0; step < chunk; step++) {
          const int column = first + step - lane;
          const bool inside = column >= 0 && column < length;
          const int* scoresOf = table + (inside ? target[column] : kinds - 1) * width;
          const int edgeH = __shfl_sync(everyLane, mine.x, step), edgeF = __shfl_sync(everyLane, mine.y, step);
          const int above = lane == 0 ? edgeH : sentH;
          int f = lane == 0 ? edgeF : sentF;
          int x[rows];
#pragma unroll
          for (int row = 0; row < rows; row++)
            x[row] = max((row == 0 ? corner : h[row - 1]) + scoresOf[letters[row]], e[row]);
          corner = above;
#pragma unroll
          for (int row = 0; row < rows; row++) {
            const int opened = x[row] - open;
            h[row] = max(max(x[row], f), 0);
            e[row] = max(e[row] - extend, opened);
            f = max(f - extend, opened);
            best = max(best, x[row]);
          }
          if (lane == 31 && inside && strip + 1 < strips) edge[column] = make_int2(h[rows - 1], f);
          sentH = __shfl_up_sync(everyLane, h[rows - 1], 1);
          sentF = __shfl_up_sync(everyLane, f, 1);
        }
      }
      __syncthreads();
    }
  }
#pragma unroll
  for (int by = 16; by > 0; by /= 2) best = max(best, __shfl_xor_sync(everyLane, best, by));
  if (lane == 0) atomicMax(&most, best);
  __syncthreads();
  if (threadIdx.x == 0 && most > 0) atomicMax(scores + pair.score, most);
}

#define ALIGN(rows)                                                                                                 \
  extern "C" __global__ void __launch_bounds__(256, 4) align_##rows(                                                \
      const Pair* __restrict__ list, const unsigned char* __restrict__ queries,                                     \
      const unsigned* __restrict__ queryOffsets, const unsigned char* __restrict__ targets,                         \
      const short* __restrict__ matrix, int kinds, int width, int open, int extend, int firstPass, int passes,      \
      int2* state, int* scores) {                                                                                   \
    align<rows>(list, queries, queryOffsets, targets, matrix, kinds, width, open, extend, firstPass, passes, state, \
                scores);                                                                                            \
  }
ALIGN(4)
ALIGN(8)
