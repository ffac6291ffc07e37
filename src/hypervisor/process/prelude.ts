/** What `print` and biology put before a request that they yield to the host, and what user code's own yields get. */
export const hostTag = "\u0001h";

/** Instructions between two calls of the hook; what a new coroutine may run before its first one is charged at once. */
export const hookEvery = 200;

/** Longest string that a state may make. */
export const longestString: number = 2 ** 20;

/** Longest source text. */
export const longestSource: number = 2 ** 18;

/**
 * Runs once in every state, before any code of its user. It is given two functions of the host: `charge(n)` counts n
 * instructions and fails where the budget is used up; `emit(text)` prints. It returns what the host needs later.
 *
 * Functions written in C cannot be interrupted: each one that may take long is bounded here, or charged for by what it
 * will do at most. Finalizers run where no hook is called, so that none may be set.
 */
export const prelude: string = String.raw`
local charge, emit = ...
local HOST, USER = "\1h", "\1u"
local EVERY, MOST_TEXT, MOST_SOURCE, MOST_ITEMS, MOST_COST = ${hookEvery}, ${longestString}, ${longestSource}, 1000000, 20000000
local type, error, tostring, select, rawget, rawlen, setmetatable, getmetatable, pcall =
  type, error, tostring, select, rawget, rawlen, setmetatable, getmetatable, pcall
local yield, resume, create, running, status, close, isyieldable = coroutine.yield, coroutine.resume, coroutine.create,
  coroutine.running, coroutine.status, coroutine.close, coroutine.isyieldable
local pack, unpack, concat = table.pack, table.unpack, table.concat
local floor, ult, tointeger, mathtype = math.floor, math.ult, math.tointeger, math.type
local byte, rep, spack, sunpack = string.byte, string.rep, string.pack, string.unpack

-- Biology: closures that yield a request to the host, so that no host object enters Lua.
local INNER = " cannot be called inside a comparison of table.sort, a replacement of string.gsub, __tostring or __gc"
local function finish(ok, ...)
  if ok then return ... end
  error((...), 2)
end
local function bind(name)
  _G[name] = function(...)
    if not isyieldable() then error(name .. INNER, 2) end
    return finish(yield(HOST, name, ...))
  end
end
function print(...)
  local words = pack(...)
  for at = 1, words.n do words[at] = tostring(words[at]) end
  emit(concat(words, "\t", 1, words.n))
end

-- Coroutines that hand requests, pauses and ends of the host on to whoever resumed them.
local function drive(co, ...)
  local r = pack(resume(co, ...))
  while r[1] and (r[2] == HOST or r.n == 1) and status(co) == "suspended" do
    if isyieldable() then r = pack(resume(co, yield(unpack(r, 2, r.n))))
    elseif r.n == 1 then charge(1) r = pack(resume(co))
    else r = pack(resume(co, false, tostring(r[3]) .. INNER)) end
  end
  if r[1] and r[2] == USER and status(co) == "suspended" then return true, unpack(r, 3, r.n) end
  return unpack(r, 1, r.n)
end
local function made(f) charge(EVERY) return create(f) end
local function answered(ok, ...)
  if ok then return ... end
  error((...), 0)
end
coroutine = { create = made, resume = drive, status = status, running = running, close = close,
  isyieldable = isyieldable, yield = function(...) return yield(USER, ...) end,
  wrap = function(f) local co = made(f) return function(...) return answered(drive(co, ...)) end end }

-- Strings. A pattern may try every length at each of its repetitions, but for one that nothing follows.
local function priced(cost)
  if cost > MOST_COST then error("pattern too expensive for a subject of this length", 4) end
  if cost > 4096 then charge(cost // 64) end
end
local find, match, gmatch, gsub, sub = string.find, string.match, string.gmatch, string.gsub, string.sub
-- Longest run of characters that one item of a pattern matches.
local function longest(s, item)
  local most = 0
  for from, to in gmatch(s, "()" .. item .. "+()") do
    if to - from > most then most = to - from end
  end
  return most + 1.0
end
local function costOf(s, p, exact)
  local n, size = #s + 1.0, #p
  local cost, at, widest, last, from = n, 1, 1, size, 1
  if byte(p, 1) == 94 then cost, at = 1.0, 2 end
  while byte(p, last) == 41 do last = last - 1 end
  while at <= size do
    local c = byte(p, at)
    if c == 42 or c == 43 or c == 45 then
      if at >= last then cost = cost + n
      else cost = cost * (exact and longest(s, sub(p, from, at - 1)) or n) end
    elseif c == 63 then
      if at < last then cost = cost * 2 end
    else
      from = at
      if c == 37 then
        local what = byte(p, at + 1) or 0
        if what == 98 or (what >= 48 and what <= 57) then cost = cost * n end
        if what == 98 then at = at + 2 end
        at = at + 1
      elseif c == 91 then
        at = at + 1
        if byte(p, at) == 94 then at = at + 1 end
        repeat
          if byte(p, at) == 37 then at = at + 1 end
          at = at + 1
        until at > size or byte(p, at) == 93
        if at - from > widest then widest = at - from end
      end
    end
    at = at + 1
  end
  return cost * widest + n * size
end
local function price(s, p, plain)
  if type(s) == "number" then s = tostring(s) end
  if type(p) == "number" then p = tostring(p) end
  if type(s) ~= "string" or type(p) ~= "string" then error("string expected", 3) end
  if plain then priced((#s + 1.0) * (#p + 1)) return s, p end
  if #p > 1000 then error("pattern too long", 3) end
  local cost = costOf(s, p, false)
  -- a malformed pattern is refused by what is asked to match it
  if cost > MOST_COST and pcall(find, "", p) then
    charge(#s // 16)
    cost = costOf(s, p, true)
  end
  priced(cost)
  return s, p
end
string.find = function(s, p, i, plain) s, p = price(s, p, plain) return find(s, p, i, plain) end
string.match = function(s, p, i) s, p = price(s, p) return match(s, p, i) end
string.gmatch = function(s, p, i) s, p = price(s, p) return gmatch(s, p, i) end
string.gsub = function(s, p, r, n) s, p = price(s, p) return gsub(s, p, r, n) end
string.dump = nil
string.rep = function(s, n, sep)
  s, sep = tostring(s), sep == nil and "" or tostring(sep)
  if type(n) ~= "number" then error("bad argument #2 to 'rep' (number expected)", 2) end
  if n < 1 or #s + #sep == 0 then return "" end
  if n * (#s + #sep) > MOST_TEXT then error("resulting string too large", 2) end
  return rep(s, floor(n), sep)
end
local function long(f)
  return function(s, ...)
    if type(s) == "string" and #s > 4096 then charge(#s // 16) end
    return f(s, ...)
  end
end
tonumber, utf8.len, utf8.offset, utf8.codepoint = long(tonumber), long(utf8.len), long(utf8.offset), long(utf8.codepoint)

-- Tables. With a metatable, a length could be anything.
local function plain(t)
  if type(t) ~= "table" then error("table expected, got " .. type(t), 3) end
  if getmetatable(t) ~= nil then error("a table with a metatable is not taken here", 3) end
  local n = rawlen(t)
  if n > MOST_ITEMS then error("table too long", 3) end
  return n
end
local insert, remove, sort, move = table.insert, table.remove, table.sort, table.move
table.concat = function(t, ...) charge(plain(t) // 8) return concat(t, ...) end
table.unpack = function(t, ...) charge(plain(t) // 8) return unpack(t, ...) end
table.insert = function(t, ...)
  local n = plain(t)
  if select("#", ...) > 1 then charge(n // 8) end
  return insert(t, ...)
end
table.remove = function(t, ...)
  local n = plain(t)
  if select("#", ...) > 0 then charge(n // 8) end
  return remove(t, ...)
end
local function less(x, y) return x < y end
table.sort = function(t, before)
  local n = plain(t)
  charge(n)
  -- comparisons of its own would take it long without a pause
  return sort(t, before or n > 10000 and less or nil)
end
table.move = function(a, f, e, t, b)
  plain(a)
  if b ~= nil then plain(b) end
  local count = (e + 0.0) - f
  if count > MOST_ITEMS then error("too many elements to move", 2) end
  if count > 0 then charge(count // 8) end
  if b == nil then return move(a, f, e, t) end
  return move(a, f, e, t, b)
end

-- Source text only, and named by itself, so that every function knows where it is from.
local compile = load
load = function(chunk, _, _, ...)
  if type(chunk) ~= "string" or #chunk > MOST_SOURCE then
    return nil, "load takes source text of at most " .. MOST_SOURCE .. " bytes"
  end
  charge(#chunk)
  if select("#", ...) == 0 then return compile(chunk, chunk, "t") end
  return compile(chunk, chunk, "t", (...))
end

-- A handler that C calls would run where an ended run is not held: here it is called once the error has been caught.
local function handled(handler, ok, ...)
  if ok then return true, ... end
  return false, select(2, pcall(handler, ...))
end
xpcall = function(f, handler, ...) return handled(handler, pcall(f, ...)) end

local setmeta = setmetatable
_G.setmetatable = function(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then error("__gc is not available", 2) end
  return setmeta(t, meta)
end
getmetatable("").__metatable = false
local gc = collectgarbage
collectgarbage = function(what)
  if what == nil or what == "collect" then charge(20000) gc() return 0 end
  if what == "count" then return gc("count") end
  error("collectgarbage takes 'collect' or 'count'", 2)
end
dofile, loadfile, require, package, io, os, debug, warn = nil

-- Random numbers of this state's own (xoshiro256**, Blackman and Vigna 2021, doi:10.1145/3460772), kept in checkpoints.
local a, b, c, d = 1, 255, 0, 0
local function draw()
  local x = b * 5
  local drawn, t = ((x << 7) | (x >> 57)) * 9, b << 17
  c = c ~ a
  d = d ~ b
  b = b ~ c
  a = a ~ d
  c = c ~ t
  d = (d << 45) | (d >> 19)
  return drawn
end
local function seed(first, second)
  a, b, c, d = first, 255, second, 0
  for _ = 1, 16 do draw() end
end
local function whole(x)
  if type(x) ~= "number" then error("number expected", 3) end
  return tointeger(x) or (sunpack("i8", (spack("n", x))))
end
math.random = function(low, high)
  local drawn = draw()
  if low == nil then return (drawn >> 11) * 2.0 ^ -53 end
  if high == nil then
    if low == 0 then return drawn end
    low, high = 1, low
  end
  low, high = tointeger(low), tointeger(high)
  if low == nil or high == nil then error("number has no integer representation", 2) end
  if low > high then error("interval is empty", 2) end
  local span = high - low
  if span & (span + 1) == 0 then return (drawn & span) + low end
  local mask = span
  for by = 0, 5 do mask = mask | (mask >> (1 << by)) end
  drawn = drawn & mask
  while ult(span, drawn) do drawn = draw() & mask end
  return drawn + low
end
math.randomseed = function(first, second)
  first, second = whole(first or 0), whole(second or 0)
  seed(first, second)
  return first, second
end
local function randomState(...)
  if select("#", ...) == 4 then a, b, c, d = ... end
  return a, b, c, d
end
return bind, randomState, seed, (ipairs({}))
`;
