import { holdBuiltin } from "../support/builtin-conformance.ts";

holdBuiltin("on GPUs in software");
