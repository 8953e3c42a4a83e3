/// Who calls whom across several content packs, by the references of their flows.
///
/// UUIDs compare without case. Where two packs have one id, the flow of the first pack counts.
public struct PackGraph: Sendable {
    /// One flow or operation with its pack.
    public struct Node: Hashable, Sendable {
        /// Index of its pack among those given.
        public var pack: Int
        public var flow: PackFlow
    }

    /// A called id that no given pack has.
    public struct Missing: Hashable, Sendable {
        public var id: String
        /// Steps that name it, in all packs.
        public var count: Int
        /// Paths of the flows that name it, in the order of packs and paths.
        public var callers: [String]

        /// What it is, where it is known: an operation of the Base pack, or the gate.
        public var name: String? {
            PackGate.isGate(id) ? "the gate" : BaseOperation.named(id).map { "\($0.name) (Base)" }
        }
    }

    /// Every flow and operation, in the order of packs and paths.
    public let nodes: [Node]
    /// What no given pack has, most used first, then by id.
    public let missing: [Missing]
    private let indexByID: [String: Int]
    private let callersByID: [String: [Int]]

    public init(_ packs: [ContentPack]) {
        var nodes: [Node] = []
        var indexByID: [String: Int] = [:]
        for (number, pack) in packs.enumerated() {
            for flow in pack.flows {
                let key = Self.key(flow.id)
                if indexByID[key] == nil { indexByID[key] = nodes.count }
                nodes.append(Node(pack: number, flow: flow))
            }
        }
        var callersByID: [String: [Int]] = [:]
        var missing: [String: Missing] = [:]
        for (index, node) in nodes.enumerated() {
            for reference in node.flow.references {
                let key = Self.key(reference.id)
                callersByID[key, default: []].append(index)
                guard indexByID[key] == nil else { continue }
                missing[key, default: Missing(id: reference.id, count: 0, callers: [])].count += reference.count
                missing[key]?.callers.append(node.flow.path)
            }
        }
        self.nodes = nodes
        self.indexByID = indexByID
        self.callersByID = callersByID
        self.missing = missing.values.sorted { ($1.count, $0.id) < ($0.count, $1.id) }
    }

    /// The node of an id; nil when no pack has it.
    public subscript(_ id: String) -> Node? { indexByID[Self.key(id)].map { nodes[$0] } }

    /// What calls an id, in the order of packs and paths; a flow that calls itself is among them.
    public func callers(of id: String) -> [Node] { (callersByID[Self.key(id)] ?? []).map { nodes[$0] } }

    /// Flows that no other flow calls: what people, schedules and CSA start.
    ///
    /// A flow that only calls itself is one of them: somebody else has to start it.
    public var entryFlows: [Node] {
        nodes.filter { node in
            guard node.flow.kind == .flow || node.flow.kind == .cloudSlangFlow else { return false }
            let own = Self.key(node.flow.id)
            return (callersByID[own] ?? []).allSatisfy { Self.key(nodes[$0].flow.id) == own }
        }
    }

    /// Circles of two or more flows that call each other, and that nobody else calls.
    ///
    /// Somebody starts one of them, and no graph tells which.
    public var entryCircles: [[Node]] {
        let calls = nodes.map { node in node.flow.references.compactMap { indexByID[Self.key($0.id)] } }
        return circles(calls).filter { circle in
            let members = Set(circle)
            return circle.count > 1
                && circle.allSatisfy { (callersByID[Self.key(nodes[$0].flow.id)] ?? []).allSatisfy(members.contains) }
        }.map { $0.map { nodes[$0] } }
    }

    /// Whether each node is one of these ids, or called by one of them, however far.
    func isReached(from ids: [String]) -> [Bool] {
        var isReached = [Bool](repeating: false, count: nodes.count)
        var pending = ids.compactMap { indexByID[Self.key($0)] }
        for index in pending { isReached[index] = true }
        while let index = pending.popLast() {
            for called in nodes[index].flow.references.compactMap({ indexByID[Self.key($0.id)] })
            where !isReached[called] {
                isReached[called] = true
                pending.append(called)
            }
        }
        return isReached
    }

    /// UUIDs are the same in any case; a CloudSlang name is not.
    static func key(_ id: String) -> String { id.contains(".") ? id : id.lowercased() }
}
