import Hummingbird
import SluiceEngine
import SluiceModel
import SluicePorts

/// The filters over holds in a query, the same for the list and for orders over many.
struct HoldFilters {
    var query = HoldQuery()
    /// Whether any filter is given.
    var isNarrowed = false
    /// `all=true`: an order over every hold is meant.
    var isAll = false
    /// `dryRun=true`.
    var isDryRun = false
    /// As given.
    var limit: Int?

    /// What narrows.
    static let names = ["state", "source", "flow", "orderingKey", "coalesceKey"]

    /// - Parameter isForMany: Whether it is an order over many: then `dryRun` and `all` are taken, and a higher limit.
    /// - Throws: A 400 problem that names the parameter.
    static func read(_ request: Request, isForMany: Bool = false) throws -> HoldFilters {
        var filters = HoldFilters()
        let limitMax = isForMany ? EngineLimits.bulkHoldCountMax : HoldQuery.limitMax
        for (name, value) in request.uri.queryParameters {
            let (name, text) = (String(name), String(value))
            if names.contains(name) { filters.isNarrowed = true }
            switch name {
            case "dryRun" where isForMany: filters.isDryRun = try flag(name, text)
            case "all" where isForMany: filters.isAll = try flag(name, text)
            case "limit":
                guard let limit = Int(text), (1...limitMax).contains(limit) else {
                    throw invalid(name, text, "1 to \(limitMax)")
                }
                filters.limit = limit
                if !isForMany { filters.query.limit = limit }
            default:
                guard try filters.query.set(name, to: text) else {
                    let more = isForMany ? ", dryRun, all" : ""
                    throw Problem.badRequest(
                        "unknown-fields",
                        "\(name) is not a filter; there are \(names.joined(separator: ", ")), limit, cursor\(more)")
                }
            }
        }
        return filters
    }

    private static func flag(_ name: String, _ text: String) throws -> Bool {
        guard text == "true" || text == "false" else { throw invalid(name, text, "true or false") }
        return text == "true"
    }

    fileprivate static func invalid(_ name: String, _ text: String, _ expected: String) -> Problem {
        .badRequest("invalid-value", "\(name)=\(text.prefix(100)) is not \(expected)")
    }
}

extension HoldQuery {
    /// - Returns: Whether there is a filter of this name.
    fileprivate mutating func set(_ name: String, to text: String) throws -> Bool {
        func identifier<ID: TextIdentifier>(_ text: String) throws -> ID {
            guard let id = ID(checking: text) else {
                throw HoldFilters.invalid(
                    name, text, "1 to \(IdentifierLimits.byteCountMax) bytes without control characters")
            }
            return id
        }
        switch name {
        case "state":
            let words = text.split(separator: ",").map(String.init)
            let states = words.compactMap { HoldState(rawValue: $0) }
            guard states.count == words.count, !states.isEmpty else {
                throw HoldFilters.invalid(
                    name, text, "a list of " + HoldState.allCases.map(\.rawValue).joined(separator: ", "))
            }
            self.states = Set(states)
        case "source":
            guard let source = LaunchSource(rawValue: text) else {
                throw HoldFilters.invalid(
                    name, text, "one of " + LaunchSource.allCases.map(\.rawValue).joined(separator: ", "))
            }
            self.source = source
        case "flow": flow = try identifier(text)
        case "orderingKey": orderingKey = try identifier(text)
        case "coalesceKey": coalesceKey = try identifier(text)
        case "cursor":
            guard let after = Int64(text), after >= 0 else {
                throw HoldFilters.invalid(name, text, "a cursor from a page before")
            }
            self.after = after
        default: return false
        }
        return true
    }
}
