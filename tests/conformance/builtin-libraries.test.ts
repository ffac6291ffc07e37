import { holdBuiltin } from "../support/builtin-conformance.ts";

holdBuiltin("libraries");
