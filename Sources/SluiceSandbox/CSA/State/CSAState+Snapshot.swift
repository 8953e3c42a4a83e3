extension CSAState {
    /// Takes a state file's content in; what was due meanwhile happens at the next `advance`, at its own time.
    ///
    /// Whether the flow of a launch that was on the wire runs is not known: its process waits for the callback as after
    /// an answer, or it is put again, as the settings say. A clean stop waits for such answers. Tokens do not survive,
    /// nor do faults.
    mutating func restore(_ data: CSAData, at now: EpochMilliseconds) {
        self.data = data
        dueLaunches = []
        launchesOnTheWire = 0
        tokens = TokenTable()
        let launchesAgain = settings.launchesAgain
        let now = local(now)
        for process in data.processes.all where process.launch == .onTheWire {
            self.data.processes.change(process.id) {
                if launchesAgain, !$0.state.isFinal {
                    $0.launch = .due
                } else {
                    $0.launch = .unanswered
                    if !$0.state.isFinal { $0.state = .active }
                }
            }
        }
        // However many a pool missed, one makes up for them.
        for pool in data.pools.all {
            self.data.pools.change(pool.id) { $0.nextAt = $0.nextAt.map { max($0, now) } }
        }
        planAll()
    }

    /// Fills the queues from the rows' own fields.
    mutating func planAll() {
        deadlines = DeadlineQueue()
        for row in data.requests.all {
            if let at = row.nextAt { deadlines.insert(.processor(request: row.id), at: at) }
        }
        for row in data.approvals.all {
            if let at = row.timerAt { deadlines.insert(.automatic(approval: row.id), at: at) }
        }
        for row in data.records.all { if let at = row.nextAt { deadlines.insert(.nextStage(record: row.id), at: at) } }
        for row in data.instances.all {
            if let at = row.startsAt { deadlines.insert(.start(instance: row.id), at: at) }
        }
        for row in data.subscriptions.all where !row.status.isFinal {
            if let at = row.endAt { deadlines.insert(.end(subscription: row.id), at: at) }
        }
        for row in data.processes.all {
            if let at = row.timeoutAt { deadlines.insert(.timeout(process: row.id), at: at) }
            if row.launch == .due { dueLaunches.append(row.id) }
        }
        for row in data.pools.all { if let at = row.nextAt { deadlines.insert(.sync(pool: row.id), at: at) } }
    }
}
