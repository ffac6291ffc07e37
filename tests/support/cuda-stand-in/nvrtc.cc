// NVRTC without NVIDIA: a C++ compiler makes a library for the CPU of the source, and the PTX names it to the stand-in driver.
// STAND_IN_ROOM is the folder of the headers, STAND_IN_CACHE that of the libraries, STAND_IN_COMPILER the compiler, whom
// STAND_IN_FLAGS and, behind the source, STAND_IN_LIBRARIES tell more.
// `STAND_IN_NVRTC` says what goes wrong: `ptx=9.9` writes a version that the driver is too old for, `compile=STATUS` fails.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <string>

#define API extern "C" __attribute__((visibility("default")))

namespace {

enum { success = 0, invalidInput = 3, compilation = 6 };

struct Program {
  std::string source, log, ptx;
};

std::string settingOf(const std::string& name) {
  const char* said = getenv("STAND_IN_NVRTC");
  const std::string text = said == nullptr ? "" : said;
  const size_t at = text.find(name + "=");
  return at == std::string::npos ? "" : text.substr(at + name.size() + 1, text.find(',', at) - at - name.size() - 1);
}

std::string textOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string wrapped(const std::string& source, const std::string& entry) {
  return "#include \"cuda-on-cpu.h\"\n#line 1 \"source\"\n" + source +
         "\nextern \"C\" { thread_local __attribute__((aligned(256))) char standInDynamicShared[256]; }\n"
         "extern \"C\" const char* standInEntry(int at) { return at < 1 ? \"" + entry + "\" : nullptr; }\n"
         "extern \"C\" int standInLaunch(int, const unsigned* shape, void** parameters, size_t dynamicBytes) {\n"
         "  return stand_in::launch(standInEntry(0), {shape[0], shape[1], shape[2]}, {shape[3], shape[4], shape[5]},\n"
         "                          &stand_in::Entry<&" + entry + ">::call, parameters, standInDynamicShared, dynamicBytes);\n"
         "}\n";
}

}  // namespace

API int nvrtcGetNumSupportedArchs(int* count) { return *count = 3, success; }
API int nvrtcGetSupportedArchs(int* architectures) {
  architectures[0] = 75;
  architectures[1] = 90;
  architectures[2] = 120;
  return success;
}
API const char* nvrtcGetErrorString(int status) {
  return status == success ? "NVRTC_SUCCESS" : status == compilation ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_INVALID_INPUT";
}
API int nvrtcCreateProgram(Program** program, const char* source, const char* name, int headers, void*, void*) {
  if (source == nullptr || name == nullptr || headers != 0) return invalidInput;
  *program = new Program{source, "", ""};
  return success;
}
API int nvrtcDestroyProgram(Program** program) {
  delete *program;
  *program = nullptr;
  return success;
}
API int nvrtcCompileProgram(Program* program, int count, const char* const* options) {
  std::string target, standard;
  for (int at = 0; at < count; at++) {
    const std::string option = options[at];
    if (option.rfind("--gpu-architecture=compute_", 0) == 0) target = option.substr(27);
    if (option.rfind("--std=", 0) == 0) standard = option.substr(6);
  }
  const std::string injected = settingOf("compile");
  if (!injected.empty()) return program->log = "injected", atoi(injected.c_str());
  std::smatch found;
  if (target.empty() || !std::regex_search(program->source, found, std::regex("__global__\\s+void\\s+(?:__launch_bounds__\\((\\d*)[^)]*\\)\\s*)?(\\w+)\\s*\\(")))
    return program->log = "no architecture or no __global__ function", compilation;
  const std::string threads = found[1].length() > 0 ? found[1].str() : "32", entry = found[2];
  const std::string text = wrapped(program->source, entry);
  const std::string flags = " -std=c++17 -O1 -fPIC -shared -w -ffp-contract=off -fno-strict-aliasing -fno-extern-tls-init"
                            " " STAND_IN_FLAGS " -D__CUDA_ARCH__=" + target + "0 -I" STAND_IN_ROOM;
  std::string headers;
  for (const char* name : {"cuda-on-cpu.h", "threads.h", "order.h", "races.h", "intrinsics.h"})
    headers += textOf(std::string(STAND_IN_ROOM "/") + name);
  char key[32];
  snprintf(key, sizeof key, "%016zx", std::hash<std::string>()(text + flags + STAND_IN_LIBRARIES + headers));
  mkdir(STAND_IN_CACHE, 0777);
  const std::string base = std::string(STAND_IN_CACHE "/") + key, library = base + ".so";
  if (access(library.c_str(), R_OK) != 0) {
    const std::string own = base + "." + std::to_string(getpid());
    std::ofstream(own + ".cc") << text;
    const std::string command = STAND_IN_COMPILER + flags + " -o " + own + ".so " + own + ".cc " STAND_IN_LIBRARIES " 2> " + own + ".log";
    const int status = system(command.c_str());
    program->log = textOf(own + ".log");
    unlink((own + ".log").c_str());
    unlink((own + ".cc").c_str());
    if (status != 0) return compilation;
    rename((own + ".so").c_str(), library.c_str());
  }
  const std::string version = settingOf("ptx");
  program->ptx = "// stand-in library " + library + "\n.version " + (version.empty() ? "8.0" : version) +
                 "\n.target sm_" + target + "\n.visible .entry " + entry + "(\n)\n.maxntid " + threads + ", 1, 1\n{\n}\n";
  return success;
}
API int nvrtcGetPTXSize(Program* program, size_t* size) { return *size = program->ptx.size() + 1, success; }
API int nvrtcGetPTX(Program* program, char* ptx) { return strcpy(ptx, program->ptx.c_str()), success; }
API int nvrtcGetProgramLogSize(Program* program, size_t* size) { return *size = program->log.size() + 1, success; }
API int nvrtcGetProgramLog(Program* program, char* log) { return strcpy(log, program->log.c_str()), success; }
