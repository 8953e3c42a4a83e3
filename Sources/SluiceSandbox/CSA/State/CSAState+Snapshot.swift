extension CSAState {
    /// Takes a state file's content in; what was due meanwhile happens at the next `advance`, at its own time.
    ///
    /// A launch that was on the wire is not put again: whether its flow runs is not known, so its process waits for
    /// the callback as after an answer. A clean stop waits for such answers. Tokens do not survive, nor do faults.
    mutating func restore(_ data: CSAData) {
        self.data = data
        dueLaunches = []
        launchesOnTheWire = 0
        tokens = TokenTable()
        for process in data.processes.all where process.launch == .onTheWire {
            self.data.processes.change(process.id) {
                $0.launch = .unanswered
                if !$0.state.isFinal { $0.state = .active }
            }
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
