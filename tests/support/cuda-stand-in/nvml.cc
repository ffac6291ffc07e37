// NVML of the stand-in GPUs. `STAND_IN_NVML`: `name=value` with commas between, read at each call.
//   mig=0 ecc=1 energy=yes|no idle=60000 (milliwatts) instant= (milliwatts, or no such field) version=580.95.05 init=0
//   memory= (bytes in use, or not told) gpus=1 limit=yes|no root=yes|no (who may set a power limit)
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
enum { success = 0, uninitialized = 1, invalid = 2, notSupported = 3, noPermission = 4, notFound = 6 };
std::mutex lock;
bool initialized = false;
const std::chrono::steady_clock::time_point loaded = std::chrono::steady_clock::now();
/** Millijoules that tests have added. */
uint64_t added[16] = {};
/** Milliwatts, those of an H200. */
const unsigned standardLimit = 700000, leastLimit = 200000, mostLimit = 700000;
unsigned limits[16] = {};

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
API nvmlDeviceGetMemoryInfo(void* device, unsigned long long* totalFreeUsed) {
  const std::string used = setting("memory", "");
  if (!isDevice(device) || used.empty()) return notSupported;
  totalFreeUsed[0] = 143771ull << 20;
  totalFreeUsed[2] = strtoull(used.c_str(), nullptr, 10);
  totalFreeUsed[1] = totalFreeUsed[0] - totalFreeUsed[2];
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
API nvmlDeviceGetCount_v2(unsigned* count) {
  if (!initialized) return uninitialized;
  return *count = unsigned(atoi(setting("gpus", "1").c_str())), success;
}
API nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (!initialized) return uninitialized;
  if (index >= unsigned(atoi(setting("gpus", "1").c_str()))) return invalid;
  return *device = reinterpret_cast<void*>(uintptr_t(index + 1)), success;
}
API nvmlDeviceGetName(void* device, char* name, unsigned length) {
  snprintf(name, length, "Stand-in GPU %d", numberOf(device));
  return success;
}
API nvmlDeviceGetPciInfo_v3(void* device, void* info) {
  memset(info, 0, 68);
  snprintf(static_cast<char*>(info) + 36, 32, "00000000:%02x:00.0", 0x17 + numberOf(device));
  return success;
}
API nvmlDeviceGetFieldValues(void* device, int count, void* values) {
  for (int at = 0; at < count; at++) {
    char* value = static_cast<char*>(values) + 40 * at;
    unsigned id = 0;
    memcpy(&id, value, 4);
    const std::string instant = setting("instant", "");
    const int type = 1, status = id == 186 && !instant.empty() && isDevice(device) ? success : notSupported;
    memcpy(value + 24, &type, 4);
    memcpy(value + 28, &status, 4);
    const unsigned milliwatts = unsigned(atoi(instant.c_str()));
    memcpy(value + 32, &milliwatts, 4);
  }
  return success;
}
API nvmlDeviceGetPowerManagementLimit(void* device, unsigned* milliwatts) {
  if (!isDevice(device) || setting("limit", "yes") != "yes") return notSupported;
  const unsigned set = limits[numberOf(device) & 15];
  return *milliwatts = set == 0 ? standardLimit : set, success;
}
API nvmlDeviceGetPowerManagementDefaultLimit(void* device, unsigned* milliwatts) {
  if (!isDevice(device) || setting("limit", "yes") != "yes") return notSupported;
  return *milliwatts = standardLimit, success;
}
API nvmlDeviceGetPowerManagementLimitConstraints(void* device, unsigned* least, unsigned* most) {
  if (!isDevice(device) || setting("limit", "yes") != "yes") return notSupported;
  return *least = leastLimit, *most = mostLimit, success;
}
API nvmlDeviceSetPowerManagementLimit(void* device, unsigned milliwatts) {
  if (!isDevice(device) || setting("limit", "yes") != "yes") return notSupported;
  if (setting("root", "yes") != "yes") return noPermission;
  if (milliwatts < leastLimit || milliwatts > mostLimit) return invalid;
  return limits[numberOf(device) & 15] = milliwatts, success;
}
