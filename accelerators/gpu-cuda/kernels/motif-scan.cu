// Motif scan: for each word of k letters a list of the motifs that may still match around it; each place of the sequence
// goes through its word's list, the few windows that come through are scored in doubles in column order, and the hits
// are put in order by counting them into cells of one matrix and one tile of the sequence.
//
// A motif is a row of columns, each of four losses: what a letter scores below the column's best, in whole units, rounded
// down. A window can be a hit only where its losses sum to no more than the motif's limit. The columns that the lists do
// not go by are summed in pairs: 16 losses each. Bases take 2 bits, 16 a word, the first in the lowest bits; `clean` says
// of each place how many bases from there on are ACGT and of one sequence.

typedef unsigned int u32;
typedef unsigned long long u64;

/** columns, offset of the k columns that the lists go by, 1 on the reverse strand; limit; first column; matrix. */
typedef int4 Motif;
#define COLUMNS(motif) ((u32)(motif).x & 255u)
#define OFFSET(motif) ((u32)(motif).x >> 8 & 255u)
#define REVERSE(motif) ((u32)(motif).x >> 16 & 1u)

/** Entries of lists: the motif, and above it what its limit leaves after the k columns. */
constexpr int motifBits = 20;
/** Words of half a list's letters. */
constexpr int mostHalf = 4096;
constexpr u32 none = 0xffffffffu;

/** 16 bases from a place on. */
__device__ __forceinline__ u32 sixteen(const u32* __restrict__ bases, u32 start) {
  const u32 word = start >> 4;
  return (u32)(((u64)bases[word + 1] << 32 | bases[word]) >> (2 * (start & 15)));
}

__device__ __forceinline__ bool isBase(u32 letter) {
  const u32 upper = letter & 0xdfu;
  return upper == 'A' || upper == 'C' || upper == 'G' || upper == 'T';
}

// ---- the sequences, once

extern "C" __global__ void pack_bases(u32 count, u32 words, const unsigned char* __restrict__ residues,
                                      u32* __restrict__ bases) {
  const u32 word = blockIdx.x * blockDim.x + threadIdx.x;
  if (word >= words) return;
  u32 packed = 0;
  for (u32 one = 0; one < 16; one++) {
    const u64 at = 16ull * word + one;
    if (at >= count) break;
    // A C G T are 00 01 11 10 in these two bits, in either case
    const u32 bits = (u32)residues[at] >> 1 & 3u;
    packed |= (bits ^ bits >> 1) << (2 * one);
  }
  bases[word] = packed;
}

/** Sets the bits of the last bases of sequences. */
extern "C" __global__ void mark_ends(u32 sequences, const u32* __restrict__ offsets, u32* __restrict__ ends) {
  const u32 one = blockIdx.x * blockDim.x + threadIdx.x;
  if (one >= sequences || offsets[one + 1] == offsets[one]) return;
  const u32 last = offsets[one + 1] - 1;
  atomicOr(&ends[last >> 5], 1u << (last & 31));
}

/** 64 places a thread, from behind: a run of 255 is as good as any longer one. */
extern "C" __global__ void clean_runs(u32 count, const unsigned char* __restrict__ residues,
                                      const u32* __restrict__ ends, unsigned char* __restrict__ clean) {
  const u64 first = 64ull * (blockIdx.x * blockDim.x + threadIdx.x);
  if (first >= count) return;
  u32 run = 0;
  const u64 end = first + 64 + 254 < count ? first + 64 + 254 : count;
  for (u64 at = end; at-- > first;) {
    if (ends[at >> 5] >> (at & 31) & 1u) run = 0;
    run = isBase(residues[at]) ? run + 1 : 0;
    if (at < first + 64) clean[at] = (unsigned char)(run < 255 ? run : 255);
  }
}

// ---- the lists of motifs by word

/** A block goes through the words of one motif: those whose two halves' losses are within the limit. */
template <typename Visit>
__device__ __forceinline__ void eachWord(int letters, const Motif& motif, const unsigned short* __restrict__ losses,
                                         Visit visit) {
  __shared__ unsigned short lower[mostHalf], upper[mostHalf];
  const int lowLetters = letters / 2, highLetters = letters - lowLetters;
  const int lows = 1 << (2 * lowLetters), highs = 1 << (2 * highLetters);
  const int columns = COLUMNS(motif), offset = OFFSET(motif), limit = motif.y;
  const unsigned short* mine = losses + 4ll * motif.z;
  auto sum = [&](int word, int from, int count) {
    int total = 0;
    for (int one = 0; one < count && from + one < columns; one++) total += mine[4 * (from + one) + (word >> (2 * one) & 3)];
    return total;
  };
  for (int word = threadIdx.x; word < lows; word += blockDim.x)
    lower[word] = (unsigned short)sum(word, offset, lowLetters);
  for (int word = threadIdx.x; word < highs; word += blockDim.x)
    upper[word] = (unsigned short)sum(word, offset + lowLetters, highLetters);
  __syncthreads();
  for (int high = blockIdx.y; high < highs; high += gridDim.y) {
    const int already = upper[high];
    if (already > limit) continue;
    for (int low = threadIdx.x; low < lows; low += blockDim.x) {
      const int loss = already + lower[low];
      if (loss <= limit) visit((u32)(high << (2 * lowLetters) | low), (u32)(limit - loss));
    }
  }
}

extern "C" __global__ void count_entries(u32 firstMotif, int letters, const Motif* __restrict__ motifs,
                                         const unsigned short* __restrict__ losses, u32* __restrict__ counts) {
  eachWord(letters, motifs[firstMotif + blockIdx.x], losses, [&](u32 word, u32) { atomicAdd(&counts[word], 1u); });
}

/** Counts go back to 0. */
extern "C" __global__ void write_entries(u32 firstMotif, int letters, const Motif* __restrict__ motifs,
                                         const unsigned short* __restrict__ losses, u32* __restrict__ counts,
                                         const u32* __restrict__ starts, u32* __restrict__ entries) {
  const u32 motif = firstMotif + blockIdx.x;
  eachWord(letters, motifs[motif], losses, [&](u32 word, u32 left) {
    entries[starts[word] + atomicSub(&counts[word], 1u) - 1] = left << motifBits | motif;
  });
}

// ---- sums of all values before each: blocks of 4096

constexpr int sumThreads = 256, sumEach = 16;

/** The sum over threads before this one of a block, and over all of them. */
__device__ __forceinline__ u64 before(u64 mine, u64& all) {
  __shared__ u64 sums[1024];
  const int thread = threadIdx.x;
  sums[thread] = mine;
  __syncthreads();
  for (int step = 1; step < (int)blockDim.x; step *= 2) {
    const u64 other = thread >= step ? sums[thread - step] : 0;
    __syncthreads();
    sums[thread] += other;
    __syncthreads();
  }
  all = sums[blockDim.x - 1];
  const u64 own = sums[thread] - mine;
  __syncthreads();
  return own;
}

extern "C" __global__ void __launch_bounds__(sumThreads) sum_blocks(u32 count, const u32* __restrict__ values,
                                                                    u64* __restrict__ sums) {
  const u64 first = ((u64)blockIdx.x * sumThreads + threadIdx.x) * sumEach;
  u64 mine = 0, all;
  for (int one = 0; one < sumEach; one++)
    if (first + one < count) mine += values[first + one];
  before(mine, all);
  if (threadIdx.x == 0) sums[blockIdx.x] = all;
}

/** One block: sums of blocks become sums of all blocks before; one more holds that of all. */
extern "C" __global__ void __launch_bounds__(1024) scan_sums(u32 count, u64* __restrict__ sums) {
  u64 carry = 0;
  for (u32 first = 0; first < count; first += blockDim.x) {
    const u32 at = first + threadIdx.x;
    u64 all;
    const u64 here = carry + before(at < count ? sums[at] : 0, all);
    if (at < count) sums[at] = here;
    carry += all;
  }
  if (threadIdx.x == 0) sums[count] = carry;
}

/** `count` starts and, at the end, the sum of all values. */
extern "C" __global__ void __launch_bounds__(sumThreads)
    scan_blocks(u32 count, const u32* __restrict__ values, const u64* __restrict__ sums, u32* __restrict__ starts) {
  const u64 first = ((u64)blockIdx.x * sumThreads + threadIdx.x) * sumEach;
  u64 mine = 0, all;
  for (int one = 0; one < sumEach; one++)
    if (first + one < count) mine += values[first + one];
  u64 here = sums[blockIdx.x] + before(mine, all);
  for (int one = 0; one < sumEach; one++)
    if (first + one < count) {
      starts[first + one] = (u32)here;
      here += values[first + one];
      if (first + one == count - 1) starts[count] = (u32)here;
    }
}

// ---- the scan

constexpr int scanThreads = 256, queued = 512;

/** What is left after pairs of columns; the table goes on behind them. */
__device__ __forceinline__ int spend(int left, const u32* __restrict__ bases, u32 start, u32 column, u32 end,
                                     const unsigned short*& table) {
  while (column < end && left >= 0) {
    u32 word = sixteen(bases, start + column);
    const u32 stop = min(end, column + 16);
    for (; column < stop && left >= 0; column += 2, word >>= 4, table += 16) left -= table[word & 15];
  }
  return left;
}

/**
 * A place a thread. The entries of a warp's 32 lists are shared out evenly over its lanes: each finds whose entry it has
 * by the lists' ends. Windows that come through are collected by the block, and beyond that by the warp.
 */
extern "C" __global__ void __launch_bounds__(scanThreads)
    scan_windows(u32 first, u32 count, int letters, const u32* __restrict__ bases,
                 const unsigned char* __restrict__ clean, const uint2* __restrict__ heads,
                 const unsigned short* __restrict__ pairs, const u32* __restrict__ starts,
                 const u32* __restrict__ entries, u32 capacity, uint2* __restrict__ found, u64* __restrict__ counter) {
  __shared__ uint2 queue[queued];
  __shared__ u32 waiting;
  __shared__ u64 slot0;
  if (threadIdx.x == 0) waiting = 0;
  __syncthreads();
  const u32 index = blockIdx.x * scanThreads + threadIdx.x;
  const u32 lane = threadIdx.x & 31;
  const u32 warpAt = first + index - lane;
  u32 begin = 0, length = 0;
  if (index < count) {
    const u32 word = sixteen(bases, first + index) & ((1u << (2 * letters)) - 1);
    begin = starts[word];
    length = starts[word + 1] - begin;
  }
  u32 end = length;
  for (int step = 1; step < 32; step *= 2) {
    const u32 other = __shfl_up_sync(0xffffffffu, end, step);
    if (lane >= (u32)step) end += other;
  }
  const u32 total = __shfl_sync(0xffffffffu, end, 31);
  // where entry 0 of the warp would be in this lane's list
  const u32 shifted = begin - (end - length);
  for (u32 round = 0; round < total; round += 32) {
    const u32 one = round + lane;
    u32 owner = 0;
    for (u32 step = 16; step > 0; step /= 2) {
      const u32 other = __shfl_sync(0xffffffffu, end, owner + step - 1);
      if (other <= one) owner += step;
    }
    const u32 list = __shfl_sync(0xffffffffu, shifted, owner & 31);
    bool passes = false;
    u32 start = 0, motif = 0;
    if (one < total) {
      const u32 entry = entries[list + one];
      motif = entry & ((1u << motifBits) - 1);
      // columns and offset; first pair
      const uint2 head = heads[motif];
      const u32 place = warpAt + owner, columns = head.x & 255, offset = head.x >> 8;
      start = place - offset;
      const unsigned short* table = pairs + 16ull * head.y;
      if (place >= offset) {
        int left = spend((int)(entry >> motifBits), bases, start, offset + letters, columns, table);
        left = spend(left, bases, start, 0, offset, table);
        passes = left >= 0 && clean[start] >= columns;
      }
    }
    if (passes) {
      const u32 at = atomicAdd(&waiting, 1u);
      if (at < queued) {
        queue[at] = make_uint2(start, motif);
        passes = false;
      }
    }
    const u32 left = __ballot_sync(0xffffffffu, passes);
    if (left != 0) {
      u64 slot = 0;
      const int leader = __ffs((int)left) - 1;
      if ((int)lane == leader) slot = atomicAdd(counter, (u64)__popc(left));
      slot = __shfl_sync(0xffffffffu, slot, leader) + __popc(left & ((1u << lane) - 1));
      if (passes && slot < capacity) found[slot] = make_uint2(start, motif);
    }
  }
  __syncthreads();
  const u32 collected = min(waiting, (u32)queued);
  if (threadIdx.x == 0 && collected > 0) slot0 = atomicAdd(counter, (u64)collected);
  __syncthreads();
  for (u32 one = threadIdx.x; one < collected; one += scanThreads)
    if (slot0 + one < capacity) found[slot0 + one] = queue[one];
}

// ---- the hits

__device__ __forceinline__ u32 cellOf(const Motif& motif, u32 start, int tileShift, u32 tiles) {
  return (u32)motif.w * tiles + (start >> tileShift);
}

/** Scores as the oracle does, counts hits by cell; `slots` numbers those of a cell in any order, and says of the rest that they are none. */
extern "C" __global__ void score_windows(u32 first, u32 count, const uint2* __restrict__ found,
                                         const u32* __restrict__ bases, const Motif* __restrict__ motifs,
                                         const double* __restrict__ scores, const double* __restrict__ thresholds,
                                         int tileShift, u32 tiles, u32* __restrict__ cells, double* __restrict__ sums,
                                         u32* __restrict__ slots) {
  const u32 thread = blockIdx.x * blockDim.x + threadIdx.x;
  if (thread >= count) return;
  const u32 at = first + thread;
  const uint2 window = found[at];
  const Motif motif = motifs[window.y];
  const double* mine = scores + 4ll * motif.z;
  double sum = 0;
  for (u32 column = 0; column < COLUMNS(motif);) {
    u32 word = sixteen(bases, window.x + column);
    const u32 stop = min(COLUMNS(motif), column + 16);
    for (; column < stop; column++, word >>= 2) sum += mine[4 * column + (word & 3)];
  }
  sums[at] = sum;
  slots[at] = sum >= thresholds[window.y] ? atomicAdd(&cells[cellOf(motif, window.x, tileShift, tiles)], 1u) : none;
}

/** What hits of a cell are ordered by: place in the tile, then strand. */
__device__ __forceinline__ u32 keyOf(const Motif& motif, u32 start, int tileShift) {
  return (start & ((1u << tileShift) - 1)) << 1 | REVERSE(motif);
}

extern "C" __global__ void write_keys(u32 first, u32 count, const uint2* __restrict__ found,
                                      const Motif* __restrict__ motifs, int tileShift, u32 tiles,
                                      const u32* __restrict__ starts, const u32* __restrict__ slots,
                                      u32* __restrict__ keys) {
  const u32 thread = blockIdx.x * blockDim.x + threadIdx.x;
  if (thread >= count || slots[first + thread] == none) return;
  const uint2 window = found[first + thread];
  const Motif motif = motifs[window.y];
  keys[starts[cellOf(motif, window.x, tileShift, tiles)] + slots[first + thread]] = keyOf(motif, window.x, tileShift);
}

/** A hit's place is its cell's start and how many of the cell's keys are less. */
extern "C" __global__ void write_hits(u32 first, u32 count, const uint2* __restrict__ found,
                                      const Motif* __restrict__ motifs, int tileShift, u32 tiles,
                                      const u32* __restrict__ starts, const u32* __restrict__ slots,
                                      const u32* __restrict__ keys, const double* __restrict__ sums, u32 sequences,
                                      const u32* __restrict__ offsets, u32* __restrict__ sequence,
                                      u32* __restrict__ position, signed char* __restrict__ strand,
                                      double* __restrict__ score) {
  const u32 thread = blockIdx.x * blockDim.x + threadIdx.x;
  if (thread >= count || slots[first + thread] == none) return;
  const uint2 window = found[first + thread];
  const Motif motif = motifs[window.y];
  const u32 cell = cellOf(motif, window.x, tileShift, tiles);
  const u32 key = keyOf(motif, window.x, tileShift);
  u32 at = starts[cell];
  const u32 end = starts[cell + 1];
  for (u32 other = starts[cell]; other < end; other++) at += keys[other] < key;
  // the last sequence that starts there or before
  u32 low = 0, high = sequences;
  while (high - low > 1) {
    const u32 middle = low + (high - low) / 2;
    if (offsets[middle] <= window.x) low = middle;
    else high = middle;
  }
  if (sequences > 1) sequence[at] = low;
  position[at] = window.x - offsets[low];
  strand[at] = REVERSE(motif) ? -1 : 1;
  score[at] = sums[first + thread];
}

/** Where the hits of each matrix start; one more for their end. */
extern "C" __global__ void matrix_starts(u32 matrices, u32 tiles, const u32* __restrict__ starts,
                                         u32* __restrict__ matrixStart) {
  const u32 matrix = blockIdx.x * blockDim.x + threadIdx.x;
  if (matrix <= matrices) matrixStart[matrix] = starts[(u64)matrix * tiles];
}
