// c = a b in single precision, row-major. A block of 256 threads makes a square tile of c, each thread a quarter of it in
// every quadrant, so that the reads of a warp from shared memory fall on different banks. While one slice of 16 terms is
// multiplied, the next is on its way from device memory into registers, and then into the other half of shared memory.
//
// Floor: 2 m k n operations; a is read n / side times and b m / side times. At side 128 that is 32 flop a byte.

constexpr int terms = 16;

template <int side>
__device__ __forceinline__ void multiply(int m, int k, int n, const float* __restrict__ a, const float* __restrict__ b,
                                         float* __restrict__ c) {
  constexpr int mine = side / 16;   // rows and columns of c that a thread makes
  constexpr int loads = side / 64;  // groups of four terms of a, and of four columns of b, that it brings
  __shared__ float left[2][terms][side + 4];
  __shared__ float right[2][terms][side];
  const int thread = threadIdx.x;
  const int row0 = blockIdx.y * side, column0 = blockIdx.x * side;
  const int x = thread % 16, y = thread / 16;
  float nextLeft[loads][4], nextRight[loads][4];

  auto fetch = [&](int term0) {
#pragma unroll
    for (int load = 0; load < loads; load++) {
      const int at = thread + 256 * load;
      const int row = row0 + at / 4, term = term0 + at % 4 * 4;
      if (row < m && term + 3 < k && k % 4 == 0) {
        const float4 four = *reinterpret_cast<const float4*>(a + (long long)row * k + term);
        nextLeft[load][0] = four.x, nextLeft[load][1] = four.y, nextLeft[load][2] = four.z, nextLeft[load][3] = four.w;
      } else {
#pragma unroll
        for (int one = 0; one < 4; one++)
          nextLeft[load][one] = row < m && term + one < k ? a[(long long)row * k + term + one] : 0.0f;
      }
      const int line = term0 + at / (side / 4), column = column0 + at % (side / 4) * 4;
      if (line < k && column + 3 < n && n % 4 == 0) {
        const float4 four = *reinterpret_cast<const float4*>(b + (long long)line * n + column);
        nextRight[load][0] = four.x, nextRight[load][1] = four.y, nextRight[load][2] = four.z, nextRight[load][3] = four.w;
      } else {
#pragma unroll
        for (int one = 0; one < 4; one++)
          nextRight[load][one] = line < k && column + one < n ? b[(long long)line * n + column + one] : 0.0f;
      }
    }
  };
  auto store = [&](int half) {
#pragma unroll
    for (int load = 0; load < loads; load++) {
      const int at = thread + 256 * load;
#pragma unroll
      for (int one = 0; one < 4; one++) left[half][at % 4 * 4 + one][at / 4] = nextLeft[load][one];
      *reinterpret_cast<float4*>(&right[half][at / (side / 4)][at % (side / 4) * 4]) =
          make_float4(nextRight[load][0], nextRight[load][1], nextRight[load][2], nextRight[load][3]);
    }
  };

  float sums[mine][mine] = {};
  fetch(0);
  store(0);
  __syncthreads();
  const int slices = (k + terms - 1) / terms;
  for (int slice = 0; slice < slices; slice++) {
    const int half = slice % 2;
    if (slice + 1 < slices) fetch((slice + 1) * terms);
#pragma unroll
    for (int term = 0; term < terms; term++) {
      float rows[mine], columns[mine];
#pragma unroll
      for (int four = 0; four < mine; four += 4) {
        const float4 p = *reinterpret_cast<const float4*>(&left[half][term][four * 16 + 4 * y]);
        rows[four] = p.x, rows[four + 1] = p.y, rows[four + 2] = p.z, rows[four + 3] = p.w;
        const float4 q = *reinterpret_cast<const float4*>(&right[half][term][four * 16 + 4 * x]);
        columns[four] = q.x, columns[four + 1] = q.y, columns[four + 2] = q.z, columns[four + 3] = q.w;
      }
#pragma unroll
      for (int i = 0; i < mine; i++)
#pragma unroll
        for (int j = 0; j < mine; j++) sums[i][j] += rows[i] * columns[j];
    }
    if (slice + 1 < slices) store(1 - half);
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < mine; i++) {
    const int row = row0 + i / 4 * 64 + 4 * y + i % 4;
    if (row >= m) continue;
#pragma unroll
    for (int j = 0; j < mine; j += 4) {
      const int column = column0 + j / 4 * 64 + 4 * x;
      float* out = c + (long long)row * n + column;
      if (column + 3 < n && n % 4 == 0)
        *reinterpret_cast<float4*>(out) = make_float4(sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]);
      else
#pragma unroll
        for (int one = 0; one < 4; one++)
          if (column + one < n) out[one] = sums[i][j + one];
    }
  }
}

extern "C" __global__ void __launch_bounds__(256, 2)
    multiply_large(int m, int k, int n, const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c) {
  multiply<128>(m, k, n, a, b, c);
}

extern "C" __global__ void __launch_bounds__(256)
    multiply_small(int m, int k, int n, const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c) {
  multiply<64>(m, k, n, a, b, c);
}
