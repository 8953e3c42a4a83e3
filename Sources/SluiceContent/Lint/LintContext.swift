import SluiceModel

/// One document as the rules see it: with its pack, its place and its graph.
public struct LintSubject: Sendable {
    /// Place of its pack among those given.
    public let pack: Int
    /// The document.
    public let document: FlowDocument
    /// Its file, with the pack's path before it.
    public let file: String
    let graph: StepGraph

    /// Whether it is a flow, XML or CloudSlang: something with steps.
    public var isFlow: Bool { document.kind == .flow || document.kind == .cloudSlangFlow }
    var isCloudSlang: Bool { document.kind != .flow && document.kind != .operation }
}

/// Everything the rules may ask: the documents of all packs, and who calls whom.
public struct LintContext: Sendable {
    /// The packs, as given.
    public let packs: [LintPack]
    /// The documents of all packs, in their order.
    public let subjects: [LintSubject]
    /// For each document the places of those that it calls, without repeats.
    let calls: [[Int]]
    /// For each document the places of those with steps that call it.
    let callers: [[Int]]
    /// Namespaces of the CloudSlang documents, lowercased.
    let namespaces: Set<String>
    /// Whether each document is part of the gate itself: its flow, or what that calls.
    let isPartOfGate: [Bool]
    /// The first document of each id.
    private let index: [String: Int]
    /// Names of the CloudSlang files that could not be read, lowercased and without their endings.
    private let unreadNames: Set<String>

    public init(_ input: LintInput) {
        packs = input.packs
        var subjects: [LintSubject] = []
        for (place, pack) in input.packs.enumerated() {
            for document in pack.documents {
                subjects.append(
                    LintSubject(
                        pack: place, document: document, file: pack.file(document.path), graph: StepGraph(document)))
            }
        }
        let index = Dictionary(
            subjects.enumerated().map { (lintKey($1.document.id), $0) }, uniquingKeysWith: { first, _ in first })
        var calls: [[Int]] = []
        for subject in subjects {
            var seen: Set<Int> = []
            let called = subject.graph.steps.compactMap(\.called).compactMap { index[lintKey($0)] }
            calls.append(called.filter { seen.insert($0).inserted })
        }
        self.subjects = subjects
        self.index = index
        self.calls = calls
        callers = reversedEdges(calls)
        namespaces = Set(subjects.filter(\.isCloudSlang).map { Self.namespace(of: $0.document.id) })
        let callees = Set(PackGate.callees)
        var isPartOfGate = subjects.map {
            PackGate.isGate($0.document.id) || callees.contains(lintKey($0.document.id))
        }
        var pending = subjects.indices.filter { isPartOfGate[$0] }
        while let place = pending.popLast() {
            for called in calls[place] where !isPartOfGate[called] {
                isPartOfGate[called] = true
                pending.append(called)
            }
        }
        self.isPartOfGate = isPartOfGate
        unreadNames = Self.unreadNames(in: input.packs)
    }

    private static func unreadNames(in packs: [LintPack]) -> Set<String> {
        var names: Set<String> = []
        for diagnostic in packs.flatMap(\.pack.diagnostics) where diagnostic.severity == .error {
            let file = diagnostic.file.lowercased()
            guard file.hasSuffix(".sl"), let name = file.dropLast(".sl".count).split(separator: "/").last else {
                continue
            }
            names.insert(String(name))
        }
        return names
    }

    /// Whether a CloudSlang document may be there in a file that could not be read.
    func isUnread(_ id: String) -> Bool {
        unreadNames.contains(id.lowercased().split(separator: ".").last.map(String.init) ?? "")
    }

    /// Whether a pack needs another that is not among those given: what it calls may be there.
    func needsOthers(_ pack: Int) -> Bool {
        let given = Set(packs.compactMap(\.pack.name))
        return packs[pack].pack.dependencies.contains { !given.contains($0.artifactID) }
    }

    /// Entry flows that ought to ask the gate: all that are not the gate.
    var entryFlowsOutsideGate: [LintSubject] {
        subjects.indices.filter { place in
            subjects[place].isFlow && !isPartOfGate[place] && !callers[place].contains { $0 != place }
        }.map { subjects[$0] }
    }

    /// Circles of flows that nothing outside them calls: somebody starts one of each, and no graph tells which.
    ///
    /// The gate's own flows are in none.
    var entryCircles: [[LintSubject]] {
        circles(calls).filter { circle in
            let members = Set(circle)
            return circle.count > 1 && circle.allSatisfy { callers[$0].allSatisfy(members.contains) }
                && !circle.contains { isPartOfGate[$0] }
        }.map { $0.map { subjects[$0] } }
    }

    /// The flows of all packs.
    public var flows: [LintSubject] { subjects.filter(\.isFlow) }

    /// The first document with an id; nil when no pack has it.
    func document(id: String) -> LintSubject? { index[lintKey(id)].map { subjects[$0] } }

    /// How the callee can answer, when that is known; `isCertain` when it was read and not only observed.
    func responses(of id: String) -> (names: [String], isCertain: Bool)? {
        if let document = document(id: id)?.document {
            return document.responses.isEmpty ? nil : (document.responses.map(\.name), true)
        }
        if PackGate.isGate(id) { return (PackGate.responses, true) }
        return BaseOperation.named(id).map { ($0.responses, false) }
    }

    /// The part of a CloudSlang name before its last dot, lowercased.
    static func namespace(of id: String) -> String {
        guard let dot = id.lastIndex(of: ".") else { return "" }
        return id[..<dot].lowercased()
    }
}
