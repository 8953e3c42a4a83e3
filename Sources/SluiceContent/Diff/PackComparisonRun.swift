/// Two versions of one document, by their places.
private struct DocumentPair {
    var id: String
    var old: String
    var new: String
    var words: [String] = []
}

/// The state of one comparison.
struct PackComparisonRun {
    let old: PackSide
    let new: PackSide
    let limits: ContentLimits
    var difference = PackDifference()
    /// Files that are spoken of as what they hold.
    private(set) var toldPaths: Set<String> = []

    init(old: PackSide, new: PackSide, limits: ContentLimits) {
        self.old = old
        self.new = new
        self.limits = limits
    }

    mutating func compare() {
        difference.identity = PackIdentity.changes(old.pack, new.pack)
        compareFlows()
        compareItems()
        compareFiles()
    }

    private mutating func compareFlows() {
        let (pairs, gone, new) = Self.paired(
            old.pack.flows, new.pack.flows, by: { $0.id.lowercased() }, path: \.path)
        // One whose file is there and could not be read is no gone one.
        difference.gone = gone.filter { self.new.file($0.path) == nil || isTaken($0.path, in: self.new) }
        difference.new = new.filter { old.file($0.path) == nil || isTaken($0.path, in: old) }
        toldPaths.formUnion(difference.gone.map(\.path) + difference.new.map(\.path))
        let documents = pairs.map { DocumentPair(id: $1.id, old: $0.path, new: $1.path) }
        difference.changed = compared(documents) { $0.flows($1, $2) }
    }

    private mutating func compareItems() {
        let (pairs, gone, new) = Self.paired(old.pack.items, new.pack.items, by: \.path, path: \.path)
        // What has no partner at its place may lie elsewhere.
        let (moved, left, added) = Self.paired(gone, new, by: { "\($0.kind) \($0.id.lowercased())" }, path: \.path)
        let kinds = Dictionary(
            new.map { ($0.path, $0.kind) } + pairs.map { ($1.path, $1.kind) }, uniquingKeysWith: { first, _ in first })
        for item in left where self.new.file(item.path) == nil || isTaken(item.path, in: self.new) {
            difference.items.append("\(shown(item.kind)) \(shown(item.path)) is gone")
            toldPaths.insert(item.path)
        }
        for item in added where old.file(item.path) == nil || isTaken(item.path, in: old) {
            difference.items.append("\(shown(item.kind)) \(shown(item.path)) is new")
            toldPaths.insert(item.path)
        }
        let documents = (pairs + moved).map { DocumentPair(id: $1.id, old: $0.path, new: $1.path) }
        for item in compared(documents, { $0.items($1, $2) }) {
            let name = "\(shown(kinds[item.path] ?? "item")) \(shown(item.path))"
            difference.items += item.changes.map { "\(name) \($0)" }
            if item.changes.isEmpty { difference.layoutFiles.append("\(name): \(item.layout.joined(separator: "; "))") }
        }
    }

    /// Whether a pack has a document or an item at a place.
    private func isTaken(_ path: String, in side: PackSide) -> Bool {
        side.documentPaths.contains(path)
    }

    /// The pairs that differ, with what does.
    private mutating func compared(
        _ pairs: [DocumentPair],
        _ compare:
            @escaping @Sendable (DocumentComparison, DocumentComparison.Version, DocumentComparison.Version) ->
            DocumentComparison.Outcome
    ) -> [FlowDifference] {
        for pair in pairs { toldPaths.formUnion([pair.old, pair.new]) }
        let differing = pairs.filter { $0.old != $0.new || !isSame($0) }
        let sameBytes = differing.map(isSame)
        let comparison = DocumentComparison(limits: limits)
        // why: a source is not Sendable, and each thread uses its own copy.
        nonisolated(unsafe) let (old, new) = (old, new)
        return ParallelWork.map(differing.count, threads: min(old.sources.count, new.sources.count)) { thread, index in
            let pair = differing[index]
            let moved = pair.old == pair.new ? [] : ["moved from \(shown(pair.old))"]
            if sameBytes[index] { return FlowDifference(id: pair.id, path: pair.new, changes: moved, layout: []) }
            guard let one = old.file(pair.old), let other = new.file(pair.new),
                let outcome = compare(
                    comparison, .init(file: one, source: old.sources[thread]),
                    .init(file: other, source: new.sources[thread]))
            else {
                return FlowDifference(
                    id: pair.id, path: pair.new,
                    changes: moved + ["differs, and is too large or too wrong to say where"], layout: [])
            }
            let changes = moved + outcome.changes.filter { !moved.contains($0) }
            let isBare = changes.isEmpty && outcome.layout.isEmpty
            return FlowDifference(
                id: pair.id, path: pair.new, changes: changes,
                layout: isBare ? [FlowDifference.otherLayout] : outcome.layout)
        }
    }

    private func isSame(_ pair: DocumentPair) -> Bool {
        guard let one = old.prints[pair.old] ?? nil, let other = new.prints[pair.new] ?? nil else { return false }
        return one == other
    }

    /// Finds partners by a key, among several of one key those at the same place first; in the newer one's order.
    private static func paired<Element>(
        _ old: [Element], _ new: [Element], by key: (Element) -> String, path: (Element) -> String
    ) -> (pairs: [(Element, Element)], gone: [Element], new: [Element]) {
        let before = Dictionary(grouping: old.indices, by: { key(old[$0]) })
        var partners = [Int?](repeating: nil, count: new.count)
        var used: Set<Int> = []
        for (index, element) in new.enumerated() {
            let same = before[key(element)]?.first { path(old[$0]) == path(element) && !used.contains($0) }
            if let same {
                partners[index] = same
                used.insert(same)
            }
        }
        for (index, element) in new.enumerated() where partners[index] == nil {
            guard let next = before[key(element)]?.first(where: { !used.contains($0) }) else { continue }
            partners[index] = next
            used.insert(next)
        }
        return (
            new.indices.compactMap { index in partners[index].map { (old[$0], new[index]) } },
            old.indices.filter { !used.contains($0) }.map { old[$0] },
            new.indices.filter { partners[$0] == nil }.map { new[$0] }
        )
    }
}
