-- Applies one commit. A script runs alone, so it sees and leaves one state; everything is decided before the first write,
-- because a script that fails half-way is not undone.
--
-- KEYS[1]  root of the volume's key names; it holds the hash tag
-- ARGV     1 stamp (16 bytes) · 2 new slot row (16 bytes, empty: no slot) · 3 slot partition · 4 slot name ·
--          5 sequence the slot must be at (8 bytes) · 6 number of checks · 7 number of writes · 8 event for the feed
--          (empty: none) · 9 events to keep · 10 whether a repeated commit must write something to wait for ·
--          then four per check and per write: kind, partition, name, argument
-- Returns  1 applied · 2 fenced · {3, partition, name, value, ...} failed · {4, slot sequence} out of turn ·
--          {5, partition, name} not a slot or cell
local root = KEYS[1]
local hashes, indexes = root .. 'h', root .. 'z'
local stamp = ARGV[1]
local checks, writes = tonumber(ARGV[6]), tonumber(ARGV[7])
local call, sub = redis.call, string.sub
local pack, unpack_number = struct.pack, struct.unpack

-- A partition has an index of its names once it has more than INDEX_AT of them, until it has INDEX_UNTIL or fewer.
local INDEX_AT, INDEX_UNTIL = 128, 64

-- 64-bit numbers are two halves of 32 bits: a Lua number is exact to 2^53 only.
local HALF, SIGN = 4294967296, 2147483648

local function signed_less(ahi, alo, bhi, blo)
  if ahi ~= bhi then
    return (ahi + SIGN) % HALF < (bhi + SIGN) % HALF
  end
  return alo < blo
end

local function halves(bytes, index, count)
  if index >= count then
    return 0, 0
  end
  local hi, lo = unpack_number('>I4I4', bytes, 3 + 8 * index)
  return hi, lo
end

-- The cell after a merge without bounds of as many numbers as it has, which is nearly every one: each struct call costs as much as
-- the rest of the arithmetic, so there is one for all numbers.
local function add(cell, delta, sums, maxima)
  local format = '>' .. string.rep('I4', 2 * (sums + maxima))
  local numbers, deltas = {unpack_number(format, cell, 3)}, {unpack_number(format, delta, 3)}
  local last = 2 * (sums + maxima)
  for hi = 1, 2 * sums, 2 do
    local rhi, rlo = numbers[hi] + deltas[hi], numbers[hi + 1] + deltas[hi + 1]
    if rlo >= HALF then
      rlo = rlo - HALF
      rhi = rhi + 1
    end
    numbers[hi], numbers[hi + 1] = rhi % HALF, rlo
  end
  for hi = 2 * sums + 1, last, 2 do
    if signed_less(numbers[hi], numbers[hi + 1], deltas[hi], deltas[hi + 1]) then
      numbers[hi], numbers[hi + 1] = deltas[hi], deltas[hi + 1]
    end
  end
  return sub(cell, 1, 2) .. pack(format, unpack(numbers, 1, last))
end

-- The cell after the merge, and whether it is within its bounds; nothing if there is no cell.
local function merge(cell, delta)
  local sums, maxima = string.byte(cell, 1, 2)
  if not maxima or #cell < 2 + 8 * (sums + maxima) then
    return nil
  end
  local dsums, dmaxima = string.byte(delta, 1, 2)
  local bounds = 2 + 8 * (dsums + dmaxima)
  local bounded = #delta > bounds
  if not bounded then
    if sums + maxima == 0 then
      return delta, true
    elseif sums == dsums and maxima == dmaxima and sums + maxima <= 32 then
      return add(cell, delta, sums, maxima), true
    end
  end
  local fits = true
  local nsums, nmaxima = math.max(sums, dsums), math.max(maxima, dmaxima)
  local parts = {string.char(nsums, nmaxima)}
  for i = 0, nsums - 1 do
    local hi, lo = halves(cell, i, sums)
    local dhi, dlo = halves(delta, i, dsums)
    local rlo = lo + dlo
    local rhi = hi + dhi
    if rlo >= HALF then
      rlo = rlo - HALF
      rhi = rhi + 1
    end
    rhi = rhi % HALF
    if bounded and i < dsums then
      local bhi, blo = unpack_number('>I4I4', delta, bounds + 1 + 8 * i)
      local grows = dhi < SIGN and (dhi > 0 or dlo > 0)
      if signed_less(bhi, blo, rhi, rlo) or grows and signed_less(rhi, rlo, hi, lo) then
        fits = false
      end
    end
    parts[#parts + 1] = pack('>I4I4', rhi, rlo)
  end
  for i = 0, nmaxima - 1 do
    local hi, lo = 0, 0
    if i < maxima then
      hi, lo = halves(cell, sums + i, sums + maxima)
    end
    if i < dmaxima then
      local dhi, dlo = halves(delta, dsums + i, dsums + dmaxima)
      if signed_less(hi, lo, dhi, dlo) then
        hi, lo = dhi, dlo
      end
    end
    parts[#parts + 1] = pack('>I4I4', hi, lo)
  end
  return table.concat(parts), fits
end

-- Some name of the partition that starts with the prefix.
local function any(partition, prefix)
  local hash, index = hashes .. partition, indexes .. partition
  if call('HLEN', hash) > INDEX_UNTIL and call('EXISTS', index) == 1 then
    local name = call('ZRANGEBYLEX', index, '[' .. prefix, '+', 'LIMIT', 0, 1)[1]
    return name and sub(name, 1, #prefix) == prefix and name or nil
  end
  for _, name in ipairs(call('HKEYS', hash)) do
    if sub(name, 1, #prefix) == prefix then
      return name
    end
  end
  return nil
end

local function added(partition, name)
  local hash, index = hashes .. partition, indexes .. partition
  local names = call('HLEN', hash)
  if names <= INDEX_UNTIL then
    return
  end
  if call('EXISTS', index) == 1 then
    call('ZADD', index, 0, name)
  elseif names > INDEX_AT then
    for _, each in ipairs(call('HKEYS', hash)) do
      call('ZADD', index, 0, each)
    end
  end
end

local function removed(partition, name)
  local index = indexes .. partition
  if call('HLEN', hashes .. partition) <= INDEX_UNTIL then
    call('DEL', index)
  else
    call('ZREM', index, name)
  end
end

if ARGV[2] ~= '' then
  local row = call('HGET', hashes .. ARGV[3], ARGV[4])
  if not row then
    return 2
  end
  if #row ~= 32 then
    return {5, ARGV[3], ARGV[4]}
  end
  if sub(row, 17, 24) ~= ARGV[5] then
    if sub(row, 17) == ARGV[2] then
      if ARGV[10] == '1' then
        call('SET', root .. 'w', '')
      end
      return 1
    end
    return {4, sub(row, 17, 24)}
  end
end

local failed = {3}
local function fail(partition, name, value)
  local at = #failed
  failed[at + 1], failed[at + 2], failed[at + 3] = partition, name, value
end

local at = 11
for _ = 1, checks do
  local kind, partition, name = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if kind == 'e' then
    local found = any(partition, name)
    if found then
      fail(partition, found, call('HGET', hashes .. partition, found))
    end
  else
    local value = call('HGET', hashes .. partition, name)
    if kind == 'a' and value
        or kind == 'x' and not value
        or kind == 's' and (not value or sub(value, 1, 16) ~= ARGV[at + 3]) then
      fail(partition, name, value)
    end
  end
  at = at + 4
end

local first, cells = at, {}
for i = 1, writes do
  if ARGV[at] == 'm' then
    local partition, name = ARGV[at + 1], ARGV[at + 2]
    local value = call('HGET', hashes .. partition, name)
    local cell, fits = merge(value and sub(value, 17) or '\0\0', ARGV[at + 3])
    if not cell then
      return {5, partition, name}
    end
    if not fits then
      fail(partition, name, value)
    end
    cells[i] = cell
  end
  at = at + 4
end
if #failed > 1 then
  return failed
end

-- From here on nothing can fail: the server looks for room and for its role at the first write only.
if ARGV[8] ~= '' then
  local event = call('INCR', root .. 'n')
  call('XADD', root .. 'f', 'MAXLEN', '~', ARGV[9], string.format('%.0f-0', event), 'e', ARGV[8])
end
if ARGV[2] ~= '' then
  call('HSET', hashes .. ARGV[3], ARGV[4], stamp .. ARGV[2])
end
at = first
for i = 1, writes do
  local kind, partition, name = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if kind == 'd' then
    if call('HDEL', hashes .. partition, name) == 1 then
      removed(partition, name)
    end
  elseif call('HSET', hashes .. partition, name, stamp .. (cells[i] or ARGV[at + 3])) == 1 then
    added(partition, name)
  end
  at = at + 4
end
return 1
