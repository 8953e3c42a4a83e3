-- Asks the gate, for wrk. SLUICE_TOKEN: the token; ASK_COUNT_MAX: stop after so many answers (0: when the time is up).
-- The last line it prints is read by Benchmarks/run.

local countMax = tonumber(os.getenv("ASK_COUNT_MAX") or "0")
local asked, answered = 0, 0

wrk.method = "POST"
wrk.path = "/v1/launches"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. (os.getenv("SLUICE_TOKEN") or "")

local body = [[{"flow":"a98c3fe7-9c90-4237-a025-e2df4a7cf1f9","source":"scheduler",]]
    .. [["flowPath":"Library/Backup/Nightly","inputs":{"host":"db%d.example.com","mode":"incremental",]]
    .. [["retention":"14"},"start":{"runName":"nightly","logLevel":"STANDARD"},"requestedBy":"svc-backup"}]]
local same = body:format(1)

if countMax == 0 then
    -- One request for all, built once: the client shares the machine with what it measures.
    wrk.body = same
else
    -- Every launch differs, as launches do.
    request = function()
        asked = asked + 1
        return wrk.format(nil, nil, nil, body:format(asked))
    end
    response = function()
        answered = answered + 1
        if answered == countMax then wrk.thread:stop() end
    end
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format("RESULT %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
