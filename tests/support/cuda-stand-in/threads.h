// The threads of a block as fibers of one CPU thread: each runs until it ends or waits for others, blocks come one after
// another, in the order that `order.h` reads. Barriers and warp collectives are where fibers are switched; a kernel without them runs straight through.
#pragma once
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mutex>
#include <vector>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#include "order.h"
#include "races.h"

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3() = default;
  dim3(unsigned x, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

namespace stand_in {

/** What ends a launch before its time, as CUDA numbers it. */
enum Fault { none = 0, illegalAddress = 700, trapped = 715, assertion = 710, launchFailed = 719 };

enum class Collective {
  none, shuffle, up, down, exchange, ballot, any, all, matchAny, matchAll, add, minSigned, minUnsigned, maxSigned,
  maxUnsigned, bitAnd, bitOr, bitXor, barrier
};

constexpr int warpSize = 32;
constexpr size_t stackBytes = 256 * 1024;

#if defined(__x86_64__)
struct Context {
  void* stackPointer;
};
// keeps what the calling convention lets a function count on
__attribute__((naked, noinline)) static void switchContext(Context*, Context*) {
  __asm__(
      "pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
      "movq %rsp, (%rdi)\n movq (%rsi), %rsp\n"
      "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret\n");
}
static void makeContext(Context& context, char* stack, size_t colour, void (*entry)()) {
  void** top = reinterpret_cast<void**>(stack + stackBytes - 56 - colour);
  *top = nullptr;  // where entry would return to: it does not
  *--top = reinterpret_cast<void*>(entry);
  for (int saved = 0; saved < 6; saved++) *--top = nullptr;
  context.stackPointer = top;
}
#else
struct Context {
  ucontext_t saved;
};
static void switchContext(Context* from, Context* to) { swapcontext(&from->saved, &to->saved); }
static void makeContext(Context& context, char* stack, size_t colour, void (*entry)()) {
  getcontext(&context.saved);
  context.saved.uc_stack.ss_sp = stack;
  context.saved.uc_stack.ss_size = stackBytes - colour;
  context.saved.uc_link = nullptr;
  makecontext(&context.saved, entry, 0);
}
#endif

struct Fiber {
  Context context;
  char* stack;
};

struct Warp;

struct Thread {
  uint3 index;
  unsigned lane;
  Warp* warp;
  Fiber* fiber = nullptr;
  bool ended = false;
  bool ready = true;
  /** What it waits for its warp with. */
  Collective waits = Collective::none;
  unsigned mask = 0;
  uint64_t value = 0;
  unsigned operand = 0;
  unsigned width = 32;
  uint64_t result = 0;
  bool agreed = false;
};

struct Warp {
  Thread* lanes[warpSize] = {};
};

struct Block {
  uint3 index;
  dim3 size;
  dim3 grid;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  unsigned alive = 0;
  unsigned arrived = 0;
  unsigned counted = 0;
  unsigned lastCount = 0;
};

static thread_local Block* block = nullptr;
static thread_local Thread* current = nullptr;
static thread_local Order order;
static thread_local Context scheduler;
static thread_local std::vector<Fiber*> idle;
static thread_local sigjmp_buf escape;
static thread_local volatile bool running = false;
static thread_local void (*body)(void*) = nullptr;
static thread_local void* parameters = nullptr;

[[noreturn]] static void fail(Fault fault, const char* why) {
  if (why != nullptr) fprintf(stderr, "stand-in GPU: %s\n", why);
  siglongjmp(escape, fault);
}

static void toScheduler() {
  Thread* mine = current;
  switchContext(&mine->fiber->context, &scheduler);
}

static void onFiber() {
  for (;;) {
    seeKernel(body, parameters);
    current->ended = true;
    toScheduler();
  }
}

/** Stacks that no launch uses. A fiber belongs to the CPU thread that it began on, its stack to nobody. */
static std::mutex stacksLock;
static std::vector<char*> stacks;

static char* takeStack() {
  {
    std::lock_guard<std::mutex> guard(stacksLock);
    if (!stacks.empty()) {
      char* stack = stacks.back();
      stacks.pop_back();
      return stack;
    }
  }
  void* made = mmap(nullptr, stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) fail(launchFailed, "no memory for the stack of one more thread");
  mprotect(made, 4096, PROT_NONE);  // a stack that overflows is a fault, not somebody else's data
  return static_cast<char*>(made);
}

static Fiber* takeFiber() {
  if (!idle.empty()) {
    Fiber* fiber = idle.back();
    idle.pop_back();
    return fiber;
  }
  char* stack = takeStack();
  auto* fiber = new Fiber;
  fiber->stack = stack;
  // stacks that start on one line of the cache each would drive each other out of it
  static thread_local size_t made = 0;
  makeContext(fiber->context, fiber->stack, made++ % 64 * 320, onFiber);
  return fiber;
}

/** Ends fibers, in mid-kernel if need be; their stacks are used again. */
static void giveUp(Fiber* fiber) {
  stacks.push_back(fiber->stack);
  delete fiber;
}

/** The thread that is switched to next. */
static void turnTo(Thread& thread) {
  if (thread.fiber == nullptr) thread.fiber = takeFiber();
  current = &thread;
  seeThread(unsigned(&thread - block->threads.data()), thread.fiber->stack);
}

/** Runs a thread, and those that it gives way to, until one of them ends or no more of its warp can go on; gives that one. */
static Thread& resume(Thread& thread) {
  turnTo(thread);
  switchContext(&scheduler, &thread.fiber->context);
  return *current;
}

/** Waits until others have made this thread ready: those of its own warp come first. */
static void giveWay() {
  Thread& mine = *current;
  const auto [first, step] = order.lanesAfter(mine.lane);
  for (unsigned turn = 0; turn < warpSize; turn++) {
    Thread* next = mine.warp->lanes[(first + turn * step) % warpSize];
    if (next == nullptr || next == &mine || next->ended || !next->ready) continue;
    turnTo(*next);
    switchContext(&mine.fiber->context, &next->fiber->context);
    return;
  }
  toScheduler();
}

/** Lets all threads at the block's barrier go on where none is missing. */
static void openBarrier() {
  if (block->arrived == 0 || block->arrived < block->alive) return;
  block->lastCount = block->counted;
  block->arrived = 0;
  block->counted = 0;
  seeBarrier(block->threads);
  for (Thread& thread : block->threads)
    if (!thread.ended && thread.waits == Collective::none) thread.ready = true;
}

/** Lets another thread of the warp go first, where the order has it so. */
STAND_IN_UNSEEN static void mayGiveWay() {
  Aside aside;
  if (order.givesWay()) giveWay();
}

STAND_IN_UNSEEN static unsigned barrier(bool predicate) {
  Aside aside;
  block->counted += predicate;
  block->arrived++;
  current->ready = false;
  openBarrier();
  if (!current->ready) giveWay();
  return block->lastCount;
}

/** Ends a collective of a warp where all lanes that it names and that have not ended are in it. */
static void meet(Warp& warp, Thread& with) {
  unsigned there = 0;
  // lanes come in their order, so that the last is the likeliest to be missing
  for (unsigned lane = warpSize; lane-- > 0;) {
    const Thread* other = warp.lanes[lane];
    if (!(with.mask >> lane & 1) || other == nullptr || other->ended) continue;
    if (other->waits != with.waits || other->mask != with.mask) return;
    there |= 1u << lane;
  }
  const Collective kind = with.waits;
  seeMeeting(unsigned(&with - block->threads.data()) - with.lane, there, kind == Collective::barrier);
  auto value = [&](unsigned lane) -> uint64_t {
    // of a lane that is not in it the value is undefined
    return there >> lane & 1 ? warp.lanes[lane]->value : 0xdeadbeefdeadbeefull;
  };
  uint64_t reduced = 0;
  bool started = false;
  unsigned votes = 0;
  for (unsigned lane = 0; lane < warpSize; lane++) {
    if (!(there >> lane & 1)) continue;
    const uint64_t one = value(lane);
    if (one != 0) votes |= 1u << lane;
    if (!started) {
      reduced = one, started = true;
      continue;
    }
    const int a = int(reduced), b = int(one);
    const unsigned u = unsigned(reduced), v = unsigned(one);
    switch (kind) {
      case Collective::add: reduced = u + v; break;
      case Collective::minSigned: reduced = unsigned(a < b ? a : b); break;
      case Collective::maxSigned: reduced = unsigned(a > b ? a : b); break;
      case Collective::minUnsigned: reduced = u < v ? u : v; break;
      case Collective::maxUnsigned: reduced = u > v ? u : v; break;
      case Collective::bitAnd: reduced = u & v; break;
      case Collective::bitOr: reduced = u | v; break;
      case Collective::bitXor: reduced = u ^ v; break;
      default: break;
    }
  }
  for (unsigned lane = 0; lane < warpSize; lane++) {
    if (!(there >> lane & 1)) continue;
    Thread& mine = *warp.lanes[lane];
    const unsigned width = mine.width, segment = lane & ~(width - 1), end = segment + width - 1;
    const unsigned operand = mine.operand;
    unsigned from = lane;
    switch (kind) {
      case Collective::shuffle: from = segment | (operand & (width - 1)); break;
      case Collective::up: from = lane < segment + operand ? lane : lane - operand; break;
      case Collective::down: from = lane + operand > end ? lane : lane + operand; break;
      case Collective::exchange: from = (lane ^ operand) > end ? lane : lane ^ operand; break;
      default: break;
    }
    mine.agreed = true;
    switch (kind) {
      case Collective::shuffle: case Collective::up: case Collective::down: case Collective::exchange:
        mine.result = value(from);
        break;
      case Collective::ballot: mine.result = votes; break;
      case Collective::any: mine.result = votes != 0; break;
      case Collective::all: mine.result = votes == there; break;
      case Collective::matchAny: case Collective::matchAll: {
        unsigned same = 0;
        for (unsigned other = 0; other < warpSize; other++)
          if (there >> other & 1 && value(other) == mine.value) same |= 1u << other;
        mine.agreed = same == there;
        mine.result = kind == Collective::matchAny || mine.agreed ? same : 0;
        break;
      }
      default: mine.result = reduced;
    }
  }
  for (unsigned lane = 0; lane < warpSize; lane++)
    if (there >> lane & 1) warp.lanes[lane]->waits = Collective::none, warp.lanes[lane]->ready = true;
}

STAND_IN_UNSEEN static uint64_t together(Collective kind, unsigned mask, uint64_t value, unsigned operand = 0, unsigned width = 32) {
  Aside aside;
  Thread& mine = *current;
  if (!(mask >> mine.lane & 1)) fail(launchFailed, "a lane calls a warp collective whose mask leaves it out");
  mine.waits = kind, mine.mask = mask, mine.value = value, mine.operand = operand, mine.width = width;
  mine.ready = false;
  meet(*mine.warp, mine);
  if (!mine.ready) giveWay();
  return mine.result;
}

/** Lanes of the warp that have not ended: which of them are converged is the hardware's to know. */
STAND_IN_UNSEEN static unsigned activeLanes() {
  unsigned mask = 0;
  for (unsigned lane = 0; lane < warpSize; lane++) {
    const Thread* thread = current->warp->lanes[lane];
    if (thread != nullptr && !thread->ended) mask |= 1u << lane;
  }
  return mask;
}

/** After a thread's end: others may have waited for nobody else. */
static void hasEnded(Thread& thread) {
  idle.push_back(thread.fiber);
  thread.fiber = nullptr;
  block->alive--;
  openBarrier();
  for (Thread* lane : thread.warp->lanes)
    if (lane != nullptr && !lane->ended && lane->waits != Collective::none) meet(*thread.warp, *lane);
}

static void runBlock(Block& one) {
  const unsigned count = one.size.x * one.size.y * one.size.z;
  one.threads.assign(count, Thread{});
  one.warps.assign((count + warpSize - 1) / warpSize, Warp{});
  for (unsigned at = 0; at < count; at++) {
    Thread& thread = one.threads[at];
    thread.index = {at % one.size.x, at / one.size.x % one.size.y, at / one.size.x / one.size.y};
    thread.lane = at % warpSize;
    thread.warp = &one.warps[at / warpSize];
    thread.warp->lanes[thread.lane] = &thread;
  }
  one.alive = count;
  std::vector<unsigned> turns;
  order.of(count, turns);
  one.arrived = one.counted = 0;
  while (one.alive > 0) {
    bool moved = false;
    for (const unsigned turn : turns)
      for (Thread& thread = one.threads[turn]; !thread.ended && thread.ready;) {
        moved = true;
        Thread& last = resume(thread);
        if (last.ended) hasEnded(last);
      }
    if (!moved) fail(launchFailed, "threads wait for each other: a barrier or a warp collective that not all of them reach");
  }
}

// a kernel that reads or writes where no memory is must not end the process: other handlers (V8 has one) come after ours
static struct sigaction before[2];
static void onFault(int signal, siginfo_t* info, void* context) {
  if (running) fail(illegalAddress, "a kernel touched memory that is not the device's");
  const struct sigaction& old = before[signal == SIGBUS];
  if (old.sa_flags & SA_SIGINFO) return old.sa_sigaction(signal, info, context);
  if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) return old.sa_handler(signal);
  sigaction(signal, &old, nullptr);
}
static void catchFaults() {
  static const bool once = [] {
    struct sigaction ours = {};
    ours.sa_sigaction = onFault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &ours, &before[0]);
    sigaction(SIGBUS, &ours, &before[1]);
    return true;
  }();
  (void)once;
  static thread_local bool stacked = false;
  if (stacked) return;
  stack_t stack = {};
  stack.ss_size = 64 * 1024;
  stack.ss_sp = malloc(stack.ss_size);
  sigaltstack(&stack, nullptr);
  stacked = true;
}

/** Runs a grid; gives the CUDA number of what went wrong, or 0. */
static int launch(const char* name, dim3 grid, dim3 size, void (*kernel)(void*), void* with, char* dynamicShared, size_t dynamicBytes) {
  catchFaults();
  Block one;
  one.size = size;
  one.grid = grid;
  order = Order::asSaid();
  seeLaunch(name, grid.x * grid.y * grid.z, size.x * size.y * size.z, stackBytes);
  std::vector<unsigned> turns;
  body = kernel;
  parameters = with;
  block = &one;
  const int fault = sigsetjmp(escape, 1);
  if (fault == 0) {
    running = true;
    // what lies beyond the shared memory that was asked for must be as it was
    constexpr size_t fence = 64;
    for (const unsigned at : order.of(grid.x * grid.y * grid.z, turns)) {
      one.index = {at % grid.x, at / grid.x % grid.y, at / grid.x / grid.y};
      memset(dynamicShared, 0xa5, dynamicBytes + fence);
      seeBlock(at);
      runBlock(one);
      for (size_t beyond = 0; beyond < fence; beyond++)
        if (dynamicShared[dynamicBytes + beyond] != char(0xa5))
          fail(illegalAddress, "a kernel wrote beyond the dynamic shared memory that it was launched with");
    }
  } else {
    std::lock_guard<std::mutex> guard(stacksLock);
    for (Thread& thread : one.threads)
      if (thread.fiber != nullptr) giveUp(thread.fiber);
  }
  if (idle.size() > 64) {
    // other devices' threads want stacks too, and a process may not have many pieces of memory
    std::lock_guard<std::mutex> guard(stacksLock);
    for (; idle.size() > 64; idle.pop_back()) giveUp(idle.back());
  }
  running = false;
  seeEnd();
  block = nullptr;
  current = nullptr;
  return fault;
}

}  // namespace stand_in
