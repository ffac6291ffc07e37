// In which order blocks, threads and lanes take their turn: a kernel whose answer depends on it has a data race.
// `STAND_IN_ORDER` says so, read at each launch: `forward` or nothing, `reverse`, or `mixed:SEED`, where a thread also lets
// others go first at some of its atomic operations.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utility>
#include <vector>

namespace stand_in {

class Order {
 public:
  /** What the environment says now; a seed gives the same order at every launch. */
  static Order asSaid() {
    Order order;
    const char* said = getenv("STAND_IN_ORDER");
    if (said == nullptr) return order;
    if (strcmp(said, "reverse") == 0) order.kind = reverse;
    if (strncmp(said, "mixed:", 6) == 0) order.kind = mixed, order.state = strtoull(said + 6, nullptr, 10);
    return order;
  }

  /** The numbers below a count, in the order of their turn. */
  const std::vector<unsigned>& of(unsigned count, std::vector<unsigned>& turns) {
    turns.resize(count);
    for (unsigned at = 0; at < count; at++) turns[at] = kind == reverse ? count - 1 - at : at;
    if (kind == mixed)
      for (unsigned left = count; left > 1; left--) std::swap(turns[left - 1], turns[next() % left]);
    return turns;
  }

  /** The lane whose turn it is after another's, and by how much to go on from it: comes by all 32. */
  std::pair<unsigned, unsigned> lanesAfter(unsigned lane) {
    if (kind == forward) return {lane + 1, 1};
    if (kind == reverse) return {lane + 31, 31};
    const uint64_t drawn = next();
    return {unsigned(drawn % 32), unsigned(drawn >> 8) % 32 | 1};
  }

  /** Whether a thread lets another go first that it need not wait for. */
  bool givesWay() { return kind == mixed && next() % 4 == 0; }

 private:
  enum { forward, reverse, mixed } kind = forward;
  uint64_t state = 0;

  /** SplitMix64 (doi:10.1145/2660193.2660195). */
  uint64_t next() {
    uint64_t mixing = state += 0x9e3779b97f4a7c15u;
    mixing = (mixing ^ mixing >> 30) * 0xbf58476d1ce4e5b9u;
    mixing = (mixing ^ mixing >> 27) * 0x94d049bb133111ebu;
    return mixing ^ mixing >> 31;
  }
};

}  // namespace stand_in
