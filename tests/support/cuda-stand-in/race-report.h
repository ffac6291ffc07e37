// What was found, of all launches: races of one kernel between the same two places in its code are one.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

#include "race-shadow.h"

namespace races {

struct Race {
  std::string kernel, library;
  bool shared;
  Access first, second;
  unsigned firstThread, secondThread;
  long times = 0;
  /** Of two writes: whether the second ever left another value than the first. */
  bool otherValue = false;

  const char* between() const {
    if (first.when.block != second.when.block) return "blocks";
    return first.when.warp != second.when.warp ? "warps" : "lanes";
  }
  auto key() const {
    return std::make_tuple(kernel, library, shared, std::string(between()), first.from, first.writes, first.scope, second.from,
                           second.writes, second.scope);
  }
};

static std::mutex foundLock;
static std::map<decltype(std::declval<Race>().key()), Race> allFound;

/** Kernels that were launched, of all libraries. */
static std::set<std::string> watchedKernels;

static void noteKernel(const std::string& name) {
  std::lock_guard<std::mutex> guard(foundLock);
  watchedKernels.insert(name);
}

static void note(const Race& race) {
  std::lock_guard<std::mutex> guard(foundLock);
  allFound.emplace(race.key(), race).first->second.times++;
}

static void noteOtherValue(const Race& race) {
  std::lock_guard<std::mutex> guard(foundLock);
  allFound.emplace(race.key(), race).first->second.otherValue = true;
}

static const char* wordOf(const Access& access) {
  if (access.scope == Scope::none) return access.writes ? "write" : "read";
  return access.writes ? "atomic write" : "atomic read";
}

static std::string textOf(const Access& access, unsigned thread) {
  char place[80];
  // an address returned to is that after the call
  snprintf(place, sizeof place, "\t%x\t%u\t%u", access.from - 1, access.when.block, thread);
  return std::string("\t") + wordOf(access) + place;
}

static std::string kernelNames() {
  std::lock_guard<std::mutex> guard(foundLock);
  std::string text;
  for (const std::string& name : watchedKernels) text += name + "\n";
  return text;
}

/** A line a race, of what `races.ts` reads; then they are forgotten. */
static std::string report() {
  std::lock_guard<std::mutex> guard(foundLock);
  std::string text;
  for (const auto& [key, race] : allFound) {
    const bool sameValue = race.first.writes && race.second.writes && !race.otherValue;
    text += race.kernel + "\t" + race.library + "\t" + (race.shared ? "shared" : "global") + "\t" + race.between() + "\t" +
            std::to_string(race.times) + "\t" + (sameValue ? "same" : "other") + textOf(race.first, race.firstThread) +
            textOf(race.second, race.secondThread) + "\n";
  }
  allFound.clear();
  return text;
}

}  // namespace races
