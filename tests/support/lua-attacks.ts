/** Process code that tries to leave its state, or never to end. What reaches something that it should not returns "reached". */
export const luaAttacks: readonly (readonly [name: string, code: string])[] = [
  // what is not there
  ["io", `if io then io.open("/etc/passwd") return "reached" end`],
  ["os", `if os then os.execute("true") return "reached" end`],
  ["os.getenv", `if pcall(function() return os.getenv("HOME") end) then return "reached" end`],
  ["require", `if require or package then return "reached" end`],
  ["require by call", `if pcall(function() require("os") end) then return "reached" end`],
  ["debug", `if debug then return "reached" end`],
  ["debug.getregistry", `if pcall(function() return debug.getregistry() end) then return "reached" end`],
  ["dofile", `if dofile then dofile("/etc/passwd") return "reached" end`],
  ["loadfile", `if loadfile then loadfile("/etc/passwd") return "reached" end`],
  ["loadstring", `if loadstring then return "reached" end`],
  ["warn", `if warn then warn("@on") return "reached" end`],
  [
    "_G walk",
    `for name in pairs(_G) do if name == "io" or name == "os" or name == "debug" or name == "package" then return "reached" end end`,
  ],
  ["upvalues of library functions", `if getfenv or setfenv or setupvalue then return "reached" end`],
  [
    "a host object's constructor",
    `local ok, made = pcall(function() return transcribe_gene.constructor("return process")() end) if ok then return "reached" end`,
  ],
  [
    "a host object's prototype",
    `local answer = transcribe_gene("g", 1) if answer.__proto__ ~= nil or answer.constructor ~= nil then return "reached" end`,
  ],
  [
    "a string's metatable",
    `local m = getmetatable("") if type(m) == "table" then m.__index = function() return "x" end return "reached" end`,
  ],
  ["the metatable of biology", `if getmetatable(transcribe_gene) then return "reached" end`],
  // bytecode
  ["string.dump", `if string.dump then return "reached" end`],
  ["load of bytecode", `if load("\\27Lua\\x54\\0\\x19\\x93\\r\\n\\x1a\\n") then return "reached" end`],
  ["load of bytecode in mode b", `if load("\\27Lua", "x", "b") then return "reached" end`],
  ["load by a function", `if load(function() return "\\27Lua" end) then return "reached" end`],
  [
    "load with another environment",
    `local f = load("return io or os or debug", "x", "t", setmetatable({}, {__index = _G})) if f() then return "reached" end`,
  ],
  // memory
  ["string.rep", `return #string.rep("x", 1e10)`],
  ["string.rep by method", `return #("x"):rep(1 << 40)`],
  ["string.rep with separator", `return #string.rep("", 1e9, "abc")`],
  ["doubling", `local s = "x" while true do s = s .. s end`],
  ["doubling and catching", `local s = "x" while true do pcall(function() s = s .. s end) end`],
  ["tables in tables", `local t = {} while true do t = {t} end`],
  ["one growing table", `local t = {} for i = 1, 1e12 do t[i] = i end`],
  ["table.concat", `local t = {} for i = 1, 2e5 do t[i] = ("y"):rep(1e5) end return #table.concat(t)`],
  ["format", `return #string.format("%" .. ("9"):rep(10) .. "d", 1)`],
  ["format of long strings", `local s = ("x"):rep(2e6) while true do s = string.format("%s%s", s, s) end`],
  ["closures", `local f = function() end while true do local g = f f = function() return g() end end`],
  ["coroutines", `local all = {} while true do all[#all + 1] = coroutine.create(function() end) end`],
  ["gsub that grows", `local s = "x" while true do s = s:gsub("x", "xx") end`],
  ["pack", `local t = {} for i = 1, 1e7 do t[i] = string.pack("z", ("q"):rep(1e4)) end`],
  ["unpack", `local t = {} for i = 1, 1e6 do t[i] = i end return select("#", table.unpack(t))`],
  ["printing", `while true do print(("p"):rep(1e5)) end`],
  ["a huge answer", `local t = {} for i = 1, 3e5 do t[i] = i end return t`],
  ["a huge answer by sharing", `local t = {1} for _ = 1, 40 do t = {t, t} end return t`],
  ["a huge text", `local t = {} for i = 1, 100 do t[i] = ("z"):rep(1e6) end return t`],
  ["a cyclic answer", `local t = {} t.t = t return t`],
  ["a deep answer", `local t = {} for _ = 1, 1e4 do t = {t} end return t`],
  ["a function as answer", `return print`],
  ["a coroutine as answer", `return coroutine.create(print)`],
  ["huge arguments", `local t = {} for i = 1, 3e5 do t[i] = i end return transcribe_gene(t)`],
  // time
  ["an endless loop", `while true do end`],
  ["an endless loop in pcall", `while true do pcall(function() while true do end end) end`],
  ["an endless loop in xpcall's handler", `xpcall(error, function() while true do end end)`],
  ["goto", `::again:: goto again`],
  ["repeat", `repeat until false`],
  ["an endless for", `for i = 1, math.huge do end`],
  ["a tail call", `local function f() return f() end return f()`],
  ["deep recursion", `local function f() return 1 + f() end return f()`],
  [
    "recursion by metatables",
    `local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k .. "x"] end return t.a`,
  ],
  ["__index in a ring", `local a, b = {}, {} setmetatable(a, {__index = b}) setmetatable(b, {__index = a}) return a.x`],
  [
    "recursion by tostring",
    `local t = setmetatable({}, {__tostring = function(s) return tostring(s) end}) return tostring(t)`,
  ],
  ["recursion by pcall", `local function f() return pcall(f) end return f()`],
  ["nested parentheses", `return load("return " .. ("("):rep(1e5) .. "1" .. (")"):rep(1e5))`],
  ["nested functions", `return load(("return function() "):rep(5000) .. ("end "):rep(5000))`],
  ["a large source", `return load("return " .. ("1+"):rep(1e5) .. "1")`],
  [
    "sort by no order",
    `local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t, function() return true end) end`,
  ],
  ["sort with an endless comparison", `table.sort({3, 2, 1}, function() while true do end end)`],
  ["sort of much", `local t = {} for i = 1, 4e5 do t[i] = (i * 7919) % 104729 end while true do table.sort(t) end`],
  ["gsub with an endless replacement", `("x"):gsub("x", function() while true do end end)`],
  ["gsub with pcall within", `("x"):gsub("x", function() while true do pcall(error) end end)`],
  ["an exploding pattern", `return (("a"):rep(30000)):find((".-"):rep(20) .. "b")`],
  ["an exploding pattern of classes", `return (("a"):rep(2000)):match("^" .. ("[a-z]*"):rep(8) .. "$0")`],
  ["patterns again and again", `local s = ("a"):rep(9000) while true do s:find("a*b") end`],
  ["back references", `return (("ab"):rep(20000)):find("(.+)%1%1c")`],
  ["balanced pairs", `return (("("):rep(50000)):find("%b()")`],
  ["plain search", `local s = ("a"):rep(1e6) while true do s:find(("a"):rep(1e5) .. "b", 1, true) end`],
  [
    "comparing long strings",
    `local a, b = ("a"):rep(2e6) .. "x", ("a"):rep(2e6) .. "x" while true do local _ = a < b end`,
  ],
  ["numbers of long strings", `local s = (" "):rep(2e6) while true do pcall(function() return s + 1 end) end`],
  ["tonumber of long strings", `local s = (" "):rep(2e6) while true do tonumber(s) end`],
  ["utf8.len", `local s = ("é"):rep(1e6) while true do utf8.len(s) end`],
  ["reversing", `local s = ("r"):rep(2e6) while true do s = s:reverse() end`],
  ["insert at the front", `local t = {} while true do table.insert(t, 1, 0) end`],
  ["table.move", `local t = {1} while true do table.move(t, 1, 1e9, 2) end`],
  ["table.move backwards", `table.move({}, math.mininteger, math.maxinteger, 1)`],
  [
    "a false length",
    `return table.concat(setmetatable({}, {__len = function() return 1 << 60 end, __index = function() return "x" end}))`,
  ],
  ["unpack of a false length", `return table.unpack(setmetatable({}, {__len = function() return 1 << 60 end}))`],
  [
    "next over holes",
    `local t = {} for i = 1, 5e5 do t[i] = i end for i = 1, 5e5 do t[i] = nil end while true do next(t) end`,
  ],
  ["collecting", `local t = {} for i = 1, 1e5 do t[i] = {} end while true do collectgarbage() end`],
  ["stopping the collector", `if pcall(collectgarbage, "stop") then return "reached" end`],
  ["__gc", `setmetatable({}, {__gc = function() while true do end end}) collectgarbage()`],
  [
    "__gc set later",
    `local m = {} local t = setmetatable({}, m) m.__gc = function() while true do end end t = nil collectgarbage() collectgarbage()`,
  ],
  ["__close", `do local x <close> = setmetatable({}, {__close = function() while true do end end}) end`],
  [
    "__close after an error",
    `local x <close> = setmetatable({}, {__close = function() while true do end end}) error("x")`,
  ],
  // coroutines
  ["an endless coroutine", `coroutine.wrap(function() while true do end end)()`],
  ["coroutines in coroutines", `local function f() return coroutine.wrap(f)() end return f()`],
  ["many short coroutines", `while true do coroutine.wrap(function() for _ = 1, 30 do end end)() end`],
  [
    "many short coroutines, nested",
    `local function f(d) if d == 0 then return end for _ = 1, 40 do coroutine.wrap(f)(d - 1) end end f(20)`,
  ],
  ["a coroutine that outlives its run", `gen = coroutine.wrap(function() while true do end end) gen()`],
  ["a forged request", `return coroutine.yield("\\1h", "process")`],
  [
    "a forged request in a coroutine",
    `local co = coroutine.wrap(function() return coroutine.yield("\\1h", "secret") end) co() return secret and "reached"`,
  ],
  ["a call under another name", `return pcall(coroutine.wrap(function() return transcribe_gene end)(), {}) and nil`],
  ["closing itself", `return coroutine.close(coroutine.running())`],
  ["resuming itself", `return coroutine.resume(coroutine.running())`],
  ["yield in a sort", `table.sort({2, 1}, function() coroutine.yield() return true end)`],
  ["biology in a sort", `table.sort({2, 1}, function() transcribe_gene("g", 1) return true end)`],
  [
    "an endless coroutine in a sort",
    `while true do pcall(table.sort, {3, 2, 1}, function() coroutine.wrap(function() while true do end end)() end) end`,
  ],
  // errors
  ["an error that is a table", `error(setmetatable({}, {__tostring = function() while true do end end}))`],
  ["an error that is a function", `error(print)`],
  ["an error that is nil", `error(nil)`],
  ["an error in an error", `xpcall(error, function(e) error(e) end)`],
  ["assert with anything", `assert(false, setmetatable({}, {__index = function() while true do end end}))`],
  ["a long message", `error(("m"):rep(1e6))`],
  // what others rely on
  ["no type", `type = nil tostring = nil pairs = nil error = nil return 1`],
  ["another _ENV", `local _ENV = {} return x`],
  [
    "a metatable of _G",
    `setmetatable(_G, {__index = function(_, k) while true do end end, __newindex = function() while true do end end}) return nowhere`,
  ],
  ["names of prototypes", `return {__proto__ = {polluted = true}, constructor = {prototype = {polluted = true}}}`],
  ["a key that is a table", `return {[{}] = 1}`],
];

/** Stops its worker: a chain of weak keys in the order that the collector can least do. Only the watch ends that. */
export const stuckCollector = `
  local keys = {}
  for i = 1, 100000 do keys[i] = {} end
  local chain, at = setmetatable({}, {__mode = "k"}), 1
  for _ = 1, #keys do
    local to = (at + 61803) % #keys + 1
    chain[keys[at]] = keys[to]
    at = to
  end
  first, keys = keys[1], nil
  while true do collectgarbage() end`;
