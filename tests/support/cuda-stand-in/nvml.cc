// NVML of the stand-in GPUs. `STAND_IN_NVML`: `name=value` with commas between, read at each call.
//   mig=0 ecc=1 energy=yes|no idle=60000 (milliwatts) version=580.95.05 init=0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <string>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {
enum { success = 0, uninitialized = 1, notSupported = 3, notFound = 6 };
std::mutex lock;
bool initialized = false;
const std::chrono::steady_clock::time_point loaded = std::chrono::steady_clock::now();
/** Millijoules that tests have added. */
uint64_t added[16] = {};

std::string setting(const char* name, const char* otherwise) {
  std::map<std::string, std::string> settings;
  const char* said = getenv("STAND_IN_NVML");
  const std::string text = said == nullptr ? "" : said;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(',', start), text.size()), equals = text.find('=', start);
    if (equals < end) settings[text.substr(start, equals - start)] = text.substr(equals + 1, end - equals - 1);
    start = end + 1;
  }
  auto found = settings.find(name);
  return found == settings.end() ? otherwise : found->second;
}
bool isDevice(const void* device) { return device != nullptr; }
int numberOf(const void* device) { return int(reinterpret_cast<uintptr_t>(device)) - 1; }
}  // namespace

/** What a kernel would have used: tests say how much. */
extern "C" __attribute__((visibility("default"))) void standInUse(int device, double joules) {
  std::lock_guard<std::mutex> guard(lock);
  added[device & 15] += uint64_t(1000 * joules);
}

API nvmlInit_v2() {
  std::lock_guard<std::mutex> guard(lock);
  const int status = atoi(setting("init", "0").c_str());
  initialized = status == 0;
  return status;
}
API nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** device) {
  unsigned domain = 0, bus = 0;
  if (!initialized) return uninitialized;
  if (sscanf(id, "%x:%x:", &domain, &bus) != 2 || bus < 0x17) return notFound;
  return *device = reinterpret_cast<void*>(uintptr_t(bus - 0x17 + 1)), success;
}
API nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  std::lock_guard<std::mutex> guard(lock);
  if (!isDevice(device) || setting("energy", "yes") != "yes") return notSupported;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - loaded).count();
  *millijoules = uint64_t(1e6 + seconds * atof(setting("idle", "60000").c_str())) + added[numberOf(device) & 15];
  return success;
}
API nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  if (!isDevice(device) || setting("energy", "yes") != "yes") return notSupported;
  return *milliwatts = unsigned(atoi(setting("idle", "60000").c_str())), success;
}
API nvmlDeviceGetMigMode(void*, unsigned* now, unsigned* pending) {
  const std::string mig = setting("mig", "0");
  if (mig == "no") return notSupported;
  return *now = *pending = unsigned(atoi(mig.c_str())), success;
}
API nvmlDeviceGetEccMode(void*, unsigned* now, unsigned* pending) {
  const std::string ecc = setting("ecc", "1");
  if (ecc == "no") return notSupported;
  return *now = *pending = unsigned(atoi(ecc.c_str())), success;
}
API nvmlSystemGetDriverVersion(char* version, unsigned length) {
  snprintf(version, length, "%s", setting("version", "580.95.05").c_str());
  return success;
}
