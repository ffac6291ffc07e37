// What is used of wasmoon here: its own declarations need those of Emscripten, which they do not bring.
declare module "wasmoon" {
  export class LuaFactory {
    getLuaModule(): Promise<{ readonly module: object }>;
  }
}
