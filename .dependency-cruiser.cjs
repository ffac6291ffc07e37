const only = (name, from, to, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: from },
  to: { path: "^(src|accelerators|bench|tests)/", pathNot: to },
});
module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", comment: "a cycle hides who needs whom", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    only("contract-is-a-leaf", "^src/contract/", "^src/contract/", "the contract imports nothing of ours"),
    only("workloads-know-only-the-contract", "^src/workloads/[^/]+/", "^src/(contract|workloads/[^/]+)/", "a workload is what is computed, whoever computes it"),
    { name: "workloads-do-not-meet", severity: "error", comment: "what two workloads share is contract", from: { path: "^src/workloads/([^/]+)/" }, to: { path: "^src/workloads/([^/]+)/", pathNot: "^src/workloads/$1/" } },
    only("host-and-profile-know-only-the-contract", "^src/(host|profile)/", "^src/(contract|host|profile)/", "facts about the machine, not about biology"),
    only("manager-knows-no-device", "^src/manager/", "^src/(contract|manager|profile|scheduling)/", "it chooses among what it is given"),
    only("formats-know-only-the-contract", "^src/formats/", "^src/(contract|formats)/", "parsers, one file each"),
    only("plots-know-nothing-of-ours", "^src/plots/", "^src/plots/", "data in, a picture out"),
    only("metabolism-sees-contract-workloads-formats", "^src/metabolism/", "^src/(contract|workloads|formats|metabolism)/", "algorithms take a dispatcher as an argument"),
    only("testing-knows-only-the-contract", "^src/testing/", "^src/(contract|testing)/", "the kit runs on any runner, against any plugin"),
    only("accelerators-see-contract-workloads-host-profile", "^accelerators/[^/]+/", "^(src/(contract|workloads|host|profile)/|accelerators/)", "a device does not know who chose it"),
    { name: "accelerators-do-not-meet", severity: "error", comment: "siblings share through host", from: { path: "^accelerators/([^/]+)/" }, to: { path: "^accelerators/", pathNot: "^accelerators/$1/" } },
    { name: "the-door-is-the-door", severity: "error", comment: "the CLI sees what a user of the package sees", from: { path: "^src/cli/" }, to: { path: "^(src|accelerators)/", pathNot: "^(src/cli/|src/index.ts|accelerators/index.ts)" } },
    { name: "nobody-imports-the-cli", severity: "error", comment: "only the binary does", from: { path: "^(src|accelerators)/", pathNot: "^src/cli/" }, to: { path: "^src/cli/" } },
    { name: "nothing-imports-tests", severity: "error", comment: "", from: { pathNot: "^tests/" }, to: { path: "^tests/" } },
    { name: "heavy-libraries-stay-home", severity: "error", comment: "a search on the CPU never loads them", from: { pathNot: "^(accelerators|bench|tests)/" }, to: { path: "node_modules/(onnxruntime-node|@tensorflow|webgpu|gpu\\.js|tinypool|highs)", pathNot: "node_modules/tinypool" } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, doNotFollow: { path: "node_modules" }, exclude: { path: "(^|/)(dist|assembly)/" } },
};
