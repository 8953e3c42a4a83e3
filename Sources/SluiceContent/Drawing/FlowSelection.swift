/// Finds the one flow that somebody means, by id, path or name, among documents that come one by one.
public struct FlowSelection: Sendable {
    /// What was found.
    public enum Result: Hashable, Sendable {
        /// The one flow that is meant.
        case found(FlowDocument)
        /// Several flows are called so: the first of them, as `path (id)`, and how many there are.
        case ambiguous([String], count: Int)
        /// No flow, but something else is called so: its path and what it is.
        case noFlow(path: String, kind: PackFlow.Kind)
        /// Nothing is called so; paths of flows that are called nearly so.
        case unknown(near: [String])
    }

    /// Flows that a result names.
    public static let namedCountMax = 10

    private let wanted: String
    private let wantedKey: String
    /// For each way to mean a flow, the surest first: who is meant.
    private var matches = [Match](repeating: Match(), count: Way.allCases.count)
    private var other: (path: String, kind: PackFlow.Kind)?
    private var near: [String] = []

    private struct Match {
        var first: FlowDocument?
        var places: [String] = []
        var count = 0
    }

    /// The ways to mean a flow.
    private enum Way: Int, CaseIterable {
        case id, path, name, nameInAnyCase
    }

    /// - Parameter wanted: An id, a path in the pack or in Central's library, with or without suffix, or a name.
    public init(_ wanted: String) {
        self.wanted = wanted
        wantedKey = wanted.lowercased()
    }

    /// Looks at the next document.
    public mutating func consider(_ document: FlowDocument) {
        guard let way = way(document) else {
            let isNear = !wanted.isEmpty && document.name.lowercased().contains(wantedKey)
            if isNear, isFlow(document), near.count < Self.namedCountMax { near.append(document.path) }
            return
        }
        guard isFlow(document) else {
            if other == nil { other = (document.path, document.kind) }
            return
        }
        let rank = way.rawValue
        matches[rank].count += 1
        if matches[rank].first == nil { matches[rank].first = document }
        if matches[rank].places.count < Self.namedCountMax {
            matches[rank].places.append("\(document.path) (\(document.id))")
        }
    }

    /// Who is meant, of all that were looked at.
    public var result: Result {
        for match in matches {
            guard let first = match.first else { continue }
            return match.count == 1 ? .found(first) : .ambiguous(match.places, count: match.count)
        }
        if let other { return .noFlow(path: other.path, kind: other.kind) }
        return .unknown(near: near)
    }

    private func isFlow(_ document: FlowDocument) -> Bool {
        document.kind == .flow || document.kind == .cloudSlangFlow
    }

    private func way(_ document: FlowDocument) -> Way? {
        if document.id.lowercased() == wantedKey { return .id }
        if !wanted.isEmpty, PackPlace.libraryPath(wanted) == PackPlace.libraryPath(document.path) { return .path }
        if document.name == wanted { return .name }
        return document.name.lowercased() == wantedKey ? .nameInAnyCase : nil
    }
}
