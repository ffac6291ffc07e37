// For each word of memory that a launch touched, or each byte where narrower accesses came, those accesses that a later one
// may still race with.
#pragma once
#include <stdint.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "race-clocks.h"

namespace races {

struct Access {
  When when;
  /** Where in the code, from the library's start. */
  uint32_t from;
  bool writes;
  /** `none`: no atomic operation. */
  Scope scope;
};

/** Whether two accesses of different threads that nothing orders are a race. */
static bool clash(const Access& one, const Access& other) {
  if (!one.writes && !other.writes) return false;
  if (one.scope == Scope::none || other.scope == Scope::none) return true;
  // what is atomic for a block alone is not so for others
  return one.when.block != other.when.block && (one.scope == Scope::block || other.scope == Scope::block);
}

/** Whether all that clashes with the one clashes with the other. */
static bool standsFor(const Access& other, const Access& one) {
  return (other.writes || !one.writes) && other.scope <= one.scope;
}

class Shadow {
 public:
  using Accesses = std::vector<Access>;

  /** Forgets everything at no cost, shared memory or all; what is empty is that of an epoch before. */
  void forget(bool sharedOnly) {
    sharedEpoch = ++epochs;
    if (sharedOnly) return;
    globalEpoch = epochs;
    if (pages.size() < mostPages) return;
    pages.clear();
    std::fill(std::begin(recent), std::end(recent), Recent());
  }

  /** Visits the accesses of each word, or byte, in a stretch of memory. */
  template <class Visit>
  void each(uintptr_t at, size_t bytes, bool shared, Visit visit) {
    const uint64_t epoch = shared ? sharedEpoch : globalEpoch;
    for (uintptr_t end = at + bytes; at < end;) {
      Page& page = pageAt(at / pageBytes);
      const uintptr_t stop = std::min(end, (at / pageBytes + 1) * pageBytes);
      if (page.size() == pageBytes / wordBytes && (at | stop) % wordBytes != 0) split(page);
      const size_t unit = pageBytes / page.size();
      for (; at < stop; at += unit) {
        Cell& cell = page[at % pageBytes / unit];
        if (cell.epoch != epoch) cell.accesses.clear(), cell.epoch = epoch;
        visit(cell.accesses);
      }
    }
  }

 private:
  static constexpr size_t pageBytes = 4096, wordBytes = 4, mostPages = 2048;
  struct Cell {
    uint64_t epoch = 0;
    Accesses accesses;
  };
  using Page = std::vector<Cell>;
  struct Recent {
    uintptr_t number = 0;
    Page* page = nullptr;
  };
  uint64_t epochs = 0, sharedEpoch = 0, globalEpoch = 0;
  std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;
  Recent recent[256];

  Page& pageAt(uintptr_t number) {
    Recent& last = recent[number % 256];
    if (last.page != nullptr && last.number == number) return *last.page;
    auto& page = pages[number];
    if (page == nullptr) page = std::make_unique<Page>(pageBytes / wordBytes);
    last = {number, page.get()};
    return *page;
  }

  /** What was kept for each word is kept for each of its bytes from now on. */
  static void split(Page& page) {
    Page bytes(pageBytes);
    for (size_t at = 0; at < pageBytes; at++) bytes[at] = page[at / wordBytes];
    page = std::move(bytes);
  }
};

}  // namespace races
