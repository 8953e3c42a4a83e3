public import SluiceModel
public import SluicePorts

/// Which holds go to another site, page by page in arrival order; and of the others that are not over, why not.
///
/// Only what certainly was not started goes: holds in `held`, and those `coalesced` that one of these stands for.
/// What it keeps is a page, and the tickets between a coalesced hold and the one that stands for it in the end.
public struct HoldExport: Sendable {
    /// One hold that the filters name.
    public enum Item: Hashable, Sendable {
        /// It goes; its secrets are sealed.
        case hold(Hold)
        case leftOut(LeftOutHold)
    }

    /// What stands for a coalesced hold in the end.
    private enum Standing {
        case exported
        case leftOut(String)
        /// It ended: what it stood for will not come back.
        case over
    }

    private let store: any Store
    private var query: HoldQuery
    private var isOver = false
    /// Of coalesced holds that are not read yet.
    private var standings: [Ticket: Standing] = [:]

    /// Most holds read at once.
    private static let pageSizeMax = 500
    /// Bytes that a page may have at most, if each hold were as large as the largest.
    private static let pageByteCountMax = 32 << 20
    /// Longest chain of holds that stand for each other.
    private static let chainLengthMax = 1_000_000

    /// - Parameters:
    ///   - query: The filters; its limit is not looked at. Without states: all that are not over.
    ///   - holdByteCountMax: Of the largest hold that there may be: what is in memory at a time follows from it.
    public init(of query: HoldQuery, in store: any Store, holdByteCountMax: Int = 1 << 20) {
        self.store = store
        self.query = query
        self.query.states = query.states ?? Self.states
        self.query.limit = min(Self.pageSizeMax, max(1, Self.pageByteCountMax / max(1, holdByteCountMax)))
    }

    /// What is looked at when no state is named.
    private static let states = Set(HoldState.allCases.filter { !$0.isFinal || $0 == .coalesced })

    /// Whether all that its holds stand for is named by the filters, too: those of one coalesce key are, and all are.
    public var isWithRepresented: Bool {
        query.source == nil && query.flow == nil && query.orderingKey == nil && query.principal == nil
            && query.after == 0 && query.states?.contains(.coalesced) == true
    }

    /// - Returns: nil at the end.
    /// - Throws: `StoreError`.
    public mutating func next() async throws -> [Item]? {
        guard !isOver else { return nil }
        let page = try await store.holds(query)
        var items: [Item] = []
        for hold in page.holds {
            switch hold.state {
            case .held: items.append(.hold(hold))
            case .coalesced:
                switch try await standing(of: hold) {
                case .exported: items.append(.hold(hold))
                case .leftOut(let reason): items.append(Self.leftOut(hold, reason))
                case .over: break
                }
            case .released: items.append(Self.leftOut(hold, "it was let go and may start at any moment"))
            case .launching: items.append(Self.leftOut(hold, "its launch is on its way"))
            case .running: items.append(Self.leftOut(hold, "it runs"))
            case .awaitingOperator:
                items.append(Self.leftOut(hold, "it may have been started: an operator decides here"))
            case .ended, .superseded, .expired, .discarded: items.append(Self.leftOut(hold, "it is over"))
            }
        }
        if let next = page.next { query.after = next } else { isOver = true }
        return items
    }

    private static func leftOut(_ hold: Hold, _ reason: String) -> Item {
        .leftOut(LeftOutHold(ticket: hold.ticket, state: hold.state, reason: reason))
    }

    /// Follows what stands for it to its end; each hold on the way is read once, however many lead to it.
    private mutating func standing(of hold: Hold) async throws -> Standing {
        if let standing = standings.removeValue(forKey: hold.ticket) { return standing }
        var path: [Ticket] = []
        var next = hold.representative
        var standing: Standing?
        while standing == nil {
            guard let ticket = next, path.count < Self.chainLengthMax else {
                standing = .over
                break
            }
            if let known = standings[ticket] {
                standing = known
                break
            }
            guard let found = try await store.hold(ticket) else {
                standing = .over
                break
            }
            switch found.state {
            case .held where query.names(found): standing = .exported
            case .coalesced where query.names(found):
                path.append(ticket)
                next = found.representative
            case .held, .coalesced:
                standing = .leftOut("hold \(ticket), which stands for it, is not named by the filters")
            case .released, .launching, .running, .awaitingOperator:
                standing = .leftOut("hold \(ticket), which stands for it, is \(found.state.rawValue)")
            case .ended, .superseded, .expired, .discarded: standing = .over
            }
        }
        let found = standing ?? .over
        for ticket in path { standings[ticket] = found }
        return found
    }
}

extension HoldQuery {
    /// Whether a hold is one of those that the filters name; where a page begins apart.
    public func names(_ hold: Hold) -> Bool {
        let request = hold.request
        return (states?.contains(hold.state) ?? true) && (source == nil || source == request.source)
            && (flow == nil || flow == request.flow) && (orderingKey == nil || orderingKey == request.orderingKey)
            && (coalesceKey == nil || coalesceKey == request.coalesceKey)
            && (principal == nil || principal == hold.principal)
    }
}
