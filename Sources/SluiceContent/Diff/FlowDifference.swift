/// What changed between two versions of a flow, in words of the graph and not in lines of XML.
///
/// No value is told, old or new: it may be a secret.
public struct FlowDifference: Hashable, Sendable {
    /// Id of the flow; `namespace.name` in CloudSlang.
    public var id: String
    /// Its place in the newer version.
    public var path: String
    /// One sentence for each change: the head, inputs, responses, outputs, steps in the older order, then new ones.
    public var changes: [String]
    /// What changes nothing of how it works: places on the canvas, white space, comments.
    public var layout: [String]

    /// Compares two versions of one flow; nil when nothing that the graph has changed.
    ///
    /// The graph leaves out much of a document: `PackComparison` looks at all of it.
    public init?(from old: FlowDocument, to new: FlowDocument) {
        let graph = GraphComparison(from: old, to: new)
        self.init(id: new.id, path: new.path, changes: graph.changes.map(\.sentence), layout: [])
        if changes.isEmpty { return nil }
    }

    init(id: String, path: String, changes: [String], layout: [String]) {
        self.id = id
        self.path = path
        self.changes = changes
        self.layout = layout
    }

    /// Whether it works as before.
    public var isLayoutOnly: Bool { changes.isEmpty }

    static let otherLayout = "white space, comments, line ends or the order of elements"

    /// Puts what the graph and the elements tell into words, without saying anything twice.
    static func sentences(graph: [DocumentChange], elements: NodeComparison?) -> (changes: [String], layout: [String]) {
        guard let elements else { return (graph.map(\.sentence), []) }
        let told = graph.filter { !$0.isCoarse }
        let others = elements.changes.filter { change in !told.contains { $0.tells(change) } }
        var seen: Set<String> = []
        let changes = (told + others).map(\.sentence).filter { seen.insert($0).inserted }
        guard !elements.moved.isEmpty else { return (changes, []) }
        let shownMax = 5
        let more = elements.moved.count - shownMax
        let names = elements.moved.prefix(shownMax).joined(separator: ", ")
        return (changes, ["on the canvas: \(names)\(more > 0 ? " and \(more) more" : "")"])
    }
}
