// Hit-and-run on a polytope lower <= A x <= upper in doubles: a group of lanes walks one chain and shares its constraints.
// Of each constraint a lane keeps how far the point is below its upper bound and above its lower one; infinite bounds stay
// so, and constraints past the last have two of them. A step updates both by its length times the slope; they are computed
// anew from the point after some steps, so that rounding does not add up. A is by columns, each padded with zeros.

typedef unsigned int u32;
typedef unsigned long long u64;

constexpr u32 everyLane = 0xffffffffu;
/** Codes of the workload. */
constexpr u32 sampled = 0, outside = 1, unbounded = 2;
/** Steps, in dimensions, after which what is left of each constraint is computed anew. */
constexpr u64 refresh = 16;

struct Polytope {
  u32 dimension, rows, stride;
  const double* __restrict__ columns;
  const double* __restrict__ lower;
  const double* __restrict__ upper;
};

struct Walk {
  /** Steps of this launch, from the chain's `firstStep` on. */
  u32 firstStep, steps, thinning, samples, seed, firstChain, chains;
  /** One a chain; where its chains are; what it keeps. */
  u32* statuses;
  double* points;
  double* kept;
  /** Of artificial centering: warm-up points, the sums of all constraints at each, their mean, each chain's centre. */
  u32 warmUps;
  const double* __restrict__ warmUp;
  const double* __restrict__ slopes;
  const double* __restrict__ middle;
  double* centres;
};

/** Philox4x32-10, Salmon et al. 2011, of one counter word. */
__device__ __forceinline__ uint4 philox(u32 counter, u32 seed, u32 chain) {
  u32 c0 = counter, c1 = 0, c2 = 0, c3 = 0, k0 = seed, k1 = chain;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const u64 p0 = (u64)0xd2511f53u * c0, p1 = (u64)0xcd9e8d57u * c2;
    c0 = (u32)(p1 >> 32) ^ c1 ^ k0;
    c1 = (u32)p1;
    c2 = (u32)(p0 >> 32) ^ c3 ^ k1;
    c3 = (u32)p0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  return make_uint4(c0, c1, c2, c3);
}

__device__ __forceinline__ double infinity() { return __longlong_as_double(0x7ff0000000000000ll); }

__device__ __forceinline__ bool isFinite(double value) { return fabs(value) < infinity(); }

/** The sum of one constraint at a point: always added alike, so that equal points have equal sums. */
__device__ __forceinline__ double rowSum(const Polytope& polytope, u32 row, const double* point) {
  double sum = 0;
  for (u32 at = 0; at < polytope.dimension; at++) sum += polytope.columns[(u64)at * polytope.stride + row] * point[at];
  return sum;
}

// ---- before the first step

/** Says of each chain whether its start is outside of a constraint or no point at all: a block a chain. */
extern "C" __global__ void check_starts(u32 dimension, u32 rows, u32 stride, const double* __restrict__ columns,
                                        const double* __restrict__ lower, const double* __restrict__ upper,
                                        const double* __restrict__ points, u32* __restrict__ statuses) {
  const Polytope polytope{dimension, rows, stride, columns, lower, upper};
  const double* point = points + (u64)blockIdx.x * dimension;
  bool good = true;
  for (u32 at = threadIdx.x; at < dimension; at += blockDim.x) good = good && isFinite(point[at]);
  for (u32 row = threadIdx.x; row < rows; row += blockDim.x) {
    const double here = rowSum(polytope, row, point);
    const double slack = 1e-6 * (fabs(here) > 1 ? fabs(here) : 1);
    good = good && here >= lower[row] - slack && here <= upper[row] + slack;
  }
  const bool all = __syncthreads_and(good);
  if (threadIdx.x == 0) statuses[blockIdx.x] = all ? sampled : outside;
}

/** Sums of all constraints at some points: a point a block. */
extern "C" __global__ void sum_points(u32 dimension, u32 rows, u32 stride, const double* __restrict__ columns,
                                      const double* __restrict__ points, double* __restrict__ sums) {
  const Polytope polytope{dimension, rows, stride, columns, nullptr, nullptr};
  for (u32 row = threadIdx.x; row < stride; row += blockDim.x)
    sums[(u64)blockIdx.x * stride + row] =
        row < rows ? rowSum(polytope, row, points + (u64)blockIdx.x * dimension) : 0;
}

// ---- the walk

extern __shared__ __align__(16) double memory[];

/**
 * `lanes` walk a chain, or the whole block where they are 0; each has `each` constraints at most. `paired`: all columns
 * are in shared memory with their inverses (NaN for that of 0, which no comparison picks); else slopes are compared by
 * cross products, so that half as much is read, and divided once.
 */
template <int lanes, int each, bool paired, bool centering>
__device__ __forceinline__ void walk(const Polytope& polytope, const Walk& job) {
  __shared__ double2 parts[2][32];
  constexpr u32 drawers = lanes == 0 ? 32 : lanes;
  const u32 width = lanes == 0 ? blockDim.x : lanes;
  const u32 lane = threadIdx.x % width, group = threadIdx.x / width, groups = blockDim.x / width;
  const u32 dimension = polytope.dimension, rows = polytope.rows, stride = polytope.stride;
  const u32 wanted = blockIdx.x * groups + group;
  // groups without a chain of their own walk along with the last, and tell nobody
  const u32 chain = wanted < job.chains ? wanted : job.chains - 1;
  const bool own = wanted < job.chains;

  double2* pairs = reinterpret_cast<double2*>(memory);
  double* points = memory + (paired ? 2ull * dimension * stride : 0ull);
  double* point = points + group * dimension;
  double* centre = points + (groups + group) * dimension;
  auto meet = [&]() {
    if (lanes == 0) __syncthreads();
    else __syncwarp();
  };

  if (paired)
    for (u32 at = threadIdx.x; at < dimension * stride; at += blockDim.x) {
      const double slope = polytope.columns[at];
      pairs[at] = make_double2(slope, 1 / slope);
      if (slope == 0) pairs[at].y = __longlong_as_double(0x7ff8000000000000ll);
    }
  for (u32 at = lane; at < dimension; at += width) {
    point[at] = job.points[(u64)chain * dimension + at];
    if (centering)
      centre[at] = job.firstStep == 0 ? job.middle[at] : job.centres[(u64)chain * dimension + at];
  }
  __syncthreads();

  double above[each], below[each], centreSums[centering ? each : 1];
  auto sumAll = [&](const double* from, auto visit) {
    double sums[each];
#pragma unroll
    for (int one = 0; one < each; one++) sums[one] = 0;
    for (u32 at = 0; at < dimension; at++) {
      const double factor = from[at];
      const double* column = polytope.columns + (u64)at * stride;
#pragma unroll
      for (int one = 0; one < each; one++) {
        const u32 row = lane + one * width;
        if (row < rows) sums[one] += column[row] * factor;
      }
    }
#pragma unroll
    for (int one = 0; one < each; one++) visit(one, lane + one * width, sums[one]);
  };
  auto sumPoint = [&]() {
    sumAll(point, [&](int one, u32 row, double sum) {
      above[one] = row < rows ? polytope.upper[row] - sum : infinity();
      below[one] = row < rows ? sum - polytope.lower[row] : infinity();
    });
  };
  auto sumCentre = [&]() {
    sumAll(centre, [&](int one, u32, double sum) {
      if (centering) centreSums[one] = sum;
    });
  };
  if (centering) sumCentre();

  bool walking = job.statuses[chain] == sampled;
  // a group that walks along with the last chain must not read what that chain's own group writes in the end
  __syncthreads();
  bool lost = false;
  const u32 choices = centering ? job.warmUps : dimension;
  u32 sample = job.firstStep / job.thinning;
  u32 untilKept = job.thinning - job.firstStep % job.thinning;
  u64 untilRefresh = 0;
  uint4 words = make_uint4(0, 0, 0, 0);
  for (u32 done = 0; done < job.steps; done++) {
    const u32 step = job.firstStep + done;
    if (untilRefresh == 0) {
      meet();
      sumPoint();
      meet();
      untilRefresh = refresh * dimension;
    }
    untilRefresh--;
    // each lane draws for two steps
    if (done == 0 || step % (2 * drawers) == 0)
      words = philox(step / (2 * drawers) * drawers + lane % drawers, job.seed, job.firstChain + chain);
    const bool odd = step & 1;
    const int drawer = (int)(step / 2 % drawers);
    const u32 choice = __shfl_sync(everyLane, odd ? words.z : words.x, drawer, drawers);
    const u32 where = __shfl_sync(everyLane, odd ? words.w : words.y, drawer, drawers);
    const u32 index = (u32)((u64)choice * choices >> 32);
    const double place = (where + 0.5) * (1.0 / 4294967296.0);

    // how far the chord goes on along the step, and how far back
    double slopes[each];
    double most = infinity(), back = infinity();
    if (paired) {
      const double2* column = pairs + index * stride + lane;
#pragma unroll
      for (int one = 0; one < each; one++) {
        if (one * lanes >= (int)rows) break;
        const double2 pair = column[one * lanes];
        slopes[one] = pair.x;
        const bool up = pair.y > 0;
        const double size = fabs(pair.y);
        const double onward = (up ? above[one] : below[one]) * size;
        const double backward = (up ? below[one] : above[one]) * size;
        if (onward < most) most = onward;
        if (backward < back) back = backward;
      }
    } else {
      const double* column = centering ? job.slopes + (u64)index * stride : polytope.columns + (u64)index * stride;
#pragma unroll
      for (int one = 0; one < each; one++) {
        const u32 row = lane + one * width;
        slopes[one] = row < rows ? column[row] : 0;
      }
      double mostSize = 1, backSize = 1;
#pragma unroll
      for (int one = 0; one < each; one++) {
        if (centering) slopes[one] -= centreSums[one];
        const double slope = slopes[one], size = fabs(slope);
        const double onward = slope > 0 ? above[one] : below[one];
        const double backward = slope > 0 ? below[one] : above[one];
        const bool counts = size > 0;
        if (counts && onward * mostSize < most * size) most = onward, mostSize = size;
        if (counts && backward * backSize < back * size) back = backward, backSize = size;
      }
      most /= mostSize;
      back /= backSize;
    }
#pragma unroll
    for (int away = (int)drawers / 2; away > 0; away /= 2) {
      const double one = __shfl_xor_sync(everyLane, most, away), other = __shfl_xor_sync(everyLane, back, away);
      if (one < most) most = one;
      if (other < back) back = other;
    }
    if (lanes == 0) {
      // two sets in turn: nobody writes to one before all have read it
      double2* of = parts[done & 1];
      if (threadIdx.x % 32 == 0) of[threadIdx.x / 32] = make_double2(most, back);
      __syncthreads();
      for (u32 warp = 0; warp < blockDim.x / 32; warp++) {
        if (of[warp].x < most) most = of[warp].x;
        if (of[warp].y < back) back = of[warp].y;
      }
    }

    const double least = -back;
    // rounding may leave nothing of a chord in a corner
    if (walking && least < most) {
      const double length = least + place * (most - least);
      if (isFinite(length)) {
#pragma unroll
        for (int one = 0; one < each; one++) {
          if (paired && one * lanes >= (int)rows) break;
          above[one] -= length * slopes[one];
          below[one] += length * slopes[one];
        }
        if (centering) {
          const double* target = job.warmUp + (u64)index * dimension;
          for (u32 at = lane; at < dimension; at += width) point[at] += length * (target[at] - centre[at]);
        } else if (lane == 0) {
          point[index] += length;
        }
      } else if (centering) {
        // towards the centre itself nothing moves, and nothing need bound it
        for (u32 at = 0; at < dimension; at++)
          lost = lost || job.warmUp[(u64)index * dimension + at] != centre[at];
        walking = !lost;
      } else {
        lost = true;
        walking = false;
      }
    }
    if (--untilKept == 0) {
      meet();
      double* to = job.kept + ((u64)chain * job.samples + sample) * dimension;
      for (u32 at = lane; at < dimension; at += width) {
        if (own) to[at] = point[at];
        if (centering) centre[at] += (point[at] - centre[at]) / (job.warmUps + sample + 1);
      }
      meet();
      if (centering) sumCentre();
      meet();
      sample++;
      untilKept = job.thinning;
    }
  }
  meet();
  if (!own) return;
  for (u32 at = lane; at < dimension; at += width) {
    job.points[(u64)chain * dimension + at] = point[at];
    if (centering) job.centres[(u64)chain * dimension + at] = centre[at];
  }
  if (lost && lane == 0) job.statuses[chain] = unbounded;
}

#define POLYTOPE                                                                                           \
  u32 dimension, u32 rows, u32 stride, const double *__restrict__ columns, const double *__restrict__ lower, \
      const double *__restrict__ upper
#define STEPS                                                                                                 \
  u32 firstStep, u32 steps, u32 thinning, u32 samples, u32 seed, u32 firstChain, u32 chains, u32 *statuses,   \
      double *points, double *kept
#define CENTERING                                                                                  \
  u32 warmUps, const double *__restrict__ warmUp, const double *__restrict__ slopes,               \
      const double *__restrict__ middle, double *centres
#define WALK(lanes, each, paired)                                                                                      \
  walk<lanes, each, paired, false>({dimension, rows, stride, columns, lower, upper},                                   \
                                   {firstStep, steps, thinning, samples, seed, firstChain, chains, statuses, points,   \
                                    kept, 0, nullptr, nullptr, nullptr, nullptr})
#define CENTRE(lanes, each)                                                                                            \
  walk<lanes, each, false, true>({dimension, rows, stride, columns, lower, upper},                                     \
                                 {firstStep, steps, thinning, samples, seed, firstChain, chains, statuses, points,     \
                                  kept, warmUps, warmUp, slopes, middle, centres})

extern "C" __global__ void __launch_bounds__(512) walk_octet(POLYTOPE, STEPS) { WALK(8, 6, true); }
extern "C" __global__ void __launch_bounds__(512) walk_warp(POLYTOPE, STEPS) { WALK(32, 8, true); }
extern "C" __global__ void __launch_bounds__(512) walk_block(POLYTOPE, STEPS) { WALK(0, 8, false); }
extern "C" __global__ void __launch_bounds__(512) centre_warp(POLYTOPE, STEPS, CENTERING) { CENTRE(32, 8); }
extern "C" __global__ void __launch_bounds__(512) centre_block(POLYTOPE, STEPS, CENTERING) { CENTRE(0, 8); }
