// Gillespie's direct method over one network, `lanes` threads a trajectory. Rates are the leaves of the workload's binary sum tree,
// of which every third level is kept: the seven sums above eight neighbours are made anew where they are needed, which gives the
// same bits as keeping them. All is multiplied and added as the oracle does, nothing contracted.
// nvcc: -fmad=false
//
// Floor of an event: a block of Philox and its logarithm (about 170 instructions, shared out over the lanes), a descent of one
// group of eight sums for every three levels, and an ascent through those that hold a changed rate.

// The tree without the rates: the root would be at 7; the eight children of a node are at 8 * (node - 6), so that they start whole lines.
constexpr unsigned everyLane = 0xffffffffu;
// No reaction, no change.
constexpr int none = 0x7fffffff;
// A rate law's first word: the reaction in these, the form above.
constexpr int reactionBits = 0xfffffff;

enum Form { constantRate, oneReactant, pairOfOne, twoReactants, anyReactants, expressionRate };
enum Status { running = -1, finished, exhausted, stopped, badRate, negative };
enum Operation {
  opEnd, opNumber, opValue, opTime, opNegate, opAbsolute, opFloor, opCeiling, opNot, opSquare, opRoot, opAdd, opSubtract,
  opMultiply, opDivide, opQuotient, opRemainder, opMinimum, opMaximum, opAnd, opOr, opExclusiveOr, opImplies, opEqual,
  opNotEqual, opLess, opLessOrEqual, opGreater, opGreaterOrEqual, opSelect, opTruth
};
constexpr int mostDepth = 32;

// Where things are in the network's table, as `stochastic-simulation-table.ts` writes them; offsets in units of 16 bytes.
struct Header {
  int reactions, values, leaves, leafBase, upper, levels;
  int records, changes, rates, sums, assigned, everyRate, orders, constants, code, numbers, assignments, initial;
};

struct Network {
  const Header* head;
  const int4* records;   // three a reaction
  const int4* changes;   // value, -, amount
  const int4* rates;     // of reactions to compute again
  const int* sums;       // nodes to sum again, from the lowest level up, the root left out
  const int4* assigned;  // target, code
  const int4* everyRate; // form and reaction, constant, first, second
  const int2* orders;    // reactant, order
  const double* constants;
  const int* code;
  const double* numbers;
};

__device__ __forceinline__ double infinity() { return __longlong_as_double(0x7ff0000000000000ll); }
__device__ __forceinline__ double notANumber() { return __longlong_as_double(0x7ff8000000000000ll); }

__device__ __forceinline__ Network networkOf(const int4* table) {
  const Header* head = reinterpret_cast<const Header*>(table);
  return {head,
          table + head->records,
          table + head->changes,
          table + head->rates,
          reinterpret_cast<const int*>(table + head->sums),
          table + head->assigned,
          table + head->everyRate,
          reinterpret_cast<const int2*>(table + head->orders),
          reinterpret_cast<const double*>(table + head->constants),
          reinterpret_cast<const int*>(table + head->code),
          reinterpret_cast<const double*>(table + head->numbers)};
}

__device__ __forceinline__ double least(double a, double b) {
  if (a != a || b != b) return notANumber();
  if (a == b) return __double_as_longlong(a) < 0 ? a : b;
  return a < b ? a : b;
}

// A stack machine; its operations are those of IEEE 754 alone. The top of the stack is in `top`.
__device__ __noinline__ double evaluate(const int* code, const double* numbers, const double* values, double time) {
  double stack[mostDepth];
  int depth = 0;
  double top = 0;
  for (;; code++) {
    const int word = *code, operand = word >> 8;
    switch (word & 255) {
      case opEnd: return top;
      case opNumber: stack[depth++] = top, top = numbers[operand]; break;
      case opValue: stack[depth++] = top, top = values[operand]; break;
      case opTime: stack[depth++] = top, top = time; break;
      case opNegate: top = -top; break;
      case opAbsolute: top = fabs(top); break;
      case opFloor: top = floor(top); break;
      case opCeiling: top = ceil(top); break;
      case opNot: top = top == 0 ? 1 : 0; break;
      case opTruth: top = top != 0 ? 1 : 0; break;
      case opSquare: top = top * top; break;
      // a power of 1/2, which has no negative 0 and no NaN of minus infinity
      case opRoot: top = top == 0 ? 0 : top == -infinity() ? infinity() : sqrt(top); break;
      case opAdd: top = stack[--depth] + top; break;
      case opSubtract: top = stack[--depth] - top; break;
      case opMultiply: top = stack[--depth] * top; break;
      case opDivide: top = stack[--depth] / top; break;
      case opQuotient: top = trunc(stack[--depth] / top); break;
      case opRemainder: {
        const double left = stack[--depth];
        top = left - top * trunc(left / top);
        break;
      }
      case opMinimum: top = least(stack[--depth], top); break;
      case opMaximum: top = -least(-stack[--depth], -top); break;
      case opAnd: top = stack[--depth] != 0 && top != 0 ? 1 : 0; break;
      case opOr: top = stack[--depth] != 0 || top != 0 ? 1 : 0; break;
      case opExclusiveOr: top = (stack[--depth] != 0) != (top != 0) ? 1 : 0; break;
      case opImplies: top = stack[--depth] == 0 || top != 0 ? 1 : 0; break;
      case opEqual: top = stack[--depth] == top ? 1 : 0; break;
      case opNotEqual: top = stack[--depth] != top ? 1 : 0; break;
      case opLess: top = stack[--depth] < top ? 1 : 0; break;
      case opLessOrEqual: top = stack[--depth] <= top ? 1 : 0; break;
      case opGreater: top = stack[--depth] > top ? 1 : 0; break;
      case opGreaterOrEqual: top = stack[--depth] >= top ? 1 : 0; break;
      // otherwise, value, condition
      case opSelect: {
        const double value = stack[--depth], otherwise = stack[--depth];
        top = top != 0 ? value : otherwise;
        break;
      }
    }
  }
}

__device__ __forceinline__ void assign(const Network& network, const int4 one, double* values, double time) {
  values[one.x] = evaluate(network.code + one.y, network.numbers, values, time);
}

__device__ __forceinline__ double constantOf(const Network& network, const int4 law, const double* values, bool shared) {
  return shared ? network.constants[law.x & reactionBits] : values[law.y];
}

// The constant of an expression is of no meaning.
template <bool expressions>
__device__ __forceinline__ double rateOf(const Network& network, const int4 law, double constant, const double* values) {
  const int form = static_cast<unsigned>(law.x) >> 28;
  if (expressions && form == expressionRate) return evaluate(network.code + law.z, network.numbers, values, 0);
  if (form == constantRate) return constant;
  if (form == anyReactants) {
    double rate = constant;
#pragma unroll 1
    for (int at = law.z; at < law.w; at++) {
      const int2 one = network.orders[at];
      const double x = values[one.x];
      double factorial = 1;
#pragma unroll 1
      for (int taken = 0; taken < one.y; taken++) {
        rate *= x - taken;
        factorial *= taken + 1;
      }
      if (factorial > 1) rate /= factorial;
    }
    return rate;
  }
  const double x = values[law.z], rate = constant * x;
  if (form == pairOfOne) return rate * (x - 1) / 2;
  return form == twoReactants ? rate * values[law.w] : rate;
}

// Philox4x32-10 (Salmon et al. 2011) with the key (seed, trajectory) and the counter (block).
__device__ __forceinline__ void draw(unsigned long long block, unsigned seed, unsigned trajectory, double& waiting,
                                     double& choice) {
  unsigned c0 = static_cast<unsigned>(block), c1 = static_cast<unsigned>(block >> 32), c2 = 0, c3 = 0;
  unsigned k0 = seed, k1 = trajectory;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const unsigned long long p0 = 0xd2511f53ull * c0, p1 = 0xcd9e8d57ull * c2;
    c0 = static_cast<unsigned>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<unsigned>(p1);
    c2 = static_cast<unsigned>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<unsigned>(p0);
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  const double scale = 1.0 / 4503599627370496.0;
  const double u = ((c0 >> 6) * 67108864.0 + (c1 >> 6) + 0.5) * scale;
  choice = ((c2 >> 6) * 67108864.0 + (c3 >> 6) + 0.5) * scale;
  // -ln u as fdlibm's e_log.c (Sun Microsystems, 1993) computes it, operation by operation as in the workload's draws.ts
  const unsigned long long bits = __double_as_longlong(u);
  const unsigned high = static_cast<unsigned>(bits >> 32);
  const unsigned mantissa = high & 0xfffff, above = (mantissa + 0x95f64) & 0x100000;
  const double k = static_cast<int>(high >> 20) - 1023 + static_cast<int>(above >> 20);
  const double f = __longlong_as_double(static_cast<long long>(
                       static_cast<unsigned long long>(mantissa | (above ^ 0x3ff00000)) << 32 | (bits & 0xffffffffu))) - 1;
  const double s = f / (2 + f), z = s * s, w = z * z;
  const double even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const double odd =
      z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const double half = 0.5 * f * f;
  const double rest = s * (half + (even + odd)) + k * 1.9082149292705877e-10;
  waiting = half - rest - f - k * 0.6931471803691238;
}

struct Eight {
  double c[8];
};

__device__ __forceinline__ Eight eightAt(const double* at) {
  const double2* pairs = reinterpret_cast<const double2*>(at);
  const double2 p = pairs[0], q = pairs[1], r = pairs[2], s = pairs[3];
  return {{p.x, p.y, q.x, q.y, r.x, r.y, s.x, s.y}};
}

__device__ __forceinline__ double sumOf(const Eight& e) {
  return ((e.c[0] + e.c[1]) + (e.c[2] + e.c[3])) + ((e.c[4] + e.c[5]) + (e.c[6] + e.c[7]));
}

// Whether a number lies in the right part; rounding may leave a little more than there is there.
__device__ __forceinline__ bool goesRight(double& left, double l, double r) {
  const bool right = !(left < l) && r > 0;
  if (right) left -= l;
  return right;
}

// Three levels down: which of eight.
__device__ __forceinline__ int choose(const Eight& e, double& left) {
  const double a = e.c[0] + e.c[1], b = e.c[2] + e.c[3], c = e.c[4] + e.c[5], d = e.c[6] + e.c[7];
  const bool one = goesRight(left, a + b, c + d);
  const bool two = goesRight(left, one ? c : a, one ? d : b);
  const double p = one ? e.c[4] : e.c[0], q = one ? e.c[5] : e.c[1], r = one ? e.c[6] : e.c[2], s = one ? e.c[7] : e.c[3];
  const bool three = goesRight(left, two ? r : p, two ? s : q);
  return 4 * one + 2 * two + three;
}

template <int lanes>
__device__ __forceinline__ int leastOfGroup(int mine) {
#pragma unroll
  for (int step = lanes / 2; step > 0; step /= 2) mine = min(mine, __shfl_xor_sync(everyLane, mine, step, lanes));
  return mine;
}

// What a trajectory keeps between launches; -1 in `statuses` while it is on its way.
struct Trajectories {
  double *values, *times, *draws, *events, *samples;
  int *statuses, *culprits, *sampled;
};

// Loops that mostly go round once are kept as they are: unrolled they fill the cache of instructions.
// `expressions`: rates, assignments or a stop condition that are more than mass action.
template <int lanes, bool expressions>
__device__ __forceinline__ void simulate(const int4* __restrict__ table, const int* __restrict__ active, int count,
                                         int mostSteps, int places, int sharedConstants, const Trajectories of,
                                         double* roomForRates, double* roomForUpper, const double* __restrict__ times,
                                         int timeCount, const int* __restrict__ observed, int width, unsigned seed,
                                         unsigned firstTrajectory, double mostEvents, const int* __restrict__ stopCode,
                                         const double* __restrict__ stopNumbers, int* outcomes) {
  extern __shared__ double2 room[];
  const Network network = networkOf(table);
  const Header& head = *network.head;
  const int levels = head.levels, leafBase = head.leafBase, leaves = head.leaves;
  const int lane = threadIdx.x % lanes;
  const int group = threadIdx.x / lanes;
  const unsigned groupLanes = ((1u << lanes) - 1) << (threadIdx.x % 32 - lane);
  const int slot = blockIdx.x * (blockDim.x / lanes) + group;
  // groups without a trajectory go along, as those whose trajectory has ended
  const bool mine = slot < count;
  const int item = mine ? active[slot] : 0;
  const bool upperShared = places & 1, ratesShared = places & 2, valuesShared = places & 4;
  const int stride = (upperShared ? head.upper : 0) + (ratesShared ? leaves : 0) +
                     (valuesShared ? (head.values + 1) / 2 * 2 : 0) + 2;
  double* own = reinterpret_cast<double*>(room) + static_cast<long long>(group) * stride;
  double* const upper = upperShared ? own : roomForUpper + static_cast<long long>(slot) * head.upper;
  own += upperShared ? head.upper : 0;
  double* const rates = ratesShared ? own : roomForRates + static_cast<long long>(slot) * leaves;
  own += ratesShared ? leaves : 0;
  double* const kept = of.values + static_cast<long long>(item) * head.values;
  double* const values = valuesShared ? own : kept;

  int status = mine ? of.statuses[item] : finished, culprit = -1;
  double time = 0, until = 0, events = 0;
  unsigned long long draws = 0;
  int sample = 0, bad = none, most = 0;
  if (mine) {
    time = of.times[item];
    events = of.events[item];
    most = static_cast<int>(fmin(ceil(mostEvents - events), 2147483647.0));
    draws = static_cast<unsigned long long>(of.draws[item]);
    sample = of.sampled[item];
    until = times[sample];
    if (valuesShared)
      for (int at = lane; at < head.values; at += lanes) values[at] = kept[at];
  }
  __syncwarp(everyLane);
  if (expressions) {
    if (mine && lane == 0)
      for (int at = 0; at < head.assignments; at++) assign(network, network.assigned[at], values, time);
    __syncwarp(everyLane);
  }
  for (int at = lane; at < leaves; at += lanes) {
    double rate = 0;
    if (mine && at < head.reactions) {
      const int4 law = network.everyRate[at];
      rate = rateOf<expressions>(network, law, constantOf(network, law, values, sharedConstants), values);
      if (!(rate >= 0)) bad = min(bad, at);
    }
    rates[at] = rate;
  }
  for (int at = lane; at < head.upper; at += lanes) upper[at] = 0;
  __syncwarp(everyLane);
  // the lowest level first; what is above no rate stays 0
  for (int level = levels - 1, first = leafBase / 8 + 6, nodes = leaves / 8; level > 0;
       level--, first = first / 8 + 6, nodes = (nodes + 7) / 8) {
    const double* from = level == levels - 1 ? rates - leafBase : upper;
    for (int at = lane; at < nodes; at += lanes) upper[first + at] = sumOf(eightAt(from + 8 * (first + at - 6)));
    __syncwarp(everyLane);
  }
  bad = leastOfGroup<lanes>(bad);
  if (status == running && bad < none) status = badRate, culprit = bad;

  double waiting = 0, choice = 0;
  int phase = lanes, done = 0;
  for (int step = 0; step < mostSteps; step++) {
    if (phase == lanes) {
      if (!__any_sync(everyLane, status == running)) break;
      draw(draws + step + lane, seed, firstTrajectory + item, waiting, choice);
      phase = 0;
    }
    const double wait = __shfl_sync(everyLane, waiting, phase, lanes);
    const double chosen = __shfl_sync(everyLane, choice, phase, lanes);
    phase++;
    // the choice of a reaction goes on beside the division that says when it happens, and may turn out not to be needed
    Eight eight = eightAt(levels == 1 ? rates : upper + 8);
    const double total = sumOf(eight);
    const double next = total > 0 ? time + wait / total : infinity();
    double left = chosen * total;
    int node = 8 + choose(eight, left);
#pragma unroll 1
    for (int level = 1; level < levels; level++) {
      const int child = 8 * (node - 6);
      eight = eightAt((level == levels - 1 ? rates - leafBase : upper) + child);
      node = child + choose(eight, left);
    }
    const int4* record = network.records + 3 * (node - leafBase);
    int4 first = record[0], second = record[1], third = record[2];
    if (status == running) {
      if (!(total < infinity())) status = badRate;
      while (status == running && !(next < until)) {
        double* into = of.samples + (static_cast<long long>(item) * timeCount + sample) * width;
#pragma unroll 1
        for (int at = lane; at < width; at += lanes) into[at] = values[observed[at]];
        if (++sample == timeCount) status = finished;
        else until = times[sample];
        // no lane changes values before all have kept theirs
        __syncwarp(groupLanes);
      }
      if (status == running && done >= most) status = exhausted;
    }
    if (status == running) {
      done++;
      time = next;
    } else
      first = second = third = int4{0, 0, 0, 0};
    // what comes after the changes is asked for before them
    const int from[6] = {second.z, second.w, third.x, third.y, third.z, third.w};
    int nodes[5];
#pragma unroll
    for (int level = 0; level < 5; level++)
      nodes[level] = level < levels - 1 && from[level] + lane < from[level + 1] ? network.sums[from[level] + lane] : 0;
    int4 law = {0, 0, 0, 0};
    double constant = 0;
    const bool updates = first.z + lane < first.w;
    if (updates) {
      law = network.rates[first.z + lane];
      if (sharedConstants) constant = network.constants[law.x & reactionBits];
    }
    int lacking = none;
#pragma unroll 1
    for (int at = first.x + lane; at < first.y; at += lanes) {
      const int4 change = network.changes[at];
      const double amount = __longlong_as_double(static_cast<long long>(
          static_cast<unsigned long long>(static_cast<unsigned>(change.w)) << 32 | static_cast<unsigned>(change.z)));
      const double now = values[change.x] + amount;
      values[change.x] = now;
      if (now < 0) lacking = min(lacking, at);
    }
    __syncwarp(everyLane);
    if (expressions) {
      if (__any_sync(everyLane, lacking < none)) {
        lacking = leastOfGroup<lanes>(lacking);
        if (lacking < none) status = negative, culprit = network.changes[lacking].x;
        lacking = none;
      }
      if (lane == 0 && status == running)
#pragma unroll 1
        for (int at = second.x; at < second.y; at++) assign(network, network.assigned[at], values, time);
      __syncwarp(everyLane);
      if (stopCode != nullptr && status == running && evaluate(stopCode, stopNumbers, values, time) != 0)
        status = stopped;
    }
    bad = none;
    if (updates) {
      if (!sharedConstants) constant = values[law.y];
      const double rate = rateOf<expressions>(network, law, constant, values);
      rates[law.x & reactionBits] = rate;
      if (!(rate >= 0)) bad = law.x & reactionBits;
    }
#pragma unroll 1
    for (int at = first.z + lane + lanes; at < first.w; at += lanes) {
      law = network.rates[at];
      const double rate = rateOf<expressions>(network, law, constantOf(network, law, values, sharedConstants), values);
      rates[law.x & reactionBits] = rate;
      if (!(rate >= 0)) bad = min(bad, law.x & reactionBits);
    }
    if (__any_sync(everyLane, min(lacking, bad) < none)) {
      lacking = leastOfGroup<lanes>(lacking);
      bad = leastOfGroup<lanes>(bad);
      if (lacking < none) status = negative, culprit = network.changes[lacking].x;
      else if (status == running && bad < none) status = badRate, culprit = bad;
    }
    __syncwarp(everyLane);
    // level by level, each lane its own nodes; the next choice begins with the sum of the uppermost
#pragma unroll
    for (int level = 0; level < 5; level++) {
      if (level >= levels - 1) break;
      const double* below = level == 0 ? rates - leafBase : upper;
      if (nodes[level] != 0) upper[nodes[level]] = sumOf(eightAt(below + 8 * (nodes[level] - 6)));
#pragma unroll 1
      for (int at = from[level] + lane + lanes; at < from[level + 1]; at += lanes) {
        const int node = network.sums[at];
        upper[node] = sumOf(eightAt(below + 8 * (node - 6)));
      }
      __syncwarp(everyLane);
    }
  }
  if (!mine) return;
  if (valuesShared)
#pragma unroll 1
    for (int at = lane; at < head.values; at += lanes) kept[at] = values[at];
  if (lane != 0) return;
  of.times[item] = time;
  of.events[item] = events + done;
  of.draws[item] = static_cast<double>(draws + done);
  of.sampled[item] = sample;
  of.statuses[item] = status;
  of.culprits[item] = culprit;
  outcomes[slot] = status;
}

#define SIMULATE(name, lanes, expressions)                                                                               \
  extern "C" __global__ void __launch_bounds__(128) name(                                                                \
      const int4* __restrict__ table, const int* __restrict__ active, int count, int mostSteps, int places,              \
      int sharedConstants, double* values, double* times, double* draws, double* events, double* samples, int* statuses, \
      int* culprits, int* sampled, double* rates, double* upper, const double* __restrict__ sampleTimes, int timeCount,  \
      const int* __restrict__ observed, int width, int seed, int firstTrajectory, double mostEvents,                     \
      const int* __restrict__ stopCode, const double* __restrict__ stopNumbers, int* outcomes) {                         \
    simulate<lanes, expressions>(table, active, count, mostSteps, places, sharedConstants,                               \
                                 {values, times, draws, events, samples, statuses, culprits, sampled}, rates, upper,     \
                                 sampleTimes, timeCount, observed, width, seed, firstTrajectory, mostEvents, stopCode,   \
                                 stopNumbers, outcomes);                                                                 \
  }
SIMULATE(simulate_8, 8, false)
SIMULATE(simulate_8_expressions, 8, true)
SIMULATE(simulate_4, 4, false)

// Values, time, draws and an empty record of each trajectory; `values` holds those of a state already where there is one.
extern "C" __global__ void start(const int4* __restrict__ table, int count, int hasState, double from,
                                 const int* __restrict__ offsets, const int* __restrict__ changed,
                                 const double* __restrict__ amounts, double* values, double* times, double* draws,
                                 double* events, double* samples, int points, int* statuses, int* culprits, int* sampled) {
  const Header* head = reinterpret_cast<const Header*>(table);
  const double* initial = reinterpret_cast<const double*>(table + head->initial);
  const int item = blockIdx.x;
  double* own = values + static_cast<long long>(item) * head->values;
  if (!hasState)
    for (int at = threadIdx.x; at < head->values; at += blockDim.x) own[at] = initial[at];
  for (int at = threadIdx.x; at < points; at += blockDim.x) samples[static_cast<long long>(item) * points + at] = notANumber();
  __syncthreads();
  if (threadIdx.x != 0) return;
  // in their order: the last change of a value is the one that holds
  if (offsets != nullptr)
    for (int at = offsets[item]; at < offsets[item + 1]; at++) own[changed[at]] = amounts[at];
  if (!hasState) times[item] = from, draws[item] = 0;
  events[item] = 0;
  statuses[item] = running;
  culprits[item] = -1;
  sampled[item] = 0;
}
