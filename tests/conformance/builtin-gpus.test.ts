import { holdBuiltin } from "../support/builtin-conformance.ts";

holdBuiltin("GPUs in software");
