// CUDA's integer, floating point and SIMD intrinsics in C++, after the CUDA Math API's descriptions of them.
#pragma once

// bits
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(unsigned(x)); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __brev(unsigned x) {
  unsigned y = 0;
  for (int bit = 0; bit < 32; bit++) y |= (x >> bit & 1) << (31 - bit);
  return y;
}
inline unsigned long long __brevll(unsigned long long x) {
  return (unsigned long long)__brev(unsigned(x)) << 32 | __brev(unsigned(x >> 32));
}
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  const uint64_t both = uint64_t(y) << 32 | x;
  unsigned result = 0;
  for (int at = 0; at < 4; at++) {
    const unsigned which = selector >> 4 * at & 15;
    unsigned byte = unsigned(both >> 8 * (which & 7)) & 255;
    if (which & 8) byte = byte & 128 ? 255 : 0;
    result |= byte << 8 * at;
  }
  return result;
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned by) {
  return unsigned((uint64_t(high) << 32 | low) << (by & 31) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned by) {
  return unsigned((uint64_t(high) << 32 | low) >> (by & 31));
}
inline unsigned __funnelshift_lc(unsigned low, unsigned high, unsigned by) {
  return by >= 32 ? low : __funnelshift_l(low, high, by);
}
inline unsigned __funnelshift_rc(unsigned low, unsigned high, unsigned by) {
  return by >= 32 ? high : __funnelshift_r(low, high, by);
}

// integers
inline unsigned __umulhi(unsigned x, unsigned y) { return unsigned(uint64_t(x) * y >> 32); }
inline int __mulhi(int x, int y) { return int((long long)x * y >> 32); }
inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return (unsigned long long)((unsigned __int128)x * y >> 64);
}
inline long long __mul64hi(long long x, long long y) { return (long long)((__int128)x * y >> 64); }
inline unsigned __umul24(unsigned x, unsigned y) { return (x & 0xffffff) * (y & 0xffffff); }
inline int __mul24(int x, int y) { return int(unsigned(x << 8 >> 8) * unsigned(y << 8 >> 8)); }
inline unsigned __sad(int x, int y, unsigned z) { return unsigned(llabs((long long)x - y)) + z; }
inline unsigned __usad(unsigned x, unsigned y, unsigned z) { return (x > y ? x - y : y - x) + z; }
inline int __dp4a(int a, int b, int c) {
  for (int at = 0; at < 32; at += 8) c += int((signed char)(a >> at)) * int((signed char)(b >> at));
  return c;
}
inline unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
  for (int at = 0; at < 32; at += 8) c += (a >> at & 255) * (b >> at & 255);
  return c;
}

// the same bits as another type
namespace stand_in {
template <class To, class From>
inline To bitsAs(From from) {
  static_assert(sizeof(To) == sizeof(From), "of one size");
  To to;
  memcpy(&to, &from, sizeof(To));
  return to;
}
}  // namespace stand_in
inline unsigned __float_as_uint(float x) { return stand_in::bitsAs<unsigned>(x); }
inline int __float_as_int(float x) { return stand_in::bitsAs<int>(x); }
inline float __uint_as_float(unsigned x) { return stand_in::bitsAs<float>(x); }
inline float __int_as_float(int x) { return stand_in::bitsAs<float>(x); }
inline long long __double_as_longlong(double x) { return stand_in::bitsAs<long long>(x); }
inline double __longlong_as_double(long long x) { return stand_in::bitsAs<double>(x); }
inline int __double2loint(double x) { return int(unsigned(__double_as_longlong(x))); }
inline int __double2hiint(double x) { return int(__double_as_longlong(x) >> 32); }
inline double __hiloint2double(int high, int low) {
  return stand_in::bitsAs<double>(uint64_t(unsigned(high)) << 32 | unsigned(low));
}

// rounded to nearest, which is what the CPU does; never contracted
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fsub_rn(float x, float y) { return x - y; }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1 / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __frsqrt_rn(float x) { return float(1 / sqrt(double(x))); }
inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
inline double __dadd_rn(double x, double y) { return x + y; }
inline double __dsub_rn(double x, double y) { return x - y; }
inline double __dmul_rn(double x, double y) { return x * y; }
inline double __ddiv_rn(double x, double y) { return x / y; }
inline double __drcp_rn(double x) { return 1 / x; }
inline double __dsqrt_rn(double x) { return sqrt(x); }
inline double __fma_rn(double x, double y, double z) { return fma(x, y, z); }

// approximations: here as good as the C library's
inline float __fdividef(float x, float y) { return x / y; }
inline float __expf(float x) { return expf(x); }
inline float __exp10f(float x) { return powf(10, x); }
inline float __logf(float x) { return logf(x); }
inline float __log2f(float x) { return log2f(x); }
inline float __log10f(float x) { return log10f(x); }
inline float __powf(float x, float y) { return powf(x, y); }
inline float __sinf(float x) { return sinf(x); }
inline float __cosf(float x) { return cosf(x); }
inline float __tanf(float x) { return tanf(x); }
inline void __sincosf(float x, float* s, float* c) { *s = sinf(x), *c = cosf(x); }
inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }
inline float rsqrtf(float x) { return float(1 / sqrt(double(x))); }
inline double rsqrt(double x) { return 1 / sqrt(x); }
inline float sinpif(float x) { return float(sin(M_PI * fmod(double(x), 2))); }
inline float cospif(float x) { return float(cos(M_PI * fmod(double(x), 2))); }
inline double sinpi(double x) { return sin(M_PI * fmod(x, 2)); }
inline double cospi(double x) { return cos(M_PI * fmod(x, 2)); }
inline void sincospi(double x, double* s, double* c) { *s = sinpi(x), *c = cospi(x); }
inline void sincospif(float x, float* s, float* c) { *s = sinpif(x), *c = cospif(x); }

// conversions; out of range the nearest number there is, NaN gives 0 (the smallest for 64 bits)
namespace stand_in {
template <class To, class From>
inline To clamped(From x) {
  if (x != x) return sizeof(To) == 8 ? To(1ull << 63) : To(0);
  if (x >= From(2) * From(To(1) << (8 * sizeof(To) - 2)) * (std::is_signed<To>::value ? 1 : 2))
    return std::is_signed<To>::value ? To(~(To(1) << (8 * sizeof(To) - 1))) : To(~To(0));
  if (std::is_signed<To>::value ? x <= -From(2) * From(To(1) << (8 * sizeof(To) - 2)) : x <= 0)
    return std::is_signed<To>::value ? To(To(1) << (8 * sizeof(To) - 1)) : To(0);
  return To(x);
}
}  // namespace stand_in
#define STAND_IN_ROUNDINGS(prefix, from, name, to)                                              \
  inline to __##prefix##2##name##_rn(from x) { return stand_in::clamped<to>(nearbyint(x)); }    \
  inline to __##prefix##2##name##_rz(from x) { return stand_in::clamped<to>(trunc(x)); }        \
  inline to __##prefix##2##name##_rd(from x) { return stand_in::clamped<to>(floor(x)); }        \
  inline to __##prefix##2##name##_ru(from x) { return stand_in::clamped<to>(ceil(x)); }
STAND_IN_ROUNDINGS(float, float, int, int)
STAND_IN_ROUNDINGS(float, float, uint, unsigned)
STAND_IN_ROUNDINGS(float, float, ll, long long)
STAND_IN_ROUNDINGS(float, float, ull, unsigned long long)
STAND_IN_ROUNDINGS(double, double, int, int)
STAND_IN_ROUNDINGS(double, double, uint, unsigned)
STAND_IN_ROUNDINGS(double, double, ll, long long)
STAND_IN_ROUNDINGS(double, double, ull, unsigned long long)
inline float __double2float_rn(double x) { return float(x); }
inline float __int2float_rn(int x) { return float(x); }
inline float __uint2float_rn(unsigned x) { return float(x); }
inline float __ll2float_rn(long long x) { return float(x); }
inline float __ull2float_rn(unsigned long long x) { return float(x); }
inline double __int2double_rn(int x) { return x; }
inline double __uint2double_rn(unsigned x) { return x; }
inline double __ll2double_rn(long long x) { return double(x); }
inline double __ull2double_rn(unsigned long long x) { return double(x); }

// two halves or four bytes of a word at once
namespace stand_in {
template <class Part, class F, class... Words>
inline unsigned perPart(F change, Words... words) {
  constexpr int bits = 8 * sizeof(Part);
  unsigned result = 0;
  for (int at = 0; at < 32; at += bits)
    result |= unsigned(std::make_unsigned_t<Part>(change(int(Part(words >> at))...))) << at;
  return result;
}
template <class Part>
inline int saturated(int x) {
  constexpr int bits = 8 * sizeof(Part);
  const int least = std::is_signed<Part>::value ? -(1 << (bits - 1)) : 0;
  const int most = std::is_signed<Part>::value ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
  return x < least ? least : x > most ? most : x;
}
}  // namespace stand_in
#define STAND_IN_PARTS2(name, part, expression)                                          \
  inline unsigned name(unsigned x, unsigned y) {                                         \
    return stand_in::perPart<part>([](int a, int b) -> int { return expression; }, x, y); \
  }
#define STAND_IN_PARTS1(name, part, expression)                                  \
  inline unsigned name(unsigned x) {                                             \
    return stand_in::perPart<part>([](int a) -> int { return expression; }, x);  \
  }
#define STAND_IN_SIMD(count, whole, natural)                                        \
  STAND_IN_PARTS2(__vadd##count, natural, a + b)                                    \
  STAND_IN_PARTS2(__vsub##count, natural, a - b)                                    \
  STAND_IN_PARTS2(__vaddss##count, whole, stand_in::saturated<whole>(a + b))        \
  STAND_IN_PARTS2(__vsubss##count, whole, stand_in::saturated<whole>(a - b))        \
  STAND_IN_PARTS2(__vaddus##count, natural, stand_in::saturated<natural>(a + b))    \
  STAND_IN_PARTS2(__vsubus##count, natural, stand_in::saturated<natural>(a - b))    \
  STAND_IN_PARTS2(__vmaxs##count, whole, a > b ? a : b)                             \
  STAND_IN_PARTS2(__vmins##count, whole, a < b ? a : b)                             \
  STAND_IN_PARTS2(__vmaxu##count, natural, a > b ? a : b)                           \
  STAND_IN_PARTS2(__vminu##count, natural, a < b ? a : b)                           \
  STAND_IN_PARTS2(__vabsdiffs##count, whole, a > b ? a - b : b - a)                 \
  STAND_IN_PARTS2(__vabsdiffu##count, natural, a > b ? a - b : b - a)               \
  STAND_IN_PARTS2(__vhaddu##count, natural, (a + b) >> 1)                           \
  STAND_IN_PARTS2(__vavgu##count, natural, (a + b + 1) >> 1)                        \
  STAND_IN_PARTS1(__vabs##count, whole, a < 0 ? -a : a)                             \
  STAND_IN_PARTS1(__vabsss##count, whole, stand_in::saturated<whole>(a < 0 ? -a : a)) \
  STAND_IN_PARTS1(__vneg##count, whole, -a)                                         \
  STAND_IN_PARTS1(__vnegss##count, whole, stand_in::saturated<whole>(-a))           \
  STAND_IN_COMPARE(eq##count, whole, a == b)                                        \
  STAND_IN_COMPARE(ne##count, whole, a != b)                                        \
  STAND_IN_COMPARE(gts##count, whole, a > b)                                        \
  STAND_IN_COMPARE(ges##count, whole, a >= b)                                       \
  STAND_IN_COMPARE(lts##count, whole, a < b)                                        \
  STAND_IN_COMPARE(les##count, whole, a <= b)                                       \
  STAND_IN_COMPARE(gtu##count, natural, a > b)                                      \
  STAND_IN_COMPARE(geu##count, natural, a >= b)                                     \
  STAND_IN_COMPARE(ltu##count, natural, a < b)                                      \
  STAND_IN_COMPARE(leu##count, natural, a <= b)
#define STAND_IN_COMPARE(name, part, expression)       \
  STAND_IN_PARTS2(__vcmp##name, part, expression ? -1 : 0) \
  STAND_IN_PARTS2(__vset##name, part, expression ? 1 : 0)
STAND_IN_SIMD(2, short, unsigned short)
STAND_IN_SIMD(4, signed char, unsigned char)

// DPX: sums wrap, `_relu` is at least 0
#define STAND_IN_DPX32(suffix, type)                                                                              \
  inline type __vimax_##suffix(type a, type b) { return a > b ? a : b; }                                          \
  inline type __vimin_##suffix(type a, type b) { return a < b ? a : b; }                                          \
  inline type __vimax3_##suffix(type a, type b, type c) { return __vimax_##suffix(__vimax_##suffix(a, b), c); }   \
  inline type __vimin3_##suffix(type a, type b, type c) { return __vimin_##suffix(__vimin_##suffix(a, b), c); }   \
  inline type __viaddmax_##suffix(type a, type b, type c) {                                                       \
    return __vimax_##suffix(type(unsigned(a) + unsigned(b)), c);                                                  \
  }                                                                                                               \
  inline type __viaddmin_##suffix(type a, type b, type c) {                                                       \
    return __vimin_##suffix(type(unsigned(a) + unsigned(b)), c);                                                  \
  }                                                                                                               \
  inline type __vibmax_##suffix(type a, type b, bool* first) { return *first = a >= b, *first ? a : b; }          \
  inline type __vibmin_##suffix(type a, type b, bool* first) { return *first = a <= b, *first ? a : b; }
STAND_IN_DPX32(s32, int)
STAND_IN_DPX32(u32, unsigned)
inline int __vimax_s32_relu(int a, int b) { return max(max(a, b), 0); }
inline int __vimin_s32_relu(int a, int b) { return max(min(a, b), 0); }
inline int __vimax3_s32_relu(int a, int b, int c) { return max(__vimax3_s32(a, b, c), 0); }
inline int __vimin3_s32_relu(int a, int b, int c) { return max(__vimin3_s32(a, b, c), 0); }
inline int __viaddmax_s32_relu(int a, int b, int c) { return max(__viaddmax_s32(a, b, c), 0); }
inline int __viaddmin_s32_relu(int a, int b, int c) { return max(__viaddmin_s32(a, b, c), 0); }
#define STAND_IN_DPX16(suffix, of, part)                                                                           \
  inline unsigned __vimax_##suffix(unsigned a, unsigned b) { return __vmax##of##2(a, b); }                         \
  inline unsigned __vimin_##suffix(unsigned a, unsigned b) { return __vmin##of##2(a, b); }                         \
  inline unsigned __vimax3_##suffix(unsigned a, unsigned b, unsigned c) { return __vmax##of##2(__vmax##of##2(a, b), c); } \
  inline unsigned __vimin3_##suffix(unsigned a, unsigned b, unsigned c) { return __vmin##of##2(__vmin##of##2(a, b), c); } \
  inline unsigned __viaddmax_##suffix(unsigned a, unsigned b, unsigned c) { return __vmax##of##2(__vadd2(a, b), c); } \
  inline unsigned __viaddmin_##suffix(unsigned a, unsigned b, unsigned c) { return __vmin##of##2(__vadd2(a, b), c); } \
  inline unsigned __vibmax_##suffix(unsigned a, unsigned b, bool* high, bool* low) {                               \
    *high = part(a >> 16) >= part(b >> 16), *low = part(a) >= part(b);                                             \
    return __vmax##of##2(a, b);                                                                                    \
  }                                                                                                                \
  inline unsigned __vibmin_##suffix(unsigned a, unsigned b, bool* high, bool* low) {                               \
    *high = part(a >> 16) <= part(b >> 16), *low = part(a) <= part(b);                                             \
    return __vmin##of##2(a, b);                                                                                    \
  }
STAND_IN_DPX16(s16x2, s, short)
STAND_IN_DPX16(u16x2, u, (unsigned short))
inline unsigned __vimax_s16x2_relu(unsigned a, unsigned b) { return __vmaxs2(__vmaxs2(a, b), 0); }
inline unsigned __vimin_s16x2_relu(unsigned a, unsigned b) { return __vmaxs2(__vmins2(a, b), 0); }
inline unsigned __vimax3_s16x2_relu(unsigned a, unsigned b, unsigned c) { return __vmaxs2(__vimax3_s16x2(a, b, c), 0); }
inline unsigned __vimin3_s16x2_relu(unsigned a, unsigned b, unsigned c) { return __vmaxs2(__vimin3_s16x2(a, b, c), 0); }
inline unsigned __viaddmax_s16x2_relu(unsigned a, unsigned b, unsigned c) { return __vmaxs2(__viaddmax_s16x2(a, b, c), 0); }
inline unsigned __viaddmin_s16x2_relu(unsigned a, unsigned b, unsigned c) { return __vmaxs2(__viaddmin_s16x2(a, b, c), 0); }
