// RODAS4 on one item a thread, each with its own step: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed.
// 1996, IV.7 and the code rodas.f (METH = 1). `System` is the network: generated code, or an interpreter of flat code.
//
// A slot is what one thread works in. Slots take the items from one counter, so that a thread whose item is done has another;
// what a slot holds lies in rows, the slots side by side. Values come by place: the states in the order of elimination, then
// the others.
#pragma once

/** Entry i of a slot's row set: rows lie `stride` apart. */
struct Rows {
  double* at;
  int stride;
  __device__ __forceinline__ double& operator[](int row) const { return at[(long long)row * stride]; }
};

struct Batch {
  int slots, count, sampleTimes, width, attempts, values;
  double from, relative, absolute, mostSteps;
  /** By number of the value: its place; and by place: where items start. */
  const int* placeOf;
  const double* initial;
  const double* times;
  /** Places of the values that are kept. */
  const int* observed;
  /** Null where nothing is changed, or no state is gone on from. */
  const int* changeOffsets;
  const int* changeValues;
  const double* changeAmounts;
  const double* stateValues;
  /** Times of all items, then their steps. */
  const double* stateMoments;
  double* workspace;
  /** Rows: item + 1, time, step, steps tried, place among the times, length of the way from the one before. */
  double* progress;
  /** Items begun, items ended. */
  int* counters;
  unsigned char* statuses;
  double* samples;
  double* endValues;
  /** Times of all items, then their steps to come, then the steps they tried. */
  double* endMoments;
};

enum Status { finished = 0, exhausted = 1, stuck = 2 };

/** What the stages take of those before: at their argument, and beside the slopes there. */
template <int stage, int earlier>
__device__ __forceinline__ constexpr double weightOf() {
  constexpr double weights[6][5] = {
      {},
      {1.544},
      {0.9466785280815826, 0.2557011698983284},
      {3.314825187068521, 2.896124015972201, 0.9986419139977817},
      {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895},
      {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895, 1.0},
  };
  return weights[stage][earlier];
}
template <int stage, int earlier>
__device__ __forceinline__ constexpr double couplingOf() {
  constexpr double couplings[6][5] = {
      {},
      {-5.6688},
      {-2.430093356833875, -0.2063599157091915},
      {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
      {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616},
      {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054},
  };
  return couplings[stage][earlier];
}
template <int stage>
__device__ __forceinline__ constexpr double nodeOf() {
  constexpr double nodes[6] = {0.0, 0.386, 0.21, 0.63, 1.0, 1.0};
  return nodes[stage];
}
template <int stage>
__device__ __forceinline__ constexpr double timeWeightOf() {
  constexpr double timeWeights[6] = {0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0};
  return timeWeights[stage];
}

/** One stage after the first: its argument, the slopes there, and what the factors make of them. */
template <int stage, class System>
__device__ __forceinline__ void makeStage(System& system, double time, double step) {
  const double inverse = 1.0 / step;
#pragma unroll System::unroll
  for (int at = 0; at < system.states(); at++) {
    const double k0 = system.stage(0)[at];
    double x = system.start()[at] + weightOf<stage, 0>() * k0;
    double coupled = couplingOf<stage, 0>() * k0;
    if constexpr (stage > 1) {
      const double k = system.stage(1)[at];
      x += weightOf<stage, 1>() * k;
      coupled += couplingOf<stage, 1>() * k;
    }
    if constexpr (stage > 2) {
      const double k = system.stage(2)[at];
      x += weightOf<stage, 2>() * k;
      coupled += couplingOf<stage, 2>() * k;
    }
    if constexpr (stage > 3) {
      const double k = system.stage(3)[at];
      x += weightOf<stage, 3>() * k;
      coupled += couplingOf<stage, 3>() * k;
    }
    if constexpr (stage > 4) {
      const double k = system.stage(4)[at];
      x += weightOf<stage, 4>() * k;
      coupled += couplingOf<stage, 4>() * k;
    }
    coupled *= inverse;
    if (timeWeightOf<stage>() != 0.0 && system.dependsOnTime()) coupled += timeWeightOf<stage>() * step * system.inTime()[at];
    system.x()[at] = x;
    system.stage(stage)[at] = coupled;
  }
  const double now = time + nodeOf<stage>() * step;
  system.assign(now);
  system.addSlopes(now, system.stage(stage));
  system.solve(system.stage(stage));
}

/** Tries a step from the values in `x` with their slopes in stage 0: leaves its end there, and gives its error in tolerances. */
template <class System>
__device__ __forceinline__ double attemptStep(System& system, double time, double step, double relative, double absolute) {
  const int states = system.states();
  if (system.dependsOnTime()) {
    system.makeTimeSlopes(time);
#pragma unroll System::unroll
    for (int at = 0; at < states; at++) system.stage(0)[at] += timeWeightOf<0>() * step * system.inTime()[at];
  }
  system.factorize(time, 1.0 / (0.25 * step));
  system.solve(system.stage(0));
  makeStage<1>(system, time, step);
  makeStage<2>(system, time, step);
  makeStage<3>(system, time, step);
  makeStage<4>(system, time, step);
  makeStage<5>(system, time, step);
  // stiffly accurate: the last argument and the last stage are the answer, that stage its error
  double sum = 0.0;
#pragma unroll System::unroll
  for (int at = 0; at < states; at++) {
    const double error = system.stage(5)[at];
    const double x = system.x()[at] + error;
    system.x()[at] = x;
    const double scaled = error / (absolute + relative * fmax(fabs(system.start()[at]), fabs(x)));
    sum += scaled * scaled;
  }
  return states == 0 ? 0.0 : sqrt(sum / states);
}

/** A hundredth of the time in which values change by as much as they are: Hairer, Norsett & Wanner, II.4. */
template <class System>
__device__ __forceinline__ double firstStep(System& system, double longest, double relative, double absolute) {
  double size = 0.0, speed = 0.0;
  bool isNumber = true;
#pragma unroll System::unroll
  for (int at = 0; at < system.states(); at++) {
    const double value = fabs(system.x()[at]);
    const double scale = absolute + relative * value;
    const double slope = fabs(system.stage(0)[at]) / scale;
    size = fmax(size, value / scale);
    speed = fmax(speed, slope);
    isNumber = isNumber && slope == slope;
  }
  if (!isNumber || speed < 1e-5) return longest;
  return fmin(longest, (size < 1e-5 ? 1e-3 : 0.01 * size) / speed);
}

/** A step that is this short beside the time moves nothing any more: 2^-50, and the least number above 0. */
constexpr double shortestPart = 8.881784197001252e-16;
constexpr double leastNumber = 4.9406564584124654e-324;

/** Puts the start of an item into its slot's rows; gives its time, and its step where one is known. */
__device__ inline void beginItem(const Batch& batch, int item, Rows rows, double& time, double& step) {
  const int values = batch.values;
  for (int value = 0; value < values; value++) {
    const int place = batch.placeOf[value];
    rows[place] = batch.stateValues == nullptr ? batch.initial[place] : batch.stateValues[(long long)item * values + value];
  }
  if (batch.changeOffsets != nullptr)
    for (int at = batch.changeOffsets[item]; at < batch.changeOffsets[item + 1]; at++)
      rows[batch.placeOf[batch.changeValues[at]]] = batch.changeAmounts[at];
  time = batch.stateMoments == nullptr ? batch.from : batch.stateMoments[item];
  step = batch.stateMoments == nullptr ? 0.0 : batch.stateMoments[batch.count + item];
}

__device__ inline void keepSample(const Batch& batch, int item, int at, Rows rows) {
  double* to = batch.samples + ((long long)item * batch.sampleTimes + at) * batch.width;
  for (int one = 0; one < batch.width; one++) to[one] = rows[batch.observed[one]];
}

__device__ inline void endItem(const Batch& batch, int item, Rows rows, int status, int at, double time, double step,
                               double tried) {
  double* samples = batch.samples + (long long)item * batch.sampleTimes * batch.width;
  const double none = of::notANumber();
  for (long long one = (long long)at * batch.width; one < (long long)batch.sampleTimes * batch.width; one++)
    samples[one] = none;
  for (int value = 0; value < batch.values; value++)
    batch.endValues[(long long)item * batch.values + value] = rows[batch.placeOf[value]];
  batch.statuses[item] = (unsigned char)status;
  batch.endMoments[item] = time;
  batch.endMoments[batch.count + item] = step;
  batch.endMoments[2LL * batch.count + item] = tried;
  atomicAdd(&batch.counters[1], 1);
}

/** Goes on with the slot's item, and the next ones, for so many attempts. */
template <class System>
__device__ __forceinline__ void solveItems(const Batch& batch, System& system, int slot) {
  const Rows rows{batch.workspace + slot, batch.slots};
  const Rows progress{batch.progress + slot, batch.slots};
  int item = (int)progress[0] - 1;
  double time = progress[1], step = progress[2], tried = progress[3], longest = progress[5];
  int at = (int)progress[4];
  if (item >= 0) system.take(rows);
  for (int attempt = 0; attempt < batch.attempts; attempt++) {
    if (item < 0) {
      // the counter stays within what an int holds, however often idle slots ask
      if (*(volatile int*)&batch.counters[0] >= batch.count) break;
      item = atomicAdd(&batch.counters[0], 1);
      if (item >= batch.count) {
        item = -1;
        break;
      }
      beginItem(batch, item, rows, time, step);
      system.take(rows);
      system.assign(time);
      at = 0;
      tried = 0.0;
      longest = batch.times[0] - time;
    }
    if (!(time < batch.times[at])) {
      system.give(rows);
      do {
        keepSample(batch, item, at, rows);
        at++;
        if (at < batch.sampleTimes) longest = batch.times[at] - time;
      } while (at < batch.sampleTimes && !(time < batch.times[at]));
    }
    int status = at == batch.sampleTimes ? finished : tried >= batch.mostSteps ? exhausted : -1;
    if (status < 0) {
      const double until = batch.times[at];
#pragma unroll System::unroll
      for (int one = 0; one < system.states(); one++) {
        system.start()[one] = system.x()[one];
        system.stage(0)[one] = 0.0;
      }
      system.addSlopes(time, system.stage(0));
      if (!(step > 0.0)) step = firstStep(system, until - time, batch.relative, batch.absolute);
      const double wanted = fmin(step, longest);
      // rather than leave a crumb
      const bool isLast = time + wanted * (1.0 + 1e-9) >= until;
      const double length = isLast ? until - time : wanted;
      const double error = length > 0.0 ? attemptStep(system, time, length, batch.relative, batch.absolute) : 0.0;
      tried += 1.0;
      const bool isTaken = error <= 1.0;
      if (isTaken) {
        const double proposed = length * fmin(6.0, fmax(0.2, 0.9 * pow(fmax(error, 1e-10), -0.25)));
        // a step that was cut short says little of what a whole one would have been
        step = length < wanted ? fmax(step, proposed) : proposed;
        time = isLast ? until : time + length;
      } else {
        step = length * (error != error ? 0.1 : fmax(0.1, 0.9 * pow(error, -0.25)));
        if (!(step > shortestPart * fabs(time) && step > leastNumber)) status = stuck;
#pragma unroll System::unroll
        for (int one = 0; one < system.states(); one++) system.x()[one] = system.start()[one];
      }
      system.assign(time);
    }
    if (status >= 0) {
      system.give(rows);
      endItem(batch, item, rows, status, at, time, step, tried);
      item = -1;
    }
  }
  if (item >= 0) system.give(rows);
  progress[0] = item + 1;
  progress[1] = time;
  progress[2] = step;
  progress[3] = tried;
  progress[4] = at;
  progress[5] = longest;
}

// The parameters of every kernel that solves, and the batch they make: `header` has where the parts of the tables are.
#define SOLVER_PARAMETERS                                                                                              \
  int slots, int count, int sampleTimes, int width, int attempts, double from, double relative, double absolute,       \
      double mostSteps, const int *tables, const double *numbers, const double *times, const int *observed,            \
      const int *changeOffsets, const int *changeValues, const double *changeAmounts, const double *stateValues,       \
      const double *stateMoments, double *workspace, double *progress, int *counters, unsigned char *statuses,         \
      double *samples, double *endValues, double *endMoments
#define SOLVER_BATCH                                                                                                   \
  {slots,        count,        sampleTimes, width,   attempts,      tables[0],    from,          relative,  absolute,   \
   mostSteps,    tables + tables[8], numbers, times, observed,      changeOffsets, changeValues, changeAmounts,        \
   stateValues,  stateMoments, workspace,   progress, counters,     statuses,     samples,       endValues, endMoments}
