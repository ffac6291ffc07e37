// Who knows of whose accesses, after CUDA's model of memory: a thread of its own past; of the threads of its block up to a
// barrier that both came to; of lanes that it met in a `__syncwarp`; and, where another's fence and then its atomic write were
// read by an atomic of the thread's that a fence followed, of all that the other knew at its fence. Nothing else orders two.
#pragma once
#include <stdint.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "races.h"

namespace races {

using stand_in::Scope;

/** When some lanes of a warp did the same: how many barriers they had come to, and what their clocks showed. */
struct When {
  unsigned block, warp, lanes, barriers, clock;
};

/** What fences told of a block: so many barriers of it, and its threads up to what their clocks showed. */
struct Told {
  unsigned barriers = 0;
  std::map<unsigned, unsigned> clocks;
};
using Past = std::map<unsigned, Told>;

static void learn(Past& mine, const Past& other) {
  for (const auto& [block, told] : other) {
    Told& own = mine[block];
    own.barriers = std::max(own.barriers, told.barriers);
    for (const auto& [thread, clock] : told.clocks) own.clocks[thread] = std::max(own.clocks[thread], clock);
  }
}

/** What an atomic operation left at its place of the fence before it. */
struct Message {
  unsigned block;
  Scope scope;
  std::shared_ptr<const Past> past;
  bool operator<(const Message& other) const {
    return std::tie(block, scope, past) < std::tie(other.block, other.scope, other.past);
  }
};
using Messages = std::set<Message>;

struct Actor {
  /** Goes up where others may have learned of what came before. */
  unsigned clock = 1;
  /** Of the lanes of its warp: up to what their clocks showed it knows of them. */
  unsigned lanes[32] = {};
  std::shared_ptr<const Past> past;
  /** What it knew at its last fence, by scope, and what its atomics have read since they began. */
  std::map<Scope, std::shared_ptr<const Past>> fenced;
  Messages heard;
};

class Clocks {
 public:
  unsigned block = 0;

  void beginLaunch(unsigned blocks, unsigned threads) {
    perBlock = threads;
    passed.assign(blocks, {});
    places.clear();
  }

  void beginBlock(unsigned number, uintptr_t sharedFrom, size_t sharedBytes) {
    block = number;
    passed[block].assign(perBlock, 0);
    actors.assign(perBlock, Actor());
    for (auto place = places.begin(); place != places.end();)
      place = place->first - sharedFrom < sharedBytes ? places.erase(place) : std::next(place);
  }

  When now(unsigned thread) const {
    return {block, thread / 32, 1u << thread % 32, passed[block][thread], actors[thread].clock};
  }

  /** Which of the lanes did before this thread's present what they did: all that it knows to have been. */
  unsigned before(const When& then, unsigned thread) const {
    const Actor& actor = actors[thread];
    const bool here = then.block == block;
    const Told* told = nullptr;
    if (actor.past != nullptr)
      if (auto found = actor.past->find(then.block); found != actor.past->end()) told = &found->second;
    if (!here && told == nullptr) return 0;
    unsigned barriers = here ? passed[block][thread] : 0;
    if (told != nullptr) barriers = std::max(barriers, told->barriers);
    unsigned known = 0;
    for (unsigned left = then.lanes; left != 0; left &= left - 1) {
      const unsigned lane = unsigned(__builtin_ctz(left)), other = 32 * then.warp + lane;
      bool is = here && other == thread;
      // a thread that has ended came to no barrier after that
      is = is || (then.barriers < barriers && then.barriers < passed[then.block][other]);
      is = is || (here && then.warp == thread / 32 && then.clock <= actor.lanes[lane]);
      if (!is && told != nullptr)
        if (auto found = told->clocks.find(other); found != told->clocks.end()) is = then.clock <= found->second;
      if (is) known |= 1u << lane;
    }
    return known;
  }

  void barrier(const unsigned* threads, size_t count) {
    for (size_t at = 0; at < count; at++) passed[block][threads[at]]++;
    sharePasts(threads, count);
  }

  void meet(unsigned first, unsigned lanes) {
    unsigned threads[32], count = 0, next = 0, known[32] = {};
    for (unsigned lane = 0; lane < 32; lane++)
      if (lanes >> lane & 1) threads[count++] = first + lane;
    for (unsigned at = 0; at < count; at++) {
      Actor& one = actors[threads[at]];
      one.lanes[threads[at] % 32] = one.clock;
      next = std::max(next, one.clock + 1);
      for (unsigned lane = 0; lane < 32; lane++) known[lane] = std::max(known[lane], one.lanes[lane]);
    }
    for (unsigned at = 0; at < count; at++) {
      actors[threads[at]].clock = next;
      std::copy(known, known + 32, actors[threads[at]].lanes);
    }
    sharePasts(threads, count);
  }

  void fence(unsigned thread, Scope scope) {
    Actor& actor = actors[thread];
    Past past = actor.past == nullptr ? Past() : *actor.past;
    for (const Message& one : actor.heard)
      if (one.block == block || (one.scope == Scope::device && scope == Scope::device)) learn(past, *one.past);
    actor.past = std::make_shared<const Past>(past);
    Told& mine = past[block];
    mine.barriers = std::max(mine.barriers, passed[block][thread]);
    for (unsigned lane = 0; lane < 32 && thread / 32 * 32 + lane < perBlock; lane++)
      mine.clocks[thread / 32 * 32 + lane] = std::max(mine.clocks[thread / 32 * 32 + lane], actor.lanes[lane]);
    mine.clocks[thread] = actor.clock++;
    actor.fenced[scope] = std::make_shared<const Past>(std::move(past));
  }

  /** An atomic operation reads what earlier ones left at its place; one that only writes takes that away. */
  void atomic(unsigned thread, uintptr_t place, bool reads, bool writes) {
    Actor& actor = actors[thread];
    auto found = places.find(place);
    if (reads && found != places.end()) actor.heard.insert(found->second.begin(), found->second.end());
    if (!writes) return;
    if (!reads && found != places.end()) found->second.clear();
    if (actor.fenced.empty()) return;
    Messages& left = places[place];
    for (const auto& [scope, past] : actor.fenced) left.insert({block, scope, past});
  }

 private:
  unsigned perBlock = 0;
  /** Barriers that each thread of each block came to. */
  std::vector<std::vector<unsigned>> passed;
  std::vector<Actor> actors;
  std::unordered_map<uintptr_t, Messages> places;

  /** Threads that wait for each other tell each other what fences told them. */
  void sharePasts(const unsigned* threads, size_t count) {
    Past all;
    for (size_t at = 0; at < count; at++)
      if (actors[threads[at]].past != nullptr) learn(all, *actors[threads[at]].past);
    if (all.empty()) return;
    const auto shared = std::make_shared<const Past>(std::move(all));
    for (size_t at = 0; at < count; at++) actors[threads[at]].past = shared;
  }
};

}  // namespace races
