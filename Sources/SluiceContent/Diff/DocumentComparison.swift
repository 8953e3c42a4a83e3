import SluiceModel
import Yams

/// Compares two versions of one document, each read once more and let go of.
struct DocumentComparison {
    let limits: ContentLimits

    /// One version: a file of a pack, and where its bytes come from.
    struct Version {
        let file: PackSource.File
        let source: PackSource
    }

    /// What differs; nil when a version is too large or too wrong to be looked at piece by piece.
    typealias Outcome = (changes: [String], layout: [String])?

    /// Compares two flows or operations.
    func flows(_ old: Version, _ new: Version) -> Outcome {
        guard let before = Self.isYAML(old.file.path) ? yaml(old) : xml(old),
            let after = Self.isYAML(new.file.path) ? yaml(new) : xml(new)
        else { return nil }
        let elements = NodeComparison(from: before.root, to: after.root)
        guard let one = before.graph, let other = after.graph else {
            return FlowDifference.sentences(graph: [], elements: elements)
        }
        return FlowDifference.sentences(graph: GraphComparison(from: one, to: other).changes, elements: elements)
    }

    /// Compares two configuration items, or files that are XML in another way.
    func items(_ old: Version, _ new: Version) -> Outcome {
        guard let before = Self.isYAML(old.file.path) ? yaml(old) : xml(old, hasGraph: false),
            let after = Self.isYAML(new.file.path) ? yaml(new) : xml(new, hasGraph: false)
        else { return nil }
        return FlowDifference.sentences(graph: [], elements: NodeComparison(from: before.root, to: after.root))
    }

    private typealias Reading = (graph: FlowDocument?, root: DocumentNode)

    static func isYAML(_ path: String) -> Bool { PackPlace(path) == .cloudSlang }

    private func xml(_ version: Version, hasGraph: Bool = true) -> Reading? {
        let place = version.source.shownPath(version.file.path)
        let graphSink = FlowDocumentSink(file: place, limits: limits)
        let graphParser = XMLPushParser(file: place, limits: limits, sink: graphSink)
        let nodeSink = XMLNodeSink(file: place, limits: limits)
        let nodeParser = XMLPushParser(file: place, limits: limits, sink: nodeSink, passesText: true)
        let problem = version.source.read(version.file, limits: limits) { piece in
            let isWanted = hasGraph && graphParser.feed(piece)
            return nodeParser.feed(piece) || isWanted
        }
        guard problem == nil, nodeParser.finish() == nil, let root = nodeSink.root else { return nil }
        guard hasGraph, graphParser.finish() == nil else { return (nil, root) }
        return (try? graphSink.finished(path: version.file.path), root)
    }

    private func yaml(_ version: Version) -> Reading? {
        let path = version.file.path
        let place = version.source.shownPath(path)
        guard let bytes = try? version.source.bytes(version.file, limits: limits),
            let root = try? YAMLDocument.compose(bytes, file: place, limits: limits)
        else { return nil }
        // Looking keys up settles the tags of nodes: the tree comes first.
        var tree = YAMLNodes.tree(root)
        tree.children += YAMLNodes.comments(bytes)
        var compiler = CloudSlangCompiler(path: path, file: place, limits: limits)
        return (compiler.document(root), tree)
    }
}
