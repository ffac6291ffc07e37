// A CUDA driver without a GPU: memory is the host's, work is done at once, kernels are those of `cuda-on-cpu.h`.
// `STAND_IN_CUDA` says what there is and what goes wrong, read at each cuInit: `name=value` with commas between.
//   devices=1 compute=90 memory=2g used=0 (by others) multiprocessors=4 cuda=12080 ptx=8.0 mode=0 ecc=1 name=...
//   fault=WHAT:STATUS[@N][!]   several are divided by `+`
//     init:STATUS      cuInit gives it               init:abort, init:hang   it crashes or never ends
//     create:STATUS    cuCtxCreate gives it          load:STATUS             cuModuleLoadDataEx gives it
//     pinned:STATUS    cuMemHostAlloc gives it
//     launch:STATUS@N  the N-th launch loses its context: the status comes with what is asked for next, and ever after;
//                      with `!` the whole process is lost, as newer drivers have it
//     launch:hang@N    the N-th launch never ends, until standInRelease
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int
typedef uint64_t CUdeviceptr;

namespace {

enum { success = 0, invalidValue = 1, outOfMemory = 2, notInitialized = 3, noDevice = 100, invalidDevice = 101,
       invalidImage = 200, invalidContext = 201, noBinary = 209, invalidPtx = 218, unsupportedPtx = 222,
       invalidHandle = 400, notFound = 500, notReady = 600, illegalAddress = 700, outOfResources = 701 };

const std::map<int, const char*> names = {
    {0, "CUDA_SUCCESS"}, {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"},
    {3, "CUDA_ERROR_NOT_INITIALIZED"}, {4, "CUDA_ERROR_DEINITIALIZED"}, {34, "CUDA_ERROR_STUB_LIBRARY"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"}, {100, "CUDA_ERROR_NO_DEVICE"}, {101, "CUDA_ERROR_INVALID_DEVICE"},
    {200, "CUDA_ERROR_INVALID_IMAGE"}, {201, "CUDA_ERROR_INVALID_CONTEXT"}, {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE"}, {218, "CUDA_ERROR_INVALID_PTX"}, {220, "CUDA_ERROR_NVLINK_UNCORRECTABLE"},
    {221, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND"}, {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
    {400, "CUDA_ERROR_INVALID_HANDLE"}, {500, "CUDA_ERROR_NOT_FOUND"}, {600, "CUDA_ERROR_NOT_READY"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT"}, {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED"}, {710, "CUDA_ERROR_ASSERT"},
    {715, "CUDA_ERROR_ILLEGAL_INSTRUCTION"}, {716, "CUDA_ERROR_MISALIGNED_ADDRESS"}, {719, "CUDA_ERROR_LAUNCH_FAILED"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY"}, {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}, {999, "CUDA_ERROR_UNKNOWN"}};

struct Fault {
  std::string where, what;
  int status = 0;
  long at = 0;
  bool process = false;
};

struct Settings {
  int devices = 1, compute = 90, multiprocessors = 4, cuda = 12080, ptx = 80, mode = 0, ecc = 1;
  size_t memory = size_t(2) << 30, used = 0;
  std::string name = "Stand-in GPU";
  std::vector<Fault> faults;
};

struct Allocation {
  size_t bytes, mapped;
  char* base;
  struct Ctx* owner;
  bool host;
};

struct Ctx {
  int device;
  int lost = 0;
  bool hangs = false, hung = false;
};

struct Event {
  std::chrono::steady_clock::time_point at;
  Ctx* owner;
  bool recorded = false, behindHang = false;
};

struct KernelLibrary {
  int (*launch)(int entry, const unsigned* shape, void** parameters, size_t dynamicBytes);
  std::map<std::string, int> entries;
};

struct Function {
  KernelLibrary* library;
  int entry;
  unsigned most = 1024;
  size_t staticShared = 0, allowed = 48 * 1024;
  Ctx* owner;
};

struct Module {
  std::map<std::string, std::unique_ptr<Function>> functions;
};

std::recursive_mutex lock;
Settings settings;
std::string readFrom;
bool initialized = false;
int processLost = 0;
size_t reserved = 0;
long launches = 0;
std::map<uint64_t, Allocation> memory;
std::set<Ctx*> contexts;
std::set<Event*> events;
std::map<std::string, std::unique_ptr<KernelLibrary>> libraries;
std::set<Module*> modules;
std::set<Function*> functions;
thread_local Ctx* current = nullptr;

using Guard = std::lock_guard<std::recursive_mutex>;

size_t bytesOf(const std::string& text) {
  char* end;
  const double number = strtod(text.c_str(), &end);
  const int shift = *end == 'k' ? 10 : *end == 'm' ? 20 : *end == 'g' ? 30 : 0;
  return size_t(number * double(size_t(1) << shift));
}

int ptxOf(const std::string& text) {
  int major = 0, minor = 0;
  sscanf(text.c_str(), "%d.%d", &major, &minor);
  return 10 * major + minor;
}

std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(at, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

void readSettings() {
  const char* said = getenv("STAND_IN_CUDA");
  const std::string text = said == nullptr ? "" : said;
  if (initialized && text == readFrom) return;
  readFrom = text;
  settings = Settings();
  processLost = 0;
  launches = 0;
  for (const std::string& one : cut(text, ',')) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = one.substr(0, equals), value = one.substr(equals + 1);
    if (name == "devices") settings.devices = atoi(value.c_str());
    if (name == "compute") settings.compute = atoi(value.c_str());
    if (name == "multiprocessors") settings.multiprocessors = atoi(value.c_str());
    if (name == "cuda") settings.cuda = atoi(value.c_str());
    if (name == "ptx") settings.ptx = ptxOf(value);
    if (name == "mode") settings.mode = atoi(value.c_str());
    if (name == "ecc") settings.ecc = atoi(value.c_str());
    if (name == "memory") settings.memory = bytesOf(value);
    if (name == "used") settings.used = bytesOf(value);
    if (name == "name") settings.name = value;
    if (name != "fault") continue;
    for (const std::string& fault : cut(value, '+')) {
      Fault made;
      const size_t colon = fault.find(':'), at = fault.find('@');
      made.where = fault.substr(0, colon);
      made.what = fault.substr(colon + 1, at == std::string::npos ? at : at - colon - 1);
      made.status = atoi(made.what.c_str());
      if (at != std::string::npos) made.at = atol(fault.c_str() + at + 1);
      made.process = fault.back() == '!';
      settings.faults.push_back(made);
    }
  }
}

const Fault* faultAt(const char* where, long number = 0) {
  for (const Fault& fault : settings.faults)
    if (fault.where == where && (fault.at == 0 || fault.at == number)) return &fault;
  return nullptr;
}

/** 0 where the calling thread has a context that works. */
int usable() {
  if (!initialized) return notInitialized;
  if (processLost != 0) return processLost;
  if (current == nullptr || !contexts.count(current)) return invalidContext;
  return current->lost;
}

size_t taken(int device) {
  size_t sum = settings.used + reserved;
  for (const auto& [at, one] : memory)
    if (!one.host && one.owner->device == device) sum += one.bytes;
  return sum;
}

/** Memory with a page behind it that nobody may touch. Rounded up to 256 bytes, as the driver aligns. */
uint64_t take(size_t bytes, bool host) {
  const size_t page = 4096, rounded = (bytes + 255) / 256 * 256, pages = (rounded + page - 1) / page * page;
  void* base = mmap(nullptr, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return 0;
  mprotect(static_cast<char*>(base) + pages, page, PROT_NONE);
  // no kernel may count on zeros: NaNs as floats, large negative numbers as integers
  memset(base, 0xff, std::min(pages, size_t(16) << 20));
  const uint64_t at = uint64_t(base) + pages - rounded;
  memory[at] = {bytes, pages + page, static_cast<char*>(base), current, host};
  return at;
}

void giveBack(std::map<uint64_t, Allocation>::iterator one) {
  munmap(one->second.base, one->second.mapped);
  memory.erase(one);
}

bool within(uint64_t at, size_t bytes) {
  auto next = memory.upper_bound(at);
  if (next == memory.begin()) return false;
  const auto& [start, one] = *--next;
  return !one.host && one.owner == current && at + bytes <= start + one.bytes;
}

int lose(int status) {
  current->lost = status;
  return success;
}

/** Where this library is, and the kernels beside it. */
std::string folder() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&readSettings), &info);
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

void destroy(Ctx* context) {
  for (auto one = memory.begin(); one != memory.end();) {
    auto here = one++;
    if (here->second.owner == context) giveBack(here);
  }
  contexts.erase(context);
  if (current == context) current = nullptr;
}

KernelLibrary* libraryOf(const std::string& path) {
  auto& known = libraries[path];
  if (known != nullptr) return known.get();
  void* loaded = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) {
    fprintf(stderr, "stand-in GPU: %s\n", dlerror());
    libraries.erase(path);
    return nullptr;
  }
  auto made = std::make_unique<KernelLibrary>();
  made->launch = reinterpret_cast<decltype(made->launch)>(dlsym(loaded, "standInLaunch"));
  auto nameAt = reinterpret_cast<const char* (*)(int)>(dlsym(loaded, "standInEntry"));
  for (int at = 0; nameAt(at) != nullptr; at++) made->entries[nameAt(at)] = at;
  known = std::move(made);
  return known.get();
}

}  // namespace

// what tests ask the stand-in itself
extern "C" __attribute__((visibility("default"))) long standInAllocations() {
  Guard guard(lock);
  long count = 0;
  for (const auto& [at, one] : memory) count += !one.host;
  return count;
}
extern "C" __attribute__((visibility("default"))) double standInTaken(int device) {
  Guard guard(lock);
  return double(taken(device));
}
/** Takes so much of each device's memory away from now on, as other programs do. */
extern "C" __attribute__((visibility("default"))) void standInReserve(double bytes) {
  Guard guard(lock);
  reserved = size_t(bytes);
}
extern "C" __attribute__((visibility("default"))) long standInLaunches() { return launches; }
extern "C" __attribute__((visibility("default"))) long standInContexts() { return long(contexts.size()); }
/** Lets launches that hang end. */
extern "C" __attribute__((visibility("default"))) void standInRelease() {
  Guard guard(lock);
  for (Ctx* context : contexts) context->hangs = false;
}

/** Destroys contexts whose owners have left them behind: nothing else ends in a test's process. */
extern "C" __attribute__((visibility("default"))) void standInAbandon() {
  Guard guard(lock);
  for (Ctx* context : std::set<Ctx*>(contexts))
    if (context->hung) destroy(context);
}

API cuInit(unsigned) {
  Guard guard(lock);
  readSettings();
  if (const Fault* fault = faultAt("init")) {
    if (fault->what == "abort") abort();
    if (fault->what == "hang")
      for (;;) sleep(1);
    return fault->status;
  }
  if (settings.devices == 0) return noDevice;
  initialized = true;
  return processLost;
}
API cuDriverGetVersion(int* version) {
  Guard guard(lock);
  readSettings();
  return *version = settings.cuda, success;
}
API cuGetErrorName(int status, const char** name) {
  auto found = names.find(status);
  *name = found == names.end() ? nullptr : found->second;
  return found == names.end() ? invalidValue : success;
}
API cuDeviceGetCount(int* count) { return initialized ? (*count = settings.devices, success) : notInitialized; }
API cuDeviceGet(int* device, int ordinal) {
  if (!initialized) return notInitialized;
  if (ordinal < 0 || ordinal >= settings.devices) return invalidDevice;
  return *device = ordinal, success;
}
API cuDeviceGetName(char* name, int length, int device) {
  snprintf(name, size_t(length), "%s%s", settings.name.c_str(), device == 0 ? "" : (" " + std::to_string(device)).c_str());
  return success;
}
API cuDeviceTotalMem_v2(size_t* bytes, int) { return *bytes = settings.memory, success; }
API cuDeviceGetPCIBusId(char* id, int length, int device) {
  snprintf(id, size_t(length), "0000:%02x:00.0", 0x17 + device);
  return success;
}
API cuDeviceGetAttribute(int* value, int which, int) {
  const bool hopper = settings.compute >= 90;
  static const std::map<int, int> constant = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535},
      {7, 65535}, {8, 48 * 1024}, {9, 64 * 1024}, {10, 32}, {12, 65536}, {13, 1980000}, {17, 0}, {18, 0},
      {36, 2619000}, {37, 5120}, {38, 50 << 20}, {41, 1}, {82, 65536}};
  switch (which) {
    case 16: *value = settings.multiprocessors; return success;
    case 20: *value = settings.mode; return success;
    case 32: *value = settings.ecc; return success;
    case 39: *value = hopper ? 2048 : 1024; return success;
    case 75: *value = settings.compute / 10; return success;
    case 76: *value = settings.compute % 10; return success;
    case 81: *value = hopper ? 228 * 1024 : 64 * 1024; return success;
    case 97: *value = hopper ? 227 * 1024 : 64 * 1024; return success;
    case 106: *value = hopper ? 32 : 16; return success;
  }
  auto found = constant.find(which);
  if (found == constant.end()) return invalidValue;
  return *value = found->second, success;
}

API cuCtxCreate_v2(Ctx** context, unsigned, int device) {
  Guard guard(lock);
  if (!initialized) return notInitialized;
  if (processLost != 0) return processLost;
  if (device < 0 || device >= settings.devices) return invalidDevice;
  if (settings.mode == 2) return 46;
  if (const Fault* fault = faultAt("create")) return fault->status;
  *context = new Ctx{device};
  contexts.insert(*context);
  current = *context;
  return success;
}
API cuCtxDestroy_v2(Ctx* context) {
  for (;; usleep(1000)) {
    Guard guard(lock);
    if (!contexts.count(context)) return invalidContext;
    if (context->hangs) continue;
    destroy(context);
    return context->lost;
  }
}
API cuCtxSetCurrent(Ctx* context) { return current = context, success; }
API cuCtxGetCurrent(Ctx** context) { return *context = current, success; }
API cuCtxSynchronize() {
  for (;; usleep(1000)) {
    Guard guard(lock);
    if (usable() != success || !current->hangs) return usable();
  }
}

API cuMemGetInfo_v2(size_t* free, size_t* total) {
  Guard guard(lock);
  if (usable() != success) return usable();
  *total = settings.memory;
  return *free = settings.memory - std::min(settings.memory, taken(current->device)), success;
}
API cuMemAlloc_v2(CUdeviceptr* at, size_t bytes) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (bytes == 0) return invalidValue;
  if (taken(current->device) + bytes > settings.memory) return outOfMemory;
  *at = take(bytes, false);
  return *at == 0 ? outOfMemory : success;
}
API cuMemAllocAsync(CUdeviceptr* at, size_t bytes, void*) { return cuMemAlloc_v2(at, bytes); }
API cuMemFree_v2(CUdeviceptr at) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (at == 0) return success;
  auto found = memory.find(at);
  if (found == memory.end() || found->second.host) return invalidValue;
  giveBack(found);
  return success;
}
API cuMemFreeAsync(CUdeviceptr at, void*) { return cuMemFree_v2(at); }
API cuMemHostAlloc(void** at, size_t bytes, unsigned) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (const Fault* fault = faultAt("pinned")) return fault->status;
  *at = reinterpret_cast<void*>(take(bytes, true));
  return *at == nullptr ? outOfMemory : success;
}
API cuMemAllocHost_v2(void** at, size_t bytes) { return cuMemHostAlloc(at, bytes, 0); }
API cuMemFreeHost(void* at) {
  Guard guard(lock);
  if (usable() != success) return usable();
  auto found = memory.find(uint64_t(at));
  if (found == memory.end() || !found->second.host) return invalidValue;
  giveBack(found);
  return success;
}
API cuMemHostRegister_v2(void* at, size_t, unsigned) { return usable() != success ? usable() : at == nullptr ? invalidValue : success; }
API cuMemHostUnregister(void*) { return usable(); }
API cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* at, unsigned) { return *device = uint64_t(at), usable(); }

namespace {
/** Copies once both ends are known to be memory; a copy beyond an allocation loses the context, as one by the device does. */
int copied(uint64_t to, uint64_t from, size_t bytes, uint64_t device) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (bytes == 0) return success;
  if (to == 0 || from == 0) return invalidValue;
  if (!within(device, bytes)) return lose(illegalAddress);
  memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
  return success;
}
int filled(uint64_t at, uint8_t value, size_t bytes) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (bytes > 0 && !within(at, bytes)) return lose(illegalAddress);
  memset(reinterpret_cast<void*>(at), value, bytes);
  return success;
}
}  // namespace
API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, void*) { return copied(to, uint64_t(from), bytes, to); }
API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, void*) { return copied(uint64_t(to), from, bytes, from); }
API cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) { return copied(to, uint64_t(from), bytes, to); }
API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) { return copied(uint64_t(to), from, bytes, from); }
API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void*) {
  {
    Guard guard(lock);
    if (usable() == success && bytes > 0 && !within(from, bytes)) return lose(illegalAddress);
  }
  return copied(to, from, bytes, to);
}
API cuMemsetD8Async(CUdeviceptr at, uint8_t value, size_t bytes, void*) { return filled(at, value, bytes); }
API cuMemsetD32Async(CUdeviceptr at, uint32_t value, size_t count, void*) {
  const int status = filled(at, 0, 4 * count);
  if (status == success && current->lost == 0)
    for (size_t one = 0; one < count; one++) reinterpret_cast<uint32_t*>(at)[one] = value;
  return status;
}

API cuStreamCreate(void** stream, unsigned) {
  static uint64_t streams = 0x1000;
  Guard guard(lock);
  return *stream = reinterpret_cast<void*>(++streams), usable();
}
API cuStreamDestroy_v2(void*) { return usable(); }
API cuStreamSynchronize(void*) { return cuCtxSynchronize(); }
API cuStreamQuery(void*) {
  Guard guard(lock);
  return usable() != success ? usable() : current->hangs ? int(notReady) : int(success);
}
API cuStreamWaitEvent(void*, Event* event, unsigned) {
  Guard guard(lock);
  return usable() != success ? usable() : events.count(event) ? int(success) : int(invalidHandle);
}
API cuEventCreate(Event** event, unsigned) {
  Guard guard(lock);
  if (usable() != success) return usable();
  *event = new Event{{}, current};
  events.insert(*event);
  return success;
}
API cuEventDestroy_v2(Event* event) {
  Guard guard(lock);
  if (events.erase(event) == 0) return invalidHandle;
  delete event;
  return success;
}
API cuEventRecord(Event* event, void*) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (!events.count(event)) return invalidHandle;
  event->at = std::chrono::steady_clock::now();
  event->recorded = true;
  event->behindHang = current->hangs;
  return success;
}
API cuEventQuery(Event* event) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (!events.count(event)) return invalidHandle;
  return event->behindHang && current->hangs ? notReady : success;
}
API cuEventSynchronize(Event* event) {
  for (;; usleep(1000)) {
    const int status = cuEventQuery(event);
    if (status != notReady) return status;
  }
}
API cuEventElapsedTime(float* milliseconds, Event* first, Event* last) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (!events.count(first) || !events.count(last) || !first->recorded || !last->recorded) return invalidHandle;
  *milliseconds = std::chrono::duration<float, std::milli>(last->at - first->at).count();
  return success;
}

namespace {
int refuse(int status, unsigned count, const int* options, void** values, const std::string& why) {
  for (unsigned at = 0; at + 1 < count; at++)
    // CU_JIT_ERROR_LOG_BUFFER and its size
    if (options[at] == 5 && options[at + 1] == 6)
      snprintf(static_cast<char*>(values[at]), size_t(values[at + 1]), "%s", why.c_str());
  return status;
}
/** Bytes of the `.shared` variables declared in a piece of PTX. */
size_t sharedIn(const std::string& text) {
  size_t sum = 0;
  for (size_t at = text.find("\t.shared "); at != std::string::npos; at = text.find("\t.shared ", at + 1)) {
    const size_t end = text.find(';', at), bracket = text.rfind('[', end), type = text.find(" .b", at);
    if (bracket == std::string::npos || bracket < at) continue;
    const long bits = type < end ? atol(text.c_str() + type + 3) : 8;
    sum += size_t(bits / 8) * size_t(atol(text.c_str() + bracket + 1));
  }
  return sum;
}
}  // namespace

API cuModuleLoadDataEx(Module** module, const char* image, unsigned count, const int* options, void** values) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (const Fault* fault = faultAt("load")) return refuse(fault->status, count, options, values, "injected");
  const std::string ptx = image;
  const size_t version = ptx.find("\n.version "), target = ptx.find("\n.target sm_");
  if (version == std::string::npos || target == std::string::npos)
    return refuse(invalidPtx, count, options, values, "ptxas fatal: no .version or .target");
  if (ptxOf(ptx.substr(version + 10, 8)) > settings.ptx)
    return refuse(unsupportedPtx, count, options, values, "ptxas fatal: Unsupported .version");
  const int architecture = atoi(ptx.c_str() + target + 12);
  if (architecture > settings.compute) return noBinary;
  auto made = std::make_unique<Module>();
  std::vector<size_t> starts;
  for (size_t at = ptx.find(".entry "); at != std::string::npos; at = ptx.find(".entry ", at + 1)) starts.push_back(at);
  for (size_t one = 0; one < starts.size(); one++) {
    const std::string text = ptx.substr(starts[one], one + 1 < starts.size() ? starts[one + 1] - starts[one] : std::string::npos);
    const std::string name = text.substr(7, text.find_first_of("( \n", 7) - 7);
    // what the stand-in for NVRTC compiled says itself where its library is
    const std::string mark = "// stand-in library ";
    const std::string path = ptx.rfind(mark, 0) == 0
                                 ? ptx.substr(mark.size(), ptx.find('\n') - mark.size())
                                 : folder() + "/" + name + ".compute_" + std::to_string(architecture) + ".so";
    // a link named after the entry leads to the library of its module
    char real[4096];
    if (realpath(path.c_str(), real) == nullptr)
      return refuse(notFound, count, options, values, "the stand-in has no kernel " + name);
    KernelLibrary* library = libraryOf(real);
    if (library == nullptr || !library->entries.count(name))
      return refuse(notFound, count, options, values, "the stand-in's library lacks " + name);
    auto function = std::make_unique<Function>();
    function->library = library;
    function->entry = library->entries[name];
    function->owner = current;
    function->staticShared = sharedIn(text);
    const size_t most = text.find("ntid ");
    if (most != std::string::npos && most < text.find('{')) {
      unsigned x = 1, y = 1, z = 1;
      sscanf(text.c_str() + most + 5, "%u, %u, %u", &x, &y, &z);
      function->most = x * y * z;
    }
    functions.insert(function.get());
    made->functions[name] = std::move(function);
  }
  *module = made.release();
  modules.insert(*module);
  return success;
}
API cuModuleGetFunction(Function** found, Module* module, const char* name) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (!modules.count(module)) return invalidHandle;
  auto function = module->functions.find(name);
  if (function == module->functions.end()) return notFound;
  return *found = function->second.get(), success;
}
API cuModuleUnload(Module* module) {
  Guard guard(lock);
  if (modules.erase(module) == 0) return invalidHandle;
  for (const auto& [name, function] : module->functions) functions.erase(function.get());
  delete module;
  return usable();
}
API cuFuncSetAttribute(Function* function, int which, int value) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (!functions.count(function)) return invalidHandle;
  int most = 0;
  cuDeviceGetAttribute(&most, 97, 0);
  if (which == 8 && (value < 0 || size_t(value) + function->staticShared > size_t(most))) return invalidValue;
  if (which == 8) function->allowed = size_t(value) + function->staticShared;
  return success;
}
API cuFuncGetAttribute(int* value, int which, Function* function) {
  Guard guard(lock);
  if (!functions.count(function)) return invalidHandle;
  *value = which == 0 ? int(function->most) : which == 1 ? int(function->staticShared) : which == 4 ? 64 : 0;
  return success;
}
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int threads, size_t dynamic) {
  Guard guard(lock);
  if (usable() != success) return usable();
  if (!functions.count(function) || threads < 1) return invalidValue;
  int most = 0, shared = 0, each = 0;
  cuDeviceGetAttribute(&most, 39, 0);
  cuDeviceGetAttribute(&shared, 81, 0);
  cuDeviceGetAttribute(&each, 106, 0);
  // as though each thread took 64 registers
  const int byRegisters = 65536 / 64 / threads, byShared = int(size_t(shared) / (dynamic + function->staticShared + 1024));
  *blocks = std::min(std::min(most / threads, each), std::min(byRegisters, byShared));
  return success;
}

API cuLaunchKernel(Function* function, unsigned x, unsigned y, unsigned z, unsigned width, unsigned height, unsigned depth,
                   unsigned dynamic, void*, void** parameters, void** extra) {
  Ctx* context;
  {
    Guard guard(lock);
    if (usable() != success) return usable();
    if (!functions.count(function) || function->owner != current || extra != nullptr) return invalidHandle;
    const size_t threads = size_t(width) * height * depth;
    if (threads == 0 || threads > function->most || size_t(x) * y * z == 0 || x > 2147483647u || y > 65535 || z > 65535)
      return invalidValue;
    if (dynamic + function->staticShared > std::max(function->allowed, size_t(48 * 1024))) return invalidValue;
    const Fault* fault = faultAt("launch", ++launches);
    context = current;
    if (fault != nullptr && fault->what == "hang") return context->hangs = context->hung = true, success;
    if (fault != nullptr && fault->what == "abort") abort();
    if (fault != nullptr) {
      if (fault->process) processLost = fault->status;
      return lose(fault->status);
    }
  }
  const unsigned shape[] = {x, y, z, width, height, depth};
  const int status = function->library->launch(function->entry, shape, parameters, dynamic);
  if (status != success) context->lost = status;
  return success;
}
