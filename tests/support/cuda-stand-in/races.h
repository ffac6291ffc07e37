// What the stand-in tells the finder of data races (`races.cc`) where it is built with one, by -DSTAND_IN_RACES and
// -fsanitize=thread: then each load and store of a kernel calls the finder as well. Else all of it is empty.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <vector>

namespace stand_in {

/** Who an atomic operation or a fence is for; nobody else can tell it from a plain access. */
enum class Scope : uint8_t { none, block, device };

}  // namespace stand_in

/** Of the CPU thread that runs a grid: which thread of the block is at work. Accesses count while `on`. */
struct StandInWatch {
  bool on;
  unsigned thread;
  const char* stack;
};

extern "C" {
/** Forgets all accesses; `code` is any address in the library that the kernel is in. */
StandInWatch* standInRacesLaunch(const char* kernel, const void* code, unsigned blocks, unsigned threads, size_t stackBytes);
void standInRacesEnd();
void standInRacesBlock(unsigned block);
/** These threads of the block have all come to its barrier. */
void standInRacesBarrier(const unsigned* threads, size_t count);
/** These lanes of the warp whose first thread is given have met; in a barrier, or in another collective. */
void standInRacesMeet(unsigned first, unsigned lanes, bool inBarrier);
void standInRacesAtomic(const void* at, size_t bytes, stand_in::Scope scope, const void* from);
void standInRacesFence(stand_in::Scope scope);
}

#if defined(STAND_IN_RACES)

/** The stand-in's own: what it reads and writes is none of the kernel's. */
#define STAND_IN_UNSEEN __attribute__((no_sanitize("thread"), noinline))
/** So that what it calls returns into the kernel, whose line is then known. */
#define STAND_IN_INLINE inline __attribute__((always_inline))

namespace stand_in {

static thread_local StandInWatch* watch = nullptr;

/** While it lives, the stand-in is at work rather than a kernel. */
struct Aside {
  STAND_IN_INLINE Aside() { watch->on = false; }
  STAND_IN_INLINE ~Aside() { watch->on = true; }
};

STAND_IN_UNSEEN static void seeLaunch(const char* kernel, unsigned blocks, unsigned threads, size_t stackBytes) {
  watch = standInRacesLaunch(kernel, reinterpret_cast<const void*>(&seeLaunch), blocks, threads, stackBytes);
}
STAND_IN_UNSEEN static void seeEnd() { standInRacesEnd(); }
STAND_IN_UNSEEN static void seeBlock(unsigned block) { standInRacesBlock(block); }
STAND_IN_UNSEEN static void seeThread(unsigned thread, const char* stack) { watch->thread = thread, watch->stack = stack; }
STAND_IN_UNSEEN static void seeKernel(void (*body)(void*), void* parameters) {
  watch->on = true;
  body(parameters);
  watch->on = false;
}
template <class Threads>
STAND_IN_UNSEEN static void seeBarrier(const Threads& threads) {
  std::vector<unsigned> passing;
  for (size_t at = 0; at < threads.size(); at++)
    if (!threads[at].ended) passing.push_back(unsigned(at));
  standInRacesBarrier(passing.data(), passing.size());
}
STAND_IN_UNSEEN static void seeMeeting(unsigned first, unsigned lanes, bool inBarrier) {
  standInRacesMeet(first, lanes, inBarrier);
}
STAND_IN_UNSEEN static void seeFence(Scope scope) {
  Aside aside;
  standInRacesFence(scope);
}
#define STAND_IN_SEE_ATOMIC(at, scope) standInRacesAtomic(at, sizeof *(at), scope, __builtin_return_address(0))

}  // namespace stand_in

#else

#define STAND_IN_UNSEEN
#define STAND_IN_INLINE inline
#define STAND_IN_SEE_ATOMIC(at, scope) void()

namespace stand_in {

struct Aside {
  Aside() {}
  ~Aside() {}
};

inline void seeLaunch(const char*, unsigned, unsigned, size_t) {}
inline void seeEnd() {}
inline void seeBlock(unsigned) {}
inline void seeThread(unsigned, const char*) {}
inline void seeKernel(void (*body)(void*), void* parameters) { body(parameters); }
template <class Threads>
inline void seeBarrier(const Threads&) {}
inline void seeMeeting(unsigned, unsigned, bool) {}
inline void seeFence(Scope) {}

}  // namespace stand_in

#endif
