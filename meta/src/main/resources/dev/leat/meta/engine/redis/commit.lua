-- Applies one commit. A script runs alone, so it sees and leaves one state; everything is decided before the first write,
-- because a script that fails half-way is not undone. The server runs nothing else meanwhile, and most of the time goes
-- into Lua and into calling commands: so a partition's names are read by one call and written by one, no table is made
-- where none is needed, and functions that few commits need are made where they are needed.
--
-- KEYS[1]  root of the volume's key names; it holds the hash tag
-- ARGV     1 stamp (16 bytes) · 2 new slot row (16 bytes, empty: no slot) · 3 slot partition · 4 slot name ·
--          5 sequence the slot must be at (8 bytes) · 6 number of partitions · 7 event for the feed (empty: none) ·
--          8 events to keep · 9 whether a repeated commit must write something to wait for ·
--          then per partition: its name · one byte each for the numbers of names that must be absent, must exist, must
--          have a stamp, are merged, of prefixes that must be empty, of names that are put, of names put that are among
--          the absent ones, of names deleted · the names absent, existing, stamped, merged · the stamps · the prefixes ·
--          names merged, put, put where there is none, each with its delta or its stamp and value · the names deleted
-- Returns  1 applied · 2 fenced · {3, partition, name, value, ...} failed · {4, slot sequence} out of turn ·
--          {5, partition, name} not a slot or cell
local ARGV, unpack = ARGV, unpack
local root, stamp = KEYS[1], ARGV[1]
local hashes, indexes = root .. 'h', root .. 'z'
local call, sub, byte = redis.call, string.sub, string.byte
local pack, unpack_number = struct.pack, struct.unpack

-- A partition has an index of its names once it has more than INDEX_AT of them, until it has INDEX_UNTIL or fewer.
local INDEX_AT, INDEX_UNTIL = 128, 64

-- 64-bit numbers are two halves of 32 bits: a Lua number is exact to 2^53 only.
local HALF, SIGN = 4294967296, 2147483648

-- The cell after any merge, and whether it is within its bounds; nothing if there is no cell.
local function merge_any(cell, delta)
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
  local sums, maxima = byte(cell, 1, 2)
  if not maxima or #cell < 2 + 8 * (sums + maxima) then
    return nil
  end
  local dsums, dmaxima = byte(delta, 1, 2)
  local bounds = 2 + 8 * (dsums + dmaxima)
  local bounded = #delta > bounds
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
  return stamp .. table.concat(parts), fits
end

-- What to store after a merge, and whether it is within its bounds; nothing if there is no cell. Nearly every cell is one of a
-- directory or of usage and has as many numbers as what is added: two sums, and two maxima or none.
local function merge(value, delta)
  if not value then
    return merge_any('\0\0', delta)
  end
  local sums, maxima = byte(value, 17, 18)
  local dsums, dmaxima = byte(delta, 1, 2)
  if sums ~= 2 or dsums ~= 2 or maxima ~= dmaxima or #value ~= 16 + #delta then
    return merge_any(sub(value, 17), delta)
  end
  if maxima == 0 and #delta == 18 then
    local ahi, alo, bhi, blo = unpack_number('>I4I4I4I4', value, 19)
    local chi, clo, dhi, dlo = unpack_number('>I4I4I4I4', delta, 3)
    ahi, alo, bhi, blo = ahi + chi, alo + clo, bhi + dhi, blo + dlo
    if alo >= HALF then
      ahi, alo = ahi + 1, alo - HALF
    end
    if blo >= HALF then
      bhi, blo = bhi + 1, blo - HALF
    end
    return pack('>c16BBI4I4I4I4', stamp, 2, 0, ahi % HALF, alo, bhi % HALF, blo), true
  end
  if maxima == 2 and #delta == 34 then
    local ahi, alo, bhi, blo, mhi, mlo, nhi, nlo = unpack_number('>I4I4I4I4I4I4I4I4', value, 19)
    local chi, clo, dhi, dlo, ohi, olo, phi, plo = unpack_number('>I4I4I4I4I4I4I4I4', delta, 3)
    if mhi < SIGN and nhi < SIGN then
      ahi, alo, bhi, blo = ahi + chi, alo + clo, bhi + dhi, blo + dlo
      if alo >= HALF then
        ahi, alo = ahi + 1, alo - HALF
      end
      if blo >= HALF then
        bhi, blo = bhi + 1, blo - HALF
      end
      if mhi < ohi or mhi == ohi and mlo < olo then
        mhi, mlo = ohi, olo
      end
      if nhi < phi or nhi == phi and nlo < plo then
        nhi, nlo = phi, plo
      end
      return pack('>c16BBI4I4I4I4I4I4I4I4', stamp, 2, 2, ahi % HALF, alo, bhi % HALF, blo, mhi, mlo, nhi, nlo), true
    end
  end
  return merge_any(sub(value, 17), delta)
end

-- Keeps the index of a partition that got so many new names: all from the argument at fresh on if they are as many, else any
-- from the one at first on.
local function added(partition, count, first, fresh, last)
  local names = call('HLEN', hashes .. partition)
  if names <= INDEX_UNTIL then
    return
  end
  local index = indexes .. partition
  if names - count > INDEX_AT or call('EXISTS', index) == 1 then
    if 2 * count == last - fresh + 1 then
      first = fresh
    end
    if first + 1 == last then
      call('ZADD', index, 0, ARGV[first])
      return
    end
    local scored = {}
    for i = first, last, 2 do
      scored[#scored + 1], scored[#scored + 2] = 0, ARGV[i]
    end
    call('ZADD', index, unpack(scored))
  elseif names > INDEX_AT then
    for _, each in ipairs(call('HKEYS', hashes .. partition)) do
      call('ZADD', index, 0, each)
    end
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
      if ARGV[9] == '1' then
        call('SET', root .. 'w', '')
      end
      return 1
    end
    return {4, sub(row, 17, 24)}
  end
end

local failed
local function fail(partition, name, value)
  failed = failed or {3}
  local at = #failed
  failed[at + 1], failed[at + 2], failed[at + 3] = partition, name, value
end

local at, partitions = 10, tonumber(ARGV[6])
for _ = 1, partitions do
  local partition = ARGV[at]
  local absent, exists, stamped, merged, empty, put, fresh, deleted = byte(ARGV[at + 1], 1, 8)
  local names = at + 2
  local stamps = names + absent + exists + stamped + merged
  at = stamps + stamped
  local values = names < stamps and call('HMGET', hashes .. partition, unpack(ARGV, names, stamps - 1))
  for i = 1, absent do
    if values[i] then
      fail(partition, ARGV[names + i - 1], values[i])
    end
  end
  for i = absent + 1, absent + exists do
    if not values[i] then
      fail(partition, ARGV[names + i - 1], false)
    end
  end
  local before = absent + exists
  for i = 1, stamped do
    local value = values[before + i]
    if not value or sub(value, 1, 16) ~= ARGV[stamps + i - 1] then
      fail(partition, ARGV[names + before + i - 1], value)
    end
  end
  if empty > 0 then
    -- Some name of the partition that starts with the prefix.
    local function any(prefix)
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
    for i = at, at + empty - 1 do
      local found = any(ARGV[i])
      if found then
        fail(partition, found, call('HGET', hashes .. partition, found))
      end
    end
    at = at + empty
  end
  before = before + stamped
  for i = before + 1, before + merged do
    local cell, fits = merge(values[i], ARGV[at + 1])
    if not cell then
      return {5, partition, ARGV[at]}
    end
    if not fits then
      fail(partition, ARGV[at], values[i])
    end
    ARGV[at + 1] = cell
    at = at + 2
  end
  at = at + 2 * (put + fresh) + deleted
end
if failed then
  return failed
end

-- From here on nothing can fail: the server looks for room and for its role at the first write only.
if ARGV[7] ~= '' then
  call('XADD', root .. 'f', 'MAXLEN', '~', ARGV[8], string.format('%.0f-0', call('INCR', root .. 'n')), 'e', ARGV[7])
end
if ARGV[2] ~= '' then
  call('HSET', hashes .. ARGV[3], ARGV[4], stamp .. ARGV[2])
end
at = 10
for _ = 1, partitions do
  local partition = ARGV[at]
  local absent, exists, stamped, merged, empty, put, fresh, deleted = byte(ARGV[at + 1], 1, 8)
  local first = at + 2 + absent + exists + 2 * stamped + merged + empty
  local fresh_at = first + 2 * (merged + put)
  local deletes = fresh_at + 2 * fresh
  at = deletes + deleted
  if first < deletes then
    local count = call('HSET', hashes .. partition, unpack(ARGV, first, deletes - 1))
    if count > 0 then
      added(partition, count, first, fresh_at, deletes - 1)
    end
  end
  if deleted > 0 then
    local count = call('HDEL', hashes .. partition, unpack(ARGV, deletes, at - 1))
    if count > 0 then
      local names = call('HLEN', hashes .. partition)
      if names > INDEX_UNTIL then
        call('ZREM', indexes .. partition, unpack(ARGV, deletes, at - 1))
      elseif names + count > INDEX_UNTIL then
        call('DEL', indexes .. partition)
      end
    end
  end
end
return 1
