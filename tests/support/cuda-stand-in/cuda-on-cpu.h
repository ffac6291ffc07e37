// Lets a C++ compiler take the kernels as they are: CUDA's words, vector types, and what threads of a block do together.
#pragma once
#include <limits.h>
#include <math.h>
#include <stddef.h>

#include <algorithm>
#include <atomic>
#include <tuple>
#include <type_traits>
#include <utility>

#include "threads.h"

#define __global__
#define __device__
#define __host__
#define __shared__ thread_local
#define __constant__ static
#define __managed__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __maxnreg__(...)
#define __cluster_dims__(...)
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __builtin_assume(condition) ((condition) ? void() : __builtin_unreachable())
#define __nv_pure__

#define threadIdx (stand_in::current->index)
#define blockIdx (stand_in::block->index)
#define blockDim (stand_in::block->size)
#define gridDim (stand_in::block->grid)
constexpr int warpSize = 32;

using std::max;
using std::min;

// vector types: <name>1 to <name>4 with CUDA's alignment
#define STAND_IN_VECTORS(name, type)                                                          \
  struct alignas(sizeof(type)) name##1 { type x; };                                           \
  struct alignas(2 * sizeof(type)) name##2 { type x, y; };                                    \
  struct alignas(sizeof(type) < 8 ? 4 * sizeof(type) : 16) name##4 { type x, y, z, w; };      \
  inline name##1 make_##name##1(type x) { return {x}; }                                       \
  inline name##2 make_##name##2(type x, type y) { return {x, y}; }                            \
  inline name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }
STAND_IN_VECTORS(char, signed char)
STAND_IN_VECTORS(uchar, unsigned char)
STAND_IN_VECTORS(short, short)
STAND_IN_VECTORS(ushort, unsigned short)
STAND_IN_VECTORS(int, int)
STAND_IN_VECTORS(uint, unsigned)
STAND_IN_VECTORS(long, long)
STAND_IN_VECTORS(ulong, unsigned long)
STAND_IN_VECTORS(longlong, long long)
STAND_IN_VECTORS(ulonglong, unsigned long long)
STAND_IN_VECTORS(float, float)
STAND_IN_VECTORS(double, double)
#define STAND_IN_THREES(name, type)  \
  struct name##3 { type x, y, z; };   \
  inline name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }
STAND_IN_THREES(char, signed char)
STAND_IN_THREES(uchar, unsigned char)
STAND_IN_THREES(short, short)
STAND_IN_THREES(ushort, unsigned short)
STAND_IN_THREES(int, int)
STAND_IN_THREES(long, long)
STAND_IN_THREES(ulong, unsigned long)
STAND_IN_THREES(longlong, long long)
STAND_IN_THREES(ulonglong, unsigned long long)
STAND_IN_THREES(float, float)
STAND_IN_THREES(double, double)
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }

// min and max of mixed integers and floats, as CUDA's overloads have them
#define STAND_IN_MIXED(a, b)                                                                                   \
  inline std::common_type_t<a, b> min(a x, b y) { return std::min<std::common_type_t<a, b>>(x, y); }           \
  inline std::common_type_t<a, b> max(a x, b y) { return std::max<std::common_type_t<a, b>>(x, y); }
STAND_IN_MIXED(int, unsigned)
STAND_IN_MIXED(unsigned, int)
STAND_IN_MIXED(long long, int)
STAND_IN_MIXED(int, long long)
STAND_IN_MIXED(long long, unsigned long long)
STAND_IN_MIXED(unsigned long long, long long)
STAND_IN_MIXED(long long, long)
STAND_IN_MIXED(long, long long)
STAND_IN_MIXED(unsigned long long, unsigned)
STAND_IN_MIXED(unsigned, unsigned long long)
STAND_IN_MIXED(float, double)
STAND_IN_MIXED(double, float)
// a NaN beside a number gives the number
inline float min(float x, float y) { return fminf(x, y); }
inline float max(float x, float y) { return fmaxf(x, y); }
inline double min(double x, double y) { return fmin(x, y); }
inline double max(double x, double y) { return fmax(x, y); }

// barriers and fences
inline void __syncthreads() { stand_in::barrier(false); }
inline int __syncthreads_count(int predicate) { return int(stand_in::barrier(predicate != 0)); }
inline int __syncthreads_or(int predicate) { return stand_in::barrier(predicate != 0) != 0; }
inline int __syncthreads_and(int predicate) { return stand_in::barrier(predicate == 0) == 0; }
inline void __syncwarp(unsigned mask = 0xffffffffu) { stand_in::together(stand_in::Collective::barrier, mask, 0); }
inline void __threadfence() { stand_in::seeFence(stand_in::Scope::device); }
inline void __threadfence_block() { stand_in::seeFence(stand_in::Scope::block); }
inline void __threadfence_system() { stand_in::seeFence(stand_in::Scope::device); }
inline void __nanosleep(unsigned) {}
[[noreturn]] inline void __trap() { stand_in::fail(stand_in::trapped, nullptr); }
#undef assert
#define assert(condition) ((condition) ? void() : stand_in::fail(stand_in::assertion, "assertion failed: " #condition))

// warp collectives
namespace stand_in {
template <class T>
inline T moved(Collective kind, unsigned mask, T value, unsigned operand, unsigned width) {
  static_assert(sizeof(T) <= 8, "a shuffle moves 4 or 8 bytes");
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(T));
  bits = together(kind, mask, bits, operand, width);
  memcpy(&value, &bits, sizeof(T));
  return value;
}
}  // namespace stand_in
template <class T>
inline T __shfl_sync(unsigned mask, T value, int from, int width = 32) {
  return stand_in::moved(stand_in::Collective::shuffle, mask, value, unsigned(from), unsigned(width));
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32) {
  return stand_in::moved(stand_in::Collective::up, mask, value, by, unsigned(width));
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32) {
  return stand_in::moved(stand_in::Collective::down, mask, value, by, unsigned(width));
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32) {
  return stand_in::moved(stand_in::Collective::exchange, mask, value, unsigned(with), unsigned(width));
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return unsigned(stand_in::together(stand_in::Collective::ballot, mask, predicate != 0));
}
inline int __any_sync(unsigned mask, int predicate) {
  return int(stand_in::together(stand_in::Collective::any, mask, predicate != 0));
}
inline int __all_sync(unsigned mask, int predicate) {
  return int(stand_in::together(stand_in::Collective::all, mask, predicate != 0));
}
template <class T>
inline unsigned __match_any_sync(unsigned mask, T value) {
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(T));
  return unsigned(stand_in::together(stand_in::Collective::matchAny, mask, bits));
}
template <class T>
inline unsigned __match_all_sync(unsigned mask, T value, int* all) {
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(T));
  const unsigned same = unsigned(stand_in::together(stand_in::Collective::matchAll, mask, bits));
  *all = stand_in::current->agreed;
  return same;
}
inline unsigned __activemask() { return stand_in::activeLanes(); }
#define STAND_IN_REDUCE(name, type, kind)                                                       \
  inline type __reduce_##name##_sync(unsigned mask, type value) {                               \
    return type(stand_in::together(stand_in::Collective::kind, mask, uint64_t(unsigned(value)))); \
  }
STAND_IN_REDUCE(add, unsigned, add)
STAND_IN_REDUCE(add, int, add)
STAND_IN_REDUCE(min, unsigned, minUnsigned)
STAND_IN_REDUCE(min, int, minSigned)
STAND_IN_REDUCE(max, unsigned, maxUnsigned)
STAND_IN_REDUCE(max, int, maxSigned)
STAND_IN_REDUCE(and, unsigned, bitAnd)
STAND_IN_REDUCE(or, unsigned, bitOr)
STAND_IN_REDUCE(xor, unsigned, bitXor)

// fibers give way only where they say so, and blocks come one after another: a plain read and write is atomic here
namespace stand_in {
template <Scope scope, class T, class F>
STAND_IN_UNSEEN inline T changed(T* at, F change) {
  mayGiveWay();
  STAND_IN_SEE_ATOMIC(at, scope);
  const T old = *at;
  *at = change(old);
  return old;
}
template <class T>
using Same = std::common_type_t<T>;  // keeps the second argument from having a say in T
}  // namespace stand_in
#define STAND_IN_SCOPED_ATOMIC(name, scope, expression)                                        \
  template <class T>                                                                           \
  STAND_IN_INLINE T name(T* at, stand_in::Same<T> value) {                                     \
    return stand_in::changed<stand_in::Scope::scope>(at, [&](T old) -> T { return expression; }); \
  }
#define STAND_IN_ATOMIC(name, expression)                        \
  STAND_IN_SCOPED_ATOMIC(atomic##name, device, expression)       \
  STAND_IN_SCOPED_ATOMIC(atomic##name##_block, block, expression)
STAND_IN_ATOMIC(Add, old + value)
STAND_IN_ATOMIC(Sub, old - value)
STAND_IN_ATOMIC(Max, old > value ? old : value)
STAND_IN_ATOMIC(Min, old < value ? old : value)
STAND_IN_ATOMIC(And, old & value)
STAND_IN_ATOMIC(Or, old | value)
STAND_IN_ATOMIC(Xor, old ^ value)
STAND_IN_ATOMIC(Exch, value)
STAND_IN_ATOMIC(Inc, old >= value ? T(0) : T(old + 1))
STAND_IN_ATOMIC(Dec, old == 0 || old > value ? value : T(old - 1))
template <class T>
STAND_IN_INLINE T atomicCAS(T* at, stand_in::Same<T> compare, stand_in::Same<T> value) {
  return stand_in::changed<stand_in::Scope::device>(at, [&](T old) -> T { return old == compare ? value : old; });
}

// reads and writes with a hint to the caches
#define STAND_IN_LOAD(name)             \
  template <class T>                    \
  inline T __ld##name(const T* at) {    \
    return *at;                         \
  }
STAND_IN_LOAD(g)
STAND_IN_LOAD(ca)
STAND_IN_LOAD(cg)
STAND_IN_LOAD(cs)
STAND_IN_LOAD(cv)
STAND_IN_LOAD(lu)
#define STAND_IN_STORE(name)                          \
  template <class T>                                  \
  inline void __st##name(T* at, stand_in::Same<T> v) { \
    *at = v;                                          \
  }
STAND_IN_STORE(wb)
STAND_IN_STORE(wt)
STAND_IN_STORE(cg)
STAND_IN_STORE(cs)
#define __isShared(at) (true)

#include "intrinsics.h"

namespace stand_in {
/** Calls a kernel with parameters as cuLaunchKernel takes them: the address of each. */
template <class... Parameters>
struct Caller {
  template <void (*kernel)(Parameters...), size_t... at>
  static void spread(void* table, std::index_sequence<at...>) {
    void** addresses = static_cast<void**>(table);
    (void)addresses;
    kernel(*static_cast<std::remove_const_t<Parameters>*>(addresses[at])...);
  }
};
template <auto kernel>
struct Entry;
template <class... Parameters, void (*kernel)(Parameters...)>
struct Entry<kernel> {
  static void call(void* table) {
    Caller<Parameters...>::template spread<kernel>(table, std::index_sequence_for<Parameters...>());
  }
};
}  // namespace stand_in
