import SluiceCSA
import SluiceCentral
public import SluiceConfig
import SluiceModel
import SluicePorts
import UnixSignals

/// Asks the real systems what the references leave open (csa-api.md section 13, oo-central-api.md section 11).
///
/// It reads only, unless it may write; a system that refuses our account is not asked again.
public struct Doctor: Sendable {
    public var configuration: SluiceConfiguration
    public var asksCSA: Bool
    public var asksCentral: Bool
    /// Whether scratch objects may be made: a policy in CSA, and with `flow` two schedules in Central.
    public var writesProbes = false
    /// The id of a flow in Central that does no harm, and that nobody else launches meanwhile.
    public var flow: String?
    /// How long a scratch schedule stays disabled.
    public var disabledFor = Duration.seconds(300)
    /// Told each scratch schedule once it is made: whoever kills the program still knows what to delete.
    public var tell: @Sendable (String) -> Void = { _ in }

    /// What scratch objects are named by, so that whoever finds one knows whose it is.
    public static let scratchName = "Sluice doctor: scratch, may be deleted"

    public init(_ configuration: SluiceConfiguration, asksCSA: Bool, asksCentral: Bool) {
        self.configuration = configuration
        self.asksCSA = asksCSA
        self.asksCentral = asksCentral
    }

    /// With scratch objects SIGINT and SIGTERM end it early: what was made is removed first, or named in the report.
    /// - Throws: `ServiceError` when the configuration names a file or a zone that there is not.
    public func run() async throws -> DoctorReport {
        guard writesProbes else { return try await examine() }
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: DoctorReport?.self) { group in
            group.addTask { try await examine() }
            group.addTask {
                for await _ in signals {
                    tell("stopping; what was made is removed first")
                    break
                }
                return nil
            }
            while let report = try await group.next() {
                group.cancelAll()
                if let report { return report }
            }
            throw CancellationError()
        }
    }

    private func examine() async throws -> DoctorReport {
        let clocks = SystemClocks()
        let settings = try ServiceSettings(configuration)
        var report = DoctorReport()
        var readings: [DoctorJudgement.ClockReading] = []
        if asksCSA, let csa = settings.csa {
            var examination = CSAExamination(
                csa, configuration.csa, scratchName: writesProbes ? Self.scratchName : nil, clocks: clocks)
            let end = await Result.of { try await examination.run() }
            try? await examination.client.shutdown()
            report.add(examination.findings, try end.get())
            if let reading = examination.clock { readings.append(reading) }
        }
        if report.isInterrupted { return report }
        if asksCentral, let central = settings.central {
            let flow = flow.flatMap { FlowID(checking: $0) }
            let scratch = CentralExamination.Scratch(name: Self.scratchName, flow: flow, disabledFor: disabledFor)
            var examination = CentralExamination(
                central, configuration.central, scratch: writesProbes ? scratch : nil, clocks: clocks, tell: tell)
            let end = await Result.of { try await examination.run() }
            try? await examination.client.shutdown()
            report.add(examination.findings, try end.get())
            if let reading = examination.clock { readings.append(reading) }
        }
        if readings.count == 2 {
            report.findings.append(
                DoctorJudgement.clock(
                    "both.clocks", "do both have the same time?",
                    ahead: DoctorJudgement.aheadMilliseconds(readings[0], of: readings[1]), of: "Central's (CSA's)"))
        }
        return report
    }
}

extension DoctorReport {
    fileprivate mutating func add(_ more: [DoctorFinding], _ end: DoctorEnd) {
        findings += more
        switch end {
        case .whole, .senseless: break
        case .unreachable: isUnreachable = true
        case .refused: isRefused = true
        case .interrupted: isInterrupted = true
        }
    }
}
