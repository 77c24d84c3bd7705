-- Requests at a fixed rate for wrk, which by itself sends as fast as it is answered. One thread only.
--
--   wrk -t1 … -s load.lua URL -- submit RATE IDS_FILE BODY_FILE CONTENT_TYPE
--   wrk -t1 … -s load.lua URL -- poll RATE IDS_FILE
--
-- `submit` posts BODY_FILE and writes the id of every job that was acknowledged (202) to IDS_FILE, a line each.
-- `poll` looks at jobs out of that file, also at those that are added while it runs; its first line must be there.
-- Every request has its time, counted from the first; one that no connection was free for is sent late, and how late
-- is told. The last line printed is JSON.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } bench_time;
  int clock_gettime(int clock, bench_time *time);
]]
local CLOCK_MONOTONIC = 1
local time = ffi.new("bench_time")

local function now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local role, interval, ids_file, ids, post
local next_slot
local slots, first_slot, last_slot = {}, 1, 0 -- the times of requests that were handed to connections, a queue

-- Globals, because `done` reads them from another state.
sent, late_1ms, late_10ms, latest_ms = 0, 0, 0, 0
acknowledged, refused = 0, 0

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  role, interval, ids_file = args[1], 1 / tonumber(args[2]), args[3]
  if role == "submit" then
    local file = assert(io.open(args[4], "rb"))
    local body = file:read("*a")
    file:close()
    wrk.headers["Content-Type"] = args[5]
    post = wrk.format("POST", "/api/v1/jobs", nil, body)
    ids = assert(io.open(ids_file, "a"))
    ids:setvbuf("line")
  else
    ids = assert(io.open(ids_file, "r"))
  end
end

-- Called when a connection is free: how many milliseconds until it is to send.
function delay()
  local moment = now()
  next_slot = next_slot and next_slot + interval or moment
  last_slot = last_slot + 1
  slots[last_slot] = next_slot
  return math.max(0, math.floor((next_slot - moment) * 1000 + 0.5))
end

local known, count = {}, 0
local function job_to_poll()
  local line = ids:read("*l")
  while line do
    if #line == 36 then
      count = count + 1
      known[count] = line
    end
    line = ids:read("*l")
  end
  return known[math.random(count)]
end

function request()
  local late_ms = 0
  if slots[first_slot] then
    late_ms = (now() - slots[first_slot]) * 1000
    slots[first_slot] = nil
    first_slot = first_slot + 1
  end
  sent = sent + 1
  if late_ms > 1 then late_1ms = late_1ms + 1 end
  if late_ms > 10 then late_10ms = late_10ms + 1 end
  latest_ms = math.max(latest_ms, late_ms)
  if role == "submit" then return post end
  return wrk.format("GET", "/api/v1/jobs/" .. job_to_poll())
end

function response(status, headers, body)
  if role == "submit" and status == 202 then
    acknowledged = acknowledged + 1
    ids:write(body:match('"id":"([^"]+)"'), "\n")
  elseif role == "poll" and status == 200 then
    acknowledged = acknowledged + 1
  else
    refused = refused + 1
  end
end

function done(summary, latency, requests)
  local thread = threads[1]
  local errors = summary.errors
  print(string.format(
    '{"seconds":%.3f,"sent":%d,"acknowledged":%d,"refused":%d,"p50_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,' ..
    '"late_1ms":%d,"late_10ms":%d,"latest_ms":%.3f,"socket_errors":%d,"timeouts":%d}',
    summary.duration / 1e6, thread:get("sent"), thread:get("acknowledged"), thread:get("refused"),
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    thread:get("late_1ms"), thread:get("late_10ms"), thread:get("latest_ms"),
    errors.connect + errors.read + errors.write, errors.timeout))
end
