// Finds data races in kernels that run on the stand-in: two accesses to one byte by different threads, at least one of them a
// write, not both atomic, that nothing orders (see `race-clocks.h`). It needs no unlucky order, only that both happen in one launch.
// `STAND_IN_RACES=collectives` lets shuffles, ballots and their like order lanes too, as CUDA does not promise; read at each launch.
//
// The compiler's calls for each load and store (-fsanitize=thread) come here rather than to its own library. Stacks are
// the threads' own. Volatile accesses are relaxed atomic ones, as PTX has it. Shared memory is thread-local memory of the
// kernel's library: all of it is forgotten with each block.
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include <mutex>
#include <string>

#include "race-report.h"
#include "race-shadow.h"

#define API extern "C" __attribute__((visibility("default")))

namespace races {

class Finder {
 public:
  void beginLaunch(const char* name, const void* code, unsigned blocks, unsigned threads, size_t bytesOfStack) {
    settle();
    Dl_info info;
    dladdr(code, &info);
    kernel = name, library = info.dli_fname, base = uintptr_t(info.dli_fbase), stackBytes = bytesOfStack;
    noteKernel(kernel);
    const char* said = getenv("STAND_IN_RACES");
    collectives = said != nullptr && strcmp(said, "collectives") == 0;
    findShared();
    clocks.beginLaunch(blocks, threads);
    shadow.forget(false);
  }
  void beginBlock(unsigned block) {
    settle();
    clocks.beginBlock(block, sharedFrom, sharedBytes);
    shadow.forget(true);
  }
  void meet(unsigned first, unsigned lanes, bool inBarrier) {
    if (inBarrier || collectives) clocks.meet(first, lanes);
  }

  /** Whether it is on the stack of the thread at work. */
  bool isOwn(const StandInWatch& watch, uintptr_t at) const { return at - uintptr_t(watch.stack) < stackBytes; }

  void see(const StandInWatch& watch, uintptr_t at, size_t bytes, bool writes, Scope scope, const void* from) {
    if (isOwn(watch, at)) return;
    settle();
    const Access mine{clocks.now(watch.thread), uint32_t(uintptr_t(from) - base), writes, scope};
    const bool shared = at - sharedFrom < sharedBytes;
    shadow.each(at, bytes, shared, [&](Shadow::Accesses& others) { add(others, mine, watch.thread, shared, at, bytes); });
  }

  /** What was written is there now: whether it is what was there before. */
  void settle() {
    if (racing.empty()) return;
    if (memcmp(valueBefore.data(), reinterpret_cast<const void*>(writtenAt), valueBefore.size()) != 0)
      for (const Race& race : racing) noteOtherValue(race);
    racing.clear();
  }

  Clocks clocks;

 private:
  Shadow shadow;
  std::string kernel, library;
  uintptr_t base = 0, sharedFrom = 0;
  size_t sharedBytes = 0, stackBytes = 0;
  bool collectives = false;
  /** Found at the access under way, each once; what it writes is there when the next access comes. */
  std::vector<Race> racing;
  uintptr_t writtenAt = 0;
  std::string valueBefore;

  /** The thread-local memory of the kernel's library on this CPU thread. */
  void findShared() {
    sharedBytes = 0;
    dl_iterate_phdr(
        [](dl_phdr_info* one, size_t, void* data) {
          Finder& finder = *static_cast<Finder*>(data);
          if (one->dlpi_addr != finder.base) return 0;
          for (int at = 0; at < one->dlpi_phnum; at++)
            if (one->dlpi_phdr[at].p_type == PT_TLS)
              finder.sharedFrom = uintptr_t(one->dlpi_tls_data), finder.sharedBytes = one->dlpi_phdr[at].p_memsz;
          return 1;
        },
        this);
  }

  void add(Shadow::Accesses& others, const Access& mine, unsigned thread, bool shared, uintptr_t at, size_t bytes) {
    for (const Access& other : others)
      if (isAlike(other, mine) && (other.when.lanes & mine.when.lanes) != 0) return;
    Two blocks, warps;
    size_t kept = 0;
    for (Access& other : others) {
      When& then = other.when;
      const unsigned unordered = then.lanes & ~clocks.before(then, thread);
      const bool isRace = unordered != 0 && clash(other, mine);
      if (isRace) found(other, mine, 32 * then.warp + unsigned(__builtin_ctz(unordered)), thread, shared, at, bytes);
      if (standsFor(mine, other)) then.lanes = isRace ? 0 : unordered;
      if (then.lanes == 0) continue;
      if (other.writes == mine.writes && other.scope == mine.scope) {
        if (then.block != mine.when.block) blocks.add(then.block);
        else if (then.warp != mine.when.warp && then.barriers == mine.when.barriers) warps.add(then.warp);
      }
      others[kept++] = other;
    }
    others.resize(kept);
    // whoever clashes with mine clashes with one of two like it that are in no order with each other (unless fences order
    // just that one): else a table that all threads read would have a list of all of them at each of its words
    if (blocks.there || warps.there) return;
    for (Access& other : others)
      if (isAlike(other, mine)) return void(other.when.lanes |= mine.when.lanes);
    others.push_back(mine);
  }

  static bool isAlike(const Access& one, const Access& other) {
    return one.from == other.from && one.writes == other.writes && one.scope == other.scope && one.when.block == other.when.block &&
           one.when.warp == other.when.warp && one.when.barriers == other.when.barriers && one.when.clock == other.when.clock;
  }

  /** Whether there were two different numbers. */
  struct Two {
    unsigned first = ~0u;
    bool there = false;
    void add(unsigned number) {
      there = there || (first != ~0u && first != number);
      first = number;
    }
  };

  void found(const Access& first, const Access& second, unsigned firstThread, unsigned secondThread, bool shared, uintptr_t at,
             size_t bytes) {
    const Race race{kernel, library, shared, first, second, firstThread, secondThread};
    for (const Race& other : racing)
      if (other.key() == race.key()) return;
    note(race);
    racing.push_back(race);
    writtenAt = at;
    valueBefore.assign(reinterpret_cast<const char*>(at), bytes);
  }
};

static thread_local StandInWatch watch = {};
static thread_local Finder* finder = nullptr;
static thread_local std::unique_ptr<Finder> owned;

static void see(const void* at, size_t bytes, bool writes, Scope scope, const void* from) {
  if (watch.on) finder->see(watch, uintptr_t(at), bytes, writes, scope, from);
}
static void seeVolatile(const void* at, size_t bytes, bool writes, const void* from) {
  if (!watch.on || finder->isOwn(watch, uintptr_t(at))) return;
  finder->clocks.atomic(watch.thread, uintptr_t(at), !writes, writes);
  see(at, bytes, writes, Scope::device, from);
}

}  // namespace races

API StandInWatch* standInRacesLaunch(const char* kernel, const void* code, unsigned blocks, unsigned threads, size_t stackBytes) {
  if (races::owned == nullptr) races::owned = std::make_unique<races::Finder>();
  races::finder = races::owned.get();
  races::finder->beginLaunch(kernel, code, blocks, threads, stackBytes);
  return &races::watch;
}
API void standInRacesEnd() {
  races::watch.on = false;
  races::finder->settle();
}
API void standInRacesBlock(unsigned block) { races::finder->beginBlock(block); }
API void standInRacesBarrier(const unsigned* threads, size_t count) { races::finder->clocks.barrier(threads, count); }
API void standInRacesMeet(unsigned first, unsigned lanes, bool inBarrier) { races::finder->meet(first, lanes, inBarrier); }
API void standInRacesFence(stand_in::Scope scope) { races::finder->clocks.fence(races::watch.thread, scope); }
API void standInRacesAtomic(const void* at, size_t bytes, stand_in::Scope scope, const void* from) {
  races::finder->clocks.atomic(races::watch.thread, uintptr_t(at), true, true);
  races::see(at, bytes, true, scope, from);
}
/** What was found since it was last asked for, a line each. */
API const char* standInRaces() {
  static std::string text;
  return (text = races::report()).c_str();
}
/** The kernels that were ever launched, a line each. */
API const char* standInRacesKernels() {
  static std::string text;
  return (text = races::kernelNames()).c_str();
}

#define HERE __builtin_return_address(0)
#define PLAIN(name, bytes)                                                                                            \
  API void __tsan_##name##read##bytes(void* at) { races::see(at, bytes, false, stand_in::Scope::none, HERE); }        \
  API void __tsan_##name##write##bytes(void* at) { races::see(at, bytes, true, stand_in::Scope::none, HERE); }
#define VOLATILE(name, bytes)                                                                     \
  API void __tsan_##name##read##bytes(void* at) { races::seeVolatile(at, bytes, false, HERE); }   \
  API void __tsan_##name##write##bytes(void* at) { races::seeVolatile(at, bytes, true, HERE); }
#define ALL_OF(bytes)              \
  PLAIN(, bytes)                   \
  PLAIN(unaligned_, bytes)         \
  VOLATILE(volatile_, bytes)       \
  VOLATILE(unaligned_volatile_, bytes)
ALL_OF(1)
ALL_OF(2)
ALL_OF(4)
ALL_OF(8)
ALL_OF(16)
API void __tsan_read_range(void* at, size_t bytes) { races::see(at, bytes, false, stand_in::Scope::none, HERE); }
API void __tsan_write_range(void* at, size_t bytes) { races::see(at, bytes, true, stand_in::Scope::none, HERE); }
API void __tsan_init() {}
// of the stand-in's own variables that are made once
API unsigned char __tsan_atomic8_load(const volatile unsigned char* at, int) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
