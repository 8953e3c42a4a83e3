internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// A line of a file of exported holds as JSON; exactly one member is there.
///
/// A field is only ever added, and then optional: older files must stay readable.
struct HoldFileRecord: Codable {
    var start: Start?
    var hold: KeptHold?
    var leftOut: LeftOut?
    var end: End?

    struct Start: Codable {
        var format: Int
        var exportedAt: Int64
        var by: String
        var filters: String
        var isWithRepresented: Bool
        var site: String?
    }

    struct LeftOut: Codable {
        var ticket: String
        var state: String
        var reason: String
    }

    struct End: Codable {
        var holds: Int
        var leftOut: Int
    }

    /// What goes along. Not kept are what belongs to the site alone: arrival number, epochs, passes, executions.
    struct KeptHold: Codable {
        var ticket: String
        var state: String
        var stateSince: Int64
        var arrivedAt: Int64
        var principal: String
        var reason: String
        var attempt: Int
        var retryAt: Int64?
        var cause: String?
        var representative: String?
        var flow: String
        var source: String
        var launcher: String
        var priority: Int
        var orderingKey: String?
        var coalesceKey: String?
        var askID: String?
        var runID: String?
        var notBefore: Int64?
        var expiresAt: Int64?
        var request: RequestRecord
        /// Names of the inputs whose values are secrets; those are in `request` as they are, within the file's seal.
        var secrets: [String]?
    }

    /// The format that this version writes and reads.
    static let format = 1
}

extension HoldFileRecord {
    init(_ line: HoldFileLine) throws {
        switch line {
        case .start(let start):
            self.start = Start(
                format: Self.format, exportedAt: start.exportedAt.milliseconds, by: start.by.text,
                filters: start.filters, isWithRepresented: start.isWithRepresented, site: start.site)
        case .hold(let hold): self.hold = try KeptHold(hold)
        case .leftOut(let leftOut):
            self.leftOut = LeftOut(
                ticket: leftOut.ticket.description, state: leftOut.state.rawValue, reason: leftOut.reason)
        case .end(let count): end = End(holds: count.holds, leftOut: count.leftOut)
        }
    }

    /// - Throws: `SealingError` for what no version wrote.
    func line() throws -> HoldFileLine {
        if let start {
            guard start.format == Self.format else {
                throw SealingError("the file has format \(start.format), made by a newer Sluice; this one reads 1")
            }
            return .start(
                HoldFileStart(
                    exportedAt: Timestamp(milliseconds: start.exportedAt), by: Principal(start.by),
                    filters: start.filters, isWithRepresented: start.isWithRepresented, site: start.site))
        }
        if let hold { return .hold(try hold.hold()) }
        if let leftOut {
            return .leftOut(
                LeftOutHold(
                    ticket: try StoredWord.ticket(leftOut.ticket), state: try StoredWord.decode(leftOut.state),
                    reason: leftOut.reason))
        }
        guard let end else { throw SealingError("the file has a line that this version does not know") }
        return .end(HoldFileCount(holds: end.holds, leftOut: end.leftOut))
    }
}

extension HoldFileRecord.KeptHold {
    /// - Throws: `SealingError` when a secret was not opened first.
    init(_ hold: Hold) throws {
        let request = hold.request
        var plain = request
        var secrets: [String] = []
        for (index, input) in request.inputs.enumerated() {
            switch input.value {
            case .clear: break
            case .secret(let secret):
                secrets.append(input.name)
                plain.inputs[index].value = .clear(secret.exposed)
            case .sealed: throw SealingError("the secret of a hold to be exported was not opened")
            }
        }
        self.init(
            ticket: hold.ticket.description, state: hold.state.rawValue, stateSince: hold.stateSince.milliseconds,
            arrivedAt: hold.arrivedAt.milliseconds, principal: hold.principal.text, reason: hold.reason.rawValue,
            attempt: hold.attempt, retryAt: hold.retryAt?.milliseconds, cause: hold.cause,
            representative: hold.representative?.description, flow: request.flow.text,
            source: request.source.rawValue, launcher: request.launcher.rawValue, priority: request.priority.level,
            orderingKey: request.orderingKey?.text, coalesceKey: request.coalesceKey?.text,
            askID: request.askID?.text, runID: request.runID?.text, notBefore: request.notBefore?.milliseconds,
            expiresAt: request.expiresAt?.milliseconds, request: try RequestRecord(plain),
            secrets: secrets.isEmpty ? nil : secrets)
    }

    func hold() throws -> Hold {
        var launch = LaunchRequest(flow: FlowID(flow), source: try StoredWord.decode(source))
        request.fill(&launch)
        let hidden = Set(secrets ?? [])
        for (index, input) in launch.inputs.enumerated() {
            guard hidden.contains(input.name), case .clear(let text) = input.value else { continue }
            launch.inputs[index].value = .secret(Secret(text))
        }
        launch.launcher = try StoredWord.decode(launcher)
        launch.priority = try StoredWord.priority(priority)
        launch.orderingKey = orderingKey.map { OrderingKey($0) }
        launch.coalesceKey = coalesceKey.map { CoalesceKey($0) }
        launch.askID = askID.map { AskID($0) }
        launch.runID = runID.map { ExecutionID($0) }
        launch.notBefore = notBefore.map { Timestamp(milliseconds: $0) }
        launch.expiresAt = expiresAt.map { Timestamp(milliseconds: $0) }
        var hold = Hold(
            ticket: try StoredWord.ticket(ticket), request: launch, principal: Principal(principal),
            reason: try StoredWord.decode(reason), epoch: Epoch(0), arrivedAt: Timestamp(milliseconds: arrivedAt))
        hold.state = try StoredWord.decode(state)
        guard HoldImport.states.contains(hold.state) else {
            throw SealingError("hold \(ticket) of the file is \(state): only held and coalesced ones are exported")
        }
        hold.stateSince = Timestamp(milliseconds: stateSince)
        hold.attempt = attempt
        hold.retryAt = retryAt.map { Timestamp(milliseconds: $0) }
        hold.cause = cause
        hold.representative = try representative.map { try StoredWord.ticket($0) }
        return hold
    }
}
