public import SluiceModel

/// Checks a history against what Sluice promises (product.md). It knows nothing of how Sluice works: only what was seen
/// from outside, and the audit.
///
/// Records come in any order. Memory grows with the number of questions, executions and holds.
public struct HistoryChecker: Sendable {
    /// How far clocks of different sources may differ, in microseconds.
    public struct Tolerance: Hashable, Sendable {
        public var skew: Int64

        public init(skew: Int64 = 0) { self.skew = skew }
    }

    /// Findings that are told; more are counted.
    public static let findingCountMax = 1000

    let tolerance: Tolerance
    var questions: [String: AskedRecord] = [:]
    var answers: [AnsweredRecord] = []
    var orders: [GateOrderRecord] = []
    var executions: [ExecutionRecord] = []
    /// Where executions are in `executions`: one that was listed twice is one, two of one id in two Centrals are two.
    private var executionPlaces: [ExecutionID: [Int]] = [:]
    var audit: [HoldEvent] = []
    var ends: [Ticket: HoldRecord] = [:]
    var isComplete = false
    /// Lines taken, by kind, for the report.
    public private(set) var counts = Counts()
    private var findings: [HistoryFinding] = []
    /// Findings in all, those beyond `findingCountMax` among them.
    public private(set) var findingCount = 0

    /// What was looked at: a check of nothing is no proof.
    public struct Counts: Hashable, Sendable {
        public var questions = 0
        public var answers = 0
        public var closes = 0
        public var executions = 0
        public var events = 0
        public var holds = 0

        public init() {}
    }

    public init(tolerance: Tolerance = Tolerance()) { self.tolerance = tolerance }

    /// Takes one record.
    public mutating func add(_ record: HistoryRecord) {
        switch record {
        case .asked(let asked):
            counts.questions += 1
            questions[asked.ask] = asked
        case .answered(let answered):
            counts.answers += 1
            answers.append(answered)
        case .gate(let order):
            if order.step == .closed { counts.closes += 1 }
            orders.append(order)
        case .execution(let execution):
            counts.executions += 1
            if let place = executionPlaces[execution.id]?.first(where: { executions[$0].agrees(with: execution) }) {
                executions[place].merge(execution)
            } else {
                executionPlaces[execution.id, default: []].append(executions.count)
                executions.append(execution)
            }
        case .event(let event):
            counts.events += 1
            audit.append(event)
        case .hold(let hold):
            counts.holds += 1
            ends[hold.ticket] = hold
        case .end(let isComplete): self.isComplete = isComplete
        }
    }

    /// Everything that broke a promise, in the order of `HistoryFinding.Promise`.
    public mutating func check() -> [HistoryFinding] {
        findings = []
        findingCount = 0
        orders.sort { ($0.time, $0.step.rawValue) < ($1.time, $1.step.rawValue) }
        executionPlaces = [:]
        executions.sort { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
        audit.sort { $0.sequence < $1.sequence }
        checkClosed()
        checkKept()
        checkOnce()
        checkVanished()
        checkOrder()
        checkLives()
        checkCoalesced()
        return findings
    }

    mutating func find(_ promise: HistoryFinding.Promise, _ text: String) {
        findingCount += 1
        if findings.count < Self.findingCountMax { findings.append(HistoryFinding(promise, text)) }
    }

    /// The ticket that an execution was launched for.
    static func ticket(of execution: ExecutionRecord) -> Ticket? {
        execution.ticket ?? execution.runName.flatMap { RunName.read($0)?.ticket }
    }

    // MARK: Closed means closed

    private mutating func checkClosed() {
        // From an acknowledged close to the next order to open.
        var spans: [(from: Int64, to: Int64)] = []
        var closedAt: Int64?
        for order in orders {
            switch order.step {
            case .closed: closedAt = closedAt ?? order.time
            case .opening:
                if let from = closedAt { spans.append((from, order.time)) }
                closedAt = nil
            case .closing: break
            }
        }
        if let closedAt { spans.append((closedAt, .max)) }
        let grounds: Set<String> = ["admitted", "released", "repeated", "allowed-by-rule", "continuation"]
        for answer in answers where answer.decision == "proceed" {
            guard let asked = questions[answer.ask] else { continue }
            if asked.hasGrounds, let code = answer.code, grounds.contains(code) { continue }
            if answer.code == "allowed-by-rule" { continue }
            for span in spans where asked.time > span.from + tolerance.skew {
                // Answered after an opening was ordered, it may have been decided by that.
                guard answer.time < span.to - tolerance.skew else { continue }
                find(
                    .closedMeansClosed,
                    "question \(asked.ask), sent \(asked.time - span.from) µs after the close was acknowledged, got "
                        + "proceed (\(answer.code ?? "?"))")
            }
        }
    }

    // MARK: Held means kept

    private mutating func checkKept() {
        guard !ends.isEmpty || !audit.isEmpty else { return }
        var recorded: Set<Ticket> = []
        for event in audit { if let ticket = event.ticket { recorded.insert(ticket) } }
        for answer in answers where answer.decision == "hold" {
            guard let ticket = answer.ticket else {
                find(.heldMeansKept, "question \(answer.ask) was told hold without a ticket")
                continue
            }
            if ends[ticket] == nil, !recorded.contains(ticket) {
                find(.heldMeansKept, "question \(answer.ask) was told hold \(ticket), of which nothing is on record")
            }
        }
    }

    // MARK: Nothing vanishes

    private mutating func checkVanished() {
        guard isComplete else { return }
        for hold in ends.values.sorted(by: { $0.arrival < $1.arrival }) {
            switch hold.state {
            case .held, .released, .launching, .running:
                find(.nothingVanishes, "hold \(hold.ticket) is still \(hold.state.rawValue) at the end")
            case .ended, .coalesced, .superseded, .expired, .discarded, .awaitingOperator: break
            }
        }
    }

    // MARK: Coalesced ones

    private mutating func checkCoalesced() {
        for hold in ends.values.sorted(by: { $0.arrival < $1.arrival }) where hold.state == .coalesced {
            guard let first = hold.representative else {
                find(.coalescedAccounted, "hold \(hold.ticket) is coalesced and names nobody that stands for it")
                continue
            }
            // A chain is no longer than there are holds.
            var next = ends[first]
            var length = 0
            while let hold = next, hold.state == .coalesced, length <= ends.count {
                next = hold.representative.flatMap { ends[$0] }
                length += 1
            }
            guard let last = next, length <= ends.count else {
                find(.coalescedAccounted, "hold \(hold.ticket) is coalesced; who stands for it leads nowhere")
                continue
            }
            let hasFailed =
                last.state == .expired || last.state == .discarded
                || (last.state == .ended && !(last.result ?? .unknown).isWell)
            if hasFailed, isComplete {
                find(
                    .coalescedAccounted,
                    "hold \(hold.ticket) is coalesced, but \(last.ticket), which stands for it, ended as "
                        + "\(last.state.rawValue) (\(last.result?.rawValue ?? "no result"))")
            }
        }
    }
}
