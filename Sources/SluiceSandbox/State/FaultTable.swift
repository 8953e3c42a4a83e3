/// The faults in force, with their counts.
struct FaultTable: Sendable {
    struct Row: Sendable {
        let fault: SandboxFault
        let glob: PathGlob?
        var random: SeededGenerator
        /// Requests that fitted method and path.
        var matchCount = 0
        /// Requests it was applied to.
        var hitCount = 0
    }

    /// All that applies to one request.
    struct Effects: Sendable {
        var delay: Int64 = 0
        var reply: SandboxReply?
        var dropsBefore = false
        var dropsAfter = false
        var effectDelay: Int64 = 0
        var listingLag: Int64 = 0
        var summaryLag: Int64 = 0
        var purgeDelay: Int64?
        var runNameLength: Int?
        var refusesUndeclared = false
        var statusAfter: Int?
        var pageAfter: Int?
        var personSwitches: [(id: String, isEnabled: Bool)] = []
        var personCopies: [String] = []
    }

    private(set) var rows: [Row] = []
    private var nextNumber = 1
    /// The login page of the system that is stood in for, with that status.
    private let page: @Sendable (Int) -> SandboxReply

    init(page: @escaping @Sendable (Int) -> SandboxReply = { .loginPage($0) }) { self.page = page }

    /// Adds them behind the others; false, and nothing added, when there would be too many.
    mutating func add(_ faults: [SandboxFault]) -> Bool {
        guard rows.count + faults.count <= SandboxLimits.faultCountMax else { return false }
        for var fault in faults {
            if fault.id.isEmpty {
                fault.id = "f\(nextNumber)"
                nextNumber += 1
            }
            rows.append(
                Row(fault: fault, glob: fault.path.map(PathGlob.init), random: SeededGenerator(seed: fault.seed)))
        }
        return true
    }

    mutating func removeAll() { rows = [] }

    /// Whether there was one.
    mutating func remove(id: String) -> Bool {
        let count = rows.count
        rows.removeAll { $0.fault.id == id }
        return rows.count < count
    }

    /// Counts the request against every fault and gathers the effects of those that hit, in order.
    mutating func effects(on request: SandboxRequest) -> Effects {
        var effects = Effects()
        for index in rows.indices where hits(&rows[index], request) {
            effects.add(rows[index].fault.effect, page: page)
        }
        return effects
    }

    private func hits(_ row: inout Row, _ request: SandboxRequest) -> Bool {
        if let method = row.fault.method, method.uppercased() != request.method { return false }
        if let glob = row.glob, !glob.matches(request.path), !glob.matches(request.pathBelowRoot) { return false }
        if row.fault.effect.concernsStartsOnly, !request.isStart { return false }
        row.matchCount += 1
        if let nth = row.fault.nth, nth != row.matchCount { return false }
        if let probability = row.fault.probability, row.random.nextUnit() >= probability { return false }
        if let limit = row.fault.limit, row.hitCount >= limit { return false }
        row.hitCount += 1
        return true
    }

    /// As the control endpoint shows them.
    var reply: LooseValue {
        .list(
            rows.map { row in
                guard let bytes = try? SandboxCodec.encode(row.fault),
                    case .object(var members) = try? SandboxCodec.decode(LooseValue.self, from: bytes)
                else { return .null }
                members["matches"] = .integer(Int64(row.matchCount))
                members["hits"] = .integer(Int64(row.hitCount))
                return .object(members)
            })
    }
}

extension FaultTable.Effects {
    fileprivate mutating func add(_ effect: SandboxFault.Effect, page: (Int) -> SandboxReply) {
        switch effect {
        case .delay(let span): delay += span
        case .status(let code, let text): if reply == nil { reply = .text(code, text) }
        case .loginPage(let code): if reply == nil { reply = page(code) }
        case .loginPageAfter(let code): pageAfter = code
        case .dropBefore: dropsBefore = true
        case .dropAfter: dropsAfter = true
        case .lateEffect(let span): effectDelay += span
        case .listingLag(let span, let includesSummary):
            listingLag = max(listingLag, span)
            if includesSummary { summaryLag = max(summaryLag, span) }
        case .purge(let span): purgeDelay = span
        case .runNameCut(let length): runNameLength = length
        case .refuseUndeclared: refusesUndeclared = true
        case .statusAfter(let code): statusAfter = code
        case .personSwitches(let id, let isEnabled): personSwitches.append((id, isEnabled))
        case .personCopies(let id): personCopies.append(id)
        }
    }
}
