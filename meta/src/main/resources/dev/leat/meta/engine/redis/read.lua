-- Reads keys and ranges of names at one instant.
--
-- KEYS[1]  root of the volume's key names
-- ARGV     1 number of keys · 2 most entries of all ranges together · two per key: partition, name ·
--          four per range: partition, prefix, least name and greatest name as ZRANGEBYLEX spells them
-- Returns  one value per key (nil where there is none), then per range {name, value, ...}; a partition without an index is
--          small and is answered whole, unordered and without regard to the least name and the limit
local root = KEYS[1]
local hashes, indexes = root .. 'h', root .. 'z'
local call, sub = redis.call, string.sub
local keys, left = tonumber(ARGV[1]), tonumber(ARGV[2])
local reply = {}
local at = 3
for i = 1, keys do
  reply[i] = call('HGET', hashes .. ARGV[at], ARGV[at + 1])
  at = at + 2
end

-- Lua hands a bounded number of arguments to a command.
local BATCH = 1000

local function fetch(hash, names)
  local entries = {}
  for from = 1, #names, BATCH do
    local to = math.min(from + BATCH - 1, #names)
    local values = call('HMGET', hash, unpack(names, from, to))
    for i = from, to do
      entries[2 * i - 1], entries[2 * i] = names[i], values[i - from + 1]
    end
  end
  return entries
end

while at <= #ARGV do
  local hash, index, prefix = hashes .. ARGV[at], indexes .. ARGV[at], ARGV[at + 1]
  local names = {}
  if call('EXISTS', index) == 1 then
    if left > 0 then
      names = call('ZRANGEBYLEX', index, ARGV[at + 2], ARGV[at + 3], 'LIMIT', 0, left)
    end
  else
    for _, name in ipairs(call('HKEYS', hash)) do
      if sub(name, 1, #prefix) == prefix then
        names[#names + 1] = name
      end
    end
  end
  left = left - #names
  reply[#reply + 1] = fetch(hash, names)
  at = at + 4
end
return reply
