import SluiceCentral
import SluiceConfig
import SluiceModel
import SluicePorts

/// How Central fires schedules: told by scratch schedules of a flow that does no harm.
extension CentralExamination {
    /// Fires that the schedule with an end is to make.
    static let occurrencesWanted = 2
    /// How late an execution may be listed.
    static let listingLag = Duration.seconds(3)
    /// How long after its last use a schedule ends by itself, if nobody could remove it.
    static let endSlack = Duration.seconds(120)

    mutating func lookAtFires() async throws {
        guard let scratch, let flow = scratch.flow, !isUnreachable else {
            let why =
                isUnreachable
                ? "Central did not answer before, so nothing was made in it"
                : "it needs a scratch schedule: --write-probes with --probe-flow, a flow that does no harm and that "
                    + "nobody else launches meanwhile"
            findings.append(.untold("central.catchUp", DoctorJudgement.catchUpQuestion, why))
            findings.append(
                .untold("central.occurrencesMeanRepeats", DoctorJudgement.occurrencesQuestion, why))
            return
        }
        try await step("central.occurrencesMeanRepeats", DoctorJudgement.occurrencesQuestion) {
            try await $0.countFires(scratch, flow)
        }
        try await step("central.catchUp", DoctorJudgement.catchUpQuestion) {
            guard !$0.isUnreachable else { throw CentralError(.unreachable, "Central did not answer before") }
            try await $0.watchCatchUp(scratch, flow)
        }
        try await step("oo.actions", Self.endedQuestion) { try await $0.lookAtActions(flow) }
        try await step("oo.runningActions", Self.runningQuestion) {
            guard !$0.isUnreachable else { throw CentralError(.unreachable, "Central did not answer before") }
            try await $0.lookAtRunningActions(scratch, flow)
        }
        try await step("oo.wrongSchedule", "what is the switch of an unknown schedule answered?") {
            try await $0.lookAtWrongSchedule()
        }
    }

    private mutating func countFires(_ scratch: Scratch, _ flow: FlowID) async throws {
        let interval = max(1, min(10, scratch.disabledFor.components.seconds / 30)) * 1000
        let start = centralTime().advanced(by: .seconds(2))
        let name = "\(scratch.name) (occurrences)"
        let id = try await create(
            name, flow, expression: "*/\(interval)", start: start, end: nil, occurrences: Self.occurrencesWanted)
        let result = await Result.of {
            try await pause(.milliseconds(2000 + interval * Int64(Self.occurrencesWanted + 2)) + Self.listingLag)
            return try await starts(of: flow, since: start.advanced(by: .milliseconds(-500)))
        }
        try await remove(id, name, after: result.trouble)
        findings.append(
            DoctorJudgement.occurrences(
                wanted: Self.occurrencesWanted, count: try result.get().count,
                current: configured.occurrencesMeanRepeats))
    }

    private mutating func watchCatchUp(_ scratch: Scratch, _ flow: FlowID) async throws {
        let isLong = scratch.disabledFor >= .seconds(120)
        let period: Int64 = isLong ? 60_000 : 6000
        let name = "\(scratch.name) (catch-up)"
        let start = centralTime()
        let id = try await create(
            name, flow, expression: isLong ? "0 * * * * ?" : "0/6 * * * * ?", start: start,
            end: start.advanced(by: scratch.disabledFor + .milliseconds(3 * period) + Self.endSlack), occurrences: 0)
        let result = await Result.of {
            let code = try await turn(id, on: false)
            try await pause(scratch.disabledFor)
            // Half-way between two of its times, so that what starts at once cannot be taken for a regular one.
            try await pause(.milliseconds(period - (centralTime().milliseconds + period / 2) % period))
            let enabledAt = centralTime()
            let codes = [code, try await turn(id, on: true)]
            try await pause(.milliseconds(period / 2 + period / 3) + Self.listingLag)
            return (codes, try await starts(of: flow, since: enabledAt.advanced(by: .milliseconds(-1000))))
        }
        try await remove(id, name, after: result.trouble)
        let (codes, seen) = try result.get()
        findings.append(
            DoctorFinding(
                "oo.scheduleSwitch", "what is the switch of a schedule answered?", .found,
                "\(codes[0]) to false, \(codes[1]) to true"))
        findings.append(
            DoctorJudgement.catchUp(
                starts: seen, periodMilliseconds: period, current: configured.catchUp.rawValue))
    }

    // MARK: Times

    /// Ours, put forward by what Central's clock is ahead.
    func centralTime() -> Timestamp {
        let ahead = clock.map { abs($0.offsetMilliseconds) > 1500 ? $0.offsetMilliseconds : 0 } ?? 0
        return clocks.now().wall.advanced(by: .milliseconds(ahead))
    }

    private func pause(_ duration: Duration) async throws { try await Task.sleep(for: duration, clock: .continuous) }

    private func starts(of flow: FlowID, since start: Timestamp) async throws -> [Timestamp] {
        try await client.executions(page: 1, pageSize: 100).filter { $0.flow == flow }.compactMap(\.startedAt)
            .filter { $0 >= start }
    }
}
