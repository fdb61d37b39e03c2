-- Sends requests with METHOD and BODY, and a token from the file TOKENS, in turn: wrk ... URL -- METHOD TOKENS [BODY]
local requests, turn = {}, 0

function init(args)
  local method, tokens, body = args[1], args[2], args[3]
  local headers = { Host = wrk.headers["Host"], ["Content-Type"] = body and "application/json" or nil }
  for token in io.lines(tokens) do
    headers["Authorization"] = "Bearer " .. token
    requests[#requests + 1] = wrk.format(method, nil, headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99), errors.status, lost))
end
