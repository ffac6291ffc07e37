// Solutions of any network without a compiler on the host: rates and derivatives by an interpreter of flat code, the sparse
// factorization by tables. All threads of a warp go through the same code at the same time, each on rows of its own.
//
// Floor of a step: six times the code of the rates, once that of the derivatives, one factorization, six solutions; each
// instruction reads two rows and each update of the factorization two, writing one.
#include "network-operations.cuh"
#include "reaction-kinetics-solver.cuh"

constexpr int firstNumber = 1 << 30;

/** Where things are in the tables: see reaction-kinetics-tables.ts. */
enum Header { valuesAt, statesAt, entriesAt, rowsAt, assignAt, slopesAt, jacobianAt, inTimeAt, placesAt, startsAt, columnsAt, diagonalAt, updatesAt };

struct Interpreted {
  static constexpr int unroll = 1;
  const int* tables;
  const double* numbers;
  Rows rows;
  int size, entries, first;

  __device__ Interpreted(const int* tables, const double* numbers, Rows rows)
      : tables(tables), numbers(numbers), rows(rows), size(tables[statesAt]), entries(tables[entriesAt]), first(tables[rowsAt]) {}

  __device__ __forceinline__ Rows from(int row) const { return {rows.at + (long long)row * rows.stride, rows.stride}; }
  __device__ __forceinline__ int states() const { return size; }
  __device__ __forceinline__ Rows x() const { return rows; }
  __device__ __forceinline__ Rows start() const { return from(first); }
  __device__ __forceinline__ Rows inTime() const { return from(first + size); }
  __device__ __forceinline__ Rows stage(int number) const { return from(first + (2 + number) * size); }
  __device__ __forceinline__ Rows matrix() const { return from(first + 8 * size); }
  __device__ __forceinline__ bool dependsOnTime() const { return tables[inTimeAt + 1] > tables[inTimeAt]; }
  // the values are in the slot's rows at all times
  __device__ __forceinline__ void take(Rows) {}
  __device__ __forceinline__ void give(Rows) {}

  /** Runs one of the four pieces of code, which follow each other. */
  __device__ __noinline__ void run(int piece, double time, Rows out) const {
    const int4* code = reinterpret_cast<const int4*>(tables + tables[piece]);
    const int4* end = reinterpret_cast<const int4*>(tables + tables[piece + 1]);
    const double* x = rows.at;
    const long long stride = rows.stride;
    double result = 0.0;
    if (code == end) return;
    int4 next = *code;
    while (code < end) {
      const int4 now = next;
      // on its way while this one is worked on; behind the last comes a table
      next = *++code;
      const double a = now.y < 0 ? result : now.y < firstNumber ? x[now.y * stride] : numbers[now.y - firstNumber];
      if (now.x == of::addToOperation) {
        out[now.z] += numbers[now.w - firstNumber] * a;
        continue;
      }
      const double b = now.z < 0 ? result : now.z < firstNumber ? x[now.z * stride] : numbers[now.z - firstNumber];
      switch (now.x) {
        case of::moveOperation: result = a; break;
        case of::selectOperation: result = result != 0.0 ? a : b; break;
        case of::timeOperation: result = time; break;
        default: result = of::function(now.x, a, b);
      }
      if (now.w >= 0) rows[now.w] = result;
    }
  }

  __device__ __forceinline__ void assign(double time) const { run(assignAt, time, rows); }
  __device__ __forceinline__ void addSlopes(double time, Rows out) const { run(slopesAt, time, out); }
  __device__ __forceinline__ void makeTimeSlopes(double time) const {
    const Rows slopes = inTime();
    for (int at = 0; at < size; at++) slopes[at] = 0.0;
    run(inTimeAt, time, slopes);
  }

  __device__ __noinline__ void factorize(double time, double added) const {
    const int* starts = tables + tables[startsAt];
    const int* columns = tables + tables[columnsAt];
    const int* diagonal = tables + tables[diagonalAt];
    const int* update = tables + tables[updatesAt];
    const Rows m = matrix();
    for (int at = 0; at < entries; at++) m[at] = 0.0;
    for (int at = 0; at < size; at++) m[diagonal[at]] = added;
    run(jacobianAt, time, m);
    for (int row = 0; row < size; row++) {
      const int middle = diagonal[row];
      for (int at = starts[row]; at < middle; at++) {
        const int pivot = columns[at];
        int from = diagonal[pivot];
        const double factor = m[at] * m[from];
        m[at] = factor;
        from++;
        const int last = starts[pivot + 1];
        // four at a time: the compiler cannot know that they do not meet
        for (; from + 4 <= last; from += 4, update += 4) {
          const int to0 = update[0], to1 = update[1], to2 = update[2], to3 = update[3];
          const double m0 = m[to0], m1 = m[to1], m2 = m[to2], m3 = m[to3];
          const double p0 = m[from], p1 = m[from + 1], p2 = m[from + 2], p3 = m[from + 3];
          m[to0] = m0 - factor * p0;
          m[to1] = m1 - factor * p1;
          m[to2] = m2 - factor * p2;
          m[to3] = m3 - factor * p3;
        }
        for (; from < last; from++, update++) m[*update] -= factor * m[from];
      }
      m[middle] = 1.0 / m[middle];
    }
  }

  __device__ __noinline__ void solve(Rows vector) const {
    const int* starts = tables + tables[startsAt];
    const int* columns = tables + tables[columnsAt];
    const int* diagonal = tables + tables[diagonalAt];
    const Rows m = matrix();
    for (int row = 0; row < size; row++) {
      const int middle = diagonal[row];
      double sum = vector[row];
#pragma unroll 4
      for (int at = starts[row]; at < middle; at++) sum -= m[at] * vector[columns[at]];
      vector[row] = sum;
    }
    for (int row = size - 1; row >= 0; row--) {
      const int middle = diagonal[row], last = starts[row + 1];
      double sum = vector[row];
#pragma unroll 4
      for (int at = middle + 1; at < last; at++) sum -= m[at] * vector[columns[at]];
      vector[row] = sum * m[middle];
    }
  }
};

extern "C" __global__ void __launch_bounds__(32, 24) solve_interpreted(SOLVER_PARAMETERS) {
  const int slot = blockIdx.x * blockDim.x + threadIdx.x;
  if (slot >= slots) return;
  const Batch batch = SOLVER_BATCH;
  Interpreted system(tables, numbers, {workspace + slot, slots});
  solveItems(batch, system, slot);
}
